//! Connections that only read, beside the writer.
//!
//! A read borrows one for the length of its statements and never across an await, so there are at most as many as threads that read. Each
//! statement may take so many steps and no more: a runaway read must not keep the log from being checkpointed.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, ErrorCode};

use super::{open, rows::RowError};
use crate::Trouble;

/// After so many thousand steps of the virtual machine a statement is stopped; about a second's work.
const THOUSAND_STEPS_MAX: u32 = 30_000;

pub(super) struct Readers {
    database: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) const fn new(database: PathBuf) -> Self {
        Self { database, idle: Mutex::new(Vec::new()) }
    }

    /// Runs a read on a connection of its own.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, RowError>) -> Result<T, Trouble> {
        let borrowed = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match borrowed {
            Some(connection) => connection,
            None => open::reader(&self.database).map_err(|error| Trouble::Unavailable(error.to_string()))?,
        };
        let result = limit_steps(&mut connection).map_err(RowError::Sql).and_then(|()| read(&connection));
        match result {
            Ok(value) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
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

fn trouble(error: &rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Broken(error.to_string()),
        _ => Trouble::Unavailable(error.to_string()),
    }
}

fn limit_steps(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let mut thousands = 0;
    connection.progress_handler(
        1000,
        Some(move || {
            thousands += 1;
            thousands > THOUSAND_STEPS_MAX
        }),
    )
}
