//! The HTTP/1.1 front door, plain or through TLS: takes connections from a listener and hands complete, well-framed requests to the router.
//!
//! It promises that no peer can hold a connection without paying for it: there is a deadline for the
//! handshake, the head, for silence between requests and for reading a response, a cap on connections in all and per address, and a cap on
//! the head. A request whose end two parsers could see in different places is refused before the router hears of it.
//! It never judges what a request asks for, never reads a body on its own account (body deadlines and sizes belong to
//! the routes), and never says which software answers.

mod accept;
mod address;
mod connection;
mod deadlines;
mod framing;
mod limits;
mod pause;
mod roster;
mod service;
mod socket;
mod stream;

pub use accept::{Drained, Transport, serve};
pub use limits::{
    CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, DRAIN_DEADLINE, HANDSHAKE_DEADLINE, HEAD_BYTES_MAX, HEAD_DEADLINE,
    HEADERS_MAX, IDLE_DEADLINE, Limits, WRITE_DEADLINE,
};
pub use service::Peer;
