//! Points and spans of time, as whole milliseconds.
//!
//! The domain never asks what time it is: a [`Timestamp`] is handed to it. Formatting belongs to whoever shows one.

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(i64);

/// A span of time in milliseconds, never negative by construction of its constants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Span(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the epoch.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The point `span` later; the end of time where the sum would leave it.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The point `span` earlier; the beginning of time where the difference would leave it.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this is; zero where it is not after it.
    pub const fn since(self, earlier: Self) -> Span {
        let difference = self.0.saturating_sub(earlier.0);
        Span(if difference < 0 { 0 } else { difference })
    }
}

impl Span {
    /// So many milliseconds.
    pub const fn milliseconds(count: i64) -> Self {
        Self(count)
    }

    /// So many seconds.
    pub const fn seconds(count: i64) -> Self {
        Self(count * 1000)
    }

    /// So many minutes.
    pub const fn minutes(count: i64) -> Self {
        Self::seconds(count * 60)
    }

    /// So many days of 24 hours.
    pub const fn days(count: i64) -> Self {
        Self::minutes(count * 24 * 60)
    }

    /// The span shorter by another; nothing where that is longer.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        let difference = self.0.saturating_sub(other.0);
        Self(if difference < 0 { 0 } else { difference })
    }

    /// The span in milliseconds.
    pub const fn as_milliseconds(self) -> i64 {
        self.0
    }

    /// The span in whole seconds, rounded up.
    pub const fn as_seconds_rounded_up(self) -> i64 {
        self.0.saturating_add(999).div_euclid(1000)
    }
}
