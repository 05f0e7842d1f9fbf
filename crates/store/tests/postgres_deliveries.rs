//! What is PostgreSQL's own of deliveries: claims that lapse while another node is at work, deliveries that come into being while their
//! registration ends, nobody in anybody's way, and how much is read where much waits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "conformance/attempts.rs"]
#[allow(dead_code, reason = "shared with the tests of damage, which use the rest")]
mod attempts;
#[path = "conformance/sending.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod sending;
#[path = "conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

use std::sync::Arc;

use domain::{
    time::{Span, Timestamp},
    webhook::Next,
};
use sending::{
    ALL, CREATED, LATE, apply, attempt, claim, deliveries, ending, forgetting, of_partner, of_unit, on_webhooks,
    record, recording, register, retry,
};
use store::{
    Claimed, DeliveryFilter, DeliveryState, DirectoryChange, Instance, Mode, NewDeliveryOf, Store, WebhookId,
    WebhooksChange,
    postgres::{NewInstallation, OpenError, PostgresStore, Schema},
};
use testkit::Postgres;
use tokio_postgres::{Client, NoTls};
use work::{approval, capture, change_directory, connection, creation, done, make_sales_unit, new_partner};

const UNIT: &str = "123456";
const PARTNER: &str = "partner-000001";
const FIRST: WebhookId = WebhookId([1; 16]);
const SECOND: WebhookId = WebhookId([2; 16]);

async fn open(url: &str) -> Arc<PostgresStore> {
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let opened = PostgresStore::open(&Postgres::address(url), &Schema::current(), None, new).await;
    Arc::new(opened.unwrap().0)
}

async fn beside(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("set search_path = kasse").await.unwrap();
    client
}

/// Two nodes, a registration of everything, and a connection beside them.
async fn two_nodes() -> ([Arc<PostgresStore>; 2], Client) {
    let url = Postgres::shared().database();
    let (one, other) = (open(&url).await, open(&url).await);
    make_sales_unit(&*one, UNIT, 1).await;
    register(&*one, &of_unit(UNIT), 1, ALL).await;
    ([one, other], beside(&url).await)
}

