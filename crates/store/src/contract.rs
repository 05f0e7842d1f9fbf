//! The contract a keeper fulfils. `tests/conformance` of this crate says it again as tests, which every keeper must pass.

use std::{future::Future, pin::Pin};

use domain::{
    order::{Category, CategoryId, OrderName},
    payer::Sub,
    payment::{Event, Payment, ShortLink},
    text::{ImageId, Msn, OrderId, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};

use crate::{
    AskedPayment, Claimed, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, Directory, Finding, Image, Intent,
    KeyHolder, Lane, LoggedAttempt, Order, Outcome, Webhook, WebhookId,
};

/// A store's answer on its way.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// What an installation is for; fixed when its store is initialised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// For developing against: demo keys, payments approved by a call.
    Sandbox,
    /// For real payments.
    Production,
}

impl Mode {
    /// Its name in settings and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    /// The mode of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sandbox, Self::Production].into_iter().find(|mode| mode.name() == name)
    }
}

/// What an installation is, fixed when it was initialised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instance {
    /// Its id; not a secret.
    pub id: [u8; 16],
    /// Its mode.
    pub mode: Mode,
    /// When it was initialised.
    pub created_at: Timestamp,
}

/// Why the store has no answer. Whether the intent took effect is then unknown to the caller, and repeating it under its key is safe.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// More is waiting than the store takes on; nothing was changed.
    #[error("the store has more waiting than it takes on")]
    Overloaded,
    /// Another request under the same key is being carried out, and nothing of this one was begun.
    #[error("another request under the same key is being carried out")]
    InProgress,
    /// The store cannot write or read now; it may later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Data that contradicts itself; whoever is concerned can be read but not changed any more.
    #[error("data that contradicts itself: {0}")]
    Broken(String),
}

