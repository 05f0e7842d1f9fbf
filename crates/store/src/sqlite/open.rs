//! Opening a data directory: the lock, the library, the connections with the settings durability rests on.
//!
//! Every setting is read back after it was set: a database that silently stays in another mode is refused, not used.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

/// The database's name in the data directory.
pub const DATABASE_FILE: &str = "kasse.db";
const LOCK_FILE: &str = "lock";
/// 3.51.3: versions from 3.7.0 up to it can corrupt a database when a checkpoint meets a write. 3.52.0 was withdrawn.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
const SQLITE_VERSION_WITHDRAWN: i32 = 3_052_000;
const CACHED_STATEMENTS: usize = 64;
/// How much of the database readers see in memory instead of asking for it page by page: 256 MiB, in bytes. The memory is the system's own
/// copy of the file, shared by all readers and given back when it is needed. An error of the disk then ends the process at once, which is
/// what such an error does anyway; nobody else writes or shortens the file while the process holds the directory.
const READER_MAP: &str = "268435456";

/// Why a data directory could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("another kasse is running on {} (process {process}); stop it, or name another directory with --data", path.display())]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// What the other wrote about itself.
        process: String,
    },
    /// There is nothing there.
    #[error("there is no kasse data in {}; `kasse serve` makes it, or name the right directory with --data", .0.display())]
    Missing(PathBuf),
    /// It lies on a file system that cannot lock.
    #[error("{} lies on a network file system, where SQLite can lose data; choose a local disk", .0.display())]
    NetworkFileSystem(PathBuf),
    /// The library may lose data.
    #[error("the SQLite library is version {0}, which can lose data; 3.51.3 or later is needed, and not 3.52.0")]
    Library(i32),
    /// A setting did not take.
    #[error("SQLite did not accept {setting} = {wanted} but stayed at {found}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it was set to.
        wanted: &'static str,
        /// What it was afterwards.
        found: String,
    },
    /// The data is from a newer program.
    #[error(
        "the data was written by a newer kasse (schema {found}; this one knows {known}); install that version again"
    )]
    NewerSchema {
        /// The unknown migration.
        found: i64,
        /// How many are known.
        known: usize,
    },
    /// This program reads what is not there yet.
    #[error("the data was made by an older kasse (schema {found} of {known}); upgrade it with `kasse migrate`")]
    OlderSchema {
        /// The last migration that was applied.
        found: i64,
        /// How many are known.
        known: usize,
    },
    /// The program is not the one it says it is.
    #[error("migration {number} ({name}) differs from the one this data was made with; use an unmodified kasse")]
    ChangedMigration {
        /// Its number.
        number: i64,
        /// Its name.
        name: &'static str,
    },
    /// The data cannot be read.
    #[error("the database is damaged ({0}); restore the latest backup")]
    Damaged(rusqlite::Error),
    /// The data can be read and makes no sense.
    #[error("the data makes no sense ({0}); restore the latest backup")]
    Unreadable(String),
    /// The database refused.
    #[error("the database could not be opened: {0}")]
    Sql(rusqlite::Error),
    /// The file system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error),
            _ => Self::Sql(error),
        }
    }
}

/// The right to be the only process on a data directory; ends when dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Makes the directory if it is missing and takes it, at once or not at all.
    pub fn take(directory: &Path) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { path: directory.to_owned(), error };
        if !directory.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(directory.join(LOCK_FILE))
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _unreadable_is_empty = file.read_to_string(&mut process);
                return Err(OpenError::Locked { path: directory.to_owned(), process: process.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io)?;
        Ok(Self { _file: file })
    }
}

/// Whether a file system is one SQLite must not be used on.
pub fn is_on_network_file_system(directory: &Path) -> bool {
    /// As the kernel names them: NFS, SMB, SMB2, CIFS, 9P, FUSE, AFS, CEPH.
    const NETWORK: [u64; 8] =
        [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x0102_1997, 0x6573_5546, 0x5346_414F, 0x00C3_6400];
    rustix::fs::statfs(directory).is_ok_and(|found| {
        #[allow(
            clippy::cast_sign_loss,
            clippy::unnecessary_cast,
            reason = "the field's type differs between platforms"
        )]
        let kind = found.f_type as u64 & 0xFFFF_FFFF;
        NETWORK.contains(&kind)
    })
}

