//! `verify`: content with good data, also beside a running server and after a crash; and whatever single row was changed behind its
//! back, it says so and names the payment.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use tempfile::TempDir;
use testkit::{Http, Shop};

use crate::child::{Finished, Server, Signal, kasse, run};

/// Captured in two parts, partly refunded, the rest cancelled: six events.
const LIFE: &str = "whole-life-1";
/// Created, and nothing since.
const NEW: &str = "only-created-1";
/// Cancelled before it was approved.
const ENDED: &str = "terminated-1";

/// A directory in which these three were made and the server has stopped.
async fn lived_in() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    shop.authorized(LIFE, 1000).await;
    assert_eq!(shop.capture(LIFE, "capture-1", 300).await.status, 200);
    assert_eq!(shop.capture(LIFE, "capture-2", 200).await.status, 200);
    assert_eq!(shop.refund(LIFE, "refund-1", 100).await.status, 200);
    assert_eq!(shop.cancel(LIFE, "cancel-1").await.status, 200);
    assert_eq!(shop.create(NEW, 1000).await.status, 201);
    assert_eq!(shop.create(ENDED, 1000).await.status, 201);
    assert_eq!(shop.cancel(ENDED, "cancel-1").await.status, 200);
    server.stop();
    home
}

fn verify(home: &Path) -> Finished {
    run(kasse(home).arg("verify"))
}

fn change(home: &Path, sql: &str) {
    let connection = Connection::open(home.join("kasse-data/kasse.db")).unwrap();
    // Whoever damages data does not ask the schema.
    connection.execute_batch("pragma ignore_check_constraints = on; pragma foreign_keys = off").unwrap();
    let sql = sql
        .replace("$life", "(select payment from payments where reference = 'whole-life-1')")
        .replace("$new", "(select payment from payments where reference = 'only-created-1')")
        .replace("$ended", "(select payment from payments where reference = 'terminated-1')");
    let changed = connection.execute(&sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(changed, 1, "one row: {sql}");
    connection.close().unwrap();
}

/// What `verify` says after `sql` was done to a copy.
fn after(home: &Path, sql: &str) -> Finished {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("kasse-data")).unwrap();
    for name in ["kasse.db", "keys.json"] {
        fs::copy(home.join("kasse-data").join(name), copy.path().join("kasse-data").join(name)).unwrap();
    }
    change(copy.path(), sql);
    verify(copy.path())
}

