//! Deliveries: what is still to be sent to a registration, and what came of every attempt.
//!
//! A delivery comes into being in the transaction of its event, one for every registration that is to be told. It is found by its state,
//! never by a place in some order of arrival, and is claimed before it is sent, so that one node sends it at a time. Of one payment and one
//! registration the events go in order: a later one cannot be claimed while an earlier one waits.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use domain::{
    payment::{Event, Payment},
    text::{Msn, Reference},
    time::{Span, Timestamp},
    webhook::{EventType, Next},
};

use crate::{KeyHolder, Removal, WebhookId};

/// What is sent of an event: a pure function, whose bytes are kept with the event and sent unchanged every time.
pub type Announce = fn(&Payment, &Event) -> Bytes;

/// The id of a delivery, or of what it sends: the later one made is the greater one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DeliveryId(pub [u8; 16]);

impl DeliveryId {
    /// An id made at this time, told from others of the same moment by chance.
    pub fn new(at: Timestamp, chance: [u8; 10]) -> Self {
        let mut id = [0; 16];
        let (moment, rest) = id.split_at_mut(6);
        // The lower 48 bits of milliseconds last until the year 10889.
        let milliseconds = at.milliseconds().to_be_bytes();
        moment.copy_from_slice(milliseconds.split_at(2).1);
        rest.copy_from_slice(&chance);
        Self(id)
    }

    /// The smallest id of that time: everything made before is smaller.
    pub fn earliest_of(at: Timestamp) -> Self {
        Self::new(at, [0; 10])
    }
}

/// Why something is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryKind {
    /// An event.
    Event,
    /// An event once more, because somebody asked for it; outside the order.
    Resend,
    /// To see whether it arrives; outside the order.
    Test,
}

impl DeliveryKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Event, Self::Resend, Self::Test];

    /// Its name in the store and in the delivery log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Resend => "resend",
            Self::Test => "test",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How far a delivery has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryState {
    /// It is sent until it arrives or is given up.
    Pending,
    /// The receiver has said that it has it.
    Delivered,
    /// It did not arrive in time.
    GivenUp,
    /// Its registration ended before it arrived.
    Dropped,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::GivenUp, Self::Dropped];

    /// Its name in the store and in the delivery log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
            Self::Dropped => "dropped",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state an attempt leaves a delivery in.
    pub(crate) const fn after(next: Next) -> Self {
        match next {
            Next::Delivered => Self::Delivered,
            Next::Retry { .. } => Self::Pending,
            Next::GivenUp => Self::GivenUp,
        }
    }
}

/// A delivery as the log shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The sales unit it is about.
    pub msn: Msn,
    /// Whom it is for.
    pub webhook: WebhookId,
    /// Where to.
    pub url: Box<str>,
    /// Why.
    pub kind: DeliveryKind,
    /// The payment, or the name of a test.
    pub reference: Reference,
    /// What of.
    pub event: EventType,
    /// The id of the event, the same in every delivery of it.
    pub event_id: [u8; 16],
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// What the receiver answered last, if it did.
    pub last_status: Option<u16>,
    /// What went wrong last, if anything did.
    pub last_error: Option<Box<str>>,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When it is tried next, if it is.
    pub next_attempt_at: Option<Timestamp>,
}

/// A delivery with everything that is known of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: Delivery,
    /// What is sent.
    pub body: Bytes,
    /// What was tried, first to last.
    pub attempts: Vec<LoggedAttempt>,
}

/// Something to be sent that is not the first delivery of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The sales unit it is about.
    pub msn: Msn,
    /// Whom it is for.
    pub webhook: WebhookId,
    /// What.
    pub of: NewDeliveryOf,
}

/// What is sent beside the first delivery of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewDeliveryOf {
    /// What another delivery sends, once more.
    Delivery(DeliveryId),
    /// A test.
    Test {
        /// Its name.
        reference: Reference,
        /// What it looks like.
        event: EventType,
        /// Its id.
        event_id: [u8; 16],
        /// What is sent.
        body: Bytes,
    },
}

/// Deliveries that go one after the other, or side by side, to one registration about one sales unit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Lane {
    /// The sales unit.
    pub msn: Msn,
    /// The registration.
    pub webhook: WebhookId,
    /// Whether somebody fetches them.
    pub is_fetched: bool,
}

/// Whom deliveries are for, as it stood when they were claimed. Those that were claimed together share it.
#[derive(PartialEq, Eq, Debug)]
pub struct Recipient {
    /// Where they stand.
    pub lane: Lane,
    /// Whose registration it is.
    pub owner: KeyHolder,
    /// Where to.
    pub url: Box<str>,
    /// What they are signed with.
    pub sealed_secret: Vec<u8>,
    /// The registration's first failure since its last success.
    pub failing_since: Option<Timestamp>,
}