/// What remains.
pub trait Store: Send + Sync + 'static {
    /// Decides the intent and makes its change durable, or changes nothing.
    ///
    /// * [`Outcome::Done`] only after the change, its events and the answer under its key are durable together.
    /// * [`Outcome::Replayed`] with the very bytes kept under the key, [`Outcome::Conflict`] if the key was used for something else.
    /// * [`Outcome::Rejected`] leaves no trace, or only the failed attempt in the log; the key stays unused.
    /// * [`Outcome::Obstructed`] leaves no trace.
    /// * A short link names one payment for ever.
    /// * An order has one receipt for ever, and so has an image its picture: whatever brings another leaves the first as it is.
    ///
    /// The store finishes what it has taken on whether or not the caller waits. A decision may be asked more than once and must then
    /// answer the same.
    fn apply(&self, intent: Intent) -> Answering<'_, Outcome>;

    /// The payment as last written; what has become due since is the caller's to see.
    fn payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<Payment>>;

    /// The payment with its log, oldest event first, both of one instant.
    fn payment_with_events(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<(Payment, Vec<Event>)>>;

    /// The payment of the sales unit that a short link names.
    fn payment_of_short_link(&self, msn: &Msn, link: ShortLink) -> Answering<'_, Option<Reference>>;

    /// The payment of the sales unit at which the payer shared something last.
    fn last_shared(&self, msn: &Msn, sub: Sub) -> Answering<'_, Option<Payment>>;

    /// For each sales unit that has one, the earliest moment at which one of its payments changes by itself.
    fn next_due(&self) -> Answering<'_, Vec<(Msn, Timestamp)>>;

    /// Payments of the sales unit that change by themselves at `until` or before, the earliest first, at most `most`.
    fn due(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>>;

    /// The payment and its request, of one instant; the request as if nothing had happened to it where nothing has.
    fn asked_payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<AskedPayment>>;

    /// What waits for this payer and lapses after `now`, of one sales unit if one is named, asked last first, at most `most`.
    fn waiting_for(
        &self,
        payer: &PhoneNumber,
        of: Option<&Msn>,
        now: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<AskedPayment>>;

    /// What this payer was asked to pay, asked last first, at most `most`; from before a moment, if one is named.
    fn asked_of(&self, payer: &PhoneNumber, before: Option<Timestamp>, most: u32) -> Answering<'_, Vec<AskedPayment>>;

    /// For each sales unit that has one, the earliest moment at which something happens to a request though nobody acts.
    fn next_planned(&self) -> Answering<'_, Vec<(Msn, Timestamp)>>;

    /// Payments of the sales unit to whose request something happens at `until` or before, the earliest first, at most `most`.
    fn planned(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>>;

    /// For each of these payments a number that changes whenever it or its request does; 0 where there is none.
    fn versions(&self, payments: &[(Msn, Reference)]) -> Answering<'_, Vec<u64>>;

    /// Whether somebody else may change what is kept here, so that it has to be looked at to be known.
    fn is_shared(&self) -> bool;

    /// What is stored of this payer.
    fn payer(&self, number: &PhoneNumber) -> Answering<'_, Option<Payer>>;

    /// Payers of whom something is stored, by number, at most `most`.
    fn payers(&self, most: u32) -> Answering<'_, Vec<Payer>>;

    /// Everybody who may call, all of one instant.
    fn directory(&self) -> Answering<'_, Directory>;

    /// The version of the directory, by which it is seen that somebody else has changed it; always the same where nobody else can.
    fn directory_version(&self) -> Answering<'_, u64>;

    /// The owner's registrations, oldest first; with those that ended, if asked for.
    fn webhooks(&self, owner: &KeyHolder, with_ended: bool) -> Answering<'_, Vec<Webhook>>;

    /// Every registration whose deliveries are fetched and that has not ended.
    fn listeners(&self) -> Answering<'_, Vec<Webhook>>;

    /// Every lane in which something waits, with the earliest moment at which it is tried.
    fn waiting_lanes(&self) -> Answering<'_, Vec<(Lane, Timestamp)>>;

    /// Claims deliveries of the sales unit that are to be tried at `until` or before: of each registration so many at most, the earliest
    /// first, and of those of one payment only the first. Nobody else gets them for [`CLAIM_TIME_MAX`](crate::CLAIM_TIME_MAX), or until
    /// the attempt is recorded or the claim is given back.
    fn claim(&self, msn: &Msn, wanted: &[(WebhookId, u32)], until: Timestamp) -> Answering<'_, Vec<Claimed>>;

    /// Gives claims back: whoever claims next may have them.
    fn give_back(&self, claims: &[Claimed]) -> Answering<'_, ()>;

    /// Resolves once something to be sent has come into being here since it was asked last, with the lanes it stands in. A hint: what is
    /// missed here stands in [`waiting_lanes`](Self::waiting_lanes).
    fn announced(&self) -> Pin<Box<dyn Future<Output = Vec<Lane>> + Send>>;

    /// The owner's deliveries, the newest first.
    fn deliveries(&self, owner: &KeyHolder, filter: &DeliveryFilter) -> Answering<'_, Vec<Delivery>>;

    /// One of the owner's deliveries, with everything that is known of it.
    fn delivery(&self, owner: &KeyHolder, id: DeliveryId) -> Answering<'_, Option<DeliveryDetail>>;

    /// Attempts to deliver to the owner's registrations that ended at `since` or later, by the wall, the earliest first.
    fn attempts_since(
        &self,
        owner: &KeyHolder,
        since: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<(Delivery, LoggedAttempt)>>;

    /// What is shown with an order: the newest category and the receipt, both of one instant; empty where there is neither.
    fn order(&self, msn: &Msn, order: &OrderName) -> Answering<'_, Order>;

    /// The categories of all orders of this id, the oldest first.
    fn categories(&self, msn: &Msn, order: &OrderId) -> Answering<'_, Vec<Category>>;

    /// The sales unit's category of this id.
    fn category(&self, msn: &Msn, id: CategoryId) -> Answering<'_, Option<Category>>;

    /// The sales unit's image of this id.
    fn image(&self, msn: &Msn, id: &ImageId) -> Answering<'_, Option<Image>>;

    /// Every contradiction in what is stored; empty when all is well.
    fn verify(&self) -> Answering<'_, Vec<Finding>>;

    /// Whether a write would be taken now.
    fn is_writable(&self) -> bool;

    /// Resolves when the store has failed in a way only a new start can mend; then it takes nothing on any more.
    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>>;

    /// Finishes what is waiting and closes.
    fn close(&self) -> Answering<'_, ()>;
}
