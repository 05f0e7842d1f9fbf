//! The installation's keys as a file of the data directory that only its owner may read, apart from the database.
//!
//! A new version is written beside the old one, synced and moved over it, so that a crash leaves one of the two whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use engine::keys::KeyMaterial;
use zeroize::Zeroizing;

use super::key_record;

const KEY_FILE: &str = "keys.json";

/// Where the keys of a data directory are.
pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join(KEY_FILE)
}

/// The keys, if there are any.
pub(super) fn read(directory: &Path) -> anyhow::Result<Option<KeyMaterial>> {
    let path = path(directory);
    let Some(text) = read_private(&path)? else { return Ok(None) };
    let unusable = || {
        let path = path.display();
        anyhow::anyhow!("{path} holds no keys of ours; restore it from the backup, tokens and links depend on it")
    };
    key_record::read(&text).map(Some).ok_or_else(unusable)
}

/// A file's text, if it is there and nobody but its owner may read it.
pub(super) fn read_private(path: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(format!("{} cannot be read", path.display())),
    };
    if fs::metadata(path)?.mode() & 0o077 != 0 {
        bail!("{} can be read by others; run `chmod 600 {}`", path.display(), path.display());
    }
    Ok(Some(text))
}

/// Keeps the keys durably, in place of those that were there.
pub(super) fn write(directory: &Path, keys: &KeyMaterial) -> anyhow::Result<()> {
    let (path, new) = (path(directory), directory.join("keys.json.new"));
    let text = key_record::write(keys)?;
    let written = || -> io::Result<()> {
        // Made anew, so that nothing left behind by a crash lends it its mode.
        let _none_was_left = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(directory)?.sync_all()
    };
    written().with_context(|| format!("{} cannot be written", path.display()))
}
