//! The installation's keys as text, the same wherever they are kept.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::time::Timestamp;
use engine::keys::{KeyMaterial, SigningSeed};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

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

/// The text of keys.
pub(super) fn write(keys: &KeyMaterial) -> anyhow::Result<Zeroizing<String>> {
    let signing = |signing: &SigningSeed| {
        let SigningSeed { id, seed, made_at } = signing;
        SigningRecord { id: id.clone(), seed: STANDARD.encode(**seed), made_at: made_at.milliseconds() }
    };
    let record = Record {
        pepper: STANDARD.encode(*keys.pepper),
        links: STANDARD.encode(*keys.links),
        signing: keys.signing.iter().map(signing).collect(),
    };
    Ok(Zeroizing::new(serde_json::to_string_pretty(&record)?))
}

/// The keys of a text; none where it holds none.
pub(super) fn read(text: &str) -> Option<KeyMaterial> {
    let record: Record = serde_json::from_str(text).ok()?;
    let signing = record.signing.iter().map(|signing| {
        let made_at = Timestamp::from_milliseconds(signing.made_at);
        Some(SigningSeed { id: signing.id.clone(), seed: key(&signing.seed)?, made_at })
    });
    let signing = signing.collect::<Option<_>>()?;
    Some(KeyMaterial { pepper: key(&record.pepper)?, links: key(&record.links)?, signing })
}

/// 32 bytes in base64.
pub(super) fn key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    Some(bytes.into())
}
