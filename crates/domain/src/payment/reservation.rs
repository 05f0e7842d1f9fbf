//! The payer's reserved money and what became of it.
//!
//! Promises, by construction: captured + cancelled ≤ authorized, refunded ≤ captured, and no sum ever decreases.

use crate::{
    money::MinorUnits,
    payment::{Aggregate, Authorization},
    time::Timestamp,
};

/// An authorization with the movements since.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reservation {
    authorization: Authorization,
    authorized_at: Timestamp,
    captured: MinorUnits,
    refunded: MinorUnits,
    cancelled: MinorUnits,
}

impl Reservation {
    /// A reservation nothing has been taken of.
    pub const fn new(authorization: Authorization, authorized_at: Timestamp) -> Self {
        let zero = MinorUnits::ZERO;
        Self { authorization, authorized_at, captured: zero, refunded: zero, cancelled: zero }
    }

    /// The reservation with these movements, or `None` where they break a rule of money: for whoever reads one back.
    pub fn with_movements(self, captured: MinorUnits, refunded: MinorUnits, cancelled: MinorUnits) -> Option<Self> {
        let untouched = Self::new(self.authorization, self.authorized_at);
        untouched.capture(captured)?.refund(refunded)?.cancel(cancelled)
    }

    /// How the money was reserved.
    pub const fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// When the payer approved.
    pub const fn authorized_at(&self) -> Timestamp {
        self.authorized_at
    }

    /// What can still be captured or cancelled.
    pub fn rest(&self) -> MinorUnits {
        let uncaptured = self.authorization.amount.minus(self.captured).unwrap_or(MinorUnits::ZERO);
        uncaptured.minus(self.cancelled).unwrap_or(MinorUnits::ZERO)
    }

    /// What can still be given back.
    pub fn refundable(&self) -> MinorUnits {
        self.captured.minus(self.refunded).unwrap_or(MinorUnits::ZERO)
    }

    /// After taking so much; `None` if there is not so much left.
    pub fn capture(&self, amount: MinorUnits) -> Option<Self> {
        (amount <= self.rest()).then_some(())?;
        Some(Self { captured: self.captured.plus(amount)?, ..self.clone() })
    }

    /// After giving so much back; `None` if so much was not taken.
    pub fn refund(&self, amount: MinorUnits) -> Option<Self> {
        (amount <= self.refundable()).then_some(())?;
        Some(Self { refunded: self.refunded.plus(amount)?, ..self.clone() })
    }

    /// After releasing so much; `None` if there is not so much left.
    pub fn cancel(&self, amount: MinorUnits) -> Option<Self> {
        (amount <= self.rest()).then_some(())?;
        Some(Self { cancelled: self.cancelled.plus(amount)?, ..self.clone() })
    }

    /// The four sums.
    pub const fn aggregate(&self) -> Aggregate {
        Aggregate {
            authorized: self.authorization.amount,
            captured: self.captured,
            refunded: self.refunded,
            cancelled: self.cancelled,
        }
    }
}
