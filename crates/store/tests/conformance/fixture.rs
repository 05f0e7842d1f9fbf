//! How each keeper is opened for the suite, and opened again on the same data.

use std::sync::Arc;

use domain::time::Timestamp;
use store::{
    Mode, Store,
    sqlite::{DataLock, Instance, SqliteStore},
};
use tempfile::TempDir;

/// A keeper with data of its own.
pub struct Fixture {
    open: Box<dyn Fn() -> Arc<dyn Store> + Send + Sync>,
}

impl Fixture {
    /// The store, on whatever data is there.
    pub fn open(&self) -> Arc<dyn Store> {
        (self.open)()
    }
}

/// SQLite in a temporary directory.
pub fn sqlite() -> Fixture {
    let directory: TempDir = tempfile::tempdir().unwrap();
    let open = move || -> Arc<dyn Store> {
        let lock = DataLock::take(directory.path()).unwrap();
        let new = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
        let (store, instance) = SqliteStore::open(directory.path(), lock, new).unwrap();
        assert_eq!(instance, new);
        Arc::new(store)
    };
    Fixture { open: Box::new(open) }
}
