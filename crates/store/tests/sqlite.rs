//! What is SQLite's own: the schema's checks, damage found by `verify`, a full queue, and reading beside the writer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "conformance/attempts.rs"]
mod attempts;
#[path = "conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

#[path = "conformance/sending.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod sending;

use std::{path::Path, sync::Arc};

use domain::time::Timestamp;
use rusqlite::Connection;
use store::{
    Instance, Intent, Mode, Store, Trouble, Work,
    sqlite::{DATABASE_FILE, DataLock, SqliteStore},
};
use work::{approval, capture, creation, done, make_sales_unit};

const UNIT: &str = "123456";

fn open(directory: &Path) -> SqliteStore {
    let new = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    SqliteStore::open(directory, DataLock::take(directory).unwrap(), new).unwrap().0
}

/// A directory with one payment that was captured in part, closed.
async fn with_a_payment() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    make_sales_unit(&store, UNIT, 1).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(store.apply(approval(UNIT, "payment-1")).await);
    done(store.apply(capture(UNIT, "payment-1", 400, "c")).await);
    store.close().await.unwrap();
    directory
}

/// The same with a registration that was told of some of it.
async fn with_deliveries() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    make_sales_unit(&store, UNIT, 1).await;
    sending::tell_of_a_payment(&store, UNIT).await;
    work::ask_a_payer(&store, UNIT, "payment-1").await;
    store.close().await.unwrap();
    directory
}

fn raw(directory: &Path) -> Connection {
    Connection::open(directory.join(DATABASE_FILE)).unwrap()
}

#[tokio::test]
async fn the_schema_repeats_the_rules_of_money() {
    let directory = with_a_payment().await;
    let connection = raw(directory.path());
    connection.execute_batch("pragma foreign_keys = on").unwrap();
    for bad in [
        "update payments set captured = 1001",
        "update payments set captured = -1",
        "update payments set refunded = 401",
        "update payments set refunded = -1",
        "update payments set cancelled = 601",
        "update payments set authorized = 399",
        "update payments set amount = 65000001",
        "update payments set amount = -1",
        "update payments set amount = 1.5",
        "update payments set amount = 'ten'",
        "update payments set amount = null",
        "update payments set currency = 'XXX'",
        "update payments set state = 'CAPTURED'",
        "update payments set state = 'CREATED'",
        "update payments set state = 'TERMINATED'",
        "update payments set authorization = null",
        "update payments set expires_at = created_at",
        "update payments set last_sequence = 0",
        "update payments set reference = 'short'",
        "update payments set msn = '999999'",
        "insert into payments select null, msn, reference, psp_reference, currency, amount, state, authorized, captured, refunded,
           cancelled, terms, authorization, authorized_at, created_at, expires_at, due_at, last_sequence, last_event_at,
           quarantined, payer_sub
         from payments",
        "update events set sequence = 2 where sequence = 1",
        "update events set amount = -1",
        "update events set name = 'PAID'",
        "update events set payment = 99",
        "delete from payments",
        "update kept_answers set status = 400",
        "update kept_answers set operation = 'create'",
        "update sales_units set market = 'SE'",
        "update sales_units set msn = '12x456'",
        "update key_sets set partner = 'partner-123456'",
        "update key_sets set msn = null",
        "update key_sets set msn = '999999'",
        "update key_sets set generation = -1",
        "update key_sets set client_secret = x'00'",
        "update key_sets set secondary_key = x'00'",
        "insert into partners values ('partner-12345', 'Short', 0)",
        "insert into partners values ('partner-12345x', 'No number', 0)",
        "insert into partners values ('Partner-123456', 'Capital', 0)",
        "insert into partners values ('123456', 'Like a sales unit', 0)",
        "insert into partner_connections values ('123456', 'partner-999999', 0)",
        "update instance set mode = 'test'",
        "insert into instance values (2, x'00', 'sandbox', 0)",
    ] {
        let outcome = connection.execute(bad, []);
        let code = outcome.expect_err(bad).sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::ConstraintViolation), "{bad}");
    }
    assert!(SqliteStore::examine(directory.path()).unwrap().is_empty());
}

