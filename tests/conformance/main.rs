//! Published exchanges, sent as they were published.
//!
//! The folder named by `KASSE_CONTRACTS` holds the published request collections. Without the variable there is nothing to compare with
//! and the tests say so; with it, a missing file is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod collection;
mod contract;
mod epayment;
mod order_management;
mod webhooks;
