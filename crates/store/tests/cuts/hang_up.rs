//! A client that hangs up never leaves a transaction open, nor a connection that sees what is long gone.
//!
//! Many at once ask for changes and reads, and give each up after as many polls as chance says. `KASSE_CUTS_SEED` draws the same again.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant, SystemTime},
};

use domain::{payer::Sub, time::Span};
use serde_json::json;
use store::{Store, postgres::PostgresStore};
use tokio::task::JoinSet;

use crate::{
    is_long,
    operation::UNIT,
    server,
    stand::{name_of, open},
    work::{START, approval, capture, creation, done, make_sales_unit, msn, reference, short_link},
};

const CLIENTS: u64 = 24;
/// Of a node, for changes and for reads.
const CONNECTIONS_MAX: usize = 16;
/// A session that is left in a transaction is ended by the server after three seconds. Until then it has to be seen.
const IDLE_TIME_MAX: Duration = Duration::from_secs(2);
/// Sessions in a transaction in which nobody does anything.
const IDLE: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
/// Sessions of nodes.
const CONNECTIONS: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'kasse'";

/// Chance from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Polls that often at most, then gives up. Answers whether it was given up.
async fn hung_up_after<F: Future>(polls: u64, asking: F) -> bool {
    let (mut asking, mut left) = (Box::pin(asking), polls);
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(true);
        }
        left -= 1;
        match asking.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(false),
            // It is given up when it would be polled next, or at once where that was the last time.
            Poll::Pending if left == 0 => Poll::Ready(true),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

type Asking<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Anything a client may ask for.
fn anything<'a>(store: &'a PostgresStore, dice: &mut Dice, name: &str) -> Asking<'a> {
    let (unit, named, link) = (msn(UNIT), reference(name), short_link(UNIT, name));
    let key = format!("k{}", dice.below(1_000_000));
    let name = name.to_owned();
    match dice.below(12) {
        0 => Box::pin(async move { drop(store.apply(creation(UNIT, &name, &name, 0)).await) }),
        1 => Box::pin(async move { drop(store.apply(approval(UNIT, &name)).await) }),
        2 | 3 => Box::pin(async move { drop(store.apply(capture(UNIT, &name, 1, &key)).await) }),
        4 => Box::pin(async move { drop(store.payment(&unit, &named).await) }),
        5 => Box::pin(async move { drop(store.payment_with_events(&unit, &named).await) }),
        6 => Box::pin(async move { drop(store.payment_of_short_link(&unit, link).await) }),
        7 => Box::pin(async move { drop(store.last_shared(&unit, Sub([1; 16])).await) }),
        8 => Box::pin(
            async move { drop((store.next_due().await, store.due(&unit, START.plus(Span::days(1)), 9).await)) },
        ),
        9 => Box::pin(async move { drop(store.directory().await) }),
        10 => Box::pin(async move { drop(store.directory_version().await) }),
        _ => Box::pin(async move { drop(store.verify().await) }),
    }
}

/// A client that asks and hangs up. Answers how often it did.
async fn hang_up_often(store: Arc<PostgresStore>, seed: u64, times: u64) -> u64 {
    let (mut dice, mut hung_up) = (Dice(seed), 0);
    for _ in 0..times {
        let name = format!("hung-up-{:03}", dice.below(40));
        let asking = anything(&store, &mut dice, &name);
        hung_up += u64::from(hung_up_after(dice.below(8), asking).await);
    }
    hung_up
}

fn count(database: &str, question: &str) -> usize {
    server().run(database, question).parse().unwrap()
}

/// How many sessions of nodes there are, once those have gone that are about to.
async fn connections(database: &str) -> usize {
    let began = Instant::now();
    loop {
        let found = count(database, CONNECTIONS);
        if found <= CONNECTIONS_MAX || began.elapsed() > IDLE_TIME_MAX {
            return found;
        }
        // real time: a session outlives its connection by a moment of the server's own.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until no session is idle in a transaction.
async fn until_no_transaction_is_left(database: &str) {
    let began = Instant::now();
    while count(database, IDLE) > 0 {
        assert!(began.elapsed() < IDLE_TIME_MAX, "a transaction was left open");
        // real time: what was under way ends by itself; the server does not tell when.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_never_leaves_a_transaction_open() {
    let drawn = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let seed = std::env::var("KASSE_CUTS_SEED").map_or_else(|_| drawn(), |text| text.parse().expect("a number"));
    println!("KASSE_CUTS_SEED={seed}");
    let (began, rounds, times) = (Instant::now(), if is_long() { 20 } else { 2 }, 40);
    let url = server().database();
    let (store, database) = (Arc::new(open(&url).await.unwrap()), name_of(&url));
    make_sales_unit(&*store, UNIT, 1).await;
    let (mut hung_up, mut most) = (0, 0);
    for round in 0..rounds {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(hang_up_often(store.clone(), seed ^ (round << 32) ^ (client << 16), times));
        }
        while let Some(client) = clients.join_next().await {
            hung_up += client.unwrap();
            most = most.max(connections(&database).await);
        }
        until_no_transaction_is_left(&database).await;
        // What was written just now is seen by each connection that reads: by all that there are, asked at once.
        let name = format!("afterwards-{round}");
        done(store.apply(creation(UNIT, &name, &name, 0)).await);
        let mut readers = JoinSet::new();
        for _ in 0..CONNECTIONS_MAX {
            let (store, name) = (store.clone(), reference(&name));
            readers.spawn(async move { store.payment(&msn(UNIT), &name).await });
        }
        while let Some(read) = readers.join_next().await {
            assert!(read.unwrap().unwrap().is_some(), "a reader sees what is long gone");
        }
    }
    let asked = rounds * CLIENTS * times;
    println!(
        "{}",
        json!({
            "test": "hang up", "seed": seed, "asked": asked, "hung_up": hung_up, "connections": most,
            "wall_s": began.elapsed().as_secs(),
        })
    );
    assert!(hung_up > asked / 4, "hardly anybody hung up");
    assert!(most <= CONNECTIONS_MAX, "{most} connections");
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}