async fn close(stores: [Arc<PostgresStore>; 2]) {
    assert_eq!(stores[0].verify().await.unwrap(), []);
    for store in stores {
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn of_two_attempts_of_one_delivery_that_counts_whose_claim_still_holds() {
    let ([one, other], beside) = two_nodes().await;
    done(one.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(one.apply(approval(UNIT, "payment-1")).await);
    let lapsed = claim_one(&one).await.unwrap();
    beside.batch_execute("update deliveries set claimed_until = clock_timestamp() - interval '1 ms'").await.unwrap();
    let taken = claim_one(&one).await.unwrap();
    assert_eq!(taken.id, lapsed.id);
    let both = vec![
        attempt(&lapsed, Span::seconds(3), retry(Span::days(30_000))),
        attempt(&taken, Span::seconds(4), Next::Delivered),
    ];
    apply(&*one, recording(both)).await;
    let found = deliveries(&*one, &of_unit(UNIT)).await.into_iter().find(|one| one.id == taken.id).unwrap();
    assert_eq!((found.state, found.attempts), (DeliveryState::Delivered, 1));
    let webhook = one.webhooks(&of_unit(UNIT), true).await.unwrap().remove(0);
    assert_eq!(webhook.failing_since, None, "nothing has failed that counts");
    let next = claim_one(&one).await.expect("what follows waits for nothing");
    assert_ne!(next.id, taken.id);
    close([one, other]).await;
}

#[tokio::test]
async fn attempts_kept_beside_their_delivery_and_in_it_add_up() {
    let url = Postgres::shared().database();
    let (store, beside) = (open(&url).await, beside(&url).await);
    make_sales_unit(&*store, UNIT, 1).await;
    let leave_as_before = async || beside.batch_execute(&attempts::AS_BEFORE.join(";")).await.unwrap();
    attempts::attempts_add_up(&*store, UNIT, leave_as_before).await;
    store.close().await.unwrap();
}

/// As the fifth migration had them.
const OF_ANOTHER_PROGRAM: &str = r"
    insert into webhooks (id, owner, url, events, sealed_secret, created_at)
      values (decode(repeat('01', 16), 'hex'), '123456', 'https://example.com', '', '\x00', 0);
    insert into announcements (msn, id, body) values ('123456', decode(repeat('01', 16), 'hex'), '\x7b7d');
    insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, state, attempts,
        first_attempt_at, last_status, last_error, created_at, next_attempt_at)
      select '123456', decode(repeat(id, 16), 'hex'), decode(repeat('01', 16), 'hex'), '123456', 'test', 'a-test-' || id, 0,
        'epayments.payment.created.v1', decode(repeat(id, 16), 'hex'), decode(repeat('01', 16), 'hex'), state, 1, 5, status, error, 4, next
      from (values ('01', 'pending', 500, 'status 500', 9), ('02', 'delivered', 200, null, null)) as had (id, state, status, error, next);
    insert into delivery_attempts (msn, delivery, number, owner, at, took, ended_at, status, error, answer, signature, next_attempt_at)
      select msn, id, 1, owner, 5, 1, 6, last_status, last_error, '\x6e6f', 'signed', next_attempt_at from deliveries";

#[tokio::test]
async fn deliveries_from_before_are_there_with_their_attempts_and_go_on_and_the_program_that_made_them_is_not_served() {
    let url = Postgres::shared().database();
    let (address, before) = (Postgres::address(&url), Schema::current().up_to(5));
    let at = Timestamp::from_milliseconds(1);
    assert_eq!(PostgresStore::migrate(&address, &before, at).await.unwrap(), 5);
    beside(&url).await.batch_execute(OF_ANOTHER_PROGRAM).await.unwrap();
    let store = open(&url).await;
    make_sales_unit(&*store, UNIT, 1).await;
    let logged = async || {
        let mut found = deliveries(&*store, &of_unit(UNIT)).await;
        found.sort_by_key(|delivery| delivery.id);
        let mut logged = Vec::new();
        for delivery in found {
            let attempts = store.delivery(&of_unit(UNIT), delivery.id).await.unwrap().unwrap().attempts;
            logged.push((delivery.state, attempts.iter().map(|one| (one.number, one.status)).collect::<Vec<_>>()));
        }
        logged
    };
    let delivered = (DeliveryState::Delivered, vec![(1, Some(200))]);
    assert_eq!(logged().await, [(DeliveryState::Pending, vec![(1, Some(500))]), delivered.clone()]);
    let claimed = claim_one(&store).await.unwrap();
    assert_eq!(claimed.number, 2);
    record(&*store, &claimed, Span::seconds(3), Next::Delivered).await;
    assert_eq!(logged().await, [(DeliveryState::Delivered, vec![(1, Some(500)), (2, Some(200))]), delivered]);
    assert_eq!(store.verify().await.unwrap(), []);
    let refused = PostgresStore::migrate(&address, &before, at).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoLongerServed { found: 6, serves: 6, known: 5 }), "{refused}");
    store.close().await.unwrap();
}

async fn claim_one(store: &PostgresStore) -> Option<Claimed> {
    claim(store, UNIT, &[(FIRST, 1)], LATE).await.pop()
}

