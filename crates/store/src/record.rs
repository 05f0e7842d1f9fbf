//! How the parts of a payment that are only ever read back whole are written: as JSON text in one column.
//!
//! These are twins of domain types, converted by hand and field by field, so that neither can change without the other. Fields may be
//! added with a default; none is ever renamed or given another meaning, because old rows are read for ever.

use domain::{
    money::{MinorUnits, Money},
    payment::{Authorization, ReturnUrl, Terms, UserFlow},
    text::{CardBin, Description, IdempotencyKey, PhoneNumber},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Data that was written by us and can no longer be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unreadable(pub(crate) String);

#[derive(Serialize, Deserialize)]
struct TermsRecord {
    flow: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    blocks_commercial_cards: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum_age: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    customer_present: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Vec<(Box<str>, Box<str>)>>,
    create_key: String,
}

#[derive(Serialize, Deserialize)]
struct AuthorizationRecord {
    amount: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card_bin: Option<String>,
    capture_deadline: i64,
    capture_guaranteed_until: i64,
}

/// The terms but for amount and expiry, which have columns of their own.
pub(crate) fn write_terms(terms: &Terms) -> Result<String, Unreadable> {
    let Terms {
        amount: _,
        expires_at: _,
        flow,
        return_url,
        blocks_commercial_cards,
        minimum_age,
        receipt,
        phone_number,
        description,
        customer_present,
        metadata,
        create_key,
    } = terms;
    to_text(&TermsRecord {
        flow: flow.name().to_owned(),
        return_url: return_url.as_ref().map(|url| url.as_str().to_owned()),
        blocks_commercial_cards: *blocks_commercial_cards,
        minimum_age: *minimum_age,
        receipt: receipt.clone(),
        phone_number: phone_number.as_ref().map(|number| number.as_str().to_owned()),
        description: description.as_ref().map(|description| description.as_str().to_owned()),
        customer_present: *customer_present,
        metadata: metadata.clone(),
        create_key: create_key.as_str().to_owned(),
    })
}

pub(crate) fn read_terms(text: &str, amount: Money, expires_at: Timestamp) -> Result<Terms, Unreadable> {
    let record: TermsRecord = from_text(text)?;
    Ok(Terms {
        amount,
        expires_at,
        // What was allowed when it was written stays readable, whatever is allowed now.
        return_url: optional(record.return_url, |url| ReturnUrl::parse(url, true), "return_url")?,
        flow: UserFlow::from_name(&record.flow).ok_or_else(|| unreadable("flow"))?,
        blocks_commercial_cards: record.blocks_commercial_cards,
        minimum_age: record.minimum_age,
        receipt: record.receipt,
        phone_number: optional(record.phone_number, PhoneNumber::parse, "phone_number")?,
        description: optional(record.description, Description::parse, "description")?,
        customer_present: record.customer_present,
        metadata: record.metadata,
        create_key: IdempotencyKey::parse(&record.create_key).map_err(|_| unreadable("create_key"))?,
    })
}

pub(crate) fn write_authorization(authorization: &Authorization) -> Result<String, Unreadable> {
    let Authorization { amount, payer, card_bin, capture_deadline, capture_guaranteed_until } = authorization;
    to_text(&AuthorizationRecord {
        amount: amount.value(),
        payer: payer.as_ref().map(|payer| payer.as_str().to_owned()),
        card_bin: card_bin.as_ref().map(|bin| bin.as_str().to_owned()),
        capture_deadline: capture_deadline.milliseconds(),
        capture_guaranteed_until: capture_guaranteed_until.milliseconds(),
    })
}

pub(crate) fn read_authorization(text: &str) -> Result<Authorization, Unreadable> {
    let record: AuthorizationRecord = from_text(text)?;
    Ok(Authorization {
        amount: MinorUnits::new(record.amount).ok_or_else(|| unreadable("amount"))?,
        payer: optional(record.payer, PhoneNumber::parse, "payer")?,
        card_bin: optional(record.card_bin, CardBin::parse, "card_bin")?,
        capture_deadline: Timestamp::from_milliseconds(record.capture_deadline),
        capture_guaranteed_until: Timestamp::from_milliseconds(record.capture_guaranteed_until),
    })
}

fn to_text<T: Serialize>(record: &T) -> Result<String, Unreadable> {
    serde_json::to_string(record).map_err(|error| Unreadable(error.to_string()))
}

fn from_text<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Unreadable> {
    // The error's own words would repeat what stands in the row, and this goes to the log.
    let at = |error: serde_json::Error| Unreadable(format!("a record makes no sense at column {}", error.column()));
    serde_json::from_str(text).map_err(at)
}

fn optional<T, E>(
    text: Option<String>,
    parse: impl Fn(&str) -> Result<T, E>,
    field: &str,
) -> Result<Option<T>, Unreadable> {
    text.map(|text| parse(&text).map_err(|_| unreadable(field))).transpose()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

fn unreadable(field: &str) -> Unreadable {
    Unreadable(format!("{field} is not what was written"))
}
