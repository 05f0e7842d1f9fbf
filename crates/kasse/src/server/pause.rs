//! What to do when `accept` fails.
//!
//! Some errors concern only the connection that was about to be handed over: it is gone, the next one may be fine.
//! All others (no file descriptors, no memory) would return at once and for ever, so the loop waits a little, then a
//! little longer, up to a second. No error ends the loop: descriptors come back when connections end.

use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::time::Instant;

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

/// Whether the error was about one connection, not about the listener or the machine.
pub(super) fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
    )
}

/// The growing wait between failed accepts. It holds a point in time, not a timer, so that whatever else the accept
/// loop does meanwhile neither shortens nor prolongs it.
#[derive(Default)]
pub(super) struct Pause {
    last: Option<Duration>,
    until: Option<Instant>,
}

impl Pause {
    /// When the next accept may be tried, if not now.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Notes a failure and returns the wait that follows from it.
    pub(super) fn lengthen(&mut self) -> Duration {
        let wait = self.last.map_or(SHORTEST, |last| last.saturating_mul(2).min(LONGEST));
        self.last = Some(wait);
        self.until = Some(Instant::now() + wait);
        wait
    }

    /// Notes a success.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_second_and_start_anew_after_a_success() {
        let mut pause = Pause::default();
        let waits: Vec<u128> = (0..7).map(|_| pause.lengthen().as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 800, 1000, 1000]);
        pause.end();
        assert!(pause.until().is_none());
        assert_eq!(pause.lengthen(), SHORTEST);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn lack_of_descriptors_is_not_about_one_connection() {
        let [enomem, enfile, emfile, econnaborted, enobufs] = [12, 23, 24, 103, 105].map(io::Error::from_raw_os_error);
        assert!(concerns_one_connection(&econnaborted));
        for error in [enomem, enfile, emfile, enobufs] {
            assert!(!concerns_one_connection(&error), "{error}");
        }
    }
}
