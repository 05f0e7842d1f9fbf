//! What a connection asks for, one request after the other, and the payments all of them share.
//!
//! Payments are numbered. A number becomes a reference and keys that look drawn by lot and never meet: random keys are what real merchants
//! send, and what an index finds hardest.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::Serialize;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// TPC-B by `pgbench`: no load of ours, and no server of ours.
    Pgbench,
    /// A create that nobody keeps.
    Ceiling,
    /// Creates.
    Create,
    /// Payments from create to refund.
    Life,
    /// Reads of payments.
    Read,
}

impl Kind {
    /// What is asked of a server of ours, in the order in which it takes turns: there is something to read when it is read.
    pub(super) const OURS: [Self; 3] = [Self::Create, Self::Life, Self::Read];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pgbench => "pgbench",
            Self::Ceiling => "ceiling",
            Self::Create => "create",
            Self::Life => "life",
            Self::Read => "read",
        }
    }
}

/// One request about a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Create,
    Approve,
    Capture,
    Refund,
    Read,
}

/// A payment's life.
pub(super) const LIFE: [Step; 4] = [Step::Create, Step::Approve, Step::Capture, Step::Refund];

/// The payments of one server.
#[derive(Default)]
pub(super) struct Payments {
    taken: AtomicU64,
    drawn: AtomicU64,
}

impl Payments {
    /// How many numbers were taken. Each of them is a payment once nobody is at work any more.
    pub(super) fn count(&self) -> u64 {
        self.taken.load(Relaxed)
    }

    pub(super) fn take(&self, until: u64) -> Option<u64> {
        self.taken.fetch_update(Relaxed, Relaxed, |taken| (taken < until).then_some(taken + 1)).ok()
    }

    fn draw(&self, count: u64) -> Option<u64> {
        mixed(self.drawn.fetch_add(1, Relaxed)).checked_rem(count)
    }
}

/// A connection's requests.
pub(super) struct Script {
    kind: Kind,
    payments: Arc<Payments>,
    /// How many payments there were when it began: those can be read.
    known: u64,
    /// No more payments than that are made.
    until: u64,
    /// The payment in the middle of its life and its next step.
    life: Option<(u64, usize)>,
}

impl Script {
    pub(super) fn new(kind: Kind, payments: Arc<Payments>, until: u64) -> Self {
        Self { kind, known: payments.count(), payments, until, life: None }
    }

    /// The next request and its payment; none when there are as many payments as there should be.
    pub(super) fn next(&mut self) -> Option<(Step, u64)> {
        match self.kind {
            Kind::Pgbench => None,
            Kind::Ceiling | Kind::Create => Some((Step::Create, self.payments.take(self.until)?)),
            Kind::Read => Some((Step::Read, self.payments.draw(self.known)?)),
            Kind::Life => {
                let (payment, at) = match self.life.take() {
                    Some(life) => life,
                    None => (self.payments.take(self.until)?, 0),
                };
                self.life = (at + 1 < LIFE.len()).then_some((payment, at + 1));
                Some((*LIFE.get(at)?, payment))
            }
        }
    }
}

/// A payment's reference: always 26 characters.
pub(super) fn reference(payment: u64) -> String {
    format!("bench-{:020}", mixed(payment))
}

/// A key in the shape of a UUID for one step of a payment.
pub(super) fn key(payment: u64, step: Step) -> String {
    let number = (payment << 3) | step as u64;
    let (high, low) = (mixed(number), mixed(!number));
    let (first, second, third) = (high >> 32, (high >> 16) & 0xFFFF, high & 0xFFF);
    format!("{first:08x}-{second:04x}-4{third:03x}-8{:03x}-{:012x}", (low >> 48) & 0xFFF, low & 0xFFFF_FFFF_FFFF)
}

/// One to one, and as good as random (the finaliser of SplitMix64).
const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn references_and_keys_never_meet() {
        let references: HashSet<String> = (0..10_000).map(reference).collect();
        assert!(references.len() == 10_000 && references.iter().all(|reference| reference.len() == 26));
        let keys: HashSet<String> = (0..10_000).flat_map(|payment| LIFE.map(|step| key(payment, step))).collect();
        assert!(keys.len() == 40_000 && keys.iter().all(|key| key.len() == 36));
    }

    #[test]
    fn a_life_goes_on_until_it_is_over_and_only_what_is_there_is_read() {
        let payments = Arc::new(Payments::default());
        let mut nothing = Script::new(Kind::Read, payments.clone(), u64::MAX);
        assert_eq!(nothing.next(), None);
        let mut life = Script::new(Kind::Life, payments.clone(), 2);
        for payment in 0..2 {
            assert_eq!(LIFE.map(|_| life.next()), LIFE.map(|step| Some((step, payment))));
        }
        assert_eq!((life.next(), payments.count()), (None, 2));
        let mut read = Script::new(Kind::Read, payments, u64::MAX);
        let drawn: HashSet<u64> = (0..100).filter_map(|_| read.next()).map(|(_, payment)| payment).collect();
        assert_eq!(drawn, HashSet::from([0, 1]));
    }
}
