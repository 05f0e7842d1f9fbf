//! Webhooks API, version 1: registrations, what is delivered to them, how that is signed and how a receiver checks it.
//!
//! Signing and checking are here because both ends must compute the same from the same bytes. Nothing is sent, read or asked the time:
//! addresses, secrets, bytes and moments are handed in.

pub mod date;
pub mod listening;
pub mod log;
pub mod payload;
pub mod registration;
pub mod signature;
pub mod target;
pub mod verify;

/// Who delivers, as `User-Agent` says it.
pub const USER_AGENT: &str = concat!("Kasse-Webhooks/", env!("CARGO_PKG_VERSION"));
/// What a delivery's body is.
pub const CONTENT_TYPE: &str = crate::problem::JSON;

#[cfg(test)]
mod vectors;
