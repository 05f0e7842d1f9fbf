//! Cuts while connecting: a store that is opened, the first change it makes on its first connection, and an empty database that is made
//! what it is.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use store::{Store as _, postgres::Schema};
use testkit::{Cut, CuttingProxy, Direction, STARTUP, Side, Step, Way};
use tokio::task::JoinSet;

use crate::{
    everywhere, is_long, new_case,
    operation::{CREATE, Cuttable},
    server,
    stand::{Seen, Stand, letters, name_of, open},
    tally::Tally,
};

const LANES: usize = 4;
/// As long as connecting may take twice, with its settings, and some for a busy machine.
const TIME_MAX: Duration = Duration::from_secs(13);
const OPERATION: Cuttable = CREATE;

/// Opens a store through the proxy and makes a change, on connections that are all new.
async fn open_and_change(stand: &mut Stand, cuts: &[Cut]) -> Result<Seen, String> {
    stand.proxy.arm(cuts);
    let (began, url) = (Instant::now(), stand.proxy.url(&stand.database));
    let store = match open(&url).await {
        Ok(store) => store,
        // Whoever starts a node starts it again.
        Err(_) => {
            stand.proxy.heal();
            open(&url).await.map_err(|error| format!("is not opened again: {error}"))?
        }
    };
    let opened = began.elapsed();
    stand.store = store;
    let seen =
        stand.carry_out(&OPERATION, &new_case(), cuts).await.map(|seen| Seen { took: seen.took + opened, ..seen });
    stand.store.close().await.unwrap();
    seen
}

/// Where silence is met: after each message that begins something on a connection that is new; everywhere in the long form.
fn silences(peace: &[Step]) -> Vec<Cut> {
    if is_long() {
        return everywhere(peace, Way::Silence);
    }
    let to_server = peace.iter().filter(|step| step.direction == Direction::ToServer).zip(1..);
    let first_words = to_server.filter(|(step, _)| matches!(step.tag, STARTUP | 'Q'));
    first_words
        .map(|(_, message)| Cut { direction: Direction::ToServer, message, side: Side::After, way: Way::Silence })
        .collect()
}

/// What is cut without the long form: each message to the server, by one of the ways, and every third answer.
fn is_chosen(cut: &Cut) -> bool {
    let is_met = cut.direction == Direction::ToServer || cut.message.is_multiple_of(3);
    let (way, side) =
        if cut.message.is_multiple_of(2) { (Way::Reset, Side::Before) } else { (Way::Finish, Side::After) };
    is_met && cut.way == way && cut.side == side
}

#[tokio::test]
async fn each_step_of_connecting_may_be_the_last_of_its_connection() {
    let began = Instant::now();
    let mut stand = Stand::new(server()).await;
    let peace = open_and_change(&mut stand, &[]).await.unwrap().steps;
    let mut cuts = silences(&peace);
    for way in [Way::Reset, Way::Finish] {
        cuts.extend(everywhere(&peace, way).into_iter().filter(|cut| is_long() || is_chosen(cut)));
    }
    let (cuts, mut lanes) = (Arc::new(Mutex::new(VecDeque::from(cuts))), JoinSet::new());
    for _ in 0..LANES {
        let cuts = cuts.clone();
        lanes.spawn(async move {
            let (mut stand, mut tally) = (Stand::new(server()).await, Tally::default());
            while let Some(cut) = crate::next(&cuts) {
                let seen = open_and_change(&mut stand, &[cut]).await;
                tally.add("connecting", &cut, seen, TIME_MAX);
            }
            tally.verify(&stand.direct).await;
            tally
        });
    }
    let mut all = Tally::default();
    while let Some(tally) = lanes.join_next().await {
        all.merge(tally.unwrap());
    }
    let steps = [Direction::ToServer, Direction::ToClient].map(|direction| letters(&peace, direction).len());
    all.steps.insert("open, connect and create".to_owned(), steps);
    all.print("cuts while connecting", began);
    all.settle();
    assert!(all.cuts() > 100, "there was little to cut");
}

/// Opens an empty database through a proxy, which makes it what it is, and empties it again. Answers what came by.
async fn initialise(database: &str, cuts: &[Cut]) -> (Vec<Step>, Duration) {
    let proxy = CuttingProxy::start(server().socket()).await;
    proxy.arm(cuts);
    let began = Instant::now();
    let opened = open(&proxy.url(database)).await;
    let took = began.elapsed();
    let (steps, made) = proxy.disarm();
    assert_eq!(made, cuts.len(), "{cuts:?}");
    let store = match opened {
        Ok(store) => store,
        Err(_) => open(&proxy.url(database)).await.unwrap_or_else(|error| panic!("{cuts:?}: {error}")),
    };
    assert_eq!(store.verify().await.unwrap(), [], "{cuts:?}");
    store.close().await.unwrap();
    let facts = "select (select count(*) from kasse.instance), (select count(*) from kasse.migrations)";
    let all = format!("1|{}", Schema::current().known());
    assert_eq!(run(database, facts).await, all, "{cuts:?}");
    run(database, "set client_min_messages = warning; drop schema kasse cascade").await;
    (steps, took)
}

/// Beside the proxy, not instead of it: a session that has just been given up holds what it has read until the proxy says so to the server.
async fn run(database: &str, sql: &'static str) -> String {
    let database = database.to_owned();
    tokio::task::spawn_blocking(move || server().run(&database, sql)).await.unwrap()
}

#[tokio::test]
async fn each_step_of_making_a_database_what_it_is_may_be_the_last_of_its_connection() {
    let database = name_of(&server().database());
    let (peace, _) = initialise(&database, &[]).await;
    let mut cuts = everywhere(&peace, Way::Reset);
    if !is_long() {
        // What the server was told is what it has done, and it does something when a statement or a round of messages is whole.
        let to_server = letters(&peace, Direction::ToServer);
        let acts = |message: usize| matches!(to_server.chars().nth(message - 1), Some('Q' | 'S'));
        cuts.retain(|cut| cut.direction == Direction::ToServer && cut.side == Side::After && acts(cut.message));
    }
    for cut in cuts {
        let (_, took) = initialise(&database, &[cut]).await;
        assert!(took < TIME_MAX, "{cut:?} took {took:?}");
    }
}
