//! What is PostgreSQL's own: the schema's checks, damage found by `verify`, groups that share a commit and those that fall apart, a full
//! queue, and rows that somebody else holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

#[path = "conformance/attempts.rs"]
#[allow(dead_code, reason = "shared with the tests of deliveries, which use the rest")]
mod attempts;
#[path = "conformance/sending.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod sending;

use std::sync::Arc;

use domain::{payment::Rejection, time::Timestamp};
use store::{
    Instance, Mode, Outcome, Store, Trouble,
    postgres::{NewInstallation, PostgresStore, Schema},
};
use testkit::Postgres;
use tokio_postgres::{Client, NoTls};
use work::{START, approval, capture, creation, done, make_sales_unit, msn, reference};

const UNIT: &str = "123456";
const OTHER_UNIT: &str = "654321";

async fn open(url: &str) -> Arc<PostgresStore> {
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let opened = PostgresStore::open(&Postgres::address(url), &Schema::current(), None, new).await;
    Arc::new(opened.unwrap().0)
}

/// A store with two sales units, and a connection beside it.
async fn opened() -> (String, Arc<PostgresStore>, Client) {
    let url = Postgres::shared().database();
    let store = open(&url).await;
    make_sales_unit(&*store, UNIT, 1).await;
    make_sales_unit(&*store, OTHER_UNIT, 2).await;
    let beside = beside(&url).await;
    (url, store, beside)
}

async fn beside(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("set search_path = kasse").await.unwrap();
    client
}

async fn with_a_payment() -> (String, Arc<PostgresStore>, Client) {
    let (url, store, beside) = opened().await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(store.apply(approval(UNIT, "payment-1")).await);
    done(store.apply(capture(UNIT, "payment-1", 400, "c")).await);
    (url, store, beside)
}