#[tokio::test]
async fn whatever_is_changed_behind_the_stores_back_is_found() {
    for damage in [
        "delete from events where sequence = 1",
        "delete from events where sequence = 2",
        "delete from events where sequence = 3",
        "delete from events",
        "update events set amount = 401 where sequence = 3",
        "update events set name = 'REFUNDED' where sequence = 3",
        "update events set name = 'CANCELLED' where sequence = 3",
        "update events set at = at - 5000 where sequence = 3",
        "update events set at = at + 1 where sequence = 3",
        "update events set sequence = 4 where sequence = 3",
        "update events set psp_reference = randomblob(16) where sequence = 1",
        "update events set detail = replace(detail, '1000', '1001') where sequence = 2",
        "update events set idempotency_key = 'other' where sequence = 3",
        "update payments set captured = 399",
        "update payments set refunded = 1",
        "update payments set cancelled = 600",
        "update payments set amount = 1001",
        "update payments set currency = 'EUR'",
        "update events set currency = 'EUR' where sequence = 2",
        "update payments set authorization = replace(authorization, '1000', '1001')",
        "update payments set authorization = '{}'",
        "update payments set terms = '{}'",
        "update payments set terms = replace(terms, 'https', 'javascript')",
        "update payments set reference = 'payment_1'",
        "update payments set last_sequence = 2",
        "update payments set last_event_at = last_event_at + 1",
        "update payments set psp_reference = randomblob(16)",
        "update payments set state = 'ABORTED', authorized = 0, captured = 0",
        "update payments set msn = '999999'",
        "update payments set quarantined = 1",
        "update payments set due_at = due_at + 1",
        "update payments set due_at = null",
        "delete from payments",
        "delete from kept_answers where operation = 'capture'",
        "delete from kept_answers where operation = 'create'",
        "update kept_answers set idempotency_key = 'x' where operation = 'create'",
        "update kept_answers set idempotency_key = 'x' where operation = 'capture'",
        "insert into kept_answers values (null, '123456', 'refund', 'payment-1', 'r', zeroblob(32), 200, x'', 0)",
        "insert into partner_connections values ('123456', 'partner-999999', 0)",
        "insert into partners values ('partner-123456', 'Without keys', 0)",
        "delete from key_sets",
        "insert into key_sets select randomblob(16), msn, null, 'other', 0, null, null, null, 0 from key_sets",
        "update key_sets set secondary_key = primary_key",
        "update key_sets set msn = null",
        "update key_sets set client_secret = x'00'",
        "update key_sets set generation = -1",
        "update sales_units set flags = 'free_lunch'",
        "delete from announcements where id in (select announcement from deliveries where sequence = 3)",
        "delete from webhooks where id = x'01010101010101010101010101010101'",
        "update webhooks set owner = '654321'",
        "update webhooks set owner = '999999'",
        "update webhooks set events = 'epayments.payment.paid.v1'",
        "update webhooks set removed_at = 1 where id = x'01010101010101010101010101010101'",
        "update webhooks set removed_at = 1, removed_for = 'boredom' where id = x'01010101010101010101010101010101'",
        "update deliveries set owner = '654321' where sequence = 1",
        "update deliveries set attempts = attempts + 1 where sequence = 1",
        "update deliveries set attempts = 0 where sequence = 1",
        "update deliveries set sequence = 9 where sequence = 3",
        "update deliveries set reference = 'payment-9' where sequence = 1",
        "update deliveries set event_id = x'09090909090909090909090909090909' where sequence = 2",
        "update deliveries set event = 'epayments.payment.captured.v1' where sequence = 2",
        "update deliveries set event_id = x'09090909090909090909090909090909' where kind = 'resend'",
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
        let directory = with_deliveries().await;
        let connection = raw(directory.path());
        connection.execute_batch("pragma foreign_keys = off; pragma ignore_check_constraints = on").unwrap();
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        drop(connection);
        let findings = SqliteStore::examine(directory.path()).unwrap();
        assert!(!findings.is_empty(), "not found: {damage}");
    }
}

