//! Webhooks API, version 1: registrations and what is delivered to them.

pub mod payload;
pub mod registration;
