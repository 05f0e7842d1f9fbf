//! Requests under a key that are being carried out: whoever comes with the same key waits for its turn, but not for ever.
//!
//! The store itself never does a thing twice; this is for the one who asks twice at once, who shall hear the first one's answer, or, when
//! that takes too long, that it is still being worked on and that nothing of his own was begun.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::text::{IdempotencyKey, Msn, Reference};
use store::{Intent, Operation, Work};
use tokio::sync::watch;

type Scope = (Msn, Operation, Option<Reference>, IdempotencyKey);

/// Who has its turn.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<Scope, watch::Receiver<()>>>>);

/// A turn; it ends when dropped, and whoever waits is told.
pub(crate) struct Turn {
    in_flight: InFlight,
    scope: Scope,
    /// Dropped with the turn, which is what the waiting see.
    _end: watch::Sender<()>,
}

impl InFlight {
    /// Waits until nobody else has the intent's key, and takes the turn. An intent without a key needs none.
    pub(crate) async fn turn(&self, intent: &Intent) -> Option<Turn> {
        let Work::Payment { msn, idempotency: Some(idempotency), .. } = &intent.work else { return None };
        let (reference, key) = (idempotency.reference.clone(), idempotency.key.clone());
        let scope = (msn.clone(), idempotency.operation, reference, key);
        loop {
            let mut before_us = match self.take(&scope) {
                Ok(turn) => return Some(turn),
                Err(before_us) => before_us,
            };
            // The sender says nothing; it goes away, and that is the sign.
            let _gone = before_us.changed().await;
        }
    }

    fn take(&self, scope: &Scope) -> Result<Turn, watch::Receiver<()>> {
        let mut turns = self.lock();
        if let Some(before_us) = turns.get(scope) {
            return Err(before_us.clone());
        }
        let (end, waiting) = watch::channel(());
        turns.insert(scope.clone(), waiting);
        Ok(Turn { in_flight: self.clone(), scope: scope.clone(), _end: end })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, watch::Receiver<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.in_flight.lock().remove(&self.scope);
    }
}
