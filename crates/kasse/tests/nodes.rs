//! Two nodes on one PostgreSQL, every request sent twice, to both: whatever happens to either or to the database, nothing that was
//! acknowledged is lost, and nothing is done twice.
//!
//! Clients run payment lives against two real processes. Each request goes to both at once under the same key; either answer counts, both
//! must be the same bytes, and what nobody answered is sent again until somebody does. Meanwhile a node is killed, or stopped for longer
//! than its sessions may be idle and continued; the database crashes, or ends its sessions. After each fault both nodes serve again by
//! themselves, every log is what its client remembers, and old requests get their very bytes from either node. Receivers hear of everything
//! meanwhile; at the end each has heard every event of every log, of each payment in order. What may go wrong with one delivery while
//! claims are made and recorded is in tests of its own: a node that freezes in the middle (`zombie`), connections that break (`severed`).
//!
//! `KASSE_NODES_FAULTS` says how many faults (8), `KASSE_NODES_SEED` replays the plan of a run; moments are the machine's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "crash/at_once.rs"]
mod at_once;
#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "process/child.rs"]
mod child;
#[path = "nodes/client.rs"]
mod client;
#[path = "nodes/cluster.rs"]
mod cluster;
#[path = "crash/dice.rs"]
mod dice;
#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "crash/ear.rs"]
mod ear;
#[path = "nodes/fault.rs"]
mod fault;
#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "crash/life.rs"]
mod life;
#[path = "nodes/severed.rs"]
mod severed;
#[path = "nodes/tally.rs"]
mod tally;
#[path = "nodes/zombie.rs"]
mod zombie;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    at_once::at_once,
    client::Client,
    cluster::Cluster,
    dice::Dice,
    ear::{Ear, Log, judge_all},
    fault::Plan,
    tally::Tally,
};

const CLIENTS: u64 = 24;
/// How many old requests each client repeats after each fault.
const REPEATED_EACH: usize = 4;
/// How soon after a fault is over both nodes serve every client again. A second is usual; a busy machine gets more, and the worst
/// is printed.
const RESUME_MAX: Duration = Duration::from_secs(15);
/// How many faults there are in the short form, which has no time to wait until claims lapse.
const FAULTS: u64 = 8;
/// How long it may take until everything has arrived. In the long form that is longer than a claim lasts, and as long again for what waits
/// behind it.
const ARRIVAL_MAX: [Duration; 2] = [Duration::from_secs(45), Duration::from_secs(150)];

fn faults() -> u64 {
    dice::number("KASSE_NODES_FAULTS").unwrap_or(FAULTS)
}

/// Whether there is time for everything.
fn is_long() -> bool {
    faults() > FAULTS
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_doubled_whatever_happens_to_nodes_and_database() {
    let faults = faults();
    let seed = dice::number("KASSE_NODES_SEED").unwrap_or_else(dice::new_seed);
    println!("KASSE_NODES_SEED={seed}");
    let began = Instant::now();
    let (mut dice, tally) = (Dice::new(seed), Tally::new());
    let mut plan = Plan::new(is_long());
    let mut cluster = Cluster::start().await;
    let ears = Ear::pair(&cluster.shops.at(0)).await;
    let mut clients: Vec<Client> =
        (0..CLIENTS).map(|name| Client::new(name, seed, cluster.shops.clone(), tally.clone())).collect();
    let mut worst = Duration::ZERO;
    for _ in 0..faults {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let working = tokio::spawn(at_once(clients, move |client| client.work(over.clone())));
        let fault = plan.next(&mut dice);
        cluster.suffer(fault, &mut dice, &tally).await;
        let healed = Instant::now();
        is_over.store(true, Relaxed);
        clients = working.await.unwrap();
        let took = healed.elapsed();
        if took > RESUME_MAX {
            tally.violated(format!("after {fault:?} both nodes served again only after {took:?}"));
        }
        worst = worst.max(took);
        clients = at_once(clients, |client| client.check(REPEATED_EACH)).await;
        if !tally.violations().is_empty() {
            println!("the last fault was {fault:?}; the nodes said\n{}", cluster.logs());
            break;
        }
    }
    let clients = at_once(clients, Client::audit).await;
    let payments: usize = clients.iter().map(Client::payments).sum();
    if !is_long() {
        cluster.let_claims_lapse();
    }
    let logs: Vec<Log> = clients.iter().flat_map(Client::told).collect();
    let heard = judge_all(&ears, &logs, ARRIVAL_MAX[usize::from(is_long())]).await;
    let verified = cluster.stop_and_verify();
    let violations = [tally.violations(), heard.violations.clone()].concat();
    println!(
        "{}",
        json!({
            "test": "nodes", "seed": seed, "faults": plan.made(), "payments": payments, "counts": tally.counts(),
            "violations": violations.len(), "heard": heard.counts(), "worst_resume_ms": worst.as_millis(),
            "wall_s": began.elapsed().as_secs(),
        })
    );
    assert!(violations.is_empty(), "{}", violations[..violations.len().min(20)].join("\n"));
    assert_eq!(verified.status.code(), Some(0), "{}", verified.stdout);
    tally.had_load(faults);
}