#[tokio::test]
async fn all_who_are_told_of_an_event_are_sent_the_same_and_what_sends_nothing_keeps_nobody_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    make_sales_unit(&store, UNIT, 1).await;
    let mut told = Vec::new();
    for number in [1, 2] {
        told.push((sending::register(&store, &sending::of_unit(UNIT), number, sending::ALL).await, 1));
    }
    for (name, key) in [("payment-1", "k"), ("payment-2", "l")] {
        done(store.apply(creation(UNIT, name, key, 0)).await);
    }
    raw(directory.path())
        .execute_batch(
            "delete from announcements where id = (select announcement from deliveries where reference = 'payment-1')",
        )
        .unwrap();
    let claimed = sending::claim(&store, UNIT, &told, sending::LATE).await;
    let references: Vec<&str> = claimed.iter().map(|one| one.reference.as_str()).collect();
    assert_eq!(references, ["payment-2", "payment-2"]);
    assert_eq!(claimed[0].body, claimed[1].body);
    assert_eq!(claimed[0].body.as_ptr(), claimed[1].body.as_ptr(), "it is read once");
    store.close().await.unwrap();
}

#[tokio::test]
async fn attempts_kept_beside_their_delivery_and_in_it_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    make_sales_unit(&store, UNIT, 1).await;
    let leave_as_before = async || raw(directory.path()).execute_batch(&attempts::AS_BEFORE.join(";")).unwrap();
    attempts::attempts_add_up(&store, UNIT, leave_as_before).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_payment_that_no_longer_makes_sense_is_set_aside_and_harms_nobody() {
    let directory = with_a_payment().await;
    raw(directory.path())
        .execute_batch("pragma ignore_check_constraints = on; update payments set refunded = 500")
        .unwrap();
    let store = open(directory.path());
    let outcome = store.apply(capture(UNIT, "payment-1", 100, "d")).await;
    assert!(matches!(outcome, Err(Trouble::Broken(_))), "{outcome:?}");
    done(store.apply(creation(UNIT, "payment-2", "l", 0)).await);
    assert!(!store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

/// One that cannot be told of, which is known only when payment and event are written.
fn speechless(name: &str) -> Intent {
    let mut intent = creation(UNIT, name, name, 0);
    let Work::Payment { announce, .. } = &mut intent.work else { panic!("a payment is created") };
    *announce = |_, _| panic!("on purpose");
    intent
}

#[tokio::test]
async fn what_was_written_of_one_that_broke_is_gone_alone_or_beside_others_who_are_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()));
    make_sales_unit(&*store, UNIT, 1).await;
    sending::register(&*store, &sending::of_unit(UNIT), 1, sending::ALL).await;
    let alone = store.apply(speechless("alone-and-broken")).await;
    assert!(matches!(alone, Err(Trouble::Broken(_))), "{alone:?}");
    // The writer is kept until three more wait for it: they are one batch.
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let mut slow = creation(UNIT, "payment-1", "k", 0);
    let Work::Payment { decide, .. } = &mut slow.work else { panic!("a payment is created") };
    let decided = std::mem::replace(decide, Box::new(|_| panic!("replaced")));
    *decide = Box::new(move |stored| {
        begun.send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        decided(stored)
    });
    let apply = |intent| {
        let store = store.clone();
        tokio::spawn(async move { store.apply(intent).await })
    };
    let slow = apply(slow);
    tokio::task::yield_now().await;
    has_begun.recv().unwrap();
    let neighbours =
        [creation(UNIT, "payment-2", "l", 0), speechless("payment-x"), creation(UNIT, "payment-3", "m", 0)];
    let neighbours = neighbours.map(apply);
    tokio::task::yield_now().await;
    go_on.send(()).unwrap();
    done(slow.await.unwrap());
    let [before, broken, after] = neighbours.map(async |outcome| outcome.await.unwrap());
    done(before.await);
    let broken = broken.await;
    assert!(matches!(broken, Err(Trouble::Broken(_))), "{broken:?}");
    done(after.await);
    let filter = store::DeliveryFilter { most: 9, ..store::DeliveryFilter::default() };
    let told = store.deliveries(&sending::of_unit(UNIT), &filter).await.unwrap();
    let mut told: Vec<String> = told.iter().map(|one| one.reference.as_str().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["payment-1", "payment-2", "payment-3"]);
    let payments: i64 = raw(directory.path()).query_row("select count(*) from payments", [], |row| row.get(0)).unwrap();
    assert_eq!(payments, 3);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

