//! What has happened to a payment: the log that everything else is computed from.

use crate::{
    money::{MinorUnits, Money},
    payer::{Delivery, Profile},
    payment::Payment,
    text::{CardBin, IdempotencyKey, PhoneNumber},
    time::Timestamp,
};

/// One line of a payment's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its place in the log, from 1, without gaps.
    pub sequence: u32,
    /// What happened.
    pub occurrence: Occurrence,
    /// When, strictly later than the event before.
    pub at: Timestamp,
    /// Our id of this event.
    pub psp_reference: PspReference,
    /// The key of the request that caused it, if one did.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What can happen to a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Occurrence {
    /// The merchant asked for it.
    Created,
    /// The payer approved and the money is reserved.
    Authorized(Authorization),
    /// The payer approved, and the bank does not say yet whether it reserves the money. Nobody is told of it.
    Processing(Processing),
    /// The merchant took so much.
    Captured(MinorUnits),
    /// The merchant gave so much back.
    Refunded(MinorUnits),
    /// The merchant was to give so much back, and the bank refused. Nothing moved.
    RefundRefused(MinorUnits),
    /// So much was released.
    Cancelled(MinorUnits),
    /// The payer refused.
    Aborted,
    /// Nobody acted in time.
    Expired,
    /// The merchant cancelled before authorization.
    Terminated,
}

/// How the payer's money was reserved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authorization {
    /// How much.
    pub amount: MinorUnits,
    /// Who paid, if known.
    pub payer: Option<PhoneNumber>,
    /// The card behind it, if there was one.
    pub card_bin: Option<CardBin>,
    /// From this moment on nothing can be captured or cancelled; what is left is released.
    pub capture_deadline: Timestamp,
    /// Until then a capture cannot fail for want of money.
    pub capture_guaranteed_until: Timestamp,
    /// What the payer shared, where the merchant asked.
    pub profile: Option<Box<Profile>>,
    /// How the payer wants it delivered, where the merchant asked.
    pub delivery: Option<Box<Delivery>>,
}

/// A reservation the bank has not answered yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Processing {
    /// When it answers; until then nothing can be done with the payment, and it does not lapse.
    pub until: Timestamp,
    /// How it reserves the money then; nothing if it says no, and the payment is then over.
    pub reserves: Option<Authorization>,
}

/// Our id of one event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PspReference(pub [u8; 16]);

/// The published name of an occurrence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EventName(&'static str);

impl EventName {
    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Occurrence {
    /// The published name.
    pub const fn name(&self) -> EventName {
        EventName(match self {
            Self::Created => "CREATED",
            // It has no name of its own, as nobody is told of it.
            Self::Authorized(_) | Self::Processing(_) => "AUTHORIZED",
            Self::Captured(_) => "CAPTURED",
            Self::Refunded(_) | Self::RefundRefused(_) => "REFUNDED",
            Self::Cancelled(_) => "CANCELLED",
            Self::Aborted => "ABORTED",
            Self::Expired => "EXPIRED",
            Self::Terminated => "TERMINATED",
        })
    }

    /// Whether it came about; an attempt the bank refused is logged all the same.
    pub const fn succeeded(&self) -> bool {
        !matches!(self, Self::RefundRefused(_))
    }

    /// Whether merchants and payers are told of it.
    pub const fn is_told(&self) -> bool {
        !matches!(self, Self::Processing(_))
    }

    /// The sum the log shows: the part that moved, or the payment's amount where no part did.
    pub fn amount(&self, payment: &Payment) -> Money {
        match self {
            Self::Authorized(authorization) => payment.in_currency(authorization.amount),
            Self::Captured(amount) | Self::Refunded(amount) | Self::RefundRefused(amount) | Self::Cancelled(amount) => {
                payment.in_currency(*amount)
            }
            Self::Created | Self::Processing(_) | Self::Aborted | Self::Expired | Self::Terminated => {
                payment.terms.amount
            }
        }
    }
}
