//! Every number the front door obeys, in one place and with its unit.
//!
//! The defaults are the production values; tests shrink them. What is not a promise to peers (how long a failed accept
//! pauses, how far a closing connection reads on) is a constant beside the code that uses it. No bound is unlimited,
//! except that an address has no share if told so.

use std::time::Duration;

/// From accept to a complete first head, and from the first byte of a later head to its end.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// From accept to a finished TLS handshake; the first head's deadline runs meanwhile as well.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
/// How long a connection may stay silent between two requests.
pub const IDLE_DEADLINE: Duration = Duration::from_secs(60);
/// How long written bytes may wait for a peer that does not read.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(30);
/// Open connections in all.
pub const CONNECTIONS_MAX: usize = 16_000;
/// Open connections of one client address in production.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;
/// Request line and header lines together, in bytes.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Header lines of one request.
pub const HEADERS_MAX: usize = 100;
/// How long running requests may take after the stop signal.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(8);

/// What one listener grants its peers.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Accept to complete first head; first byte to complete head for every later one.
    pub head_deadline: Duration,
    /// Accept to finished TLS handshake; part of the first head's time.
    pub handshake_deadline: Duration,
    /// Silence between two requests.
    pub idle_deadline: Duration,
    /// Longest wait for the peer to take bytes already written; starts anew once all of them are taken.
    pub write_deadline: Duration,
    /// Open connections in all; while there are as many, the next client waits in the listen queue.
    pub connections_max: usize,
    /// Open connections of one address (an IPv6 /64 counts as one); one too many is closed at once.
    pub connections_per_address_max: Option<usize>,
    /// Bytes of one head; more is answered 431. However small it is, up to 8 KiB are read in one go.
    pub head_bytes_max: usize,
    /// Header lines of one head; more is answered 431.
    pub headers_max: usize,
    /// From the stop signal to the end of patience with running requests.
    pub drain_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_deadline: HEAD_DEADLINE,
            handshake_deadline: HANDSHAKE_DEADLINE,
            idle_deadline: IDLE_DEADLINE,
            write_deadline: WRITE_DEADLINE,
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: Some(CONNECTIONS_PER_ADDRESS_MAX),
            head_bytes_max: HEAD_BYTES_MAX,
            headers_max: HEADERS_MAX,
            drain_deadline: DRAIN_DEADLINE,
        }
    }
}
