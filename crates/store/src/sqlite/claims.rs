//! Which deliveries are being attempted. The process is alone with its data, so this stands in memory, and a start begins with none.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::text::Msn;

use crate::DeliveryId;

/// What is claimed.
pub(super) type Claimed = HashSet<(Msn, DeliveryId)>;

#[derive(Clone, Default)]
pub(super) struct Claims(Arc<Mutex<Claimed>>);

impl Claims {
    /// Whoever claims holds this from before it begins to read until it is done, so that what was attempted meanwhile is either seen as it
    /// is afterwards or still claimed.
    pub(super) fn lock(&self) -> MutexGuard<'_, Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn give_back(&self, msn: &Msn, delivery: DeliveryId) {
        self.lock().remove(&(msn.clone(), delivery));
    }
}
