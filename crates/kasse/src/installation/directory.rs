//! The data directory: initialised once, then opened by one process at a time.
//!
//! The keys are written before the database exists, so that a crash in between leaves an initialisation that the next start completes. A
//! database without its keys is refused: with new ones every token, link and secret would silently be void.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use engine::{
    Engine,
    clock::Clock,
    entropy::Entropy,
    keys::{KeyMaterial, Keys},
};
use store::{
    Instance, Mode,
    sqlite::{DataLock, OpenError, SqliteStore, is_on_network_file_system},
};

use super::{KeyKeeper, Missing, Opened, Place, key_file, refuse_another_mode};

/// Opens the directory, as `mode` if it is new.
pub(super) fn open(
    directory: &Path,
    mode: Option<Mode>,
    missing: Missing,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> anyhow::Result<Opened> {
    let is_new = !SqliteStore::exists(directory);
    if is_new && missing == Missing::Refuse {
        return Err(OpenError::Missing(directory.to_owned()).into());
    }
    let lock = DataLock::take(directory)?;
    let keys = keys(directory, is_new, clock, entropy)?;
    let new = Instance { id: entropy.uuid(), mode: mode.unwrap_or(Mode::Sandbox), created_at: clock.wall() };
    let (store, instance) = SqliteStore::open(directory, lock, new)?;
    if let Some(wanted) = mode {
        refuse_another_mode(&Place::Directory(directory.to_owned()), instance.mode, wanted)?;
    }
    if instance.mode == Mode::Production && is_on_network_file_system(directory) {
        return Err(OpenError::NetworkFileSystem(directory.to_owned()).into());
    }
    Ok(Opened { store: Arc::new(store), instance, keys, key_keeper: KeyKeeper::File(directory.to_owned()) })
}

/// Puts a new signing key in charge if the present one has served long enough; kept before it signs anything.
pub(super) fn renew_signing_keys(directory: &Path, engine: &Engine) -> anyhow::Result<bool> {
    let material = key_file::read(directory)?;
    let mut material = material.with_context(|| format!("{} is missing", key_file::path(directory).display()))?;
    if !material.rotate(engine.entropy(), engine.clock().wall()) {
        return Ok(false);
    }
    key_file::write(directory, &material)?;
    engine.replace_signing_keys(&material)?;
    Ok(true)
}

fn keys(directory: &Path, is_new: bool, clock: &dyn Clock, entropy: &dyn Entropy) -> anyhow::Result<Keys> {
    let now = clock.wall();
    let material = match key_file::read(directory)? {
        Some(mut material) => {
            if material.rotate(entropy, now) {
                key_file::write(directory, &material)?;
            }
            material
        }
        None if is_new => {
            let material = KeyMaterial::generate(entropy, now);
            key_file::write(directory, &material)?;
            material
        }
        None => bail!(
            "{} is missing though there is a database; restore it from the backup, tokens and links depend on it",
            key_file::path(directory).display()
        ),
    };
    Keys::new(&material).context("the data directory's keys cannot be used")
}
