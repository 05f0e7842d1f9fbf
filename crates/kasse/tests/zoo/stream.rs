//! A steady stream of payments with several events each, and how long their callers and their receivers waited.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::{Answer, Shop};
use tokio::task::JoinSet;

use crate::{
    ear::{Log, name},
    neighbours::Good,
};

/// How many callers each sales unit has, and how long each waits between two payments.
const CALLERS: usize = 2;
const PAUSE: Duration = Duration::from_millis(600);

/// A payment from its creation to its refund.
pub(crate) struct Life {
    pub(crate) unit: usize,
    reference: String,
    steps: Vec<Step>,
}

struct Step {
    event: Value,
    answered: Instant,
    took: Duration,
}

impl Life {
    pub(crate) fn log(&self) -> Log {
        let events = self.steps.iter().map(|step| step.event.clone()).collect();
        Log { reference: self.reference.clone(), events }
    }

    async fn live(shop: &Shop, unit: usize, reference: String) -> Self {
        let mut life = Self { unit, reference, steps: Vec::new() };
        let reference = life.reference.clone();
        life.step("CREATED", 1000, &reference, 201, shop.create(&reference, 1000)).await;
        life.step("AUTHORIZED", 1000, &reference, 200, shop.approve(&reference)).await;
        life.step("CAPTURED", 400, "capture", 200, shop.capture(&reference, "capture", 400)).await;
        life.step("REFUNDED", 100, "refund", 200, shop.refund(&reference, "refund", 100)).await;
        life
    }

    async fn step(&mut self, name: &str, value: u64, key: &str, status: u16, request: impl Future<Output = Answer>) {
        let asked = Instant::now();
        let answer = request.await;
        let answered = Instant::now();
        assert_eq!(answer.status, status, "{}", answer.text());
        let event = json!({ "name": name, "value": value, "key": key });
        self.steps.push(Step { event, answered, took: answered - asked });
    }
}

/// Payments at every sales unit, for so long.
pub(crate) async fn stream(name: &str, shops: &[Shop], time: Duration) -> Vec<Life> {
    let (until, mut callers) = (Instant::now() + time, JoinSet::new());
    let name: Arc<str> = name.into();
    for (unit, shop) in shops.iter().enumerate() {
        for caller in 0..CALLERS {
            let (shop, name) = (shop.clone(), name.clone());
            callers.spawn(async move {
                let mut lives = Vec::new();
                while Instant::now() < until {
                    let reference = format!("{name}-{unit}-{caller}-{}", lives.len());
                    lives.push(Life::live(&shop, unit, reference).await);
                    // real time: the stream is to be steady, not as fast as it can.
                    tokio::time::sleep(PAUSE).await;
                }
                lives
            });
        }
    }
    callers.join_all().await.into_iter().flatten().collect()
}

/// How long something took: mostly, nearly always, always.
pub(crate) struct Took {
    p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) worst: Duration,
}

impl Took {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let at = |hundredth: usize| all.get((all.len() * hundredth).div_ceil(100).saturating_sub(1));
        let [p50, p99, worst] = [50, 99, 100].map(|hundredth| at(hundredth).copied().unwrap_or_default());
        Self { p50, p99, worst }
    }

    fn shown(&self) -> Value {
        let [p50, p99, worst] = [self.p50, self.p99, self.worst].map(|took| took.as_millis());
        json!([p50, p99, worst])
    }
}

/// How long callers waited for their answers, and good receivers from there until the event had come.
pub(crate) struct Figures {
    pub(crate) lag: Took,
    pub(crate) answer: Took,
}

impl Figures {
    /// Where an event has not come yet, it is late by as much as has passed.
    pub(crate) fn of(lives: &[Life], good: &[Good]) -> Self {
        let mut lags = Vec::new();
        for one in good.iter().filter(|one| one.is_steady) {
            let firsts = one.ear.firsts();
            for life in lives.iter().filter(|life| life.unit == one.unit) {
                for Step { event, answered, .. } in &life.steps {
                    let name = name(&life.reference, &event["name"], &event["value"], &event["key"]);
                    let came = firsts.get(&name).copied().unwrap_or_else(Instant::now);
                    lags.push(came.saturating_duration_since(*answered));
                }
            }
        }
        let answers = lives.iter().flat_map(|life| life.steps.iter().map(|step| step.took)).collect();
        Self { lag: Took::of(lags), answer: Took::of(answers) }
    }

    /// In milliseconds: half of them, 99 of a hundred, all.
    pub(crate) fn shown(&self) -> Value {
        json!({ "lag_ms": self.lag.shown(), "answer_ms": self.answer.shown() })
    }
}