/// One row changed, and the payment that must be named.
const DAMAGE: &[(&str, &str)] = &[
    // The currency.
    (NEW, "update payments set currency = 'DKK' where payment = $new"),
    // Events that are gone.
    (LIFE, "delete from events where payment = $life and sequence = 1"),
    (LIFE, "delete from events where payment = $life and sequence = 2"),
    (LIFE, "delete from events where payment = $life and sequence = 3"),
    (LIFE, "delete from events where payment = $life and sequence = 6"),
    (NEW, "delete from events where payment = $new"),
    (ENDED, "delete from events where payment = $ended and sequence = 2"),
    // Events that were never there, or are another payment's.
    (LIFE, "insert into events select msn, payment, 7, name, currency, amount, at + 1000, psp_reference, idempotency_key, detail,
            success from events where payment = $life and sequence = 5"),
    (NEW, "insert into events select msn, payment, 2, 'TERMINATED', currency, amount, at + 1000, psp_reference, idempotency_key, detail,
           success from events where payment = $new"),
    (LIFE, "update events set payment = $new, sequence = 2 where payment = $life and sequence = 6"),
    (LIFE, "update events set msn = '999999' where payment = $life and sequence = 4"),
    // Changed events.
    (LIFE, "update events set amount = amount + 1 where payment = $life and sequence = 1"),
    (LIFE, "update events set amount = amount + 1 where payment = $life and sequence = 2"),
    (ENDED, "update events set amount = amount + 1 where payment = $ended and sequence = 2"),
    (LIFE, "update events set amount = amount + 1 where payment = $life and sequence = 3"),
    (LIFE, "update events set amount = amount - 1 where payment = $life and sequence = 4"),
    (LIFE, "update events set amount = 99 where payment = $life and sequence = 5"),
    (LIFE, "update events set amount = 0 where payment = $life and sequence = 6"),
    (LIFE, "update events set amount = -1 where payment = $life and sequence = 3"),
    (LIFE, "update events set sequence = 7 where payment = $life and sequence = 6"),
    (LIFE, "update events set sequence = 0 where payment = $life and sequence = 1"),
    (LIFE, "update events set name = 'CANCELLED' where payment = $life and sequence = 3"),
    (LIFE, "update events set name = 'CAPTURED' where payment = $life and sequence = 5"),
    (LIFE, "update events set name = 'NONSENSE' where payment = $life and sequence = 5"),
    (NEW, "update events set name = 'AUTHORIZED' where payment = $new"),
    (LIFE, "update events set at = 0 where payment = $life and sequence = 4"),
    (LIFE, "update events set at = at + 1 where payment = $life and sequence = 6"),
    (NEW, "update events set at = at - 1 where payment = $new"),
    (LIFE, "update events set psp_reference = zeroblob(16) where payment = $life and sequence = 1"),
    (LIFE, "update events set detail = json_set(detail, '$.amount', 2000) where payment = $life and sequence = 2"),
    (LIFE, "update events set detail = '{}' where payment = $life and sequence = 2"),
    (LIFE, "update events set idempotency_key = 'another' where payment = $life and sequence = 3"),
    (LIFE, "update events set idempotency_key = '' where payment = $life and sequence = 3"),
    // Changed payments.
    (NEW, "update payments set amount = amount + 1 where payment = $new"),
    (LIFE, "update payments set amount = amount + 1 where payment = $life"),
    (LIFE, "update payments set captured = captured + 1 where payment = $life"),
    (LIFE, "update payments set refunded = 0 where payment = $life"),
    (LIFE, "update payments set cancelled = 0 where payment = $life"),
    (LIFE, "update payments set authorized = 2000 where payment = $life"),
    (LIFE, "update payments set captured = -1 where payment = $life"),
    (LIFE, "update payments set authorization = json_set(authorization, '$.amount', 2000) where payment = $life"),
    (LIFE, "update payments set authorization = null where payment = $life"),
    (LIFE, "update payments set authorized_at = authorized_at + 1 where payment = $life"),
    (LIFE, "update payments set state = 'TERMINATED' where payment = $life"),
    (NEW, "update payments set state = 'ABORTED' where payment = $new"),
    (NEW, "update payments set state = 'EXPIRED' where payment = $new"),
    (NEW, "update payments set state = 'PAID' where payment = $new"),
    (ENDED, "update payments set state = 'CREATED', cancelled = 0 where payment = $ended"),
    (ENDED, "update payments set cancelled = 0 where payment = $ended"),
    (LIFE, "update payments set last_sequence = 5 where payment = $life"),
    (LIFE, "update payments set last_event_at = last_event_at + 1 where payment = $life"),
    (NEW, "update payments set created_at = created_at - 1 where payment = $new"),
    (NEW, "update payments set psp_reference = zeroblob(16) where payment = $new"),
    (NEW, "update payments set terms = '{}' where payment = $new"),
    (NEW, "update payments set currency = 'XYZ' where payment = $new"),
    (NEW, "update payments set due_at = null where payment = $new"),
    (NEW, "update payments set due_at = due_at + 1 where payment = $new"),
    (LIFE, "update payments set due_at = created_at where payment = $life"),
    (NEW, "update payments set expires_at = expires_at + 1 where payment = $new"),
    (NEW, "update payments set quarantined = 1 where payment = $new"),
    (LIFE, "update payments set reference = 'another-name' where payment = $life"),
    (LIFE, "delete from payments where payment = $life"),
    // Answers kept under keys: without them a repeated request would move money twice.
    (NEW, "delete from kept_answers where operation = 'create' and idempotency_key = 'only-created-1'"),
    (LIFE, "delete from kept_answers where operation = 'capture' and idempotency_key = 'capture-1'"),
    (LIFE, "delete from kept_answers where operation = 'refund'"),
    (LIFE, "delete from kept_answers where operation = 'cancel' and reference = 'whole-life-1'"),
    (LIFE, "update kept_answers set idempotency_key = 'x' where operation = 'capture' and idempotency_key = 'capture-1'"),
    (LIFE, "update kept_answers set reference = 'another-name' where operation = 'refund'"),
    (LIFE, "update kept_answers set operation = 'capture' where operation = 'refund'"),
];

/// Where no payment can be named, the table is.
const DAMAGE_OF_TABLES: &[(&str, &str)] = &[
    ("table payments", "delete from sales_units where msn = '123456'"),
    ("table events", "delete from payments where payment = $new"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_row_was_changed_is_found_and_the_payment_named() {
    let home = lived_in().await;
    assert_eq!(verify(home.path()).status.code(), Some(0), "good to begin with");
    let missed: Vec<String> = DAMAGE
        .iter()
        .filter_map(|(reference, sql)| {
            let finished = after(home.path(), sql);
            let is_named = finished.stdout.contains(&format!("payment {reference} of 123456: "));
            let is_counted = finished.stderr.contains(" findings in ./kasse-data");
            let is_found = finished.status.code() == Some(1) && is_named && is_counted;
            (!is_found).then(|| format!("{sql}\n  {finished:?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), DAMAGE.len(), missed.join("\n"));
    for (table, sql) in DAMAGE_OF_TABLES {
        let finished = after(home.path(), sql);
        assert_eq!(finished.status.code(), Some(1), "{sql}");
        assert!(finished.stdout.contains(&format!("{table}: a row refers to one that is not there")), "{finished:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn good_data_is_good_beside_a_running_server_and_after_a_crash() {
    let home = lived_in().await;
    let finished = verify(home.path());
    assert_eq!((finished.status.code(), finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(finished.stdout, "./kasse-data: every invariant holds\n");

    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    let created = Arc::new(AtomicU64::new(0));
    let counted = created.clone();
    let load = tokio::spawn(async move {
        for number in 0.. {
            let Some(_) = shop.try_call("GET", "/readyz", &[], "").await else { return };
            let proposal = Shop::proposal(&format!("meanwhile-{number}"), 1000).to_string();
            shop.try_call("POST", "/epayment/v1/payments", &[("idempotency-key", &format!("{number}"))], proposal)
                .await;
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    // However slow the machine is, so many payments are made while it is asked.
    let mut asked = 0;
    while asked < 5 || created.load(Ordering::SeqCst) <= 5 {
        let finished = verify(home.path());
        assert_eq!(finished.status.code(), Some(0), "{finished:?}");
        asked += 1;
    }
    server.child.signal(Signal::KILL);
    server.child.wait(crate::child::PATIENCE);
    load.await.unwrap();
    let finished = verify(home.path());
    assert_eq!(finished.status.code(), Some(0), "{finished:?}");
    Server::start(&mut kasse(home.path())).stop();
    assert_eq!(verify(home.path()).status.code(), Some(0));
}

#[test]
fn where_there_is_no_data_it_says_what_to_do_and_makes_none() {
    let home = tempfile::tempdir().unwrap();
    for directory in ["./kasse-data", "nowhere/at/all"] {
        let finished = run(kasse(home.path()).args(["verify", "--data", directory]));
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        let words = [&format!("there is no kasse data in {directory}"), "`kasse serve` makes it", "--data"];
        assert!(words.iter().all(|word| finished.stderr.contains(*word)), "{}", finished.stderr);
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_damaged_while_serving_is_refused_and_its_neighbours_are_served() {
    let home = lived_in().await;
    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    shop.authorized("damaged-now", 1000).await;
    shop.authorized("undamaged-1", 1000).await;
    change(home.path(), "update payments set terms = '{}' where reference = 'damaged-now'");
    let refused = shop.capture("damaged-now", "capture-1", 100).await;
    assert!(refused.status >= 500, "{} {}", refused.status, refused.text());
    assert_eq!(shop.capture("undamaged-1", "capture-1", 100).await.status, 200);
    let finished = verify(home.path());
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.stdout.contains("payment damaged-now of 123456: "), "{}", finished.stdout);
    assert!(!finished.stdout.contains("undamaged-1"), "{}", finished.stdout);
    let log = server.stop().stderr;
    assert!(log.contains("run `kasse verify`"), "{log}");
}
