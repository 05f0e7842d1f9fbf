//! A client under which the server dies: it goes on where it was interrupted, and compares what it is shown with what it remembers.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use serde_json::Value;
use testkit::{Answer, Shop};

use crate::{
    child::{Pid, Signal, kill_process},
    dice::Dice,
    ear::Log,
    life::{self, Life},
};

/// What all clients count together.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) acknowledged: AtomicUsize,
    pub(crate) resent: AtomicUsize,
    pub(crate) repeated: AtomicUsize,
    violations: Mutex<Vec<String>>,
}

impl Tally {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    fn violated(&self, what: String) {
        self.violations.lock().unwrap().push(what);
    }
}

/// A kill that comes with the next acknowledgement: whatever was answered too early is then most likely to be lost.
pub(crate) struct Trap {
    victim: Pid,
    is_set: AtomicBool,
}

impl Trap {
    pub(crate) fn of(victim: Pid) -> Arc<Self> {
        Arc::new(Self { victim, is_set: AtomicBool::new(false) })
    }

    pub(crate) fn set(&self) {
        self.is_set.store(true, Relaxed);
    }

    fn spring(&self) {
        if self.is_set.load(Relaxed) && self.is_set.swap(false, Relaxed) {
            kill_process(self.victim, Signal::KILL).expect("it is still there");
        }
    }
}

pub(crate) struct Client {
    name: u64,
    dice: Dice,
    lives: Vec<Life>,
    /// From here on lives have changed since they were last compared.
    unchecked: usize,
    /// Whether the last request was sent and not answered.
    is_in_doubt: bool,
    tally: Arc<Tally>,
}

impl Client {
    pub(crate) fn new(name: u64, seed: u64, tally: Arc<Tally>) -> Self {
        let dice = Dice::new(seed.wrapping_mul(31).wrapping_add(name));
        Self { name, dice, lives: Vec::new(), unchecked: 0, is_in_doubt: false, tally }
    }

    pub(crate) fn payments(&self) -> usize {
        self.lives.len()
    }

    /// What there was to hear.
    pub(crate) fn told(&self) -> impl Iterator<Item = Log> {
        self.lives.iter().filter_map(Life::told)
    }

    /// Lives until the server is gone.
    pub(crate) async fn work(mut self, shop: Shop, trap: Arc<Trap>) -> Self {
        loop {
            if self.lives.last().is_none_or(|life| life.next().is_none()) {
                let reference = format!("crash-{}-{}", self.name, self.lives.len());
                self.lives.push(Life::new(reference, &mut self.dice));
            }
            let life = self.lives.last_mut().unwrap();
            let next = life.next().unwrap();
            let step = &mut life.steps[next];
            match step.send(&shop).await {
                None => {
                    self.is_in_doubt = true;
                    return self;
                }
                Some(answer) if is_acknowledgement(&answer) => {
                    trap.spring();
                    step.answer = Some(answer);
                    self.tally.acknowledged.fetch_add(1, Relaxed);
                }
                Some(answer) => {
                    self.tally.violated(format!("{} was refused: {}", step.event, answer.text()));
                    return self;
                }
            }
        }
    }

    /// After a start: the log holds what was acknowledged and at most the one request in doubt; sent again, that is there as well, once.
    pub(crate) async fn recover(mut self, shop: Shop, repeated: usize) -> Self {
        let life = self.lives.last();
        if let Some((life, next)) = life.and_then(|life| Some((life, life.next()?))) {
            let shown = log(&shop, &life.reference).await;
            let is_there = self.is_in_doubt && shown == life.log(next + 1);
            if !is_there && shown != life.log(next) {
                self.tally.violated(format!("{} after the kill: {shown:?}, not {:?}", life.reference, life.log(next)));
            }
            if self.is_in_doubt {
                self.resend(&shop, next, is_there).await;
            }
        }
        for index in self.unchecked..self.lives.len() {
            self.compare(&shop, &self.lives[index]).await;
        }
        // The last one goes on.
        self.unchecked = self.lives.len().saturating_sub(1);
        self.is_in_doubt = false;
        self.repeat(&shop, repeated).await;
        self
    }

    /// Compares every life.
    pub(crate) async fn audit(self, shop: Shop) -> Self {
        for life in &self.lives {
            self.compare(&shop, life).await;
        }
        self
    }

    async fn resend(&mut self, shop: &Shop, next: usize, is_there: bool) {
        let step = &mut self.lives.last_mut().unwrap().steps[next];
        let answer = step.send(shop).await.expect("the server is there again");
        self.tally.resent.fetch_add(1, Relaxed);
        // The one request without a key is told that it was done, where it was.
        let is_done = !step.is_keyed() && is_there && answer.outcome() == "400 6230";
        if is_acknowledgement(&answer) && (step.is_keyed() || !is_there) || is_done {
            step.answer = Some(answer);
        } else {
            self.tally.violated(format!("{} sent again: {}", step.event, answer.text()));
        }
    }

    /// The log holds exactly what was acknowledged, in order, and the sums follow from it.
    async fn compare(&self, shop: &Shop, life: &Life) {
        let (expected, shown) = (life.log(life.next().unwrap_or(life.steps.len())), log(shop, &life.reference).await);
        if shown != expected {
            self.tally.violated(format!("the log of {} is {shown:?}, not {expected:?}", life.reference));
        }
        let receipt = life.receipt().filter(|_| !expected.is_empty());
        let shown_receipt = receipt_of(shop, &life.reference).await;
        if shown_receipt != receipt {
            self.tally.violated(format!("{} shows {shown_receipt:?}, not {receipt:?}", life.reference));
        }
        if expected.is_empty() {
            return;
        }
        let (standing, shown) = (life.standing(), shop.standing(&life.reference).await);
        if shown != standing {
            self.tally.violated(format!("{} is shown as {shown}, not {standing}", life.reference));
        }
    }

    /// Repeats some acknowledged requests, which must be answered with the same bytes.
    async fn repeat(&mut self, shop: &Shop, times: usize) {
        for _ in 0..times {
            if self.lives.is_empty() {
                return;
            }
            let life = &self.lives[self.dice.index(self.lives.len())];
            let step = &life.steps[self.dice.index(life.steps.len())];
            let Some(first) = step.answer.as_ref().filter(|_| step.is_keyed()) else { continue };
            let again = step.send(shop).await.expect("the server is there");
            self.tally.repeated.fetch_add(1, Relaxed);
            if (again.status, &again.bytes) != (first.status, &first.bytes) {
                self.tally.violated(format!("{} repeated: {}, not {}", step.event, again.text(), first.text()));
            }
        }
    }
}

fn is_acknowledgement(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// The receipt of the payment's order, if there is one.
async fn receipt_of(shop: &Shop, reference: &str) -> Option<Value> {
    let answer = shop.call("GET", &format!("/order-management/v2/ecom/{reference}"), &[], "").await;
    assert!([200, 404].contains(&answer.status), "{reference}: {}", answer.text());
    answer.json().get("receipt").cloned()
}

/// Name, amount and key of every event; none where there is no payment.
async fn log(shop: &Shop, reference: &str) -> Vec<Value> {
    let answer = shop.get(&format!("/payments/{reference}/events")).await;
    let is_shown = answer.status == 200 || answer.outcome() == "404 5090";
    assert!(is_shown, "{reference}: {}", answer.text());
    life::events(&answer)
}