#[tokio::test]
async fn a_claim_lapses_by_the_databases_clock_and_nothing_is_recorded_under_it_once_another_has_it() {
    let ([one, other], beside) = two_nodes().await;
    done(one.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let frozen = claim_one(&one).await.unwrap();
    assert_eq!(claim_one(&other).await, None, "another node has it");
    let left = "select extract(epoch from claimed_until - clock_timestamp())::float8 from deliveries";
    let left: f64 = beside.query_one(left, &[]).await.unwrap().get(0);
    assert!((50.0..=60.0).contains(&left), "{left} seconds");
    let lapse = "update deliveries set claimed_until = clock_timestamp() - interval '1 ms'";
    beside.batch_execute(lapse).await.unwrap();
    let taken = claim_one(&other).await.unwrap();
    assert_eq!((taken.id, taken.number), (frozen.id, 1));
    assert!(taken.fence > frozen.fence);
    record(&*one, &frozen, Span::seconds(3), Next::Delivered).await;
    one.give_back(std::slice::from_ref(&frozen)).await.unwrap();
    let found = deliveries(&*one, &of_unit(UNIT)).await;
    assert_eq!(
        (found[0].state, found[0].attempts),
        (DeliveryState::Pending, 0),
        "what the first one says counts no more"
    );
    assert_eq!(claim_one(&one).await, None, "and it is still the other's");
    record(&*other, &taken, Span::seconds(4), Next::GivenUp).await;
    record(&*one, &frozen, Span::seconds(5), Next::Delivered).await;
    let found = deliveries(&*one, &of_unit(UNIT)).await;
    assert_eq!((found[0].state, found[0].attempts), (DeliveryState::GivenUp, 1));
    // One that lapsed and that nobody has taken is still its own.
    done(one.apply(creation(UNIT, "payment-2", "l", 0)).await);
    let late = claim_one(&one).await.unwrap();
    beside.batch_execute("update deliveries set claimed_until = clock_timestamp() - interval '1 h'").await.unwrap();
    record(&*one, &late, Span::seconds(6), Next::Delivered).await;
    assert_eq!(claim_one(&other).await, None);
    close([one, other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_whichever_nodes_register_at_the_same_moment() {
    let ([one, other], _) = two_nodes().await;
    let registering: Vec<_> = (2..42)
        .map(|number| {
            let (store, owner) = ([&one, &other][usize::from(number % 2)].clone(), of_unit(UNIT));
            let webhook = sending::webhook(&owner, number, ALL);
            tokio::spawn(async move {
                let intent = on_webhooks(&owner, move |stored| {
                    (stored.len() < 25).then(|| WebhooksChange::Register(webhook.clone()))
                });
                apply(&*store, intent).await;
            })
        })
        .collect();
    for one in registering {
        one.await.unwrap();
    }
    assert_eq!(one.webhooks(&of_unit(UNIT), true).await.unwrap().len(), 25);
    close([one, other]).await;
}

#[tokio::test]
async fn what_came_into_being_while_its_registration_ended_is_never_claimed_and_then_dropped() {
    let ([one, other], beside) = two_nodes().await;
    done(one.apply(creation(UNIT, "payment-1", "k", 0)).await);
    // As a transaction leaves it that saw the registration and committed after its end.
    apply(&*one, ending(&of_unit(UNIT), 1)).await;
    beside.batch_execute("update deliveries set state = 'pending', next_attempt_at = created_at").await.unwrap();
    assert_eq!(claim_one(&other).await, None);
    assert_eq!(one.waiting_lanes().await.unwrap(), []);
    apply(&*one, forgetting(work::START, 9)).await;
    let found = deliveries(&*one, &of_unit(UNIT)).await;
    assert_eq!((found.len(), found[0].state), (1, DeliveryState::Dropped));
    close([one, other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_once_more_is_not_forgotten_at_the_same_moment() {
    let ([one, other], beside) = two_nodes().await;
    for round in 0..20_u8 {
        let name = format!("payment-{round}");
        done(one.apply(creation(UNIT, &name, &name, 0)).await);
        let claimed = claim_one(&one).await.unwrap();
        record(&*one, &claimed, Span::seconds(3), Next::Delivered).await;
        let id = sending::delivery_id(Span::days(9), round);
        let again = sending::sending(UNIT, id, FIRST, NewDeliveryOf::Delivery(claimed.id), Span::days(9));
        let (sent, forgotten) = tokio::join!(one.apply(again), other.apply(forgetting(LATE.minus(Span::days(25)), 99)));
        assert!(sent.is_ok() && forgotten.is_ok(), "{sent:?} {forgotten:?}");
    }
    let lost = "select count(*) from deliveries as d where not exists (select 1 from announcements as a where a.id = d.announcement)";
    assert_eq!(beside.query_one(lost, &[]).await.unwrap().get::<_, i64>(0), 0);
    close([one, other]).await;
}

/// Deadlocks the server has had to break.
const DEADLOCKS: &str = "select deadlocks from pg_stat_database where datname = current_database()";

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_record_and_an_owner_who_deletes_are_never_in_each_others_way() {
    const ROUNDS: u8 = 12;
    const PAYMENTS: usize = 24;
    let ([one, other], beside) = two_nodes().await;
    for round in 0..ROUNDS {
        let numbers = [round * 3 + 2, round * 3 + 3, round * 3 + 4];
        for number in numbers {
            register(&*one, &of_unit(UNIT), number, &[CREATED]).await;
        }
        for payment in 0..PAYMENTS {
            let name = format!("payment-{round}-{payment}");
            done(one.apply(creation(UNIT, &name, &name, 0)).await);
        }
        let half = u32::try_from(PAYMENTS / 2).unwrap();
        let wanted = numbers.map(|number| (WebhookId([number; 16]), half));
        let mut recordings = Vec::new();
        for store in [&one, &other] {
            let claimed = claim(&**store, UNIT, &wanted, LATE).await;
            assert_eq!(claimed.len(), 3 * PAYMENTS / 2);
            let attempts = claimed.iter().enumerate().map(|(index, one)| {
                let next = if index % 3 == 0 { Next::Delivered } else { retry(Span::days(20)) };
                attempt(one, Span::seconds(3), next)
            });
            recordings.push(recording(attempts.collect()));
        }
        let mut recordings = recordings.into_iter();
        let (first, second) = (recordings.next().unwrap(), recordings.next().unwrap());
        let delete = ending(&of_unit(UNIT), numbers[usize::from(round % 3)]);
        let all = tokio::join!(one.apply(first), other.apply(second), other.apply(delete));
        assert!(all.0.is_ok() && all.1.is_ok() && all.2.is_ok(), "{all:?}");
        for number in numbers {
            apply(&*one, ending(&of_unit(UNIT), number)).await;
        }
    }
    close([one, other]).await;
    beside.batch_execute("select pg_stat_clear_snapshot()").await.unwrap();
    assert_eq!(beside.query_one(DEADLOCKS, &[]).await.unwrap().get::<_, i64>(0), 0);
}

/// How many of each: those that wait for one who is dead, put off by an hour, and those that have arrived elsewhere.
const FILLED: i64 = 100_000;
const FILL: &str = "insert into announcements
       select '123456', decode(lpad(to_hex(n), 32, '0'), 'hex'), 'body' from generate_series(1, 2 * $1::bigint) as n;
     insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
       select '123456', decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(repeat('01', 16), 'hex'), '123456', 'event', 'dead-' || n / 4,
         n % 4 + 1, 'epayments.payment.created.v1', decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(lpad(to_hex(n), 32, '0'), 'hex'),
         1760000000000, 1760003600000 from generate_series(1, $1::bigint) as n;
     insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, state, attempts,
         first_attempt_at, created_at)
       select '123456', decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(repeat('02', 16), 'hex'), '123456', 'event', 'sent-' || n / 4,
         n % 4 + 1, 'epayments.payment.created.v1', decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(lpad(to_hex(n), 32, '0'), 'hex'),
         'delivered', 1, 1760000000000, 1760000000000 from generate_series($1::bigint + 1, 2 * $1::bigint) as n";

/// Rows read of the tables of deliveries, by their keys or otherwise.
const READ: &str =
    "select (select sum(idx_tup_read + idx_tup_fetch) from pg_stat_user_indexes where relname = any(tables))
       + (select sum(seq_tup_read) from pg_stat_user_tables where relname = any(tables))
     from (select array['webhooks', 'announcements', 'deliveries', 'delivery_attempts'] as tables) as asked";

/// A server with much in it, and how much has been read there.
struct Filled {
    server: Postgres,
    url: String,
    read: u64,
}

impl Filled {
    /// Nobody counts rows and makes better plans while the test looks, but where the test does.
    async fn new() -> Self {
        let server = Postgres::start(&["autovacuum=off", "fsync=off"]);
        let url = server.database();
        let store = open(&url).await;
        make_sales_unit(&*store, UNIT, 1).await;
        for number in 1..=40 {
            make_sales_unit(&*store, &format!("77{number:04}"), 100 + number).await;
        }
        change_directory(&*store, DirectoryChange::CreatePartner(new_partner(PARTNER, 9))).await.unwrap();
        change_directory(&*store, DirectoryChange::Connect(connection(UNIT, PARTNER))).await.unwrap();
        for number in [1, 2] {
            register(&*store, &of_unit(UNIT), number, ALL).await;
        }
        register(&*store, &of_partner(PARTNER), 3, ALL).await;
        store.close().await.unwrap();
        let filled = FILL.replace("$1::bigint", &FILLED.to_string());
        server.run(Postgres::address(&url).database(), &format!("set search_path = kasse; {filled}"));
        let mut filled = Self { server, url, read: 0 };
        filled.read = filled.count();
        filled
    }

    fn run(&self, sql: &str) -> String {
        self.server.run(Postgres::address(&self.url).database(), sql)
    }

    fn count(&self) -> u64 {
        // A session tells what it has read when it ends.
        while self.run("select count(*) from pg_stat_activity where application_name = 'kasse'") != "0" {}
        self.run(READ).parse().unwrap()
    }

    /// Does something so often, and asks that no more is read each time.
    async fn reads(&mut self, what: &str, most: u64, times: u64, work: impl AsyncFn(&PostgresStore, u64)) {
        let store = open(&self.url).await;
        for time in 0..times {
            work(&store, time).await;
        }
        store.close().await.unwrap();
        drop(store);
        let read = self.count();
        let each = (read - self.read) / times;
        println!("{what}: {each} rows each time");
        assert!(each <= most, "{what}: {each} rows each time");
        self.read = read;
    }
}

async fn changes_read_their_own(filled: &mut Filled, round: u64) {
    let name = |time: u64| format!("payment-{round}-{time}");
    filled
        .reads("create, approve and capture", 60, 20, async |store, time| {
            let name = name(time);
            done(store.apply(creation(UNIT, &name, &name, 0)).await);
            done(store.apply(approval(UNIT, &name)).await);
            done(store.apply(capture(UNIT, &name, 400, "c")).await);
        })
        .await;
    let soon = work::START.plus(Span::minutes(1));
    let wanted = [(FIRST, 2), (SECOND, 2), (WebhookId([3; 16]), 2)];
    let claimed = std::sync::Mutex::new(Vec::new());
    filled
        .reads("claim", 140, 8, async |store, _| {
            let found = claim(store, UNIT, &wanted, soon).await;
            assert_eq!(found.len(), 6);
            claimed.lock().unwrap().extend(found);
        })
        .await;
    let claimed = claimed.into_inner().unwrap();
    filled
        .reads("give back", 40, 8, async |store, time| {
            let six: Vec<Claimed> = claimed.iter().skip(usize::try_from(time).unwrap() * 6).take(6).cloned().collect();
            store.give_back(&six).await.unwrap();
        })
        .await;
    filled
        .reads("record", 90, 8, async |store, time| {
            let six = claimed.iter().skip(usize::try_from(time).unwrap() * 6).take(6);
            let next = |one: &Claimed| {
                if one.recipient.lane.webhook == FIRST { retry(Span::days(1)) } else { Next::Delivered }
            };
            apply(store, recording(six.map(|one| attempt(one, Span::seconds(3), next(one))).collect())).await;
        })
        .await;
}

async fn readers_read_what_they_answer(filled: &mut Filled) {
    let lanes = async |store: &PostgresStore, _| assert_eq!(store.waiting_lanes().await.unwrap().len(), 3);
    filled.reads("lanes that wait", 30, 20, lanes).await;
    let all = DeliveryFilter { most: 20, ..DeliveryFilter::default() };
    let deep = sending::delivery_id(Span::seconds(-1), 0);
    for (what, filter) in [
        ("a page", all.clone()),
        ("a page of long ago", DeliveryFilter { before: Some(deep), ..all.clone() }),
        ("a page of what waits", DeliveryFilter { state: Some(DeliveryState::Pending), ..all.clone() }),
        ("a page of what was given up", DeliveryFilter { state: Some(DeliveryState::GivenUp), ..all.clone() }),
        ("a page of one registration", DeliveryFilter { webhook: Some(SECOND), ..all.clone() }),
        ("a payment's", DeliveryFilter { reference: Some(work::reference("dead-7777")), ..all.clone() }),
    ] {
        let read = async |store: &PostgresStore, _| drop(store.deliveries(&of_unit(UNIT), &filter).await.unwrap());
        filled.reads(what, 260, 10, read).await;
    }
    filled
        .reads("one with its attempts", 40, 10, async |store, _| {
            let id = store::DeliveryId([0; 16].map(|_: u8| 0));
            assert_eq!(store.delivery(&of_unit(UNIT), id).await.unwrap(), None);
        })
        .await;
}

#[tokio::test]
async fn however_much_waits_nobody_reads_more_than_it_answers() {
    let mut filled = Filled::new().await;
    for round in 0..2 {
        changes_read_their_own(&mut filled, round).await;
        readers_read_what_they_answer(&mut filled).await;
        // The server has counted nothing in the first round, and everything in the second.
        filled.run("analyze");
        filled.read = filled.count();
    }
    filled
        .reads("a test", 10, 10, async |store, time| {
            let id = sending::delivery_id(Span::seconds(50), u8::try_from(time).unwrap());
            apply(store, sending::sending(UNIT, id, SECOND, sending::a_test("a test"), Span::seconds(50))).await;
        })
        .await;
    filled
        .reads("claim where everything is due", 60, 8, async |store, _| {
            assert_eq!(claim(store, UNIT, &[(FIRST, 1)], work::START.plus(Span::minutes(61))).await.len(), 1);
        })
        .await;
    filled.reads("forget", 10_000, 1, async |store, _| apply(store, forgetting(LATE, 500)).await).await;
}
