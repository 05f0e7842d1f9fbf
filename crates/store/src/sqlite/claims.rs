//! Which deliveries are being attempted. The process is alone with its data, so this stands in memory, and a start begins with none.
//!
//! Here no claim lapses: whoever has one is in this process, and gives it back or records what came of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::text::Msn;

use crate::{Claimed, DeliveryId};

/// What is claimed, and by which claim.
#[derive(Default)]
pub(super) struct Held {
    fences: HashMap<Msn, HashMap<DeliveryId, i64>>,
    last: i64,
}

impl Held {
    pub(super) fn holds(&self, msn: &Msn, delivery: DeliveryId) -> bool {
        self.fence(msn, delivery).is_some()
    }

    fn fence(&self, msn: &Msn, delivery: DeliveryId) -> Option<i64> {
        self.fences.get(msn)?.get(&delivery).copied()
    }

    /// A number no claim has had.
    pub(super) const fn next_fence(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    pub(super) fn add(&mut self, claimed: &[Claimed]) {
        for claim in claimed {
            self.fences.entry(claim.lane.msn.clone()).or_default().insert(claim.id, claim.fence);
        }
    }
}

#[derive(Clone, Default)]
pub(super) struct Claims(Arc<Mutex<Held>>);

impl Claims {
    /// Whoever claims holds this from before it begins to read until it is done, so that what was attempted meanwhile is either seen as it
    /// is afterwards or still claimed.
    pub(super) fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the delivery is held by this claim.
    pub(super) fn is_held(&self, msn: &Msn, delivery: DeliveryId, fence: i64) -> bool {
        self.lock().fence(msn, delivery) == Some(fence)
    }

    /// Gives the claim back, unless somebody else has it by now.
    pub(super) fn give_back(&self, msn: &Msn, delivery: DeliveryId, fence: i64) {
        let mut held = self.lock();
        if held.fence(msn, delivery) == Some(fence)
            && let Some(of_unit) = held.fences.get_mut(msn)
        {
            of_unit.remove(&delivery);
            if of_unit.is_empty() {
                held.fences.remove(msn);
            }
        }
    }
}
