//! The columns of registrations, deliveries and attempts, which every keeper has.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    text::{Msn, PartnerId, Reference},
    time::{Span, Timestamp},
    webhook::EventType,
};

use super::{Unreadable, odd};
use crate::{
    Claimed, Delivery, DeliveryId, DeliveryKind, DeliveryState, KeyHolder, Lane, LoggedAttempt, Recipient, Removal,
    RemovalCause, Webhook, WebhookId,
};

/// The row of a registration.
pub(crate) struct WebhookColumns<'a> {
    pub(crate) id: [u8; 16],
    pub(crate) owner: &'a str,
    pub(crate) url: &'a str,
    pub(crate) events: &'a str,
    pub(crate) sealed_secret: &'a [u8],
    pub(crate) created_at: i64,
    pub(crate) listens_until: Option<i64>,
    pub(crate) failing_since: Option<i64>,
    pub(crate) removed_at: Option<i64>,
    pub(crate) removed_for: Option<&'a str>,
    pub(crate) last_error: Option<&'a str>,
}

impl WebhookColumns<'_> {
    pub(crate) fn read(&self) -> Result<Webhook, Unreadable> {
        let removal = match (self.removed_at, self.removed_for) {
            (Some(at), Some(cause)) => Some(Removal {
                at: Timestamp::from_milliseconds(at),
                cause: RemovalCause::from_name(cause).ok_or_else(|| odd("how a registration ended"))?,
                last_error: self.last_error.map(Into::into),
                judged_by: None,
            }),
            _ => None,
        };
        Ok(Webhook {
            id: WebhookId(self.id),
            owner: read_owner(self.owner)?,
            url: self.url.into(),
            events: read_events(self.events)?,
            sealed_secret: self.sealed_secret.to_vec(),
            created_at: Timestamp::from_milliseconds(self.created_at),
            listens_until: self.listens_until.map(Timestamp::from_milliseconds),
            failing_since: self.failing_since.map(Timestamp::from_milliseconds),
            removal,
        })
    }
}

/// The events of a registration as one text.
pub(crate) fn events_text(events: &[EventType]) -> String {
    let names: Vec<&str> = events.iter().map(|event| event.name()).collect();
    names.join(" ")
}

pub(crate) fn read_events(text: &str) -> Result<Vec<EventType>, Unreadable> {
    text.split_ascii_whitespace().map(read_event).collect()
}

pub(crate) fn read_event(name: &str) -> Result<EventType, Unreadable> {
    EventType::from_name(name).ok_or_else(|| odd("a type of event"))
}

/// An owner by its number or id; neither looks like the other.
pub(crate) fn read_owner(text: &str) -> Result<KeyHolder, Unreadable> {
    match PartnerId::parse(text) {
        Ok(partner) => Ok(KeyHolder::Partner(partner)),
        Err(_) => Ok(KeyHolder::SalesUnit(Msn::parse(text).map_err(|_| odd("an owner"))?)),
    }
}

/// The id of what is sent of an event: in order of time, the same whoever asks. Of one payment no two events are of the same moment.
pub(crate) fn announcement_id(at: Timestamp, event_id: [u8; 16]) -> DeliveryId {
    delivery_id(at, event_id, WebhookId([0; 16]))
}

/// The id of an event's delivery to a registration: in order of time, the same whoever asks. Both ids it is made of are drawn by chance.
pub(crate) fn delivery_id(at: Timestamp, event_id: [u8; 16], webhook: WebhookId) -> DeliveryId {
    let mut chance = [0; 10];
    for (to, (event, webhook)) in chance.iter_mut().zip(event_id.iter().zip(webhook.0).rev()) {
        *to = event ^ webhook;
    }
    DeliveryId::new(at, chance)
}

/// The row of a delivery with its registration's address.
pub(crate) struct DeliveryColumns<'a> {
    pub(crate) id: [u8; 16],
    pub(crate) msn: &'a str,
    pub(crate) webhook: [u8; 16],
    pub(crate) url: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) event: &'a str,
    pub(crate) event_id: [u8; 16],
    pub(crate) state: &'a str,
    pub(crate) attempts: i64,
    pub(crate) last_status: Option<i32>,
    pub(crate) last_error: Option<&'a str>,
    pub(crate) created_at: i64,
    pub(crate) next_attempt_at: Option<i64>,
}

