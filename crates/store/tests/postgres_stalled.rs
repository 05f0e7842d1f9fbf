//! Sessions whose client fell silent while they held rows: they are ended, and nobody else's are.
//!
//! They are made by hand, message by message, as no client that is whole could leave one behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "conformance/sending.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod sending;
#[path = "conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use domain::time::{Span, Timestamp};
use sending::{ALL, LATE, apply, claim, forgetting, of_unit, register};
use store::{
    Instance, Mode, Store, WebhookId,
    postgres::{NewInstallation, PostgresStore, Schema},
};
use testkit::Postgres;
use work::{approval, capture, creation, done, make_sales_unit};

const UNIT: &str = "123456";
const FIRST: WebhookId = WebhookId([1; 16]);
/// The most that is waited for a session to be ended.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than fits between a server and a client that takes nothing.
const LONG_ANSWER: &str = "select repeat('long', 1000) from generate_series(1, 100000)";

/// A session, as far as it was told.
struct Session(UnixStream);

impl Session {
    fn open(url: &str, name: &str) -> Self {
        let postgres = Postgres::shared();
        let stream = UnixStream::connect(postgres.socket()).unwrap();
        let mut session = Self(stream);
        let database = Postgres::address(url).database().to_owned();
        let mut about = 196_608_i32.to_be_bytes().to_vec();
        for word in
            ["user", "postgres", "database", &database, "application_name", name, "options", "-csearch_path=kasse"]
        {
            about.extend(word.as_bytes());
            about.push(0);
        }
        about.push(0);
        session.send(None, &about);
        session.until_ready();
        session
    }

    fn send(&mut self, letter: Option<u8>, content: &[u8]) {
        let mut message: Vec<u8> = letter.into_iter().collect();
        message.extend(i32::try_from(content.len() + 4).unwrap().to_be_bytes());
        message.extend(content);
        self.0.write_all(&message).unwrap();
    }

    /// Reads until a message of this letter has come.
    fn until(&mut self, wanted: u8) {
        loop {
            let mut head = [0; 5];
            self.0.read_exact(&mut head).unwrap();
            let length = i32::from_be_bytes(head[1..].try_into().unwrap());
            let mut content = vec![0; usize::try_from(length).unwrap() - 4];
            self.0.read_exact(&mut content).unwrap();
            assert_ne!(head[0], b'E', "{}", String::from_utf8_lossy(&content));
            if head[0] == wanted {
                return;
            }
        }
    }

    fn until_ready(&mut self) {
        self.until(b'Z');
    }

    fn tell(&mut self, sql: &str) {
        self.send(Some(b'Q'), &[sql.as_bytes(), b"\0"].concat());
    }

    fn ask(&mut self, sql: &str) {
        self.tell(sql);
        self.until_ready();
    }

    /// A statement that is carried out and not said to be over.
    fn begin(&mut self, sql: &str) {
        self.send(Some(b'P'), &[b"\0", sql.as_bytes(), b"\0\0\0"].concat());
        self.send(Some(b'B'), &[0; 8]);
        self.send(Some(b'E'), &[0; 5]);
        self.send(Some(b'H'), &[]);
        self.until(b'C');
    }

    /// Whether it lives, by a question that can follow whatever it was told.
    fn lives(mut self) -> bool {
        self.ask("select 1");
        true
    }
}

async fn opened() -> (PostgresStore, String) {
    let url = Postgres::shared().database();
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let (store, ..) = PostgresStore::open(&Postgres::address(&url), &Schema::current(), None, new).await.unwrap();
    make_sales_unit(&store, UNIT, 1).await;
    register(&store, &of_unit(UNIT), 1, ALL).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(store.apply(approval(UNIT, "payment-1")).await);
    (store, url)
}

/// Claims once it is possible, forgetting what is old now and then, as nodes do.
async fn claims_in_time(store: &PostgresStore) {
    let began = Instant::now();
    loop {
        apply(store, forgetting(LATE.minus(Span::days(9_000)), 9)).await;
        if !claim(store, UNIT, &[(FIRST, 1)], LATE).await.is_empty() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "what is locked is never to be had");
        // real time: the server's clock says when a session has stalled.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_session_locked_that_heard_no_more_is_claimed_all_the_same() {
    let (store, url) = opened().await;
    let mut stalled = Session::open(&url, "kasse");
    stalled.begin("select 1 from deliveries for update");
    assert_eq!(claim(&store, UNIT, &[(FIRST, 1)], LATE).await, [], "it is passed over");
    claims_in_time(&store).await;
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_session_locked_that_cannot_tell_what_it_found_is_claimed_all_the_same() {
    let (store, url) = opened().await;
    let mut stalled = Session::open(&url, "kasse");
    stalled.ask("begin; select 1 from deliveries for update");
    stalled.tell(LONG_ANSWER);
    assert_eq!(claim(&store, UNIT, &[(FIRST, 1)], LATE).await, [], "it is passed over");
    claims_in_time(&store).await;
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_hold_nothing_and_those_of_an_operator_are_let_be() {
    let (store, url) = opened().await;
    let mut reading = Session::open(&url, "kasse");
    reading.ask("begin isolation level repeatable read read only; select count(*) from payments");
    let mut operator = Session::open(&url, "psql");
    operator.ask("begin; select 1 from sales_units for key share");
    let mut stalled = Session::open(&url, "kasse");
    stalled.ask("begin");
    stalled.begin("select 1 from payments for update");
    // Whoever has waited in vain ends it, and nobody else's, all of which have waited for longer.
    let began = Instant::now();
    while store.apply(capture(UNIT, "payment-1", 400, "c")).await.is_err() {
        assert!(began.elapsed() < PATIENCE, "the payment is never to be had");
    }
    assert!(reading.lives() && operator.lives());
    store.close().await.unwrap();
}
