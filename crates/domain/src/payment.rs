//! A payment: what was agreed, where it stands, and how events move it.
//!
//! A [`Payment`] is always the fold of its events: [`Payment::opened`] takes the first, [`Payment::after`] each later one. Commands are
//! decided in [`create()`] and [`decide()`]; they answer events or a [`Rejection`] and change nothing themselves.
//!
//! An event that does not fit the payment is [`Broken`]: a defect of ours or a damaged store, never a mistake of the caller.

mod create;
mod decide;
mod event;
mod flow;
mod rejection;
mod reservation;
mod return_url;

pub use create::{
    Express, ExpressOffers, METADATA_KEY_CHARACTERS_MAX, METADATA_PAIRS_MAX, METADATA_VALUE_CHARACTERS_MAX, Proposal,
    ProposedAmount, Rules, create,
};
pub use decide::{Approval, BankRefusal, Command, Decision, Stamp, decide};
pub use event::{Authorization, Event, EventName, Occurrence, Processing, PspReference};
pub use flow::{Method, QrFormat, QrSize, ShortLink, UserFlow};
pub use rejection::{MethodObstacle, Refusal, Rejection, Subject};
pub use reservation::Reservation;
pub use return_url::{CallbackUrl, ReturnUrl};

use crate::{
    money::{MinorUnits, Money},
    payer::Scope,
    text::{Description, IdempotencyKey, Msn, PhoneNumber, Reference},
    time::{Span, Timestamp},
};

/// How long a payer has when the merchant does not say.
pub const LIFETIME: Span = Span::minutes(10);
/// How long after authorization captured money may be given back.
pub const REFUND_PERIOD: Span = Span::days(365);

/// A payment as it stands after some event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// The sales unit it belongs to.
    pub msn: Msn,
    /// The merchant's name for it.
    pub reference: Reference,
    /// Our id of its creation, shown wherever the payment is.
    pub psp_reference: PspReference,
    /// What was agreed at creation; never changes.
    pub terms: Terms,
    /// When it was created.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// The number of its last event; the first is 1.
    pub last_sequence: u32,
    /// When its last event happened.
    pub last_event_at: Timestamp,
}

/// What merchant and platform agreed when the payment was created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// What the payer is asked for.
    pub amount: Money,
    /// What the payer pays with.
    pub method: Method,
    /// How the payer is asked.
    pub flow: UserFlow,
    /// Where the payer is sent afterwards, byte for byte as given; nowhere where the flow has no return.
    pub return_url: Option<ReturnUrl>,
    /// Where the payer finds a receipt.
    pub receipt_url: Option<ReturnUrl>,
    /// The payer the merchant named, if any.
    pub phone_number: Option<PhoneNumber>,
    /// Whether a commercial card may not pay it.
    pub blocks_commercial_cards: bool,
    /// The youngest payer it is for, in years.
    pub minimum_age: Option<u8>,
    /// What the merchant asks to be told of the payer.
    pub scope: Scope,
    /// How what is bought may be delivered, as the merchant wrote it.
    pub shipping: Option<Box<str>>,
    /// What is bought, as the merchant wrote it: kept for whoever shows it, never looked into.
    pub receipt: Option<Box<str>>,
    /// What the merchant's trade adds, as the merchant wrote it.
    pub industry_data: Option<Box<str>>,
    /// What the payer is told it is for.
    pub description: Option<Description>,
    /// Whether the payer stands in the shop.
    pub customer_present: bool,
    /// The merchant's own pairs, answered verbatim and in order.
    pub metadata: Option<Vec<(Box<str>, Box<str>)>>,
    /// When it lapses if nobody acts.
    pub expires_at: Timestamp,
    /// The key of the request that created it; system events of the payment carry it too.
    pub create_key: IdempotencyKey,
}

/// Where a payment stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Nobody has acted on it yet.
    Created,
    /// The payer approved, and the bank has not said whether it reserves the money. For merchants it is still created, and locked.
    Processing(Processing),
    /// The payer refused. Final.
    Aborted,
    /// Nobody acted in time. Final.
    Expired,
    /// The merchant cancelled before authorization. Final.
    Terminated,
    /// The payer approved: money is reserved, and what became of it is in the reservation. Final as a state.
    Authorized(Reservation),
}

impl State {
    /// The state's published name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created | Self::Processing(_) => "CREATED",
            Self::Aborted => "ABORTED",
            Self::Expired => "EXPIRED",
            Self::Terminated => "TERMINATED",
            Self::Authorized(_) => "AUTHORIZED",
        }
    }

    /// Whether neither its payer nor anybody else has settled what becomes of it.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Created | Self::Processing(_))
    }
}

