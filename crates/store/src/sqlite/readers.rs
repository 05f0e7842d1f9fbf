//! Connections that only read, beside the writer.
//!
//! A read borrows one for the length of its statements and never across an await, so there are at most as many as threads that read. Each
//! read may take so many steps and no more: a runaway read must not keep the log from being checkpointed.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use rusqlite::{Connection, ErrorCode};

use super::{open, rows::RowError};
use crate::Trouble;

/// After so many thousand steps of the virtual machine a read is stopped; about a second's work.
const THOUSAND_STEPS_MAX: u32 = 30_000;

pub(super) struct Readers {
    database: PathBuf,
    idle: Mutex<Vec<Reader>>,
}

/// A connection with the count of what its present read has taken.
struct Reader {
    connection: Connection,
    thousand_steps: Arc<AtomicU32>,
}

impl Readers {
    pub(super) const fn new(database: PathBuf) -> Self {
        Self { database, idle: Mutex::new(Vec::new()) }
    }

    /// Runs a read on a connection of its own.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, RowError>) -> Result<T, Trouble> {
        let borrowed = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match borrowed {
            Some(reader) => reader,
            None => Reader::open(&self.database)?,
        };
        reader.thousand_steps.store(0, Ordering::Relaxed);
        match read(&reader.connection) {
            Ok(value) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
                Ok(value)
            }
            // The connection is not lent again: whatever ails it goes with it.
            Err(RowError::Sql(error)) => Err(trouble(&error)),
            Err(RowError::Unreadable(what)) => Err(Trouble::Broken(what)),
        }
    }

    /// Where the database is.
    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    /// Gives idle connections back to the system.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Reader {
    fn open(database: &Path) -> Result<Self, Trouble> {
        let mut connection = open::reader(database).map_err(|error| Trouble::Unavailable(error.to_string()))?;
        let thousand_steps = Arc::new(AtomicU32::new(0));
        let count = thousand_steps.clone();
        let is_too_much = move || count.fetch_add(1, Ordering::Relaxed) >= THOUSAND_STEPS_MAX;
        connection.progress_handler(1000, Some(is_too_much)).map_err(|error| trouble(&error))?;
        Ok(Self { connection, thousand_steps })
    }
}

fn trouble(error: &rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Broken(error.to_string()),
        _ => Trouble::Unavailable(error.to_string()),
    }
}
