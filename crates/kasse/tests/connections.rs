//! What a peer can and cannot do to the listener, tried with raw sockets against a real one.
//!
//! Deadlines are shrunk, and every test waits for what it expects to see (an answer, a close) under one generous outer
//! limit; no test sleeps to let something happen. The router is trivial: what it would answer is not the point.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails, in what it is built of as well"
)]

#[path = "connections/crowds.rs"]
mod crowds;
#[path = "connections/deadlines.rs"]
mod deadlines;
#[path = "connections/framing.rs"]
mod framing;
#[path = "connections/heads.rs"]
mod heads;
#[path = "connections/kit.rs"]
mod kit;
#[path = "connections/stops.rs"]
mod stops;
#[path = "connections/tls.rs"]
mod tls;
