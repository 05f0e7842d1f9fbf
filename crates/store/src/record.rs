//! What stands in the columns of every keeper, and what it makes of the domain's values.
//!
//! The parts of a payment that are only ever read back whole are JSON text in one column (`terms`, `authorization`). Those texts are twins
//! of domain types, converted by hand and field by field, so that neither can change without the other. Fields may be added with a default;
//! none is ever renamed or given another meaning, because old rows are read for ever.

mod authorization;
mod directory;
mod order;
mod payer;
mod payment;
mod receipt;
mod request;
mod terms;
mod webhook;

use authorization::{read_authorization, read_processing, write_authorization, write_processing};
pub(crate) use directory::{KeySetColumns, flags_text, read_connection, read_partner, read_sales_unit};
pub(crate) use order::{CategoryColumns, FileColumns, ImageColumns, ReceiptColumns, digest_of};
pub(crate) use payer::{read_payer, write_payer};
pub(crate) use payment::{EventColumns, PaymentColumns, StandingColumns, StoredPayment};
pub(crate) use receipt::write_receipt;
pub(crate) use request::RequestColumns;
use serde::{Deserialize, Serialize};
use terms::{read_terms, write_terms};
pub(crate) use webhook::{
    AttemptColumns, ClaimColumns, DeliveryColumns, RecipientColumns, WebhookColumns, announcement_id, delivery_id,
    earlier_attempt, events_text, own_attempt, read_events,
};

/// Data that was written by us and can no longer be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unreadable(pub(crate) String);

fn to_text<T: Serialize>(record: &T) -> Result<String, Unreadable> {
    serde_json::to_string(record).map_err(|error| Unreadable(error.to_string()))
}

fn from_text<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Unreadable> {
    // The error's own words would repeat what stands in the row, and this goes to the log.
    let at = |error: serde_json::Error| Unreadable(format!("a record makes no sense at column {}", error.column()));
    serde_json::from_str(text).map_err(at)
}

fn optional<T, E>(
    text: Option<impl AsRef<str>>,
    parse: impl Fn(&str) -> Result<T, E>,
    field: &str,
) -> Result<Option<T>, Unreadable> {
    text.map(|text| parse(text.as_ref()).map_err(|_| unreadable(field))).transpose()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

fn unreadable(field: &str) -> Unreadable {
    Unreadable(format!("{field} is not what was written"))
}

pub(crate) fn odd(what: &str) -> Unreadable {
    Unreadable(format!("{what} does not make sense"))
}
