//! What is PostgreSQL's own: how much of it a change reads.

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
    Instance, Mode, Store,
    postgres::{NewInstallation, PostgresStore, Schema},
};
use testkit::Postgres;
use work::{approval, capture, creation, done, make_sales_unit};

const UNIT: &str = "123456";
const PAYMENTS: u64 = 150;

#[tokio::test]
async fn a_change_reads_its_own_rows_also_where_the_server_has_counted_nothing_yet() {
    // Nobody counts rows and makes better plans while the test looks.
    let server = Postgres::start(&["autovacuum=off", "fsync=off"]);
    let url = server.database();
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let opened = PostgresStore::open(&Postgres::address(&url), &Schema::current(), Some(Mode::Sandbox), new).await;
    let store = opened.unwrap().0;
    make_sales_unit(&store, UNIT, 1).await;
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
