//! What a store is asked to do, as values: the key, the things to load, the decision, and what came of it.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    order::Obstacle,
    payment::{Event, Payment, Refusal, Rejection, ShortLink},
    request::Request,
    text::{IdempotencyKey, Msn, PhoneNumber, Reference},
    time::Timestamp,
};

use crate::{
    Announce, DeliveriesChange, DirectoryDecision, KeyHolder, OrderDecision, OrderReceipt, OrderSubject, PayerDecision,
    RequestDecision, WebhooksDecision,
};

/// One change of money or state, to be made once or not at all.
pub struct Intent {
    /// The time it is decided at.
    pub now: Timestamp,
    /// What to load, and what decides on it.
    pub work: Work,
}

/// What is locked and loaded, with the decision that is asked about it.
pub enum Work {
    /// A payment, which may or may not exist.
    Payment {
        /// The sales unit it belongs to, as does everything the intent touches.
        msn: Msn,
        /// Which.
        reference: Reference,
        /// The key it may be repeated under, if it has one.
        idempotency: Option<Idempotency>,
        /// Asked with the payment as stored.
        decide: PaymentDecision,
        /// What registrations are sent of its events.
        announce: Announce,
    },
    /// Who may call: the whole of it, which is small and seldom changes.
    Directory {
        /// Asked with the directory as stored.
        decide: DirectoryDecision,
    },
    /// The registrations of one owner.
    Webhooks {
        /// Whose.
        owner: KeyHolder,
        /// Asked with those that have not ended.
        decide: WebhooksDecision,
    },
    /// Deliveries, each by its id.
    Deliveries(DeliveriesChange),
    /// The request of a payment, with the payment and a payer: all of it decided together.
    Request {
        /// The sales unit the payment belongs to.
        msn: Msn,
        /// Which payment.
        reference: Reference,
        /// The payer whose wallet is loaded too.
        payer: Option<PhoneNumber>,
        /// Asked with all three as stored.
        decide: RequestDecision,
        /// What registrations are sent of the payment's events.
        announce: Announce,
    },
    /// A payer of a sandbox.
    Payer {
        /// Whose wallet.
        number: PhoneNumber,
        /// Asked with the payer as stored.
        decide: PayerDecision,
    },
    /// What is shown with an order, whether or not there is a payment of its name.
    Order {
        /// The sales unit it belongs to, as does everything the intent touches.
        msn: Msn,
        /// What it is about.
        subject: OrderSubject,
        /// Asked with what is there of that.
        decide: OrderDecision,
    },
}

/// A pure function from what is stored to what shall be; it may be asked again and must answer the same.
pub type PaymentDecision = Box<dyn Fn(Option<&Payment>) -> Result<PaymentChange, Refusal> + Send + Sync>;

/// What a decision on a payment comes to.
pub struct PaymentChange {
    /// The payment after its events.
    pub payment: Payment,
    /// The events, in order, following the last stored one. May be empty: then nothing is written but the answer.
    pub events: Vec<Event>,
    /// What the caller is told, and is told again under the same key.
    pub answer: Answer,
    /// What the caller is told instead, where the events say that the attempt failed. Then nothing is kept under the key.
    pub refused: Option<Rejection>,
    /// The name a new payment has in codes that are scanned, if it has one.
    pub short_link: Option<ShortLink>,
    /// Who is asked to pay, or has paid, where that comes with the change. A request that is there already stays as it is.
    pub request: Option<Request>,
    /// The receipt of a new payment, if it has one: the order's, unless that has one already.
    pub receipt: Option<Arc<OrderReceipt>>,
}

impl PaymentChange {
    /// A change that came about, of a payment without a name in codes, a request and a receipt.
    pub const fn new(payment: Payment, events: Vec<Event>, answer: Answer) -> Self {
        Self { payment, events, answer, refused: None, short_link: None, request: None, receipt: None }
    }
}

/// The key a request may be repeated under, with what it is a key to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// Keys of different operations never meet.
    pub operation: Operation,
    /// The payment the key is bound to; `None` where the operation is bound to the sales unit alone.
    pub reference: Option<Reference>,
    /// The key.
    pub key: IdempotencyKey,
    /// What was asked under it: equal requests have equal fingerprints.
    pub fingerprint: [u8; 32],
}

/// An operation that keys belong to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// Create a payment.
    Create,
    /// Capture.
    Capture,
    /// Refund.
    Refund,
    /// Cancel.
    Cancel,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Create, Self::Capture, Self::Refund, Self::Cancel];

    /// Its name in the store and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Cancel => "cancel",
        }
    }
}

/// What a caller is told: opaque to the store, kept and repeated byte for byte.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// A number of the caller's protocol.
    pub status: u16,
    /// The bytes.
    pub body: Bytes,
}

impl Answer {
    /// For changes nobody is told about.
    pub const fn none() -> Self {
        Self { status: 0, body: Bytes::new() }
    }
}

/// What came of an intent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Done and durable.
    Done(Answer),
    /// Done before under the same key; this is what was answered then.
    Replayed(Answer),
    /// The key was used for something else. Nothing changed.
    Conflict,
    /// A rule stood in the way, and nothing changed; or the bank did, and all that changed is that the log says so.
    Rejected(Rejection),
    /// What was to be shown with an order was not written, and nothing changed.
    Obstructed(Obstacle),
}

/// An answer as it is kept under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// What was asked.
    pub fingerprint: [u8; 32],
    /// What was answered.
    pub answer: Answer,
}

impl Kept {
    /// What a second request under the key is to be told.
    pub fn outcome_for(self, fingerprint: &[u8; 32]) -> Outcome {
        if self.fingerprint == *fingerprint { Outcome::Replayed(self.answer) } else { Outcome::Conflict }
    }
}