#[tokio::test]
async fn data_of_another_program_is_not_examined_but_told_as_such() {
    let directory = with_a_payment().await;
    let connection = raw(directory.path());
    let last: i64 = connection.query_row("select max(number) from migrations", [], |row| row.get(0)).unwrap();
    connection.execute("update migrations set number = number + 1 where number = ?1", [last]).unwrap();
    let newer = SqliteStore::examine(directory.path()).unwrap_err().to_string();
    connection.execute("delete from migrations where number = ?1", [last + 1]).unwrap();
    let older = SqliteStore::examine(directory.path()).unwrap_err().to_string();
    assert!(older.contains(&format!("schema {} of {last}", last - 1)) && older.contains("`kasse migrate`"), "{older}");
    assert!(newer.contains(&format!("{}", last + 1)), "{newer}");
}

/// A writer that is held by a decision, until it is let go.
struct Held {
    release: std::sync::mpsc::Sender<()>,
    holding: tokio::task::JoinHandle<Result<store::Outcome, Trouble>>,
}

impl Held {
    async fn by_a_decision(store: &Arc<SqliteStore>) -> Self {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel::<()>();
        let (held, begun) = (std::sync::Mutex::new(held), std::sync::Mutex::new(Some(begun)));
        let mut holding = creation(UNIT, "holds-the-writer", "h", 0);
        holding.work = Work::Payment {
            msn: work::msn(UNIT),
            idempotency: None,
            reference: work::reference("holds-the-writer"),
            decide: Box::new(move |_| {
                if let Some(begun) = begun.lock().unwrap().take() {
                    begun.send(()).unwrap();
                }
                held.lock().unwrap().recv().unwrap();
                Err(domain::payment::Rejection::ReferenceExists.into())
            }),
            announce: work::announce,
        };
        let holder = store.clone();
        let holding = tokio::spawn(async move { holder.apply(holding).await });
        has_begun.await.unwrap();
        Self { release, holding }
    }

