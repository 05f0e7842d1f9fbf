//! What a run of cuts came to: counts for a line of JSON, and what was wrong.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use store::Store;
use testkit::{Cut, Direction, Side, Way};

use crate::stand::Seen;

#[derive(Default)]
pub struct Tally {
    /// Messages of each operation, to the server and to the client.
    pub steps: BTreeMap<String, [usize; 2]>,
    cuts: BTreeMap<Way, usize>,
    answered: usize,
    unavailable: usize,
    worst: BTreeMap<Way, Duration>,
    pub violations: Vec<String>,
}

impl Tally {
    /// Adds what came of one cut; `most` is how long it may have taken.
    pub fn add(&mut self, what: &str, cut: &Cut, seen: Result<Seen, String>, most: Duration) {
        let place = shown(what, cut);
        match seen {
            Ok(seen) => {
                if seen.took > most {
                    self.violations.push(format!("{place} took {:?}", seen.took));
                }
                *self.cuts.entry(cut.way).or_default() += seen.cuts;
                self.answered += seen.answered;
                self.unavailable += seen.unavailable;
                let worst = self.worst.entry(cut.way).or_default();
                *worst = (*worst).max(seen.took);
            }
            Err(wrong) => self.violations.push(format!("{place} {wrong}")),
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.steps.extend(other.steps);
        other.cuts.into_iter().for_each(|(way, cuts)| *self.cuts.entry(way).or_default() += cuts);
        for (way, took) in other.worst {
            let worst = self.worst.entry(way).or_default();
            *worst = (*worst).max(took);
        }
        self.answered += other.answered;
        self.unavailable += other.unavailable;
        self.violations.extend(other.violations);
    }

    /// Adds every contradiction in what is stored. One that is there goes on being there, so that it is enough to look once at the end.
    pub async fn verify(&mut self, store: &dyn Store) {
        self.violations.extend(store.verify().await.unwrap().iter().map(|finding| format!("{finding:?}")));
    }

    /// How many intents the store had no answer for.
    pub const fn unavailable(&self) -> usize {
        self.unavailable
    }

    pub fn cuts(&self) -> usize {
        self.cuts.values().sum()
    }

    /// The counts, and `more` beside them.
    pub fn print(&self, test: &str, began: std::time::Instant) {
        let by_way = |way: &Way| format!("{way:?}").to_lowercase();
        let cuts: BTreeMap<String, usize> = self.cuts.iter().map(|(way, cuts)| (by_way(way), *cuts)).collect();
        let worst: BTreeMap<String, u128> =
            self.worst.iter().map(|(way, worst)| (by_way(way), worst.as_millis())).collect();
        let steps: BTreeMap<&str, Value> =
            self.steps.iter().map(|(name, steps)| (name.as_str(), json!(steps))).collect();
        println!(
            "{}",
            json!({
                "test": test, "messages": steps, "cuts": cuts, "answered": self.answered, "unavailable": self.unavailable,
                "violations": self.violations.len(), "worst_ms": worst, "wall_s": began.elapsed().as_secs(),
            })
        );
    }

    /// Fails where anything was wrong.
    pub fn settle(&self) {
        let (count, shown) = (self.violations.len(), self.violations.len().min(20));
        assert_eq!(count, 0, "the first {shown} of them:\n{}", self.violations[..shown].join("\n"));
    }
}

fn shown(what: &str, cut: &Cut) -> String {
    let side = if cut.side == Side::Before { "before" } else { "after" };
    let whither = if cut.direction == Direction::ToServer { "to the server" } else { "to the client" };
    format!("{what}, {:?} {side} message {} {whither}:", cut.way, cut.message)
}
