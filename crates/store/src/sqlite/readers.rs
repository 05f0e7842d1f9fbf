//! Connections that only read, beside the writer.
//!
//! A read borrows one for the length of its statements and never across an await, so there are at most as many as threads that read. A
//! reader goes on seeing the database as it last saw it as long as nothing has been committed since: beginning and ending a transaction
//! for every read was a tenth of its cost. The writer counts its commits before it answers, so whoever was answered is seen, and lets idle
//! readers go after each, so that none keeps the log from being checkpointed. Each
//! read may take so many steps and no more: a runaway read must not keep the log from being checkpointed.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use rusqlite::{Connection, ErrorCode};

use super::{open, rows::RowError};
use crate::Trouble;

/// After so many thousand steps of the virtual machine a read is stopped; about a second's work.
const THOUSAND_STEPS_MAX: u32 = 30_000;

pub(super) struct Readers {
    database: PathBuf,
    commits: AtomicU64,
    idle: Mutex<Vec<Reader>>,
}

/// A connection with what it sees and the count of what its present read has taken.
struct Reader {
    connection: Connection,
    /// How many commits had been made when its open transaction began; `None` where none is open.
    sees: Option<u64>,
    thousand_steps: Arc<AtomicU32>,
}

impl Readers {
    pub(super) const fn new(database: PathBuf) -> Self {
        Self { database, commits: AtomicU64::new(0), idle: Mutex::new(Vec::new()) }
    }

    /// Something was committed; to be said before anybody is answered that it was.
    pub(super) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Release);
    }

    /// Nobody idle keeps what is not seen any more.
    pub(super) fn let_go(&self) {
        let mut idle = self.idle();
        idle.retain_mut(|reader| reader.let_go().is_ok());
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a read on a connection of its own, inside a transaction: everything it reads is of one instant.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, RowError>) -> Result<T, Trouble> {
        let commits = self.commits.load(Ordering::Acquire);
        let borrowed = self.idle().pop();
        let mut reader = match borrowed {
            Some(reader) => reader,
            None => Reader::open(&self.database)?,
        };
        reader.thousand_steps.store(0, Ordering::Relaxed);
        match reader.see(commits).map_err(RowError::Sql).and_then(|()| read(&reader.connection)) {
            Ok(value) => {
                self.idle().push(reader);
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
        self.idle().clear();
    }
}

impl Reader {
    fn open(database: &Path) -> Result<Self, Trouble> {
        let mut connection = open::reader(database).map_err(|error| Trouble::Unavailable(error.to_string()))?;
        let thousand_steps = Arc::new(AtomicU32::new(0));
        let count = thousand_steps.clone();
        let is_too_much = move || count.fetch_add(1, Ordering::Relaxed) >= THOUSAND_STEPS_MAX;
        connection.progress_handler(1000, Some(is_too_much)).map_err(|error| trouble(&error))?;
        Ok(Self { connection, sees: None, thousand_steps })
    }

    /// From now on it sees at least what so many commits have made.
    fn see(&mut self, commits: u64) -> Result<(), rusqlite::Error> {
        if self.sees == Some(commits) {
            return Ok(());
        }
        self.let_go()?;
        self.connection.prepare_cached("begin")?.execute([])?;
        self.sees = Some(commits);
        Ok(())
    }

    fn let_go(&mut self) -> Result<(), rusqlite::Error> {
        if self.sees.take().is_some() {
            self.connection.prepare_cached("commit")?.execute([])?;
        }
        Ok(())
    }
}

fn trouble(error: &rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Broken(error.to_string()),
        _ => Trouble::Unavailable(error.to_string()),
    }
}