/// The four sums the API shows of every payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aggregate {
    /// Reserved when the payer approved.
    pub authorized: MinorUnits,
    /// Taken of it.
    pub captured: MinorUnits,
    /// Given back of what was taken.
    pub refunded: MinorUnits,
    /// Released; or, of a payment terminated before authorization, its whole amount.
    pub cancelled: MinorUnits,
}

/// An event that cannot follow the state it was applied to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken(pub &'static str);

impl Payment {
    /// The payment that its first event, a `CREATED`, brings into being.
    pub fn opened(msn: Msn, reference: Reference, terms: Terms, event: &Event) -> Result<Self, Broken> {
        if event.occurrence != Occurrence::Created || event.sequence != 1 {
            return Err(Broken("the first event is not CREATED with number 1"));
        }
        Ok(Self {
            msn,
            reference,
            psp_reference: event.psp_reference,
            terms,
            created_at: event.at,
            state: State::Created,
            last_sequence: 1,
            last_event_at: event.at,
        })
    }

    /// The payment after its next event.
    pub fn after(&self, event: &Event) -> Result<Self, Broken> {
        if Some(event.sequence) != self.last_sequence.checked_add(1) {
            return Err(Broken("event numbers are not consecutive"));
        }
        if event.at <= self.last_event_at {
            return Err(Broken("an event does not lie after the one before it"));
        }
        let state = match (&self.state, &event.occurrence) {
            (State::Created | State::Processing(_), Occurrence::Authorized(authorization)) => {
                State::Authorized(Reservation::new(authorization.clone(), event.at))
            }
            (State::Created, Occurrence::Processing(processing)) => State::Processing(processing.clone()),
            (State::Created, Occurrence::Aborted) => State::Aborted,
            (State::Created | State::Processing(_), Occurrence::Expired) => State::Expired,
            (State::Created, Occurrence::Terminated) => State::Terminated,
            (State::Authorized(reservation), Occurrence::Captured(amount)) => {
                State::Authorized(reservation.capture(*amount).ok_or(Broken("more captured than was left"))?)
            }
            (State::Authorized(reservation), Occurrence::Refunded(amount)) => {
                State::Authorized(reservation.refund(*amount).ok_or(Broken("more refunded than was captured"))?)
            }
            (State::Authorized(reservation), Occurrence::Cancelled(amount)) => {
                State::Authorized(reservation.cancel(*amount).ok_or(Broken("more cancelled than was left"))?)
            }
            (State::Authorized(_), Occurrence::RefundRefused(_)) => self.state.clone(),
            _ => return Err(Broken("the event does not follow from the state")),
        };
        Ok(Self { state, last_sequence: event.sequence, last_event_at: event.at, ..self.clone() })
    }

    /// The four sums.
    pub fn aggregate(&self) -> Aggregate {
        let nothing = Aggregate {
            authorized: MinorUnits::ZERO,
            captured: MinorUnits::ZERO,
            refunded: MinorUnits::ZERO,
            cancelled: MinorUnits::ZERO,
        };
        match &self.state {
            State::Created | State::Processing(_) | State::Aborted | State::Expired => nothing,
            State::Terminated => Aggregate { cancelled: self.terms.amount.value, ..nothing },
            State::Authorized(reservation) => reservation.aggregate(),
        }
    }

    /// What the payment says it is for: the authorized sum once there is one, else what was asked.
    pub fn amount(&self) -> Money {
        match &self.state {
            State::Authorized(reservation) => self.in_currency(reservation.authorization().amount),
            _ => self.terms.amount,
        }
    }

    /// The sum in the payment's one currency.
    pub fn in_currency(&self, value: MinorUnits) -> Money {
        Money { value, currency: self.terms.amount.currency }
    }

    /// When the payment next changes though nobody acts: its expiry, the bank's answer, or the release of what was not captured in time.
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.state {
            State::Created => Some(self.terms.expires_at),
            State::Processing(processing) => Some(processing.until),
            State::Authorized(reservation) if !reservation.rest().is_zero() => {
                Some(reservation.authorization().capture_deadline)
            }
            State::Authorized(_) | State::Aborted | State::Expired | State::Terminated => None,
        }
    }

    /// What is due at `now` and not yet an event.
    pub fn due(&self, now: Timestamp) -> Option<Occurrence> {
        if now < self.due_at()? {
            return None;
        }
        match &self.state {
            State::Authorized(reservation) => Some(Occurrence::Cancelled(reservation.rest())),
            State::Processing(Processing { reserves: Some(authorization), .. }) => {
                Some(Occurrence::Authorized(authorization.clone()))
            }
            _ => Some(Occurrence::Expired),
        }
    }
}
