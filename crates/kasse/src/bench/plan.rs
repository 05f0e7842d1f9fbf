//! What a run measures and for how long.

use std::{path::PathBuf, time::Duration};

use store::postgres::Address;

/// A plan.
pub(crate) struct Plan {
    /// So many connections, one after the other.
    pub(super) connections: &'static [usize],
    /// How often everything takes its turn with each of them.
    pub(super) rounds: usize,
    /// How long a turn goes on before it counts.
    pub(super) warm_up: Duration,
    /// How long it counts.
    pub(super) window: Duration,
    /// Payments created before anything is measured.
    pub(super) payments: u64,
    /// Where the fresh directory is made, if not in the system's place for temporary files.
    pub(super) data_parent: Option<PathBuf>,
    /// A database on the server that is measured, if it is not to be the data directory's own.
    pub(super) database: Option<Address>,
    /// How large the database of `pgbench` is: so many times 100,000 accounts. Its clients must not outnumber its branches, of which there
    /// is one each time.
    pub(super) pgbench_scale: usize,
}

impl Plan {
    /// The full plan, or a short one that only shows that everything works.
    pub(crate) fn new(is_quick: bool, payments: u64, data_parent: Option<PathBuf>, database: Option<Address>) -> Self {
        let connections: &[usize] = match (is_quick, &database) {
            (true, None) => &[1, 16],
            (true, Some(_)) => &[16],
            (false, None) => &[1, 64, 256],
            (false, Some(_)) => &[64, 256],
        };
        let (rounds, warm_up, window) = match is_quick {
            true => (1, Duration::from_millis(50), Duration::from_millis(150)),
            false => (3, Duration::from_millis(300), Duration::from_secs(1)),
        };
        let pgbench_scale = if is_quick { 1 } else { 10 };
        Self { connections, rounds, warm_up, window, payments, data_parent, database, pgbench_scale }
    }
}
