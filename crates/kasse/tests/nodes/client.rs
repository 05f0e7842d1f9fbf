//! A client that tells both nodes everything, goes on with whatever either answers, and compares what it is shown with what it remembers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use testkit::{Answer, Shop};
use tokio::time::timeout;

use crate::{
    cluster::Shops,
    dice::Dice,
    ear::Log,
    life::{self, Life, Step},
    tally::{Tally, one},
};

/// How long a request waits for its first answer: longer than a node that serves ever takes.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(8);
/// How long the other copy is waited for then; a node that stands still never answers.
const OTHER_ANSWER_TIME_MAX: Duration = Duration::from_millis(300);
/// After so long of sending a request again and again nobody will ever acknowledge it.
const SILENCE_MAX: Duration = Duration::from_secs(40);
/// Before a request is sent again, as a client does that was told when to come again, only sooner.
const PAUSE: Duration = Duration::from_millis(30);

/// What came of sending a request to both nodes once.
struct Sent {
    /// Which node acknowledged it.
    acknowledged: [bool; 2],
    /// Whether the effect may be there without an acknowledgement.
    is_in_doubt: bool,
}

pub(crate) struct Client {
    name: u64,
    dice: Dice,
    lives: Vec<Life>,
    /// From here on lives have changed since they were last compared.
    unchecked: usize,
    shops: Shops,
    tally: Arc<Tally>,
}

impl Client {
    pub(crate) fn new(name: u64, seed: u64, shops: Shops, tally: Arc<Tally>) -> Self {
        let dice = Dice::new(seed.wrapping_mul(31).wrapping_add(name));
        Self { name, dice, lives: Vec::new(), unchecked: 0, shops, tally }
    }

    pub(crate) fn payments(&self) -> usize {
        self.lives.len()
    }

    /// What there was to hear.
    pub(crate) fn told(&self) -> impl Iterator<Item = Log> {
        self.lives.iter().filter_map(Life::told)
    }

    /// Lives until it is over; the last request is one that both nodes acknowledge, so that both are known to serve.
    pub(crate) async fn work(mut self, is_over: Arc<AtomicBool>) -> Self {
        loop {
            let is_last = is_over.load(Relaxed);
            if !self.take_a_step(is_last).await || is_last {
                return self;
            }
        }
    }