impl DeliveryColumns<'_> {
    pub(crate) fn read(&self) -> Result<Delivery, Unreadable> {
        Ok(Delivery {
            id: DeliveryId(self.id),
            msn: Msn::parse(self.msn).map_err(|_| odd("msn"))?,
            webhook: WebhookId(self.webhook),
            url: self.url.into(),
            kind: DeliveryKind::from_name(self.kind).ok_or_else(|| odd("the kind of a delivery"))?,
            reference: Reference::parse(self.reference).map_err(|_| odd("reference"))?,
            event: read_event(self.event)?,
            event_id: self.event_id,
            state: DeliveryState::from_name(self.state).ok_or_else(|| odd("the state of a delivery"))?,
            attempts: number(self.attempts)?,
            last_status: self.last_status.map(status).transpose()?,
            last_error: self.last_error.map(Into::into),
            created_at: Timestamp::from_milliseconds(self.created_at),
            next_attempt_at: self.next_attempt_at.map(Timestamp::from_milliseconds),
        })
    }
}

/// The columns of the attempt in a delivery's own row, in the order of [`AttemptColumns`].
macro_rules! own_attempt {
    () => {
        "attempt_number, attempt_at, attempt_took, attempt_status, attempt_error, attempt_answer, attempt_signature, attempt_next_at"
    };
}
pub(crate) use own_attempt;

/// The same of those before it, which have rows of their own.
macro_rules! earlier_attempt {
    () => {
        "number, at, took, status, error, answer, signature, next_attempt_at"
    };
}
pub(crate) use earlier_attempt;

/// The row of an attempt.
pub(crate) struct AttemptColumns<'a> {
    pub(crate) number: i64,
    pub(crate) at: i64,
    pub(crate) took: i64,
    pub(crate) status: Option<i32>,
    pub(crate) error: Option<&'a str>,
    pub(crate) answer: &'a [u8],
    pub(crate) signature: &'a str,
    pub(crate) next_attempt_at: Option<i64>,
}

impl AttemptColumns<'_> {
    pub(crate) fn read(&self) -> Result<LoggedAttempt, Unreadable> {
        Ok(LoggedAttempt {
            number: number(self.number)?,
            at: Timestamp::from_milliseconds(self.at),
            took: Span::milliseconds(self.took),
            status: self.status.map(status).transpose()?,
            error: self.error.map(Into::into),
            answer: self.answer.to_vec(),
            signature: self.signature.into(),
            next_attempt_at: self.next_attempt_at.map(Timestamp::from_milliseconds),
        })
    }
}

/// The row of a registration whose deliveries are claimed.
pub(crate) struct RecipientColumns<'a> {
    pub(crate) msn: &'a Msn,
    pub(crate) webhook: [u8; 16],
    pub(crate) owner: &'a str,
    pub(crate) url: &'a str,
    pub(crate) sealed_secret: &'a [u8],
    pub(crate) is_fetched: bool,
    pub(crate) failing_since: Option<i64>,
}

impl RecipientColumns<'_> {
    pub(crate) fn read(&self) -> Result<Arc<Recipient>, Unreadable> {
        Ok(Arc::new(Recipient {
            lane: Lane { msn: self.msn.clone(), webhook: WebhookId(self.webhook), is_fetched: self.is_fetched },
            owner: read_owner(self.owner)?,
            url: self.url.into(),
            sealed_secret: self.sealed_secret.to_vec(),
            failing_since: self.failing_since.map(Timestamp::from_milliseconds),
        }))
    }
}

/// What a claim brings beside whom it is for.
pub(crate) struct ClaimColumns<'a> {
    pub(crate) id: [u8; 16],
    pub(crate) fence: i64,
    pub(crate) reference: &'a str,
    pub(crate) event_id: [u8; 16],
    pub(crate) attempts: i64,
    pub(crate) first_attempt_at: Option<i64>,
}

impl ClaimColumns<'_> {
    pub(crate) fn read(&self, body: Bytes, recipient: Arc<Recipient>) -> Result<Claimed, Unreadable> {
        Ok(Claimed {
            id: DeliveryId(self.id),
            fence: self.fence,
            recipient,
            reference: Reference::parse(self.reference).map_err(|_| odd("reference"))?,
            event_id: self.event_id,
            body,
            number: number(self.attempts)?.saturating_add(1),
            first_attempt_at: self.first_attempt_at.map(Timestamp::from_milliseconds),
        })
    }
}

fn number(found: i64) -> Result<u32, Unreadable> {
    u32::try_from(found).map_err(|_| odd("a number"))
}

fn status(found: i32) -> Result<u16, Unreadable> {
    u16::try_from(found).map_err(|_| odd("a status"))
}
