//! Which deadline a connection is under, and when it has run out.
//!
//! The stream and the service note what happened in `Progress`; the connection's task, which alone polls both, looks
//! at it after every turn and keeps one timer. The timer moves only when another deadline begins, so a byte that
//! dribbles in buys no time. While a request is being answered there is no deadline here but the one for writing:
//! how long a body may take and how long an answer may take is for the routes to say.

use super::limits::Limits;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How much longer a first head may take once the server stops: enough for one that is on its way.
const HEAD_DEADLINE_WHEN_STOPPING: Duration = Duration::from_secs(1);

/// What the two ends of a connection have seen. Written and read by the one task that owns the connection, so the
/// atomics are never contended and need no order among themselves.
#[derive(Default)]
pub(super) struct Progress {
    heads: AtomicU32,
    mid_head: AtomicBool,
    in_flight: AtomicBool,
    stalled: AtomicBool,
    stalls: AtomicU32,
}

impl Progress {
    /// Bytes were read: how many heads are complete by now, and whether another one has begun.
    pub(super) fn read(&self, heads: u32, mid_head: bool) {
        self.heads.store(heads, Relaxed);
        self.mid_head.store(mid_head, Relaxed);
    }

    /// A request went to the router, or its response is complete and handed over.
    pub(super) fn set_in_flight(&self, in_flight: bool) {
        self.in_flight.store(in_flight, Relaxed);
    }

    /// The peer does not take what is written.
    pub(super) fn write_stalled(&self) {
        if !self.stalled.swap(true, Relaxed) {
            self.stalls.fetch_add(1, Relaxed);
        }
    }

    /// The peer (or the kernel on its behalf) has taken everything written so far.
    pub(super) fn write_flushed(&self) {
        self.stalled.store(false, Relaxed);
    }

    fn due(&self) -> Option<Due> {
        let heads = self.heads.load(Relaxed);
        if self.stalled.load(Relaxed) {
            Some(Due { deadline: Deadline::Write, count: self.stalls.load(Relaxed) })
        } else if self.in_flight.load(Relaxed) {
            None
        } else if heads == 0 || self.mid_head.load(Relaxed) {
            Some(Due { deadline: Deadline::Head, count: heads })
        } else {
            Some(Due { deadline: Deadline::Idle, count: heads })
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deadline {
    Head,
    Idle,
    Write,
}

/// One stretch of time under one deadline. The count tells two stretches of a kind apart even if the task never saw
/// what lay between them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Due {
    deadline: Deadline,
    count: u32,
}

pub(super) struct Deadlines {
    head: Duration,
    idle: Duration,
    write: Duration,
    armed: Option<Due>,
    sleep: Pin<Box<Sleep>>,
}

impl Deadlines {
    /// The clock of the first head starts here.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            head: limits.head_deadline,
            idle: limits.idle_deadline,
            write: limits.write_deadline,
            armed: Some(Due { deadline: Deadline::Head, count: 0 }),
            sleep: Box::pin(tokio::time::sleep(limits.head_deadline)),
        }
    }

    /// The server stops: a head half delivered gets a moment, not the whole deadline.
    pub(super) fn hurry(&mut self) {
        self.head = self.head.min(HEAD_DEADLINE_WHEN_STOPPING);
        self.armed = None;
    }

    /// Ready with the deadline that has run out. To be called after every turn of the connection.
    pub(super) fn poll(&mut self, progress: &Progress, cx: &mut Context<'_>) -> Poll<Deadline> {
        let due = progress.due();
        if due != self.armed {
            self.armed = due;
            if let Some(due) = due {
                let length = match due.deadline {
                    Deadline::Head => self.head,
                    Deadline::Idle => self.idle,
                    Deadline::Write => self.write,
                };
                self.sleep.as_mut().reset(Instant::now() + length);
            }
        }
        let Some(due) = due else { return Poll::Pending };
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(due.deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn deadline(progress: &Progress) -> Option<Deadline> {
        progress.due().map(|due| due.deadline)
    }

    #[test]
    fn each_phase_has_its_deadline() {
        let progress = Progress::default();
        assert_eq!(deadline(&progress), Some(Deadline::Head), "no byte yet");
        progress.read(0, true);
        assert_eq!(deadline(&progress), Some(Deadline::Head), "half a head");
        progress.read(1, false);
        progress.set_in_flight(true);
        assert_eq!(deadline(&progress), None, "the routes' own business");
        progress.read(1, true);
        assert_eq!(deadline(&progress), None, "the next head has to wait for the answer, so must its clock");
        progress.write_stalled();
        assert_eq!(deadline(&progress), Some(Deadline::Write));
        progress.set_in_flight(false);
        assert_eq!(deadline(&progress), Some(Deadline::Write), "handed over but not taken");
        progress.write_flushed();
        assert_eq!(deadline(&progress), Some(Deadline::Head));
        progress.read(2, false);
        assert_eq!(deadline(&progress), Some(Deadline::Idle));
    }

    #[tokio::test]
    async fn the_clock_restarts_with_a_new_stretch_and_only_then() {
        let (progress, mut deadlines) = (Progress::default(), Deadlines::new(&Limits::default()));
        let mut until = |progress: &Progress| {
            let pending = deadlines.poll(progress, &mut Context::from_waker(Waker::noop()));
            assert_eq!(pending, Poll::Pending);
            deadlines.sleep.deadline()
        };
        let first_head = until(&progress);
        progress.read(0, true);
        assert_eq!(until(&progress), first_head, "the first byte buys no time");
        progress.read(1, false);
        let idle = until(&progress);
        assert!(idle > first_head);
        assert_eq!(until(&progress), idle);
        // A whole request came and went within one turn.
        progress.read(2, false);
        let idle_again = until(&progress);
        assert!(idle_again > idle);
        progress.read(2, true);
        let later_head = until(&progress);
        assert!(later_head < idle_again);
        progress.read(2, true);
        assert_eq!(until(&progress), later_head, "nor do the bytes of a later head");
        progress.write_stalled();
        let stall = until(&progress);
        progress.write_stalled();
        assert_eq!(until(&progress), stall, "still the same bytes");
        progress.write_flushed();
        progress.write_stalled();
        assert!(until(&progress) > stall, "those were taken, others wait");
    }
}
