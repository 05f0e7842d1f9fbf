//! Webhooks.

mod announce;

pub use announce::announce;