    async fn let_go(self) {
        self.release.send(()).unwrap();
        assert!(self.holding.await.unwrap().is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_what_it_took_on_is_done() {
    const QUEUE_MAX: usize = 4096;
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()));
    make_sales_unit(&*store, UNIT, 1).await;
    // A decision that waits holds the writer; meanwhile the queue fills.
    let held = Held::by_a_decision(&store).await;
    let waiting: Vec<_> = (0..QUEUE_MAX)
        .map(|count| store.apply(creation(UNIT, &format!("queued-{count}"), &format!("k{count}"), 0)))
        .collect();
    let refused = store.apply(creation(UNIT, "one-too-many", "o", 0)).await;
    assert_eq!(refused, Err(Trouble::Overloaded));
    held.let_go().await;
    for outcome in waiting {
        assert_eq!(done(outcome.await), "CREATED 1 0");
    }
    assert_eq!(store.payment(&work::msn(UNIT), &work::reference("one-too-many")).await.unwrap(), None);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_wait_share_a_commit_but_not_more_than_256() {
    const BATCH_MAX: usize = 256;
    const WAITING: usize = BATCH_MAX + 44;
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()));
    make_sales_unit(&*store, UNIT, 1).await;
    // Each decision looks, from outside its transaction, how many of the others are committed.
    let outside = Arc::new(std::sync::Mutex::new(raw(directory.path())));
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let held = Held::by_a_decision(&store).await;
    let waiting: Vec<_> = (0..WAITING)
        .map(|count| {
            let mut intent = creation(UNIT, &format!("waiting-{count}"), &format!("k{count}"), 0);
            let Work::Payment { decide, .. } = &mut intent.work else { panic!("a payment is created") };
            let create = std::mem::replace(decide, Box::new(|_| panic!("replaced at once")));
            let (outside, seen) = (outside.clone(), seen.clone());
            *decide = Box::new(move |stored| {
                let count = "select count(*) from payments";
                let committed: i64 = outside.lock().unwrap().query_row(count, [], |row| row.get(0)).unwrap();
                seen.lock().unwrap().push(committed);
                create(stored)
            });
            store.apply(intent)
        })
        .collect();
    held.let_go().await;
    for outcome in waiting {
        done(outcome.await);
    }
    let mut expected = vec![0; BATCH_MAX];
    expected.resize(WAITING, i64::try_from(BATCH_MAX).unwrap());
    assert_eq!(*seen.lock().unwrap(), expected, "how much was committed when each was decided");
    store.close().await.unwrap();
}

/// The data a program of before partners left: its rows are taken over as they are.
#[tokio::test]
async fn key_sets_of_before_partners_are_taken_over() {
    let (now, before) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(now.path());
    make_sales_unit(&store, UNIT, 1).await;
    store.close().await.unwrap();
    // The schema of then with rows of now, as far as they were there then.
    let connection = raw(before.path());
    connection.execute("attach ?1 as now", [now.path().join(DATABASE_FILE).to_str().unwrap()]).unwrap();
    connection.execute_batch(include_str!("../src/sqlite/migrations/0001_foundation.sql")).unwrap();
    connection
        .execute_batch(
            "create table migrations as select * from now.migrations where number = 1;
             insert into instance (one, id, mode, created_at) select one, id, mode, created_at from now.instance;
             insert into sales_units (msn, name, market, space, flags, created_at)
               select msn, name, market, space, flags, created_at from now.sales_units;
             insert into key_sets (msn, id, client_id, client_secret, primary_key, secondary_key, created_at)
               select msn, id, client_id, client_secret, primary_key, secondary_key, created_at from now.key_sets",
        )
        .unwrap();
    drop(connection);
    let store = open(before.path());
    assert_eq!(store.directory().await.unwrap().key_sets, [work::new_sales_unit(UNIT, 1).key_set]);
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_reader_that_is_not_reading_keeps_no_log() {
    const PAYMENTS: usize = 400;
    const RECEIPT_BYTES: usize = 256 * 1024;
    // The log is checkpointed at 10 000 pages, about 41 MB, and then written anew from its beginning, unless a reader still needs it.
    const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    make_sales_unit(&store, UNIT, 1).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let seen = store.payment(&work::msn(UNIT), &work::reference("payment-1")).await.unwrap();
    assert!(seen.is_some(), "a reader has something open from now on");
    for count in 0..PAYMENTS {
        let name = format!("large-{count:04}");
        let receipt = Some("x".repeat(RECEIPT_BYTES).into());
        done(store.apply(work::creation_of(UNIT, &name, &name, 0, receipt)).await);
    }
    let log = std::fs::metadata(directory.path().join(format!("{DATABASE_FILE}-wal"))).unwrap().len();
    assert!(log < LOG_BYTES_MAX, "{log} bytes");
    store.close().await.unwrap();
}
