//! What happens though nobody asks: payments lapse, and what was not captured in time is released.
//!
//! The decision is made wherever a payment is read or changed; this only makes sure that it is written soon though nobody looks. It may run
//! on any number of nodes at once: the store lets one of them win. Never more than a poll late, and at once when a clock is moved.

use std::{future::Future, sync::Arc, time::Duration};

use domain::{merchant::SalesUnit, text::Reference};
use store::Trouble;
use tokio::task::JoinSet;

use crate::Engine;

/// How often the store is asked what is due. Two seconds late is the promise.
const POLL: Duration = Duration::from_millis(500);
/// How many payments of one sales unit are settled at a time.
const SETTLED_TOGETHER_MAX: u32 = 256;

/// Settles what is due until `stop` resolves.
pub async fn run(engine: Arc<Engine>, stop: impl Future<Output = ()> + Send) {
    let mut jumps = engine.clock.jumps();
    let mut was_in_trouble = false;
    tokio::pin!(stop);
    loop {
        let settled = engine.settle_due().await;
        // Once, however long it lasts.
        if let (Err(trouble), false) = (&settled, was_in_trouble) {
            tracing::warn!(%trouble, "what is due could not be written; trying again");
        }
        was_in_trouble = settled.is_err();
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(POLL) => {}
            changed = jumps.changed() => if changed.is_err() { return },
        }
    }
}

impl Engine {
    /// Makes everything that is due now an event. Answers how many payments were settled.
    ///
    /// # Errors
    /// Where the store has no answer; what was settled until then stays settled.
    pub async fn settle_due(self: &Arc<Self>) -> Result<usize, Trouble> {
        let mut settled = 0;
        for (msn, earliest) in self.store.next_due().await? {
            let Some(unit) = self.sales_unit(&msn) else { continue };
            let mut before = Vec::new();
            while self.clock.now(&unit.space) >= earliest {
                let due = self.store.due(&msn, self.clock.now(&unit.space), SETTLED_TOGETHER_MAX).await?;
                // The same ones again: the store thinks them due and they are not. `verify` says so; looping would not help.
                let is_last = due.len() < SETTLED_TOGETHER_MAX as usize || due == before;
                settled += due.len();
                before.clone_from(&due);
                self.settle_together(&unit, due).await?;
                if is_last {
                    break;
                }
            }
        }
        Ok(settled)
    }

    /// Hands them all to the store before waiting for any, so that they can share a commit.
    async fn settle_together(self: &Arc<Self>, unit: &Arc<SalesUnit>, due: Vec<Reference>) -> Result<(), Trouble> {
        let mut writes = JoinSet::new();
        for reference in due {
            let (engine, unit) = (self.clone(), unit.clone());
            writes.spawn(async move { engine.settle(&unit, &reference).await });
        }
        let mut outcome = Ok(());
        while let Some(written) = writes.join_next().await {
            match written {
                // A broken payment is not due any more; the others are not its hostages.
                Ok(Ok(()) | Err(Trouble::Broken(_))) => {}
                Ok(Err(trouble)) => outcome = Err(trouble),
                Err(died) => outcome = Err(Trouble::Unavailable(died.to_string())),
            }
        }
        outcome
    }
}