#[tokio::test]
async fn the_schema_repeats_the_rules_of_money() {
    let (url, store, beside) = with_a_payment().await;
    for bad in [
        "update payments set captured = 1001",
        "update payments set captured = -1",
        "update payments set refunded = 401",
        "update payments set refunded = -1",
        "update payments set cancelled = 601",
        "update payments set authorized = 399",
        "update payments set amount = 65000001",
        "update payments set amount = -1",
        "update payments set amount = null",
        "update payments set currency = 'XXX'",
        "update payments set state = 'CAPTURED'",
        "update payments set state = 'CREATED'",
        "update payments set state = 'TERMINATED'",
        "update payments set \"authorization\" = null",
        "update payments set expires_at = created_at",
        "update payments set last_sequence = 0",
        "update payments set reference = 'short'",
        "insert into payments select * from payments",
        "update events set sequence = 2 where sequence = 1",
        "update events set amount = -1",
        "update events set name = 'PAID'",
        "update events set success = false",
        "update kept_answers set status = 400",
        "update kept_answers set operation = 'create' where operation = 'capture'",
        "update sales_units set market = 'SE'",
        "update sales_units set msn = '12x456'",
        "update key_sets set partner = 'partner-123456'",
        "update key_sets set msn = null",
        "update key_sets set generation = -1",
        "update key_sets set client_secret = ''",
        "update key_sets set secondary_key = ''",
        "insert into partners values ('partner-12345', 'Short', 0)",
        "insert into partners values ('123456', 'Like a sales unit', 0)",
        "insert into partner_connections values ('123456', 'partner-999999', 0)",
        "update instance set mode = 'test'",
        "update instance set mode = 'production', master_key = decode(repeat('00', 32), 'hex')",
        "insert into instance select 2, id, mode, created_at, 0, sealed_keys, 0, null from instance",
    ] {
        let refused = beside.batch_execute(bad).await.expect_err(bad);
        let code = refused.code().unwrap_or_else(|| panic!("{bad}: {refused}")).code();
        assert!(code.starts_with("23"), "{bad}: {code}");
    }
    assert!(PostgresStore::examine(&Postgres::address(&url)).await.unwrap().is_empty());
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_migration_lets_those_by_who_want_the_table_it_waits_for() {
    let (url, store, beside) = opened().await;
    let known = Schema::current().known();
    beside.batch_execute("begin; lock table payments in access share mode").await.unwrap();
    let schema = Schema::current().followed_by("more", "lock table payments", known);
    let (address, url) = (Postgres::address(&url), url.clone());
    let migrating = tokio::spawn(async move { PostgresStore::migrate(&address, &schema, START).await });
    let watcher = self::beside(&url).await;
    let waiting = "select count(*) from pg_locks where relation = 'kasse.payments'::regclass and not granted";
    while watcher.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    assert!(!migrating.is_finished());
    beside.batch_execute("commit").await.unwrap();
    migrating.await.unwrap().unwrap();
    store.close().await.unwrap();
}

/// Lets go of every check and every reference, so that damage can be done.
const WITHOUT_CONSTRAINTS: &str = "do $$ declare found record; begin
     for found in select conrelid::regclass as place, conname from pg_constraint
       where connamespace = 'kasse'::regnamespace and contype in ('c', 'f') loop
       execute format('alter table %s drop constraint %I', found.place, found.conname);
     end loop; end $$";

const TABLES: [&str; 13] = [
    "events",
    "payments",
    "kept_answers",
    "partner_connections",
    "partners",
    "key_sets",
    "sales_units",
    "webhooks",
    "announcements",
    "deliveries",
    "delivery_attempts",
    "requests",
    "payers",
];

#[tokio::test]
async fn whatever_is_changed_behind_the_stores_back_is_found() {
    let (url, store, beside) = opened().await;
    sending::tell_of_a_payment(&*store, UNIT).await;
    work::ask_a_payer(&*store, UNIT, "payment-1").await;
    store.close().await.unwrap();
    beside.batch_execute(WITHOUT_CONSTRAINTS).await.unwrap();
    let address = Postgres::address(&url);
    for damage in [
        "delete from events where sequence = 1",
        "delete from events where sequence = 3",
        "delete from events",
        "update events set amount = 401 where sequence = 3",
        "update events set name = 'REFUNDED' where sequence = 3",
        "update events set at = at - 5000 where sequence = 3",
        "update events set sequence = 4 where sequence = 3",
        "update events set psp_reference = decode(repeat('77', 16), 'hex') where sequence = 1",
        "update events set detail = replace(detail, '1000', '1001') where sequence = 2",
        "update events set idempotency_key = 'other' where sequence = 3",
        "update events set currency = 'EUR' where sequence = 2",
        "update events set reference = 'payment-9' where sequence = 3",
        "update payments set captured = 399",
        "update payments set refunded = 1",
        "update payments set amount = 1001",
        "update payments set currency = 'EUR'",
        "update payments set \"authorization\" = '{}'",
        "update payments set \"authorization\" = null",
        "update payments set terms = '{}'",
        "update payments set terms = replace(terms, 'https', 'javascript')",
        "update payments set reference = 'payment_1'",
        "update payments set last_sequence = 2",
        "update payments set last_event_at = last_event_at + 1",
        "update payments set psp_reference = ''",
        "update payments set state = 'ABORTED', authorized = 0, captured = 0",
        "update payments set msn = '999999'",
        "update payments set quarantined = true",
        "update payments set due_at = due_at + 1",
        "delete from payments",
        "delete from kept_answers where operation = 'capture'",
        "delete from kept_answers where operation = 'create'",
        "update kept_answers set idempotency_key = 'x' where operation = 'create'",
        "update kept_answers set idempotency_key = 'x' where operation = 'capture'",
        "insert into partner_connections values ('123456', 'partner-999999', 0)",
        "insert into partners values ('partner-123456', 'Without keys', 0)",
        "delete from key_sets",
        "update key_sets set msn = '999999' where msn = '123456'",
        "update key_sets set client_secret = ''",
        "update sales_units set flags = 'free_lunch'",
        "delete from sales_units where msn = '123456'",
        "delete from announcements where id in (select announcement from deliveries where sequence = 3)",
        "delete from webhooks where id = decode(repeat('01', 16), 'hex')",
        "update webhooks set owner = '654321'",
        "update webhooks set owner = '999999'",
        "update webhooks set events = 'epayments.payment.paid.v1'",
        "update webhooks set removed_at = 1 where id = decode(repeat('01', 16), 'hex')",
        "update webhooks set removed_at = 1, removed_for = 'boredom' where id = decode(repeat('01', 16), 'hex')",
        "update deliveries set owner = '654321' where sequence = 1",
        "update deliveries set attempts = attempts + 1 where sequence = 1",
        "update deliveries set attempts = 0 where sequence = 1",
        "update deliveries set sequence = 9 where sequence = 3",
        "update deliveries set reference = 'payment-9' where sequence = 1",
        "update deliveries set event_id = decode(repeat('09', 16), 'hex') where sequence = 2",
        "update deliveries set event = 'epayments.payment.captured.v1' where sequence = 2",
        "update deliveries set event_id = decode(repeat('09', 16), 'hex') where kind = 'resend'",
        "update deliveries set sequence = 0 where sequence = 3",
        "update deliveries set next_attempt_at = 1 where state = 'delivered'",
        "update deliveries set next_attempt_at = null where state = 'pending'",
        "update deliveries set state = 'delivered', next_attempt_at = null where sequence = 3",
        "update deliveries set state = 'lost' where sequence = 1",
        "update deliveries set state = 'pending', next_attempt_at = 1 where sequence = 1",
        "update deliveries set last_status = 418 where sequence = 1",
        "update deliveries set last_error = 'other' where sequence = 2",
        "update deliveries set first_attempt_at = null where sequence = 1",
        "delete from deliveries where sequence = 2",
        "delete from deliveries where kind = 'test'",
        "delete from delivery_attempts where number = 1",
        "update delivery_attempts set number = 3 where number = 2",
        "update delivery_attempts set owner = '654321'",
        "update delivery_attempts set msn = '654321'",
        "insert into announcements select '654321', id, body from announcements",
        "update requests set payer = 'nobody'",
        "update requests set payer = null",
        "update requests set asked_at = null",
        "update requests set next_at = next_at + 1",
        "update requests set next_at = null",
        "update requests set expires_at = expires_at + 1",
        "update requests set reference = 'payment-9'",
        "update requests set version = -1",
        "update requests set detail = '{}'",
        "update requests set detail = replace(detail, 'approve', 'dance')",
        "update requests set detail = replace(detail, 'PUSH_SENT', 'LETTER_SENT')",
        "update payers set number = '47'",
        "update payers set version = -1",
        "update payers set detail = '{}'",
        "update payers set detail = replace(detail, '1980-02-29', '1981-02-29')",
        "update payers set detail = replace(detail, 'decl_limit', 'decl_mood')",
    ]
    .into_iter()
    .chain(attempts::DAMAGES)
    {
        beside.batch_execute("create schema if not exists before").await.unwrap();
        for table in TABLES {
            let keep = format!("create table before.{table} as table kasse.{table}");
            beside.batch_execute(&keep).await.unwrap();
        }
        assert!(beside.execute(damage, &[]).await.unwrap() > 0, "{damage}");
        let findings = PostgresStore::examine(&address).await.unwrap();
        assert!(!findings.is_empty(), "not found: {damage}");
        for table in TABLES {
            let restore = format!(
                "truncate kasse.{table}; insert into kasse.{table} table before.{table}; drop table before.{table}"
            );
            beside.batch_execute(&restore).await.unwrap();
        }
        assert!(PostgresStore::examine(&address).await.unwrap().is_empty(), "mended: {damage}");
    }
}

#[tokio::test]
async fn data_of_an_older_program_is_not_examined_but_told_as_such() {
    let (url, _, beside) = with_a_payment().await;
    beside.execute("delete from migrations where number = (select max(number) from migrations)", &[]).await.unwrap();
    let older = PostgresStore::examine(&Postgres::address(&url)).await.unwrap_err().to_string();
    let schema = format!("(schema {0} of {1})", Schema::current().known() - 1, Schema::current().known());
    assert!(older.contains(&schema) && older.contains("`kasse migrate`"), "{older}");
}

#[tokio::test]
async fn a_payment_that_no_longer_makes_sense_is_set_aside_and_harms_nobody() {
    let (_, store, beside) = with_a_payment().await;
    beside.batch_execute(WITHOUT_CONSTRAINTS).await.unwrap();
    beside.batch_execute("update payments set refunded = 500").await.unwrap();
    let (broken, sound) = tokio::join!(
        store.apply(capture(UNIT, "payment-1", 100, "d")),
        store.apply(creation(UNIT, "payment-2", "l", 0)),
    );
    assert!(matches!(broken, Err(Trouble::Broken(_))), "{broken:?}");
    done(sound);
    let set_aside =
        beside.query_one("select quarantined from payments where reference = 'payment-1'", &[]).await.unwrap();
    assert!(set_aside.get::<_, bool>(0));
    assert!(!store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_change_the_schema_refuses_is_undone_alone_and_its_payment_set_aside() {
    let (_, store, beside) = with_a_payment().await;
    // A rule that only this one breaks, as a defect of the program would.
    beside.batch_execute("alter table events add check (amount <> 123)").await.unwrap();
    let neighbours: Vec<_> = (0..20)
        .map(|number| {
            let name = format!("neighbour-{number}");
            store.apply(creation(UNIT, &name, &name, 0))
        })
        .collect();
    let refused = store.apply(capture(UNIT, "payment-1", 123, "d"));
    let (neighbours, refused) = tokio::join!(futures(neighbours), refused);
    neighbours.into_iter().for_each(|outcome| drop(done(outcome)));
    let Err(Trouble::Broken(reason)) = refused else { panic!("{refused:?}") };
    assert!(reason.contains("the schema refused the change"), "{reason}");
    assert!(matches!(store.apply(capture(UNIT, "payment-1", 100, "e")).await, Err(Trouble::Broken(_))));
    store.close().await.unwrap();
}

async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut outputs = Vec::new();
    for one in all {
        outputs.push(one.await);
    }
    outputs
}

/// Two groups of the sales unit under way, as many as it may have, both waiting for a payment of it that somebody else has locked.
async fn held(
    store: &Arc<PostgresStore>,
    beside: &Client,
    url: &str,
) -> Vec<tokio::task::JoinHandle<Result<Outcome, Trouble>>> {
    // Inside a transaction who is at work looks the same until its end.
    let watching = self::beside(url).await;
    beside.batch_execute("begin; select 1 from payments where reference = 'payment-1' for update").await.unwrap();
    let mut holding = Vec::new();
    for number in 1..=2 {
        let (store, key) = (store.clone(), format!("held-{number}"));
        holding.push(tokio::spawn(async move { store.apply(capture(UNIT, "payment-1", 10, &key)).await }));
        let waiting = format!("select count(*) >= {number} from pg_stat_activity where wait_event_type = 'Lock'");
        until(&watching, &waiting).await;
    }
    holding
}

/// Waits until a question of the database is answered by yes.
async fn until(beside: &Client, question: &str) {
    let database = format!("{question} and datname = current_database()");
    for _ in 0..2000 {
        if beside.query_one(&database, &[]).await.unwrap().get(0) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never so: {question}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_else_holds_delays_nobody_but_those_who_want_it() {
    let (url, store, beside) = with_a_payment().await;
    let watching = self::beside(&url).await;
    let holding = held(&store, &beside, &url).await;
    // Others want it too, and another sales unit and another payment of the same one are served meanwhile.
    let mut wanting: Vec<_> =
        (0..40).map(|number| store.apply(capture(UNIT, "payment-1", 1, &format!("w-{number}")))).collect();
    done(store.apply(creation(OTHER_UNIT, "of-somebody-else", "k", 0)).await);
    // In a group with one that wants it, which comes to nothing: on its own it waits behind none of them.
    for number in 0..3 {
        let name = format!("in-their-group-{number}");
        wanting.push(store.apply(capture(UNIT, "payment-1", 1, &name)));
        done(store.apply(creation(UNIT, &name, &name, 0)).await);
    }
    for number in 0..20 {
        let name = format!("another-payment-{number}");
        done(store.apply(creation(UNIT, &name, &name, 0)).await);
    }
    let waiting: bool = watching
        .query_one(
            "select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert!(waiting && store.is_writable(), "the payment is still held, and nothing else is");
    beside.batch_execute("commit").await.unwrap();
    for one in holding {
        done(one.await.unwrap());
    }
    futures(wanting).await.into_iter().for_each(|outcome| drop(done(outcome)));
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_standby_has_not_got_is_neither_acknowledged_nor_seen() {
    let server = Postgres::durable();
    let url = server.database();
    let store = open(&url).await;
    make_sales_unit(&*store, UNIT, 1).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    server.start_standby();
    server.run("postgres", "alter system set synchronous_standby_names = '*'");
    server.run("postgres", "select pg_reload_conf()");
    done(store.apply(approval(UNIT, "payment-1")).await);
    server.stop_standby();
    // The commit waits for the standby. It is not cut short, and what it would leave is not to be seen.
    let waiting = store.apply(capture(UNIT, "payment-1", 400, "c")).await;
    assert!(matches!(waiting, Err(Trouble::Unavailable(_))), "{waiting:?}");
    let seen = store.payment(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    assert_eq!(seen.aggregate().captured.value(), 0);
    let again = store.apply(capture(UNIT, "payment-1", 400, "c")).await;
    assert!(matches!(again, Err(Trouble::Unavailable(_))), "nor by a repetition: {again:?}");
    server.start_standby();
    let again = async || store.apply(capture(UNIT, "payment-1", 400, "c")).await;
    let mut outcome = again().await;
    for _ in 0..100 {
        if outcome.is_ok() {
            break;
        }
        outcome = again().await;
    }
    assert!(matches!(outcome, Ok(Outcome::Replayed(_))), "it was done then, once: {outcome:?}");
    let seen = store.payment(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    assert_eq!((seen.aggregate().captured.value(), seen.last_sequence), (400, 3));
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_wait_share_a_commit_but_not_more_than_256() {
    const GROUP_MAX: usize = 256;
    let (url, store, beside) = with_a_payment().await;
    let holding = held(&store, &beside, &url).await;
    let waiting: Vec<_> = (0..GROUP_MAX + 44)
        .map(|number| {
            let name = format!("waiting-{number}");
            store.apply(creation(UNIT, &name, &name, 0))
        })
        .collect();
    beside.batch_execute("commit").await.unwrap();
    for outcome in futures(waiting).await {
        done(outcome);
    }
    for one in holding {
        done(one.await.unwrap());
    }
    // Rows of one transaction carry its number.
    let groups = "select count(*) from payments where reference like 'waiting-%' group by xmin::text order by 1 desc";
    let groups: Vec<i64> = beside.query(groups, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    // Two, where both groups are still held when the last of them comes.
    assert!(groups.len() <= 6 && (100..=256).contains(&groups[0]), "{groups:?}");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_what_it_took_on_is_done() {
    const WAITING_MAX: usize = 4096 + 1024 + 2 * 256;
    let (url, store, beside) = with_a_payment().await;
    let holding = held(&store, &beside, &url).await;
    let mut waiting = Vec::new();
    let refused = loop {
        let name = format!("queued-{}", waiting.len());
        let mut outcome = store.apply(creation(UNIT, &name, &name, 0));
        match std::future::poll_fn(|context| std::task::Poll::Ready(outcome.as_mut().poll(context))).await {
            std::task::Poll::Ready(refused) => break refused,
            std::task::Poll::Pending => waiting.push(outcome),
        }
        assert!(waiting.len() <= WAITING_MAX, "nobody is ever refused");
    };
    assert_eq!(refused, Err(Trouble::Overloaded));
    beside.batch_execute("commit").await.unwrap();
    for outcome in futures(waiting).await {
        done(outcome);
    }
    for one in holding {
        done(one.await.unwrap());
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn two_stores_on_one_database_never_do_a_thing_twice() {
    let (url, one, beside) = with_a_payment().await;
    let other = open(&url).await;
    for round in 0..50 {
        let name = format!("contested-{round}");
        let copies = [&one, &other, &one, &other].map(|store| store.apply(creation(UNIT, &name, &name, 0)));
        let outcomes = futures(copies.into()).await;
        let is_done = |outcome: &&Result<Outcome, Trouble>| matches!(outcome, Ok(Outcome::Done(_)));
        assert_eq!(outcomes.iter().filter(is_done).count(), 1, "{outcomes:?}");
        // Another key for the same name.
        let keys = [(&one, "x"), (&other, "y")]
            .map(|(store, key)| store.apply(creation(OTHER_UNIT, &name, &format!("{key}-{round}"), 0)));
        let outcomes = futures(keys.into()).await;
        assert_eq!(outcomes.iter().filter(is_done).count(), 1, "{outcomes:?}");
        assert!(outcomes.contains(&Ok(Outcome::Rejected(Rejection::ReferenceExists))), "{outcomes:?}");
        let approvals = futures([&one, &other].map(|store| store.apply(approval(UNIT, &name))).into()).await;
        assert_eq!(approvals.iter().filter(is_done).count(), 1, "{approvals:?}");
    }
    let found = one.payment(&msn(UNIT), &reference("contested-0")).await.unwrap();
    assert_eq!(other.payment(&msn(UNIT), &reference("contested-0")).await.unwrap(), found);
    let sessions: i64 = beside
        .query_one(
            "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(sessions, 0, "no transaction is left open");
    assert!(one.verify().await.unwrap().is_empty());
    other.close().await.unwrap();
    one.close().await.unwrap();
}

#[tokio::test]
async fn every_index_of_what_grows_leads_with_the_sales_unit() {
    let (_, store, beside) = with_a_payment().await;
    let of_orders = ["order_pictures", "order_images", "order_categories", "order_receipts"];
    for table in ["payments", "events", "kept_answers", "short_links"].into_iter().chain(of_orders) {
        let leads = "select attname::text from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
             where indrelid = $1::text::regclass";
        for row in beside.query(leads, &[&format!("kasse.{table}")]).await.unwrap() {
            assert_eq!(row.get::<_, String>(0), "msn", "{table}");
        }
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_change_reads_its_own_rows_also_where_the_server_has_counted_nothing_yet() {
    const PAYMENTS: u64 = 150;
    // Nobody counts rows and makes better plans while the test looks.
    let server = Postgres::start(&["autovacuum=off", "fsync=off"]);
    let url = server.database();
    let store = open(&url).await;
    make_sales_unit(&*store, UNIT, 1).await;
    for number in 0..PAYMENTS {
        let (name, key) = (format!("payment-{number}"), format!("key-{number}"));
        done(store.apply(creation(UNIT, &name, &key, 0)).await);
        done(store.apply(approval(UNIT, &name)).await);
        done(store.apply(capture(UNIT, &name, 400, &key)).await);
    }
    store.close().await.unwrap();
    // A session tells what it has read when it ends.
    while server.run("postgres", "select count(*) from pg_stat_activity where application_name = 'kasse'") != "0" {}
    let read = "select sum(idx_tup_read + idx_tup_fetch) + (select sum(seq_tup_read) from pg_stat_user_tables
       where relname in ('payments', 'events', 'kept_answers'))
     from pg_stat_user_indexes where relname in ('payments', 'events', 'kept_answers')";
    let database = Postgres::address(&url).database().to_owned();
    let read: u64 = server.run(&database, read).parse().unwrap();
    assert!(read < PAYMENTS * 30, "{read} rows for {PAYMENTS} payments");
}
