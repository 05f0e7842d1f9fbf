//! When an event is sent again, when it is given up, and when a registration is.
//!
//! Every moment is handed in, on whatever clock the caller keeps; how an attempt ended is the caller's to judge.

use crate::time::{Span, Timestamp};

/// How long an attempt may take, its answer included.
pub const ATTEMPT_TIME_MAX: Span = Span::seconds(10);
/// No attempt begins later than so long after the first one began.
pub const GIVE_UP_AFTER: Span = Span::days(7);
/// A registration nothing has been delivered to for so long is removed.
pub const REMOVE_AFTER: Span = Span::days(14);

/// What comes after an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Nothing: it has arrived.
    Delivered,
    /// Another attempt.
    Retry {
        /// When it begins.
        at: Timestamp,
    },
    /// Nothing: it will never arrive.
    GivenUp,
}

/// How long after the end of the attempt before it attempt number `attempt` begins; the first is number 1 and waits for nothing.
pub const fn delay_before(attempt: u32) -> Span {
    match attempt {
        0 | 1 => Span::seconds(0),
        2..=4 => Span::seconds(2),
        5 => Span::seconds(60),
        6 => Span::seconds(120),
        7..=29 => Span::minutes(60),
        30.. => Span::days(1),
    }
}

/// What comes after attempt number `attempt`, which ended at `ended_at`; the first one began at `first_began_at`.
pub fn after_attempt(attempt: u32, first_began_at: Timestamp, ended_at: Timestamp, has_succeeded: bool) -> Next {
    if has_succeeded {
        return Next::Delivered;
    }
    let at = ended_at.plus(delay_before(attempt.saturating_add(1)));
    if at > first_began_at.plus(GIVE_UP_AFTER) { Next::GivenUp } else { Next::Retry { at } }
}

/// Whether a registration is removed at an attempt that failed at `failed_at`; `failing_since` is its first failure after its last
/// success, or after it was registered.
pub fn is_to_be_removed(failing_since: Timestamp, failed_at: Timestamp) -> bool {
    failed_at >= failing_since.plus(REMOVE_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Timestamp = Timestamp::from_milliseconds(1_768_839_992_099);
    const HOUR: Span = Span::minutes(60);

    fn later(span: Span) -> Timestamp {
        FIRST.plus(span)
    }

    #[test]
    fn the_delays_are_those_of_the_table_at_every_edge() {
        for (attempt, delay) in [
            (0, Span::seconds(0)),
            (1, Span::seconds(0)),
            (2, Span::seconds(2)),
            (4, Span::seconds(2)),
            (5, Span::seconds(60)),
            (6, Span::seconds(120)),
            (7, HOUR),
            (29, HOUR),
            (30, Span::days(1)),
            (u32::MAX, Span::days(1)),
        ] {
            assert_eq!(delay_before(attempt), delay, "before attempt {attempt}");
        }
    }

    #[test]
    fn what_has_arrived_is_never_sent_again_however_late() {
        for attempt in [1, 6, 40] {
            assert_eq!(after_attempt(attempt, FIRST, later(Span::days(8)), true), Next::Delivered);
        }
    }

    #[test]
    fn what_failed_is_sent_again_counted_from_the_end_of_the_attempt() {
        let ended = later(Span::milliseconds(10_001));
        for (attempt, delay) in [(1, 2), (3, 2), (4, 60), (5, 120), (6, 3_600), (28, 3_600), (29, 86_400)] {
            let at = ended.plus(Span::seconds(delay));
            assert_eq!(after_attempt(attempt, FIRST, ended, false), Next::Retry { at }, "after attempt {attempt}");
        }
        let day_later = ended.plus(Span::days(1));
        assert_eq!(after_attempt(u32::MAX, FIRST, ended, false), Next::Retry { at: day_later });
    }

    #[test]
    fn an_attempt_begins_at_the_last_moment_of_the_seven_days_and_none_after_it() {
        let last = later(GIVE_UP_AFTER);
        let ended = last.minus(Span::days(1));
        assert_eq!(after_attempt(35, FIRST, ended, false), Next::Retry { at: last });
        assert_eq!(after_attempt(35, FIRST, ended.plus(Span::milliseconds(1)), false), Next::GivenUp);
        assert_eq!(after_attempt(1, FIRST, last, false), Next::GivenUp);
    }

    #[test]
    fn an_endpoint_that_never_answers_is_tried_for_a_week() {
        let (mut attempt, mut began) = (1, FIRST);
        while let Next::Retry { at } = after_attempt(attempt, FIRST, began, false) {
            (attempt, began) = (attempt + 1, at);
        }
        // 1 at once, 3 + 2 within minutes, 23 within a day, and daily from there while the week lasts.
        assert_eq!(attempt, 35);
        assert!(began <= later(GIVE_UP_AFTER) && began > later(Span::days(6)), "{began:?}");
    }

    #[test]
    fn a_registration_is_removed_at_a_failure_fourteen_days_after_the_first() {
        let edge = later(REMOVE_AFTER);
        assert!(!is_to_be_removed(FIRST, FIRST));
        assert!(!is_to_be_removed(FIRST, edge.minus(Span::milliseconds(1))));
        assert!(is_to_be_removed(FIRST, edge));
        assert!(is_to_be_removed(FIRST, edge.plus(Span::days(1))));
    }
}
