//! The APIs over HTTP against the real server: one file per path, in folders that mirror the URLs.
//!
//! Every test starts a server of its own with its own data and clock, and ends by asking the data for contradictions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod accesstoken;
mod assets;
mod bad_input;
mod clients;
mod delivery_log;
mod directory;
mod docs;
mod epayment;
mod faults;
mod gallery;
mod health;
mod listeners;
mod longest_names;
mod many_due;
mod miami;
mod nodes;
mod openapi;
mod order_management;
mod partner_keys;
mod pay;
mod production;
mod revoked_keys;
mod routes;
mod test_wallet;
mod webhooks;
