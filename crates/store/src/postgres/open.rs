//! Opening a database: the first connection, and what is refused before anything is done to it.

use std::{future::Future, path::PathBuf};

use tokio::time::timeout;
use tokio_postgres::{Client, Error, error::SqlState};

use super::{
    address::{Address, CONNECT_TIME_MAX, Encryption},
    fault::words,
    installation::Installation,
    session::NO_ANSWER,
    tls,
};
use crate::Mode;

/// The oldest server this is tried on, as servers number themselves.
const SERVER_VERSION_MIN: i64 = 150_000;

/// Why a database could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody answers there.
    #[error("the database cannot be reached at {address} ({reason}); start it, or correct --database-url")]
    Unreachable {
        /// Where.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// It does not let us in.
    #[error("the database at {address} does not let us in ({reason}); correct user and password, or its pg_hba.conf")]
    NotLetIn {
        /// Where.
        address: String,
        /// What it said.
        reason: String,
    },
    /// It wants to know who we are.
    #[error("the database at {address} wants a password; name the file that holds it with --database-password-file")]
    NoPassword {
        /// Where.
        address: String,
    },
    /// What is said to it cannot be protected.
    #[error(
        "no protected connection to the database at {address} ({reason}): switch ssl on there, with a certificate of the name in \
         --database-url from an authority that is trusted or named by sslrootcert; or say sslmode=disable where nobody listens in"
    )]
    Unprotected {
        /// Where.
        address: String,
        /// What was found.
        reason: String,
    },
    /// It lets nobody else in.
    #[error(
        "the database at {address} has no connection left ({reason}); raise max_connections, or the limit of the user or database"
    )]
    NoRoom {
        /// Where.
        address: String,
        /// What it said.
        reason: String,
    },
    /// It lets us do too little.
    #[error("the database does not let its user do this ({0}); make that user the database's owner")]
    NotAllowed(String),
    /// There is no such database.
    #[error("there is no such database at {address}; make it with `createdb --encoding=UTF8 --template=template0`")]
    NoDatabase {
        /// Where.
        address: String,
    },
    /// The server is too old.
    #[error("the server is PostgreSQL {found}; 15 or later is needed")]
    TooOld {
        /// What it is.
        found: String,
    },
    /// It stores text in another way.
    #[error("the database stores text as {found}; make one with `createdb --encoding=UTF8 --template=template0`")]
    Encoding {
        /// How.
        found: String,
    },
    /// Nothing can be written.
    #[error(
        "the database at {address} is read-only; name the primary in --database-url, or switch default_transaction_read_only off"
    )]
    ReadOnly {
        /// Where.
        address: String,
    },
    /// There is nothing of ours in it.
    #[error("there is no kasse data in {0}; `kasse serve` makes it, or name the right database with --database-url")]
    Missing(String),
    /// It is for something else.
    #[error("the database was initialised as {} and stays that; name another one with --database-url for {}", found.name(), wanted.name())]
    OtherMode {
        /// What it is.
        found: Mode,
        /// What was asked for.
        wanted: Mode,
    },
    /// A newer program has changed it so that this one cannot work with it.
    #[error(
        "the database was upgraded (schema {found}) and serves programs that know schema {serves} or later; this one knows {known}: \
         install the version the other nodes run"
    )]
    NoLongerServed {
        /// The migration that ended it.
        found: i64,
        /// Since which schema a program is served.
        serves: i64,
        /// What this program knows.
        known: i64,
    },
    /// This program reads what is not there yet.
    #[error("the database was made by an older kasse (schema {found} of {known}); upgrade it with `kasse migrate`")]
    OlderSchema {
        /// The last migration that was applied.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The program is not the one it says it is.
    #[error("migration {number} ({name}) differs from the one this database was made with; use an unmodified kasse")]
    ChangedMigration {
        /// Its number.
        number: i64,
        /// Its name.
        name: &'static str,
    },
    /// The file of authorities cannot be used.
    #[error("sslrootcert {} cannot be used: {reason}", path.display())]
    Authorities {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The system trusts nobody.
    #[error("the system has no trusted certificates; name those of the database's authority with ?sslrootcert=FILE")]
    NoAuthorities,
    /// TLS cannot be set up.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
    /// The data can be read and makes no sense.
    #[error("the data cannot be read: {0}")]
    Unreadable(String),
    /// The database refused.
    #[error("the database could not be opened: {0}")]
    Refused(String),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Self::NotAllowed(words(&error)),
            _ => Self::Refused(words(&error)),
        }
    }
}

