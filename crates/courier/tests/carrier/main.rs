//! Messages carried over real sockets: to receivers that work, to all that do not, and to where none may go.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails, in what it is built of as well"
)]

mod bytes;
mod connections;
mod guard;
mod kit;
mod zoo;
