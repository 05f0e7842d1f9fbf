//! Webhooks API, version 1: one file per endpoint, what is sent of an event, and below `log` what became of it.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod register;

mod announce;

pub use announce::announce;
use engine::WebhookId;
pub(crate) use log::Streams;
use uuid::{Uuid, fmt::Hyphenated};

use crate::Refusal;

/// What stands above the fields a request to this API gets wrong.
pub(crate) const VIOLATED: &str = "One or more validation errors occurred.";

/// An id as the wire writes it.
pub(crate) fn id(bytes: [u8; 16]) -> String {
    Uuid::from_bytes(bytes).to_string()
}

/// The id a text is, in the one form that ids are told in.
fn parse_id(text: &str) -> Option<[u8; 16]> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == Hyphenated::LENGTH).map(Uuid::into_bytes)
}

/// The registration a text names, if it could name one.
pub(crate) fn webhook_id(text: &str) -> Result<WebhookId, Refusal> {
    parse_id(text).map(WebhookId).ok_or_else(|| no_uuid("id"))
}

fn no_uuid(name: &str) -> Refusal {
    Refusal::field(name, format!("The field {name} must be a UUID.")).headed(VIOLATED)
}

fn no_such_webhook() -> Refusal {
    Refusal::nothing_there("There is no webhook of this id.")
}