/// A connection of its own, to a database that can be used.
pub(super) async fn connect(address: &Address) -> Result<Client, OpenError> {
    in_time(address, connected(address)).await
}

/// What is done while opening, for so long at most: what begins shall begin, or say why not.
pub(super) async fn in_time<T>(
    address: &Address,
    opening: impl Future<Output = Result<T, OpenError>>,
) -> Result<T, OpenError> {
    let silent = || OpenError::Unreachable { address: address.shown(), reason: NO_ANSWER.to_owned() };
    timeout(CONNECT_TIME_MAX, opening).await.unwrap_or_else(|_| Err(silent()))
}

async fn connected(address: &Address) -> Result<Client, OpenError> {
    let connected = match &address.encryption {
        Encryption::None => address.config.connect(tokio_postgres::NoTls).await.map(|(client, connection)| {
            tokio::spawn(connection);
            client
        }),
        Encryption::Verified { authorities } => {
            let connector = tls::connector(authorities.as_deref())?;
            address.config.connect(connector).await.map(|(client, connection)| {
                tokio::spawn(connection);
                client
            })
        }
    };
    let client = connected.map_err(|error| not_connected(address, &error))?;
    check(address, &client).await?;
    client.batch_execute("set search_path = kasse; set lock_timeout = '10s'; set statement_timeout = '60s'").await?;
    Ok(client)
}

fn not_connected(address: &Address, error: &Error) -> OpenError {
    let (address, reason) = (address.shown(), words(error));
    let Some(code) = error.code() else { return not_spoken_to(address, reason) };
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            OpenError::NotLetIn { address, reason }
        }
        SqlState::INVALID_CATALOG_NAME => OpenError::NoDatabase { address },
        SqlState::TOO_MANY_CONNECTIONS => OpenError::NoRoom { address, reason },
        SqlState::CANNOT_CONNECT_NOW => OpenError::Unreachable { address, reason },
        _ => OpenError::Refused(reason),
    }
}

/// Why nothing was said at all. The driver tells its own reasons in words only.
fn not_spoken_to(address: String, reason: String) -> OpenError {
    let is_of = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    match () {
        () if is_of(&["password missing"]) => OpenError::NoPassword { address },
        () if is_of(&["does not support TLS", "certificate"]) => OpenError::Unprotected { address, reason },
        () => OpenError::Unreachable { address, reason },
    }
}

/// What has to be true of any database before it is looked at.
async fn check(address: &Address, client: &Client) -> Result<(), OpenError> {
    let found = client
        .query_one(
            "select current_setting('server_version'), current_setting('server_version_num')::bigint,
               current_setting('server_encoding'), pg_is_in_recovery() or current_setting('transaction_read_only')::boolean",
            &[],
        )
        .await?;
    judge_version(found.try_get(0)?, found.try_get(1)?)?;
    let encoding: String = found.try_get(2)?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding { found: encoding });
    }
    if found.try_get(3)? {
        return Err(OpenError::ReadOnly { address: address.shown() });
    }
    Ok(())
}

fn judge_version(name: &str, number: i64) -> Result<(), OpenError> {
    if number < SERVER_VERSION_MIN { Err(OpenError::TooOld { found: name.to_owned() }) } else { Ok(()) }
}

/// Refuses a database of the other mode than is wanted.
pub(super) fn refuse_another_mode(found: &Installation, wanted: Option<Mode>) -> Result<(), OpenError> {
    let found = found.instance.mode;
    match wanted {
        Some(wanted) if found != wanted => Err(OpenError::OtherMode { found, wanted }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_before_15_are_refused_by_name() {
        assert!(judge_version("15.0", 150_000).is_ok() && judge_version("17.2", 170_002).is_ok());
        let refused = judge_version("14.13 (Debian 14.13-1)", 140_013).unwrap_err().to_string();
        assert!(refused.contains("14.13") && refused.contains("15 or later"), "{refused}");
    }
}
