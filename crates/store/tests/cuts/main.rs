//! Connections to PostgreSQL cut at each step of the protocol, of each operation: nothing acknowledged is lost, nothing is done twice, and
//! what became of a commit whose answer was lost is looked up and never guessed.
//!
//! Each operation is carried out once in peace, which shows the messages it consists of. Then it is carried out again and again, each time
//! on a payment of its own, with the connection cut before or after one of these messages. A single connection that breaks is not even
//! noticed by whoever asked. Silence, where nobody is told that a connection is dead, takes seconds each time: without `KASSE_CUTS=all`
//! only a few steps of each operation meet it.
//!
//! These tests were seen to fail with a store that takes a commit without an answer for failed, one that takes it for done, one that does
//! not wait for the process that was committing, and one that carries an intent out again without looking for its key.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod connecting;
mod hang_up;
mod lost;
mod operation;
#[path = "../conformance/sending.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod sending;
mod showing;
#[path = "../conformance/shown.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod shown;
mod stand;
mod tally;
mod telling;
#[path = "../conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use testkit::{Cut, Direction, Postgres, Side, Step, Way};
use tokio::task::JoinSet;

use crate::{
    operation::{Case, Cuttable, OPERATIONS},
    stand::{Stand, letters},
    tally::Tally,
    telling::{REGISTER, REMOVE},
};

/// How many cuts of an operation are tried at the same time; and in the long form, most of which is waiting.
const LANES: usize = 2;
const LONG_LANES: usize = 8;
/// How many operations are tried at the same time in the long form: with all their stores they have to find room at the server.
const LONG_OPERATIONS: usize = 3;
/// Longer than any connection that is known to be broken keeps anybody waiting.
const BROKEN_TIME_MAX: Duration = Duration::from_secs(5);
/// The same of one nobody is told about: what the store waits for the loading of a transaction, and some for a busy machine.
const SILENT_TIME_MAX: Duration = Duration::from_secs(9);

/// Whether the long form is asked for.
pub fn is_long() -> bool {
    match std::env::var("KASSE_CUTS").as_deref() {
        Err(_) => false,
        Ok("all") => true,
        Ok(other) => panic!("KASSE_CUTS is {other}; it may be all"),
    }
}

/// A server for as many connections as are cut here. What it does for its own sake would only take their time.
pub fn server() -> &'static Postgres {
    const SETTINGS: &[&str] =
        &["fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB", "max_connections=1000"];
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(|| Postgres::start(SETTINGS))
}

/// A case nobody else has.
pub fn new_case() -> Case {
    static CASES: AtomicU32 = AtomicU32::new(0);
    Case { number: CASES.fetch_add(1, Ordering::Relaxed) }
}

/// Runs the work of each operation in a thread of its own, with a runtime of its own: there all that is asked at the same moment is there
/// before the store takes any of it.
pub fn in_threads<T: Send>(operations: &[Cuttable], work: impl AsyncFn(Cuttable) -> T + Sync) -> Vec<T> {
    let run = |operation: &Cuttable| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work(*operation))
    };
    let side_by_side = |operations: &[Cuttable]| -> Vec<T> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = operations.iter().map(|operation| scope.spawn(|| run(operation))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    };
    operations
        .chunks(if is_long() { LONG_OPERATIONS } else { operations.len().max(1) })
        .flat_map(side_by_side)
        .collect()
}

/// An operation in peace: its messages, which its transactions alone are made of.
pub async fn in_peace(stand: &Stand, operation: &Cuttable) -> Vec<Step> {
    let seen =
        stand.cut(operation, &new_case(), &[]).await.unwrap_or_else(|wrong| panic!("{}: {wrong}", operation.name));
    assert_eq!(seen.unavailable, 0, "{}", operation.name);
    assert!(
        seen.steps.iter().all(|step| step.connection == seen.steps[0].connection),
        "{}: on one connection",
        operation.name
    );
    let commits = seen.steps.iter().filter(|step| step.says("commit")).count();
    assert_eq!(commits, operation.transactions(), "{}: in so many transactions", operation.name);
    seen.steps
}

/// The last message of the store's that commits, counted among those to the server.
pub fn commit(peace: &[Step]) -> usize {
    let to_server: Vec<&Step> = peace.iter().filter(|step| step.direction == Direction::ToServer).collect();
    to_server.iter().rposition(|step| step.says("commit")).unwrap() + 1
}

/// The message that says it was committed, counted among those to the client: the last but that the server is ready for more.
pub fn committed(peace: &[Step]) -> usize {
    letters(peace, Direction::ToClient).len() - 1
}

/// Before and after each of these messages, in this way.
pub fn everywhere(peace: &[Step], way: Way) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for direction in [Direction::ToServer, Direction::ToClient] {
        for message in 1..=letters(peace, direction).len() {
            cuts.extend([Side::Before, Side::After].map(|side| Cut { direction, message, side, way }));
        }
    }
    cuts
}

/// How many messages of a change of who may call, or of what is told, are cut without the long form: what is written and committed. Reading
/// the directory before that makes hundreds, the same for each change.
const LAST_MESSAGES: usize = 24;

/// The message that has the first row locked: after the beginning of the transaction and the values of the statement. What ends the
/// statement comes after it.
const EXECUTE_OF_LOCK: usize = 3;

/// The message that closes the statement that locked, which the session then waits to hear the end of without being counted as idle: where
/// that statement was made for one use, counted among those to the server.
fn close_of_lock(peace: &[Step]) -> Option<usize> {
    let to_server: Vec<&Step> = peace.iter().filter(|step| step.direction == Direction::ToServer).collect();
    let lock = to_server.iter().position(|step| step.says("for no key update"))?;
    let close = to_server[lock..].iter().position(|step| step.tag == 'C')?;
    Some(lock + close + 1)
}

