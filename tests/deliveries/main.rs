//! What reaches receivers: real servers, real receivers on this machine, and time that passes when a test says so.
//!
//! Every test starts a server of its own with its own data and clock, and ends by asking the data for contradictions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod form;
mod isolation;
mod merchant;
mod nodes;
mod order;
mod recording;
mod schedule;