    /// Sends the next request to both nodes until one has acknowledged it, or both. Answers whether all was as it should be.
    async fn take_a_step(&mut self, by_both: bool) -> bool {
        if self.lives.last().is_none_or(|life| life.next().is_none()) {
            let reference = format!("nodes-{}-{}", self.name, self.lives.len());
            self.lives.push(Life::new(reference, &mut self.dice));
        }
        let life = self.lives.len() - 1;
        let next = self.lives[life].next().unwrap();
        // The one request without a key is done once, and told so once.
        let wanted = if by_both && self.lives[life].steps[next].is_keyed() { 2 } else { 1 };
        let began = Instant::now();
        let (mut acknowledged, mut was_in_doubt) = ([false; 2], false);
        loop {
            let Some(sent) = self.send_to_both(life, next, was_in_doubt).await else { return false };
            was_in_doubt |= sent.is_in_doubt;
            acknowledged = [acknowledged[0] || sent.acknowledged[0], acknowledged[1] || sent.acknowledged[1]];
            if !self.glance(life, next, was_in_doubt).await {
                return false;
            }
            if acknowledged.iter().filter(|is_acknowledged| **is_acknowledged).count() >= wanted {
                return true;
            }
            if began.elapsed() > SILENCE_MAX {
                let Step { event, .. } = &self.lives[life].steps[next];
                self.tally.violated(format!("{event} was acknowledged by {acknowledged:?} within {SILENCE_MAX:?}"));
                return false;
            }
            one(&self.tally.resent);
            // real time: what is to be answered otherwise next time needs a moment to become so.
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends a request to both nodes at once. Nothing where an answer was none the protocol knows.
    async fn send_to_both(&mut self, life: usize, next: usize, was_in_doubt: bool) -> Option<Sent> {
        let shops = self.shops.both();
        let step = &self.lives[life].steps[next];
        let answers = both(step, &shops).await;
        let is_keyed = step.is_keyed();
        let mut sent = Sent { acknowledged: [false; 2], is_in_doubt: false };
        let mut told_it_was_done = None;
        for (node, answer) in answers.into_iter().enumerate() {
            match answer {
                None => {
                    one(&self.tally.unanswered);
                    sent.is_in_doubt = true;
                }
                Some(answer) if [503, 423].contains(&answer.status) => {
                    one(&self.tally.put_off);
                    sent.is_in_doubt |= answer.status == 503;
                }
                Some(answer) if (200..300).contains(&answer.status) => {
                    sent.acknowledged[node] = true;
                    self.acknowledged(life, next, answer)?;
                }
                Some(answer) if !is_keyed && answer.outcome() == "400 6230" => told_it_was_done = Some(answer),
                Some(answer) => return self.violated(life, next, &format!("was refused: {}", answer.text())),
            }
        }
        if sent.acknowledged == [true, true] {
            one(&self.tally.by_both);
        }
        let step = &self.lives[life].steps[next];
        if let (Some(answer), None) = (told_it_was_done, &step.answer) {
            if !was_in_doubt && !sent.is_in_doubt {
                return self.violated(life, next, "is done, they say, and nobody has done it");
            }
            sent.acknowledged[0] = true;
            self.acknowledged(life, next, answer)?;
        }
        Some(sent)
    }

    /// The first acknowledgement is remembered; any other must be the same under a key, and without one must not be.
    fn acknowledged(&mut self, life: usize, next: usize, answer: Answer) -> Option<()> {
        let step = &mut self.lives[life].steps[next];
        match &step.answer {
            None => {
                step.answer = Some(answer);
                self.tally.acknowledge();
                Some(())
            }
            Some(first) if step.is_keyed() && is_the_same(first, &answer) => Some(()),
            Some(first) => {
                let what = format!("was answered {} and then {}", first.text(), answer.text());
                self.violated(life, next, &what)
            }
        }
    }

    fn violated<T>(&self, life: usize, next: usize, what: &str) -> Option<T> {
        let Life { reference, steps } = &self.lives[life];
        self.tally.violated(format!("{reference}: {} {what}", steps[next].event));
        None
    }

    /// Sometimes the log is read in the middle of it all, at one of the nodes: it holds what was acknowledged, by whomever, and at most the
    /// one request that is in doubt beside it.
    async fn glance(&mut self, life: usize, next: usize, is_in_doubt: bool) -> bool {
        if self.dice.below(4) > 0 {
            return true;
        }
        let shop = self.shops.at(self.dice.index(2));
        let life = &self.lives[life];
        let path = format!("/epayment/v1/payments/{}/events", life.reference);
        let answer = timeout(OTHER_ANSWER_TIME_MAX, shop.try_call("GET", &path, &[], "")).await.ok().flatten();
        let Some(answer) = answer.filter(|answer| answer.status != 503) else { return true };
        one(&self.tally.glanced);
        let shown = life::events(&answer);
        let done = life.next().unwrap_or(life.steps.len());
        let is_right = shown == life.log(done) || is_in_doubt && done == next && shown == life.log(next + 1);
        if !is_right {
            self.tally.violated(format!(
                "{} meanwhile: {shown:?} ({}), not {:?}",
                life.reference,
                answer.outcome(),
                life.log(done)
            ));
        }
        is_right
    }

    /// Both nodes show every life as it is remembered, and old requests get their first answers.
    pub(crate) async fn check(mut self, repeated: usize) -> Self {
        for index in self.unchecked..self.lives.len() {
            self.compare(&self.lives[index]).await;
        }
        // The last one goes on.
        self.unchecked = self.lives.len().saturating_sub(1);
        for _ in 0..repeated {
            self.repeat().await;
        }
        self
    }

    /// Compares every life.
    pub(crate) async fn audit(self) -> Self {
        for life in &self.lives {
            self.compare(life).await;
        }
        self
    }

    async fn compare(&self, life: &Life) {
        let path = format!("/epayment/v1/payments/{}", life.reference);
        for (node, shop) in self.shops.both().iter().enumerate() {
            let answers = (read(shop, &format!("{path}/events")).await, read(shop, &path).await);
            let (Some(log), Some(payment)) = answers else {
                self.tally.violated(format!("node {node} does not show {}", life.reference));
                continue;
            };
            let (expected, shown) = (life.log(life.next().unwrap_or(life.steps.len())), life::events(&log));
            if shown != expected {
                self.tally.violated(format!("node {node}: {} is {shown:?}, not {expected:?}", life.reference));
            }
            let (expected, shown) = (life.standing(), Shop::standing_in(&payment.json()));
            if !life.log(1).is_empty() && life.steps[0].is_acknowledged() && shown != expected {
                self.tally.violated(format!("node {node}: {} stands at {shown}, not {expected}", life.reference));
            }
        }
    }

    /// An old request again, at one of the nodes.
    async fn repeat(&mut self) {
        let life = &self.lives[self.dice.index(self.lives.len())];
        let step = &life.steps[self.dice.index(life.steps.len())];
        let shop = self.shops.at(self.dice.index(2));
        let Some(first) = step.answer.as_ref().filter(|_| step.is_keyed()) else { return };
        let again = until_answered(|| step.send(&shop)).await;
        one(&self.tally.repeated);
        if !again.as_ref().is_some_and(|again| is_the_same(first, again)) {
            let again = again.map_or_else(|| "nothing".to_owned(), |again| again.text());
            self.tally.violated(format!("{} repeated: {again}, not {}", step.event, first.text()));
        }
    }
}

/// The answers of both nodes, where they came in time.
async fn both(step: &Step, shops: &[Shop; 2]) -> [Option<Answer>; 2] {
    let mut one = Box::pin(step.send(&shops[0]));
    let mut other = Box::pin(step.send(&shops[1]));
    let first = timeout(ANSWER_TIME_MAX, async {
        tokio::select! {
            answer = &mut one => (answer, 0),
            answer = &mut other => (answer, 1),
        }
    });
    match first.await {
        Err(_) => [None, None],
        Ok((answer, 0)) => [answer, timeout(OTHER_ANSWER_TIME_MAX, other).await.ok().flatten()],
        Ok((answer, _)) => [timeout(OTHER_ANSWER_TIME_MAX, one).await.ok().flatten(), answer],
    }
}

fn is_the_same(one: &Answer, other: &Answer) -> bool {
    let parts =
        |answer: &Answer| (answer.status, answer.header("content-type").map(str::to_owned), answer.bytes.clone());
    parts(one) == parts(other)
}

/// What a node shows; nothing where it shows nothing in time.
async fn read(shop: &Shop, path: &str) -> Option<Answer> {
    until_answered(|| shop.try_call("GET", path, &[], "")).await
}

/// Asks until it is answered with more than to come again.
async fn until_answered<F: Future<Output = Option<Answer>>>(ask: impl Fn() -> F) -> Option<Answer> {
    let asking = async {
        loop {
            let answer = ask().await;
            if let Some(answer) = answer.filter(|answer| ![503, 423].contains(&answer.status)) {
                return answer;
            }
            // real time: what is to be answered otherwise next time needs a moment to become so.
            tokio::time::sleep(PAUSE).await;
        }
    };
    timeout(ANSWER_TIME_MAX, asking).await.ok()
}
