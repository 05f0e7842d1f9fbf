//! Request bodies: read within limits, then taken apart without losing anything the caller wrote.

mod json;
mod reader;

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use ring::digest::{Context, SHA256};
use tokio::time::{Instant, timeout_at};

pub use json::Json;
pub use reader::{Members, Violations};

use crate::Refusal;

/// The most bytes of a JSON body.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a body may take in all.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long it may take before the slowest allowed pace counts.
const BODY_GRACE: Duration = Duration::from_secs(5);
/// The slowest allowed pace.
const BODY_BYTES_PER_SECOND_MIN: u64 = 1024;

/// The whole body, if it comes in time and is not too large.
pub async fn read(mut body: Body) -> Result<Bytes, Refusal> {
    let started = Instant::now();
    let mut received = BytesMut::new();
    loop {
        let earned = Duration::from_secs(received.len() as u64 / BODY_BYTES_PER_SECOND_MIN);
        let deadline = started + (BODY_GRACE + earned).min(BODY_TIME_MAX);
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| Refusal::body_too_slow())?;
        match frame {
            None => return Ok(received.freeze()),
            Some(Err(_)) => return Err(Refusal::body_broken_off()),
            Some(Ok(frame)) => {
                let Some(data) = frame.data_ref() else { continue };
                if received.len() + data.len() > BODY_BYTES_MAX {
                    return Err(Refusal::body_too_large());
                }
                received.extend_from_slice(data);
            }
        }
    }
}

/// What two equal requests have in common and two different ones do not: method, path and the body's meaning.
pub fn fingerprint(method: &str, path: &str, body: Option<&Json>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [method, " ", path, "\n"] {
        context.update(part.as_bytes());
    }
    match body {
        Some(json) => json.canonical(&mut |text| context.update(text.as_bytes())),
        None => context.update(b"{}"),
    }
    let mut fingerprint = [0; 32];
    for (to, from) in fingerprint.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    fingerprint
}
