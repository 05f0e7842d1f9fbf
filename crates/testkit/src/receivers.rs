//! Receivers of webhooks, good ones and others, on real sockets of this machine.
//!
//! [`Receiver`] answers as it is told and remembers every request as it arrived, byte for byte. [`Hostile`] does one of the things that go
//! wrong with receivers, [`Behaviour`] names which. Each has a port of its own and ends when it is dropped. None of them knows what a
//! message means, and none uses a library for HTTP, so that nothing is mended on the way.

mod behaviour;
mod bomb;
mod hostile;
mod receiver;
mod request;

pub use behaviour::Behaviour;
pub use hostile::Hostile;
pub use receiver::{Receiver, Reply};
pub use request::Received;
