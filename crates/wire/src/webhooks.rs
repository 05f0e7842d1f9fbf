//! Webhooks API, version 1: registrations, what is delivered to them and how that is signed.

pub mod date;
pub mod payload;
pub mod registration;
pub mod signature;
pub mod target;

#[cfg(test)]
mod vectors;
