//! The rules of payment, and nothing else.
//!
//! State, command and time go in; events or a rejection come out. The same input always gives the same output, so that every rule
//! can be tested with plain values and every run replayed.
//!
//! Never here: I/O, async, a clock, randomness, JSON, SQL, HTTP, floating point, a dependency.

pub mod merchant;
pub mod money;
pub mod order;
pub mod payer;
pub mod payment;
pub mod request;
pub mod target;
pub mod text;
pub mod time;
pub mod wallet;
pub mod webhook;
