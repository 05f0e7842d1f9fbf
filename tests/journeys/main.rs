//! Pages in a real browser: what a person can do with them, and what the browser says about them.
//!
//! Every test starts a server of its own with its own data and clock, and browsers with profiles of their own. It ends by asking the
//! browsers' consoles for complaints and the data for contradictions.
//!
//! `KASSE_SCREENSHOTS=1 cargo test -p kasse-tests --test journeys gallery` also keeps pictures of the pages, in `target/screenshots`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod back;
mod browsers;
mod declined;
mod ending;
mod gallery;
mod kit;
mod managing;
mod orders;
mod pages;
mod paying;
mod races;
mod refused;
mod steps;
mod words;
