//! What a run measures and for how long.

use std::{path::PathBuf, time::Duration};

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
}

impl Plan {
    /// The full plan, or a short one that only shows that everything works.
    pub(crate) fn new(is_quick: bool, payments: u64, data_parent: Option<PathBuf>) -> Self {
        if is_quick {
            let (warm_up, window) = (Duration::from_millis(50), Duration::from_millis(150));
            Self { connections: &[1, 16], rounds: 1, warm_up, window, payments, data_parent }
        } else {
            let (warm_up, window) = (Duration::from_millis(300), Duration::from_secs(1));
            Self { connections: &[1, 64, 256], rounds: 3, warm_up, window, payments, data_parent }
        }
    }
}
