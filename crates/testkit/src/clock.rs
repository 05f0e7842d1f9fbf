//! Time that passes only when a test says so.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{
    text::Space,
    time::{Span, Timestamp},
};
use engine::clock::Clock;
use tokio::sync::watch;

/// 2026-01-19T16:26:32.099Z: where every test begins.
const START_MILLISECONDS: i64 = 1_768_839_992_099;

/// A clock that stands still until it is moved. Wall and business time move apart from one another.
#[derive(Debug)]
pub struct VirtualClock {
    business: AtomicI64,
    wall: AtomicI64,
    jumps: watch::Sender<u64>,
}

impl VirtualClock {
    /// A clock at the beginning of every test.
    pub fn new() -> Self {
        Self {
            business: AtomicI64::new(START_MILLISECONDS),
            wall: AtomicI64::new(START_MILLISECONDS),
            jumps: watch::Sender::new(0),
        }
    }

    /// Moves business time; whoever waits for it is told.
    pub fn advance(&self, span: Span) {
        self.business.fetch_add(span.as_milliseconds(), Ordering::SeqCst);
        self.jumps.send_modify(|jumps| *jumps += 1);
    }

    /// Moves business time and tells nobody, as when time merely passes.
    pub fn pass(&self, span: Span) {
        self.business.fetch_add(span.as_milliseconds(), Ordering::SeqCst);
    }

    /// Moves the time outside, which tokens live by.
    pub fn advance_wall(&self, span: Span) {
        self.wall.fetch_add(span.as_milliseconds(), Ordering::SeqCst);
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.wall.load(Ordering::SeqCst))
    }

    fn now(&self, _space: &Space) -> Timestamp {
        Timestamp::from_milliseconds(self.business.load(Ordering::SeqCst))
    }

    fn jumps(&self) -> watch::Receiver<u64> {
        self.jumps.subscribe()
    }
}
