//! Whoever asks which node whenever: each payment is one thing at any moment, to all of them.
//!
//! Up to twelve clients work on the same payment at once, through two nodes on one PostgreSQL, while its sessions are ended again and again
//! and some clients hang up before they are answered. When each request was sent and answered, and how, is recorded. Each payment's history
//! must then be explained by an independent model of a payment in which every request happened at one moment between the two.
//!
//! `KASSE_LINEARIZABILITY_OPERATIONS` says how many requests are recorded (6 000), `KASSE_LINEARIZABILITY_SEED` replays the plan of a run;
//! who comes first is the machine's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "linearizability/controls.rs"]
mod controls;
#[path = "crash/dice.rs"]
mod dice;
#[path = "linearizability/model.rs"]
mod model;
#[path = "linearizability/plan.rs"]
mod plan;
#[path = "linearizability/record.rs"]
mod record;
#[path = "linearizability/search.rs"]
mod search;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use testkit::{Kasse, Keeper, Postgres, Setup};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, block_in_place},
};

use crate::{
    dice::Dice,
    plan::{OPERATIONS_EACH, Plan},
    record::Recorder,
    search::{Operation, Verdict, examine, shortest},
};

/// So many payments are worked on at once.
const PAYMENTS_AT_ONCE: usize = 4;

/// What came of one payment.
struct Judged {
    reference: String,
    history: Vec<Operation>,
    verdict: Verdict,
}

impl Judged {
    fn unknown(&self) -> usize {
        self.history.iter().filter(|operation| operation.answered.is_none()).count()
    }

    fn complaint(&self) -> String {
        let lines: Vec<String> = shortest(&self.history).iter().map(ToString::to_string).collect();
        format!("{} cannot be explained:\n{}", self.reference, lines.join("\n"))
    }
}

/// Ends every session of the database from time to time.
fn cut_again_and_again(mut dice: Dice) -> JoinHandle<()> {
    const SQL: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname like 'test%'";
    tokio::spawn(async move {
        loop {
            // real time: the sessions are to be met in whatever they do.
            tokio::time::sleep(Duration::from_millis(200 + dice.below(1200))).await;
            block_in_place(|| Postgres::shared().run("postgres", SQL));
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_payment_is_one_thing_at_any_moment_to_whoever_asks_either_node() {
    let wanted = usize::try_from(dice::number("KASSE_LINEARIZABILITY_OPERATIONS").unwrap_or(6000)).unwrap();
    let seed = dice::number("KASSE_LINEARIZABILITY_SEED").unwrap_or_else(dice::new_seed);
    println!("KASSE_LINEARIZABILITY_SEED={seed}");
    let began = Instant::now();
    let one = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let other = one.another_node().await;
    let shops = Arc::new([one.shop().await, other.shop().await]);
    let cutting = cut_again_and_again(Dice::new(seed));

    let places = Arc::new(Semaphore::new(PAYMENTS_AT_ONCE));
    let mut working = Vec::new();
    // A few more than would do: a request that was told to come again says nothing and is not counted.
    for number in 0..(wanted + wanted / 100).div_ceil(OPERATIONS_EACH) {
        let place = places.clone().acquire_owned().await.unwrap();
        let recorder = Recorder::new(shops.clone(), format!("linear-{number}"));
        let plan = Plan::new(&mut Dice::new(seed.wrapping_mul(31).wrapping_add(number as u64)));
        working.push(tokio::spawn(async move {
            let history = recorder.carry_out(plan).await;
            drop(place);
            Judged { verdict: examine(&history), history, reference: recorder.reference }
        }));
    }
    let mut judged = Vec::new();
    for payment in working {
        judged.push(payment.await.unwrap());
    }
    cutting.abort();
    // It is over once it says so; a session it ends later would be one of those below.
    let _aborted = cutting.await;
    let sum = |of: fn(&Judged) -> usize| judged.iter().map(of).sum::<usize>();
    let (operations, unknown) = (sum(|one| one.history.len()), sum(Judged::unknown));
    let violations: Vec<&Judged> = judged.iter().filter(|one| !one.verdict.is_linearizable).collect();
    println!(
        "{}",
        json!({
            "test": "linearizability", "seed": seed, "operations": operations, "payments": judged.len(),
            "unknown": unknown, "states": sum(|one| one.verdict.states),
            "states_max": judged.iter().map(|one| one.verdict.states).max(), "violations": violations.len(),
            "wall_s": began.elapsed().as_secs(),
        })
    );
    // Each takes its time to be made short.
    let complaints: Vec<String> = violations.iter().take(3).map(|one| one.complaint()).collect();
    assert!(violations.is_empty(), "{}", complaints.join("\n"));
    assert!(operations >= wanted && unknown > 0, "there was nothing to speak of");
    other.finish().await;
    one.finish().await;
}
