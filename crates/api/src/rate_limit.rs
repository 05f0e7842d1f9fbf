//! The published rate limits, so that wrong polling is caught before it meets the real platform.
//!
//! A bucket's window begins with the first call that counts and lasts a minute; then the count starts anew. Time is the sales unit's own,
//! so a moved clock moves the windows. The number of buckets is bounded: when there are too many, those whose window is over go first.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{
    text::Msn,
    time::{Span, Timestamp},
};

use crate::Refusal;

const WINDOW: Span = Span::minutes(1);
/// The most buckets kept.
const BUCKETS_MAX: usize = 100_000;

/// What is counted, with its limit per minute.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Limited {
    Create,
    Capture,
    Refund,
    Cancel,
    Get,
    GetEvents,
}

impl Limited {
    /// Calls per minute and bucket.
    pub(crate) const fn calls_per_minute_max(self) -> u32 {
        match self {
            Self::Create | Self::Capture | Self::Refund | Self::Cancel => 5,
            Self::Get | Self::GetEvents => 120,
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Bucket {
    limited: Limited,
    msn: Msn,
    /// Of reads only: they are counted per subscription key.
    subscription: Option<[u8; 32]>,
    reference: Box<str>,
}

struct Window {
    began: Timestamp,
    calls: u32,
}

/// The buckets of this node.
#[derive(Default)]
pub(crate) struct RateLimits(Mutex<HashMap<Bucket, Window>>);

impl RateLimits {
    /// Counts a call; refuses it when its bucket is full.
    pub(crate) fn count(
        &self,
        limited: Limited,
        msn: &Msn,
        subscription: Option<[u8; 32]>,
        reference: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let bucket = Bucket { limited, msn: msn.clone(), subscription, reference: reference.into() };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(&bucket) {
            buckets.retain(|_, window| now < window.began.plus(WINDOW));
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        let window = buckets.entry(bucket).or_insert(Window { began: now, calls: 0 });
        let ends = window.began.plus(WINDOW);
        // A clock that was set back must not keep a window shut.
        if now >= ends || now < window.began {
            *window = Window { began: now, calls: 0 };
        }
        if window.calls >= limited.calls_per_minute_max() {
            let seconds = ends.since(now).as_seconds_rounded_up().max(1);
            return Err(Refusal::rate_limited(seconds.unsigned_abs()));
        }
        window.calls += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_milliseconds(1_000_000);

    fn count(limits: &RateLimits, reference: &str, milliseconds: i64) -> Result<(), Refusal> {
        let now = START.plus(Span::milliseconds(milliseconds));
        limits.count(Limited::Create, &Msn::parse("123456").unwrap(), None, reference, now)
    }

    #[test]
    fn five_pass_the_sixth_waits_for_the_window_to_end() {
        let limits = RateLimits::default();
        for call in 0..5 {
            assert_eq!(count(&limits, "a", call), Ok(()));
        }
        assert_eq!(count(&limits, "a", 18_000), Err(Refusal::rate_limited(42)));
        assert_eq!(count(&limits, "a", 59_999), Err(Refusal::rate_limited(1)));
        assert_eq!(count(&limits, "b", 59_999), Ok(()), "another bucket");
        assert_eq!(count(&limits, "a", 60_000), Ok(()), "a new window");
    }

    #[test]
    fn buckets_are_bounded() {
        let limits = RateLimits::default();
        for reference in 0..=BUCKETS_MAX {
            count(&limits, &reference.to_string(), 0).unwrap();
        }
        assert!(limits.0.lock().unwrap().len() <= BUCKETS_MAX);
    }
}
