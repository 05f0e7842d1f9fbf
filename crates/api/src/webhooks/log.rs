//! `/_kasse/webhooks/…`: what was sent, what came of it, and sending it once more. Ours, in both modes.
//!
//! Whoever may list registrations may read what was sent to them, and nobody else: another's delivery is as unknown as one that never was.
//! Secrets stay where they are; what was signed with them is shown.

pub(crate) mod read;
pub(crate) mod send;
pub(crate) mod stream;

mod sample;
mod view;

use domain::webhook::EventType;
use engine::DeliveryId;
pub(crate) use stream::Streams;

use super::{VIOLATED, no_uuid, parse_id};
use crate::Refusal;

fn delivery_id(text: &str) -> Result<DeliveryId, Refusal> {
    parse_id(text).map(DeliveryId).ok_or_else(|| no_uuid("id"))
}

fn no_such_delivery() -> Refusal {
    Refusal::nothing_there("There is no delivery of this id.")
}

/// What an event of this type is called in what is sent: a payment's by a name of its own, all others by their type.
fn name_of(event: EventType) -> String {
    let name = event.name();
    let bare = name.strip_prefix("epayments.payment.").and_then(|rest| rest.strip_suffix(".v1"));
    bare.map_or_else(|| name.to_owned(), str::to_ascii_uppercase)
}
