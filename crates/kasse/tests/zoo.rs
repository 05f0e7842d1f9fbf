//! Every way to be a bad receiver, beside good ones: nobody waits for a neighbour, and nothing is missing.
//!
//! A real process sends what happens at several sales units, whose payments live in a steady stream, to receivers at one address. Good ones
//! are there from the beginning; then come bad ones of every kind ([`Behaviour::all`]) with registrations beside theirs; then some
//! hundred registrations at origins that never answer, more than the house has places. Each good receiver has heard every event by the end,
//! signed, of each payment in order, and so have those that refuse a third of what comes and take it when it comes again.
//!
//! How long good receivers waited and what callers noticed is printed, with bad neighbours and without. How fast the machine is, this test
//! does not judge; what it asserts is that nobody waited for somebody else's turn, which would take as long as bad ones are waited for.
//!
//! `KASSE_ZOO_SECONDS` says how long the stream is (36), `KASSE_ZOO_SEED` replays the moods of a run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "process/child.rs"]
mod child;
#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "crash/dice.rs"]
mod dice;
#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "crash/ear.rs"]
mod ear;
#[path = "zoo/neighbours.rs"]
mod neighbours;
#[path = "zoo/stream.rs"]
mod stream;
#[path = "zoo/town.rs"]
mod town;

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{Identity, Shop};

use crate::{
    ear::Heard,
    neighbours::{Bad, Dead, Good},
    stream::{Figures, Life, stream},
    town::Town,
};

/// How long the server waits for a receiver, in seconds.
const TIMEOUT: u64 = 5;
/// Sales units at which something happens all the time.
const UNITS: usize = 3;
/// Sales units whose receivers never answer, each with an origin of its own: so many places at each as there are at an origin, and all of
/// them together fewer than the house has.
const DEAD_UNITS: usize = 12;
/// The most registrations for a type of event a sales unit may have.
const REGISTRATIONS_MAX: usize = 25;
/// How long it may take until everything has arrived.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);
/// What is promised, on any machine that has time for it.
const LAG_MAX: Duration = Duration::from_millis(500);
/// How much the server may grow by while it is flooded. It holds a few kibibytes of each answer.
const GROWTH_KIB_MAX: u64 = 128 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_bad_neighbour_and_nothing_is_missing() {
    let seconds = dice::number("KASSE_ZOO_SECONDS").unwrap_or(36);
    let seed = dice::number("KASSE_ZOO_SEED").unwrap_or_else(dice::new_seed);
    println!("KASSE_ZOO_SEED={seed}");
    let began = Instant::now();
    let third = Duration::from_secs(seconds) / 3;
    let identity = Identity::new();
    let mut bad = Bad::gather().await;
    let town = Town::start(&bad.authorities(&identity), TIMEOUT, UNITS + DEAD_UNITS).await;
    let shops = &town.shops[..UNITS];
    let good = Good::settle(shops, &identity, seed).await;

    let mut lives = stream("calm", shops, third).await;
    let (before, calm) = (town.memory_kib(), Figures::of(&lives, &good));
    bad.register(shops).await;
    let beside_bad = stream("zoo", shops, third).await;
    let zoo = Figures::of(&beside_bad, &good);
    lives.extend(beside_bad);
    let dead = Dead::register(&town.shops[UNITS..], REGISTRATIONS_MAX).await;
    let beside_dead = stream("dead", shops, third).await;
    let full = Figures::of(&beside_dead, &good);
    lives.extend(beside_dead);

    let heard = judge(&good, &lives, shops).await;
    let grown = town.memory_kib().saturating_sub(before);
    let (impatience, dead_requests) = (bad.impatience(TIMEOUT), dead.requests());
    let (lured, too_many) = (bad.lured(), dead.too_many(TIMEOUT));
    let verified = town.stop_and_verify();
    println!(
        "{}",
        json!({ "test": "zoo", "seed": seed, "good": good.len(), "bad": bad.len(), "dead": DEAD_UNITS * REGISTRATIONS_MAX,
                "payments": lives.len(), "heard": heard.counts(), "calm": calm.shown(), "beside_bad": zoo.shown(),
                "beside_dead": full.shown(), "dead_requests": dead_requests, "grown_kib": grown,
                "wall_s": began.elapsed().as_secs() })
    );
    assert!(heard.violations.is_empty(), "{}", heard.violations[..heard.violations.len().min(20)].join("\n"));
    assert_eq!(verified.status.code(), Some(0), "{}", verified.stdout);
    zoo.are_no_worse_than(&calm, "bad");
    full.are_no_worse_than(&calm, "dead");
    assert_eq!(impatience, Vec::<String>::new(), "one that fails has one place");
    assert_eq!(lured, 0, "a redirection was followed");
    assert_eq!(too_many, Vec::<String>::new(), "an origin has sixteen places");
    assert!(dead_requests > 16 * DEAD_UNITS, "the house was never full: {dead_requests} requests");
    assert!(grown < GROWTH_KIB_MAX, "it grew by {grown} KiB");
}

/// Everybody has heard what happened at his sales unit.
async fn judge(good: &[Good], lives: &[Life], shops: &[Shop]) -> Heard {
    let (mut heard, since) = (Heard::default(), Instant::now());
    for (unit, _) in shops.iter().enumerate() {
        let logs: Vec<_> = lives.iter().filter(|life| life.unit == unit).map(Life::log).collect();
        for one in good.iter().filter(|one| one.unit == unit) {
            heard.add(one.ear.judge(&logs, ARRIVAL_MAX.saturating_sub(since.elapsed())).await);
        }
    }
    heard
}

impl Figures {
    /// Nobody waits for somebody else's turn, which would take as long as a bad receiver is waited for; and nearly nobody longer than
    /// promised, where the machine has time for it: where it has not, ten times as long as without bad neighbours.
    fn are_no_worse_than(&self, calm: &Self, neighbours: &str) {
        let turn = Duration::from_secs(TIMEOUT);
        for (what, now, before) in [("an event", &self.lag, &calm.lag), ("an answer", &self.answer, &calm.answer)] {
            let allowed = LAG_MAX.max(before.p99 * 10).min(turn / 2);
            assert!(now.p99 <= allowed, "beside {neighbours} neighbours {what} took {:?}, not {allowed:?}", now.p99);
            assert!(now.worst < turn, "beside {neighbours} neighbours {what} took {:?}", now.worst);
        }
    }
}
