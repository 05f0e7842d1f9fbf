//! How each keeper is opened for the suite, and opened again on the same data.

use std::{future::Future, pin::Pin, sync::Arc};

use domain::time::Timestamp;
use store::{
    Instance, Mode, Store,
    postgres::{NewInstallation, PostgresStore, Schema},
    sqlite::{DataLock, SqliteStore},
};
use tempfile::TempDir;
use testkit::Postgres;

type Opening = Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send>>;

/// A keeper with data of its own.
pub struct Fixture {
    open: Box<dyn Fn() -> Opening + Send + Sync>,
    lapse: Box<dyn Fn() + Send + Sync>,
}

impl Fixture {
    /// The store, on whatever data is there.
    pub async fn open(&self) -> Arc<dyn Store> {
        (self.open)().await
    }

    /// Lets the claims of whoever is gone lapse, as time would.
    pub fn lapse(&self) {
        (self.lapse)();
    }
}

const NEW: Instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };

/// SQLite in a temporary directory.
pub fn sqlite() -> Fixture {
    let directory: TempDir = tempfile::tempdir().unwrap();
    let open = move || -> Opening {
        let lock = DataLock::take(directory.path()).unwrap();
        let (store, instance) = SqliteStore::open(directory.path(), lock, NEW).unwrap();
        assert_eq!(instance, NEW);
        Box::pin(std::future::ready(Arc::new(store) as Arc<dyn Store>))
    };
    // They were gone with the process.
    Fixture { open: Box::new(open), lapse: Box::new(|| ()) }
}

/// PostgreSQL, in a database of its own.
pub fn postgres() -> Fixture {
    let address = Postgres::address(&Postgres::shared().database());
    let database = address.database().to_owned();
    let lapse = move || {
        let sql = "update kasse.deliveries set claimed_until = clock_timestamp() - interval '1 ms' where claimed_until is not null";
        Postgres::shared().run(&database, sql);
    };
    let open = move || -> Opening {
        let address = address.clone();
        Box::pin(async move {
            let new = NewInstallation { instance: NEW, sealed_keys: b"sealed".to_vec(), master_key: None };
            let opened = PostgresStore::open(&address, &Schema::current(), Some(Mode::Sandbox), new).await;
            let (store, installation) = opened.unwrap();
            assert_eq!((installation.instance, installation.sealed_keys.as_slice()), (NEW, &b"sealed"[..]));
            Arc::new(store) as Arc<dyn Store>
        })
    };
    Fixture { open: Box::new(open), lapse: Box::new(lapse) }
}
