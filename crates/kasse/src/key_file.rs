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
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::time::Timestamp;
use engine::keys::{KeyMaterial, SigningSeed};
use serde::{Deserialize, Serialize};

const KEY_FILE: &str = "keys.json";

#[derive(Serialize, Deserialize)]
struct Record {
    pepper: String,
    links: String,
    signing: Vec<SigningRecord>,
}

#[derive(Serialize, Deserialize)]
struct SigningRecord {
    id: String,
    seed: String,
    made_at: i64,
}

/// Where the keys of a data directory are.
pub(crate) fn path(directory: &Path) -> PathBuf {
    directory.join(KEY_FILE)
}

/// The keys, if there are any.
pub(crate) fn read(directory: &Path) -> anyhow::Result<Option<KeyMaterial>> {
    let path = path(directory);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(format!("{} cannot be read", path.display())),
    };
    if fs::metadata(&path)?.mode() & 0o077 != 0 {
        bail!("{} can be read by others; run `chmod 600 {}`", path.display(), path.display());
    }
    let record: Record = serde_json::from_str(&text).map_err(|_| unusable(&path))?;
    let key = |text: &str| -> anyhow::Result<_> {
        let bytes: [u8; 32] =
            STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| unusable(&path))?;
        Ok(bytes.into())
    };
    let signing = record.signing.iter().map(|signing| {
        let made_at = Timestamp::from_milliseconds(signing.made_at);
        Ok(SigningSeed { id: signing.id.clone(), seed: key(&signing.seed)?, made_at })
    });
    let signing = signing.collect::<anyhow::Result<_>>()?;
    Ok(Some(KeyMaterial { pepper: key(&record.pepper)?, links: key(&record.links)?, signing }))
}

/// Keeps the keys durably, in place of those that were there.
pub(crate) fn write(directory: &Path, keys: &KeyMaterial) -> anyhow::Result<()> {
    let record = Record {
        pepper: STANDARD.encode(*keys.pepper),
        links: STANDARD.encode(*keys.links),
        signing: keys.signing.iter().map(signing_record).collect(),
    };
    let (path, new) = (path(directory), directory.join("keys.json.new"));
    let written = || -> io::Result<()> {
        // Made anew, so that nothing left behind by a crash lends it its mode.
        let _none_was_left = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(serde_json::to_string_pretty(&record)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(directory)?.sync_all()
    };
    written().with_context(|| format!("{} cannot be written", path.display()))
}

fn signing_record(signing: &SigningSeed) -> SigningRecord {
    let SigningSeed { id, seed, made_at } = signing;
    SigningRecord { id: id.clone(), seed: STANDARD.encode(**seed), made_at: made_at.milliseconds() }
}

fn unusable(path: &Path) -> anyhow::Error {
    anyhow::anyhow!(
        "{} holds no keys of ours; restore it from the backup, tokens and links depend on it",
        path.display()
    )
}