/// Where connections are broken: before and after each message, in either way. Without the long form this is so of one operation with a key
/// and one without; of the others each message is met by one way before it and the other after it.
fn breaks(operation: &Cuttable, peace: &[Step]) -> Vec<Cut> {
    let (mut resets, mut finishes) = (everywhere(peace, Way::Reset), everywhere(peace, Way::Finish));
    if !is_long() && !operation.is_exemplary {
        resets.retain(|cut| cut.side == Side::Before);
        finishes.retain(|cut| cut.side == Side::After);
    }
    resets.extend(finishes);
    if !is_long() && (operation.is_of_the_directory() || operation.is_of_webhooks()) {
        let is_near_the_end = |cut: &Cut| cut.message + LAST_MESSAGES > letters(peace, cut.direction).len();
        resets.retain(|cut| is_near_the_end(cut) || cut.message.is_multiple_of(8));
    }
    resets
}

/// Where silence is met: at the first message, and around the commit; of one operation with a key and one without also where a row is
/// locked and the statement that locked it is not over yet, and of a registration and its end where it is being closed; everywhere in
/// the long form.
fn silences(operation: &Cuttable, peace: &[Step]) -> Vec<Cut> {
    if is_long() {
        return everywhere(peace, Way::Silence);
    }
    let at = |direction, message, side| Cut { direction, message, side, way: Way::Silence };
    let mut cuts = vec![
        at(Direction::ToServer, 1, Side::Before),
        at(Direction::ToServer, commit(peace), Side::Before),
        at(Direction::ToServer, commit(peace), Side::After),
        at(Direction::ToClient, committed(peace), Side::Before),
    ];
    if operation.is_exemplary {
        cuts.push(at(Direction::ToServer, EXECUTE_OF_LOCK, Side::After));
    }
    if [REGISTER.name, REMOVE.name].contains(&operation.name) {
        let close = close_of_lock(peace).expect("the owner's row is locked by a statement for one use");
        cuts.push(at(Direction::ToServer, close, Side::After));
    }
    cuts
}

/// Makes these cuts, several at a time, each on a case of its own.
async fn make(operation: Cuttable, stands: Vec<Stand>, peace: Vec<Step>, cuts: Vec<Cut>) -> Tally {
    let (cuts, peace) = (Arc::new(Mutex::new(VecDeque::from(cuts))), Arc::new(peace));
    let mut lanes = JoinSet::new();
    for stand in stands {
        let (cuts, peace) = (cuts.clone(), peace.clone());
        lanes.spawn(async move {
            let mut tally = Tally::default();
            while let Some(cut) = next(&cuts) {
                let seen = stand.cut(&operation, &new_case(), &[cut]).await.and_then(|seen| {
                    is_where_it_was_meant(&seen.steps, &peace, &cut)?;
                    let is_told = matches!(cut.way, Way::Reset | Way::Finish);
                    match seen {
                        seen if seen.cuts != 1 => Err("was not made".to_owned()),
                        seen if is_told && seen.unavailable > 0 => Err("was noticed by whoever asked".to_owned()),
                        seen => Ok(seen),
                    }
                });
                let most = if cut.way == Way::Silence { SILENT_TIME_MAX } else { BROKEN_TIME_MAX };
                tally.add(operation.name, &cut, seen, most);
            }
            tally.verify(&stand.direct).await;
            tally
        });
    }
    let mut tally = Tally::default();
    while let Some(lane) = lanes.join_next().await {
        tally.merge(lane.unwrap());
    }
    tally
}

/// The next cut to be made.
pub fn next(cuts: &Mutex<VecDeque<Cut>>) -> Option<Cut> {
    cuts.lock().unwrap().pop_front()
}

/// Whether the messages up to the cut are those that come by in peace, so that it was at the step it was meant for.
fn is_where_it_was_meant(steps: &[Step], peace: &[Step], cut: &Cut) -> Result<(), String> {
    let mut left = cut.message;
    let up_to = steps.iter().position(|step| {
        left -= usize::from(step.direction == cut.direction);
        left == 0
    });
    let steps = &steps[..up_to.map_or(steps.len(), |last| last + 1)];
    for direction in [Direction::ToServer, Direction::ToClient] {
        let (seen, meant) = (letters(steps, direction), letters(peace, direction));
        if !meant.starts_with(&seen) {
            return Err(format!("met {seen} where in peace there is {meant}"));
        }
    }
    Ok(())
}

#[test]
fn each_step_of_each_operation_may_be_the_last_of_its_connection() {
    let began = Instant::now();
    let tallies = in_threads(OPERATIONS, async |operation| {
        let mut stands = Vec::new();
        for _ in 0..if is_long() { LONG_LANES } else { LANES } {
            stands.push(Stand::new(server()).await);
        }
        let peace = in_peace(&stands[0], &operation).await;
        let mut cuts = silences(&operation, &peace);
        cuts.extend(breaks(&operation, &peace));
        let mut tally = make(operation, stands, peace.clone(), cuts).await;
        let steps = [Direction::ToServer, Direction::ToClient].map(|direction| letters(&peace, direction).len());
        tally.steps.insert(operation.name.to_owned(), steps);
        println!("cut after {:.0} s: {}, {} times", began.elapsed().as_secs_f64(), operation.name, tally.cuts());
        tally
    });
    let mut all = Tally::default();
    tallies.into_iter().for_each(|tally| all.merge(tally));
    all.print("cuts", began);
    all.settle();
    assert!(all.cuts() > 1000, "there was little to cut");
}
