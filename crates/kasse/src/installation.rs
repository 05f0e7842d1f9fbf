//! Where an installation is kept: a data directory of its own, or a database that several nodes share.
//!
//! Either way it is initialised once, as sandbox or production, and stays that. Its own keys are kept apart from what they protect: in a
//! file beside the database of a directory, or in the shared database, sealed by a master key that is not in it.

mod database;
mod directory;
mod key_file;
mod key_record;

use std::{path::PathBuf, sync::Arc};

use engine::{Engine, clock::Clock, entropy::Entropy, keys::Keys};
use store::{Instance, Mode, Store, postgres::Schema, sqlite::SqliteStore};

pub use database::Database;
use database::SharedKeys;

/// Where it is kept.
#[derive(Clone, Debug)]
pub enum Place {
    /// In this directory, one process at a time.
    Directory(PathBuf),
    /// In a database, by any number of nodes.
    Database(Box<Database>),
}

/// Whether a place without data may be initialised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// It is initialised.
    Initialise,
    /// It is an error.
    Refuse,
}

/// An opened installation.
pub struct Opened {
    /// What remains.
    pub store: Arc<dyn Store>,
    /// What the installation is.
    pub instance: Instance,
    /// Its keys.
    pub keys: Keys,
    /// Where they are kept.
    pub key_keeper: KeyKeeper,
}

impl Place {
    /// Refuses a database that an older program made: who only changes something in it does not decide for all nodes that it is upgraded.
    /// A directory is one process's alone, and is upgraded by whichever opens it.
    ///
    /// # Errors
    /// Where it is one, or cannot be read.
    pub async fn require_upgraded(&self) -> anyhow::Result<()> {
        match self {
            Self::Directory(_) => Ok(()),
            Self::Database(database) => database.require_upgraded(&Schema::current()).await,
        }
    }

    /// Opens it, as `mode` if it is new.
    ///
    /// # Errors
    /// Whatever stands in the way, in words that say what to do; among them that it was initialised as something else.
    pub async fn open(
        &self,
        mode: Option<Mode>,
        missing: Missing,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> anyhow::Result<Opened> {
        match self {
            Self::Directory(directory) => directory::open(directory, mode, missing, clock, entropy),
            Self::Database(database) => database.open(&Schema::current(), mode, missing, clock, entropy).await,
        }
    }

    /// What it was initialised as, if it was. Only reads.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn mode(&self) -> anyhow::Result<Option<Mode>> {
        match self {
            Self::Directory(directory) => Ok(SqliteStore::mode_of(directory)?),
            Self::Database(database) => database.mode().await,
        }
    }

    /// How people are told where it is.
    pub fn shown(&self) -> String {
        match self {
            Self::Directory(directory) => directory.display().to_string(),
            Self::Database(database) => database.address.shown(),
        }
    }
}

/// Where an installation's keys are kept while it runs.
pub enum KeyKeeper {
    /// In a file of the data directory, which nobody else writes.
    File(PathBuf),
    /// In the database, where another node may replace them.
    Shared(SharedKeys),
}

impl KeyKeeper {
    /// Puts a new signing key in charge if the present one has served long enough. Answers whether anything changed.
    ///
    /// The new key is kept before it signs anything, so that no token outlives a crash that its key does not.
    ///
    /// # Errors
    /// Keys that cannot be read or written; then everything stays as it was.
    pub async fn renew(&self, engine: &Engine) -> anyhow::Result<bool> {
        match self {
            Self::File(directory) => directory::renew_signing_keys(directory, engine),
            Self::Shared(keys) => keys.renew(engine).await,
        }
    }

    /// Takes over what another node has put in their place.
    ///
    /// # Errors
    /// Keys that cannot be read; then everything stays as it was.
    pub async fn keep_up(&self, engine: &Engine) -> anyhow::Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Shared(keys) => keys.keep_up(engine).await,
        }
    }
}

/// Refuses a place of the other mode than is wanted.
///
/// # Errors
/// That it is one.
pub(crate) fn refuse_another_mode(place: &Place, found: Mode, wanted: Mode) -> anyhow::Result<()> {
    let another = match place {
        Place::Directory(_) => "another directory with --data",
        Place::Database(_) => "another database with --database-url",
    };
    if found != wanted {
        let (place, found, wanted) = (place.shown(), found.name(), wanted.name());
        anyhow::bail!("{place} was initialised as {found} and stays that; name {another} for {wanted}");
    }
    Ok(())
}
