//! What an error of the database means for the transaction it came in, and the words for it.
//!
//! An error's detail may quote rows; only its message and code are ever repeated.

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::{Error, error::Severity, error::SqlState};

use crate::{Trouble, record::Unreadable};

/// Why a transaction or a query came to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// Somebody else was at the same rows, or faster. Nothing was changed, and it may be tried again at once.
    Contended(String),
    /// The key of a row was there already: it was presumed new, or somebody was faster, or, if each try meets it, the data contradicts
    /// itself.
    Duplicate(String),
    /// The connection broke. What it had not begun to commit is not there.
    Lost(String),
    /// The database cannot be had, or will not, now.
    Refused(String),
    /// The schema refused, or a row makes no sense: a defect of the program or of the data.
    Defect(String),
}

impl Fault {
    /// Why, in words.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Contended(reason)
            | Self::Duplicate(reason)
            | Self::Lost(reason)
            | Self::Refused(reason)
            | Self::Defect(reason) => reason,
        }
    }

    /// What a caller is told where nothing further can be done.
    pub(super) fn into_trouble(self) -> Trouble {
        match self {
            Self::Contended(reason) | Self::Lost(reason) | Self::Refused(reason) => Trouble::Unavailable(reason),
            Self::Duplicate(reason) | Self::Defect(reason) => Trouble::Broken(reason),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let words = words(&error);
        let Some(database) = error.as_db_error() else {
            return if is_of_a_value(&error) { Self::Defect(words) } else { Self::Lost(words) };
        };
        if matches!(database.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
            return Self::Lost(words);
        }
        match database.code() {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED | &SqlState::LOCK_NOT_AVAILABLE => {
                Self::Contended(words)
            }
            &SqlState::UNIQUE_VIOLATION => Self::Duplicate(words),
            // A plan that was prepared before a migration; a new connection prepares anew.
            &SqlState::FEATURE_NOT_SUPPORTED => Self::Lost(words),
            code if code.code().starts_with("23") || code.code().starts_with("22") => {
                Self::Defect(format!("the schema refused the change: {words}"))
            }
            _ => Self::Refused(words),
        }
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::Refused(words(&error))
            }
            PoolError::PostCreateHook(HookError::Message(words)) => Self::Refused(words.into_owned()),
            PoolError::Timeout(_) => Self::Refused("no connection to the database could be had in time".to_owned()),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<Unreadable> for Fault {
    fn from(unreadable: Unreadable) -> Self {
        Self::Defect(unreadable.0)
    }
}

/// Whether an error of the driver is about a value in a row, and not about the connection.
fn is_of_a_value(error: &Error) -> bool {
    let words = error.to_string();
    words.starts_with("error deserializing")
        || words.starts_with("error serializing")
        || words.starts_with("invalid column")
}

/// Message and code, or what the driver and the system say.
pub(super) fn words(error: &Error) -> String {
    if let Some(database) = error.as_db_error() {
        return format!("the database says: {} ({})", database.message(), database.code().code());
    }
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(further) = cause {
        let further_words = further.to_string();
        if !words.contains(&further_words) {
            words.push_str(": ");
            words.push_str(&further_words);
        }
        cause = further.source();
    }
    words
}
