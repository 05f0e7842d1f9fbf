//! The real server in one line, for tests.
//!
//! [`Kasse::start`] runs everything the binary runs (front door, store on disk, expiry) in this process, on a free port, with a clock the
//! test moves and chance from a seed. [`Postgres`] is a real database server, for the tests that need one or are told to use it. [`Shop`]
//! is a merchant's program that speaks HTTP to it, and [`receivers`] are where its webhooks may go. Nothing is mocked. [`Kasse::finish`]
//! ends a test: it asks the store for every contradiction, and finds none.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test kit reports what is wrong by panicking"
)]

mod answer;
mod chance;
mod clock;
mod cutting_proxy;
mod gated_store;
mod http;
mod identity;
mod kasse;
pub mod pictures;
mod postgres;
pub mod receivers;
mod shop;

pub use answer::Answer;
pub use chance::SeededEntropy;
pub use clock::VirtualClock;
pub use cutting_proxy::{Cut, CuttingProxy, Direction, STARTUP, Side, Step, Way};
pub use gated_store::{Gate, GatedStore, Waiting};
pub use http::Http;
pub use identity::Identity;
pub use kasse::{Kasse, Keeper, Setup};
pub use postgres::{Postgres, binaries};
pub use shop::Shop;
