//! What commands need that are clients of a server: its address, the keys to use it with, requests, and streams of events.
//!
//! It runs in a developer's terminal, never in a server, and speaks to the one address that was given on the command line. Whoever cannot
//! be reached, refuses, or is no Kasse at all is told apart by [`Trouble`], in words for whoever sits there.

mod events;
mod keys;
mod server;
mod session;
mod steady;
mod trouble;

pub(crate) use events::Event;
pub(crate) use keys::{Keys, authorities};
pub(crate) use server::Server;
pub(crate) use session::Session;
pub(crate) use steady::Steady;
pub(crate) use trouble::{Trouble, printable};
