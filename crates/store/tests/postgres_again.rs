//! What is tried again, and what it comes to: transactions that failed through no fault of their own, and those somebody was faster than.

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

use domain::time::Timestamp;
use store::{
    Instance, Mode, Outcome, Store, Trouble,
    postgres::{NewInstallation, PostgresStore, Schema},
};
use testkit::Postgres;
use tokio_postgres::{Client, NoTls};
use work::{approval, capture, creation, done, make_sales_unit};

const UNIT: &str = "123456";

/// A store, and a connection beside it.
async fn opened() -> (PostgresStore, Client) {
    let url = Postgres::shared().database();
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let (store, ..) = PostgresStore::open(&Postgres::address(&url), &Schema::current(), None, new).await.unwrap();
    make_sales_unit(&store, UNIT, 1).await;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("set search_path = kasse").await.unwrap();
    (store, client)
}

#[tokio::test]
async fn what_the_database_asks_to_be_tried_again_is_tried_again_and_nothing_else() {
    let (store, beside) = opened().await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(store.apply(approval(UNIT, "payment-1")).await);
    // Fails in the ways it was told, one after the other; no rollback takes back what the sequence has counted.
    beside
        .batch_execute(
            "create sequence failures; create table fail (codes text[]);
             create function failing() returns trigger language plpgsql as $$ declare told text; begin
               select codes[nextval('kasse.failures')] into told from fail;
               if told is not null then raise exception 'as it was told' using errcode = told; end if;
               return new; end $$;
             create trigger failing before insert on events for each row execute function failing()",
        )
        .await
        .unwrap();
    // Serialization failure, deadlock, somebody was faster: a group and the first two of three tries fail, or all of them.
    for (number, (codes, is_done)) in [
        ("40001, 40001, 40001", true),
        ("40P01, 40P01, 40P01", true),
        ("40001, 23505, 23505", true),
        ("40001, 40001, 40001, 40001", false),
        ("40001, 40001, 40001, 23505", false),
        ("42501", false),
    ]
    .into_iter()
    .enumerate()
    {
        let tell = format!("truncate fail; insert into fail values ('{{{codes}}}'); alter sequence failures restart");
        beside.batch_execute(&tell).await.unwrap();
        let capture = || capture(UNIT, "payment-1", 10, &format!("again-{number}"));
        let outcome = store.apply(capture()).await;
        match is_done {
            true => drop(done(outcome)),
            false => assert!(matches!(outcome, Err(Trouble::Unavailable(_))), "{codes}: {outcome:?}"),
        }
        beside.batch_execute("truncate fail").await.unwrap();
        let again = store.apply(capture()).await.unwrap();
        assert_eq!(matches!(again, Outcome::Replayed(_)), is_done, "{codes}: {again:?}");
    }
    assert!(store.verify().await.unwrap().is_empty());
    beside
        .batch_execute("insert into fail values ('{23505, 23505, 23505, 23505}'); alter sequence failures restart")
        .await
        .unwrap();
    let always = store.apply(capture(UNIT, "payment-1", 10, "always")).await;
    assert!(matches!(always, Err(Trouble::Broken(_))), "however often it is looked, it is there already: {always:?}");
    beside.batch_execute("truncate fail").await.unwrap();
    let after = store.apply(capture(UNIT, "payment-1", 10, "after")).await;
    assert!(matches!(after, Err(Trouble::Broken(_))), "it is set aside: {after:?}");
    store.close().await.unwrap();
}