/// A delivery that is ours to attempt, for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: DeliveryId,
    /// By which it is seen that it is still ours when the attempt is recorded.
    pub fence: i64,
    /// Whom it is for.
    pub recipient: Arc<Recipient>,
    /// The payment, or the name of a test.
    pub reference: Reference,
    /// The id of the event.
    pub event_id: [u8; 16],
    /// What is sent.
    pub body: Bytes,
    /// Which attempt this is, from 1.
    pub number: u32,
    /// When the first one began, if there was one.
    pub first_attempt_at: Option<Timestamp>,
}

/// The most waiting deliveries that are dropped together with their registration; those beyond are passed over at once and dropped later.
pub(crate) const DROPPED_TOGETHER_MAX: u32 = 1000;

/// How long a claim lasts. Whoever has one ends its attempt within a third of it.
pub const CLAIM_TIME_MAX: Span = Span::seconds(60);

/// What came of an attempt, to be recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// As it was claimed.
    pub fence: i64,
    /// Whom it was for.
    pub recipient: Arc<Recipient>,
    /// What is told of it.
    pub logged: LoggedAttempt,
    /// When the first attempt began, by the sales unit's clock.
    pub first_attempt_at: Timestamp,
    /// When it ended, by the same clock.
    pub ended_at: Timestamp,
    /// What comes next.
    pub next: Next,
    /// How the registration ends with it, if it does.
    pub removal: Option<Removal>,
}

/// What attempts leave of a registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Standing<'a> {
    /// Whether something has arrived.
    pub(crate) has_succeeded: bool,
    /// The first failure, since something arrived if it did.
    pub(crate) failing_since: Option<Timestamp>,
    /// What went wrong last.
    pub(crate) last_error: Option<&'a str>,
    /// How it ends.
    pub(crate) removal: Option<&'a Removal>,
}

/// What attempts that are recorded together leave of each registration: in the order in which they ended, not in that of the deliveries.
pub(crate) fn standings<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> BTreeMap<WebhookId, Standing<'a>> {
    let mut attempts: Vec<&Attempt> = attempts.into_iter().collect();
    attempts.sort_by_key(|attempt| attempt.ended_at);
    let mut standings = BTreeMap::new();
    for attempt in attempts {
        let standing = standings.entry(attempt.recipient.lane.webhook).or_insert(Standing {
            has_succeeded: false,
            failing_since: None,
            last_error: None,
            removal: None,
        });
        if matches!(attempt.next, Next::Delivered) {
            (standing.has_succeeded, standing.failing_since, standing.last_error) = (true, None, None);
            // Whoever judged had not seen this.
            standing.removal = None;
        } else {
            standing.failing_since = standing.failing_since.or(Some(attempt.ended_at));
            standing.last_error = attempt.logged.error.as_deref();
            standing.removal = standing.removal.or(attempt.removal.as_ref());
        }
    }
    standings
}

/// An attempt as the log tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedAttempt {
    /// Which, from 1.
    pub number: u32,
    /// When it began, by the wall.
    pub at: Timestamp,
    /// How long it took.
    pub took: Span,
    /// What was answered, if anything was.
    pub status: Option<u16>,
    /// What went wrong, by its class, if anything did.
    pub error: Option<Box<str>>,
    /// How the answer's body began.
    pub answer: Vec<u8>,
    /// What it was signed with, as it was sent.
    pub signature: Box<str>,
    /// When it is tried again, if it is, by the sales unit's clock.
    pub next_attempt_at: Option<Timestamp>,
}

/// What is done to deliveries beside the first of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeliveriesChange {
    /// Attempts were made. One whose claim has lapsed is passed over.
    Record(Vec<Attempt>),
    /// These are sent too. One that is there already is not sent again.
    Send(Vec<NewDelivery>),
    /// What ended before is forgotten, so many deliveries at most; and so many that wait for a registration that ended are dropped.
    Forget {
        /// Everything made before.
        before: Timestamp,
        /// How many at most.
        most: u32,
    },
}

/// Which of an owner's deliveries are asked for, the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeliveryFilter {
    /// Only of this payment.
    pub reference: Option<Reference>,
    /// Only for this registration.
    pub webhook: Option<WebhookId>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Only of this kind.
    pub kind: Option<DeliveryKind>,
    /// Only made before this one.
    pub before: Option<DeliveryId>,
    /// Only made at this time or later.
    pub from: Option<DeliveryId>,
    /// How many at most.
    pub most: u32,
}

impl DeliveryFilter {
    /// In which states.
    pub(crate) fn states(&self) -> impl Iterator<Item = DeliveryState> {
        let asked = self.state;
        DeliveryState::ALL.into_iter().filter(move |state| asked.is_none_or(|asked| asked == *state))
    }

    /// From this id on, and before that one: no id is drawn that would be greater.
    pub(crate) fn range(&self) -> (DeliveryId, DeliveryId) {
        (self.from.unwrap_or(DeliveryId([0; 16])), self.before.unwrap_or(DeliveryId([u8::MAX; 16])))
    }
}
