//! Which deliveries are being attempted. The process is alone with its data, so this stands in memory, and a start begins with none.
//!
//! Here no claim lapses: whoever has one is in this process, and gives it back or records what came of it. Claims are made one after the
//! other, and while one is made nothing is given back: what was attempted meanwhile is either read as it is afterwards or still claimed.
//! Nobody who records or gives back waits for whoever claims.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::text::Msn;

use crate::{Claimed, DeliveryId};

#[derive(Default)]
struct Held {
    /// By which claim each is held.
    fences: HashMap<Msn, HashMap<DeliveryId, i64>>,
    last: i64,
    /// Whether somebody claims, and what is given back once he is done.
    is_claiming: bool,
    returned: Vec<(Msn, DeliveryId, i64)>,
}

impl Held {
    fn fence(&self, msn: &Msn, delivery: DeliveryId) -> Option<i64> {
        self.fences.get(msn)?.get(&delivery).copied()
    }

    /// Unless somebody else has it by now.
    fn remove(&mut self, msn: &Msn, delivery: DeliveryId, fence: i64) {
        if self.fence(msn, delivery) == Some(fence)
            && let Some(of_unit) = self.fences.get_mut(msn)
        {
            of_unit.remove(&delivery);
            if of_unit.is_empty() {
                self.fences.remove(msn);
            }
        }
    }
}

#[derive(Clone, Default)]
pub(super) struct Claims(Arc<Shared>);

#[derive(Default)]
struct Shared {
    turn: Mutex<()>,
    held: Mutex<Held>,
}

impl Claims {
    /// Waits until nobody else claims. Whoever claims takes his turn before he begins to read.
    pub(super) fn take_turn(&self) -> Turn<'_> {
        let turn = lock(&self.0.turn);
        self.held().is_claiming = true;
        Turn { claims: self, _turn: turn }
    }

    /// Whether the delivery is held by this claim.
    pub(super) fn is_held(&self, msn: &Msn, delivery: DeliveryId, fence: i64) -> bool {
        self.held().fence(msn, delivery) == Some(fence)
    }

    /// Gives claims back.
    pub(super) fn give_back<'a>(&self, claims: impl IntoIterator<Item = (&'a Msn, DeliveryId, i64)>) {
        let mut held = self.held();
        for (msn, delivery, fence) in claims {
            if held.is_claiming {
                held.returned.push((msn.clone(), delivery, fence));
            } else {
                held.remove(msn, delivery, fence);
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.0.held)
    }
}

/// The right to claim.
pub(super) struct Turn<'a> {
    claims: &'a Claims,
    _turn: MutexGuard<'a, ()>,
}

impl Turn<'_> {
    pub(super) fn is_claimed(&self, msn: &Msn, delivery: DeliveryId) -> bool {
        self.claims.held().fence(msn, delivery).is_some()
    }

    /// A number no claim has had.
    pub(super) fn next_fence(&self) -> i64 {
        let mut held = self.claims.held();
        held.last += 1;
        held.last
    }

    /// From now on these are claimed.
    pub(super) fn claim(&self, claimed: &[Claimed]) {
        let mut held = self.claims.held();
        for claim in claimed {
            let msn = &claim.recipient.lane.msn;
            if let Some(of_unit) = held.fences.get_mut(msn) {
                of_unit.insert(claim.id, claim.fence);
            } else {
                held.fences.insert(msn.clone(), HashMap::from([(claim.id, claim.fence)]));
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut held = self.claims.held();
        held.is_claiming = false;
        for (msn, delivery, fence) in mem::take(&mut held.returned) {
            held.remove(&msn, delivery, fence);
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{KeyHolder, Lane, Recipient, WebhookId};

    fn claimed(number: u8, fence: i64) -> Claimed {
        let msn = Msn::parse("123456").unwrap();
        let lane = Lane { msn: msn.clone(), webhook: WebhookId([1; 16]), is_fetched: false };
        let owner = KeyHolder::SalesUnit(msn);
        let recipient = Recipient {
            lane,
            owner,
            url: "https://example.com".into(),
            sealed_secret: Vec::new(),
            failing_since: None,
        };
        Claimed {
            id: DeliveryId([number; 16]),
            fence,
            recipient: Arc::new(recipient),
            reference: domain::text::Reference::parse("a-payment").unwrap(),
            event_id: [number; 16],
            body: "{}".into(),
            number: 1,
            first_attempt_at: None,
        }
    }

    #[test]
    fn what_is_given_back_while_somebody_claims_stays_claimed_until_he_is_done() {
        let (claims, msn) = (Claims::default(), Msn::parse("123456").unwrap());
        let (one, two) = (claimed(1, 7), claimed(2, 8));
        claims.take_turn().claim(&[one.clone(), two.clone()]);
        claims.give_back([(&msn, two.id, two.fence)]);
        let turn = claims.take_turn();
        claims.give_back([(&msn, one.id, one.fence)]);
        assert!(turn.is_claimed(&msn, one.id), "he may have read that it waits");
        assert!(!turn.is_claimed(&msn, two.id));
        drop(turn);
        assert!(!claims.take_turn().is_claimed(&msn, one.id));
    }

    #[test]
    fn only_whoever_holds_a_claim_gives_it_back() {
        let (claims, msn) = (Claims::default(), Msn::parse("123456").unwrap());
        let one = claimed(1, 7);
        claims.take_turn().claim(std::slice::from_ref(&one));
        claims.give_back([(&msn, one.id, one.fence - 1)]);
        assert!(claims.is_held(&msn, one.id, one.fence));
        assert!(!claims.is_held(&msn, one.id, one.fence - 1));
    }
}