/// Refuses a library that can lose data.
pub(super) fn check_library() -> Result<(), OpenError> {
    let version = rusqlite::version_number();
    if version < SQLITE_VERSION_MIN || version == SQLITE_VERSION_WITHDRAWN {
        return Err(OpenError::Library(version));
    }
    Ok(())
}

/// The one connection that writes and checkpoints.
pub(super) fn writer(database: &Path) -> Result<Connection, OpenError> {
    let is_new = !database.exists();
    if is_new {
        make_private(database)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    set(&connection, "journal_mode", "wal", "wal")?;
    set(&connection, "synchronous", "full", "2")?;
    set(&connection, "fullfsync", "on", "1")?;
    set(&connection, "checkpoint_fullfsync", "on", "1")?;
    set(&connection, "journal_size_limit", "67108864", "67108864")?;
    set(&connection, "wal_autocheckpoint", "10000", "10000")?;
    common(&connection)?;
    if is_new {
        sync_directory(database)?;
    }
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(database: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    set(&connection, "query_only", "on", "1")?;
    set(&connection, "mmap_size", READER_MAP, READER_MAP)?;
    common(&connection)?;
    Ok(connection)
}

fn common(connection: &Connection) -> Result<(), OpenError> {
    set(connection, "foreign_keys", "on", "1")?;
    set(connection, "busy_timeout", "5000", "5000")?;
    set(connection, "trusted_schema", "off", "0")?;
    set(connection, "temp_store", "memory", "2")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A statement is planned once, whatever is put into it. Without this, one that may use a partial index is planned anew each time,
    // because what it is given could decide whether it may.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(())
}

fn set(
    connection: &Connection,
    setting: &'static str,
    wanted: &'static str,
    reads_back: &str,
) -> Result<(), OpenError> {
    connection.pragma_update(None, setting, wanted)?;
    let found = connection.pragma_query_value(None, setting, |row| row.get::<_, rusqlite::types::Value>(0))?;
    let found = match found {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    };
    if found == reads_back { Ok(()) } else { Err(OpenError::Setting { setting, wanted, found }) }
}

/// A database only its owner may read; the files SQLite puts beside it take its mode.
fn make_private(database: &Path) -> Result<(), OpenError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(database);
    made.map(drop).map_err(|error| OpenError::Io { path: database.to_owned(), error })
}

/// A new file is only durable once its directory is.
fn sync_directory(database: &Path) -> Result<(), OpenError> {
    let Some(directory) = database.parent() else { return Ok(()) };
    let io = |error| OpenError::Io { path: directory.to_owned(), error };
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_one_that_does_not_lose_data() {
        assert!(rusqlite::version_number() >= SQLITE_VERSION_MIN, "found {}", rusqlite::version());
        assert_ne!(rusqlite::version_number(), SQLITE_VERSION_WITHDRAWN);
        assert!(check_library().is_ok());
    }

    #[test]
    fn a_setting_that_does_not_take_is_noticed() {
        let connection = Connection::open_in_memory().unwrap();
        // A database in memory has no write-ahead log.
        assert!(matches!(set(&connection, "journal_mode", "wal", "wal"), Err(OpenError::Setting { .. })));
    }

    #[test]
    fn a_directory_is_taken_once() {
        let directory = tempfile::tempdir().unwrap();
        let first = DataLock::take(directory.path()).unwrap();
        let Err(OpenError::Locked { process, .. }) = DataLock::take(directory.path()) else { panic!("taken twice") };
        assert_eq!(process, std::process::id().to_string());
        drop(first);
        DataLock::take(directory.path()).unwrap();
    }
}
