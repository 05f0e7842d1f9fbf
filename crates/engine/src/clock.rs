//! The door to time.
//!
//! Business time belongs to a space, a set of sales units that share a clock; in a sandbox it can be moved. Tokens, logs and deadlines of
//! connections live by the wall, always. Nothing else in the server asks the system what time it is.

use std::time::{Duration, Instant, SystemTime};

use domain::{text::Space, time::Timestamp};
use tokio::sync::watch;

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time outside, for tokens and logs.
    fn wall(&self) -> Timestamp;

    /// The time payments of this space live by.
    fn now(&self, space: &Space) -> Timestamp;

    /// Changes whenever business time has jumped instead of passing.
    fn jumps(&self) -> watch::Receiver<u64>;
}

/// What has passed since a moment, by a clock that never jumps and goes on while the process is frozen.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago that was.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Real time everywhere.
#[derive(Debug)]
pub struct SystemClock {
    jumps: watch::Sender<u64>,
}

impl SystemClock {
    /// A clock that shows the system's time.
    pub fn new() -> Self {
        Self { jumps: watch::Sender::new(0) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_milliseconds(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn now(&self, _space: &Space) -> Timestamp {
        self.wall()
    }

    fn jumps(&self) -> watch::Receiver<u64> {
        self.jumps.subscribe()
    }
}
