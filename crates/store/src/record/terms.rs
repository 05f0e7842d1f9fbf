//! What was agreed when a payment was created.

use std::borrow::Cow;

use domain::{
    money::Money,
    payer::Scope,
    payment::{Method, QrFormat, QrSize, ReturnUrl, Terms, UserFlow},
    text::{Description, IdempotencyKey, PhoneNumber},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, from_text, is_false, optional, to_text, unreadable};

#[derive(Serialize, Deserialize)]
struct TermsRecord<'a> {
    /// A wallet where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    flow: &'a str,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qr: Option<QrRecord>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    return_url: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    receipt_url: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_false")]
    blocks_commercial_cards: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum_age: Option<u8>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    scope: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shipping: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    industry_data: Option<Box<str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    phone_number: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    customer_present: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Vec<(Box<str>, Box<str>)>>,
    #[serde(borrow)]
    create_key: Cow<'a, str>,
}

/// The picture of a code, or its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum QrRecord {
    Text,
    Svg,
    /// Pixels on a side.
    Png(u16),
}

/// The terms but for amount and expiry, which have columns of their own.
pub(crate) fn write_terms(terms: &Terms) -> Result<String, Unreadable> {
    let Terms {
        amount: _,
        expires_at: _,
        method,
        flow,
        return_url,
        receipt_url,
        blocks_commercial_cards,
        minimum_age,
        scope,
        shipping,
        receipt,
        industry_data,
        phone_number,
        description,
        customer_present,
        metadata,
        create_key,
    } = terms;
    to_text(&TermsRecord {
        method: (*method != Method::Wallet).then(|| method.name()),
        flow: flow.name(),
        qr: qr_of(*flow),
        return_url: return_url.as_ref().map(|url| url.as_str().into()),
        receipt_url: receipt_url.as_ref().map(|url| url.as_str().into()),
        blocks_commercial_cards: *blocks_commercial_cards,
        minimum_age: *minimum_age,
        scope: (!scope.is_empty()).then(|| scope_text(*scope).into()),
        shipping: shipping.clone(),
        receipt: receipt.clone(),
        industry_data: industry_data.clone(),
        phone_number: phone_number.as_ref().map(|number| number.as_str().into()),
        description: description.as_ref().map(|description| description.as_str().into()),
        customer_present: *customer_present,
        metadata: metadata.clone(),
        create_key: create_key.as_str().into(),
    })
}

pub(crate) fn read_terms(text: &str, amount: Money, expires_at: Timestamp) -> Result<Terms, Unreadable> {
    let record: TermsRecord<'_> = from_text(text)?;
    // What was allowed when it was written stays readable, whatever is allowed now.
    let url = |text: &str| ReturnUrl::parse(text, true);
    Ok(Terms {
        amount,
        expires_at,
        method: match record.method {
            None => Method::Wallet,
            Some(name) => Method::from_name(name).ok_or_else(|| unreadable("method"))?,
        },
        flow: flow(record.flow, record.qr)?,
        return_url: optional(record.return_url, url, "return_url")?,
        receipt_url: optional(record.receipt_url, url, "receipt_url")?,
        blocks_commercial_cards: record.blocks_commercial_cards,
        minimum_age: record.minimum_age,
        scope: optional(record.scope, Scope::parse, "scope")?.unwrap_or_default(),
        shipping: record.shipping,
        receipt: record.receipt,
        industry_data: record.industry_data,
        phone_number: optional(record.phone_number, PhoneNumber::parse, "phone_number")?,
        description: optional(record.description, Description::parse, "description")?,
        customer_present: record.customer_present,
        metadata: record.metadata,
        create_key: IdempotencyKey::parse(&record.create_key).map_err(|_| unreadable("create_key"))?,
    })
}

/// The names of the claims, with spaces between.
pub(super) fn scope_text(scope: Scope) -> String {
    scope.claims().map(|claim| claim.name()).collect::<Vec<_>>().join(" ")
}

const fn qr_of(flow: UserFlow) -> Option<QrRecord> {
    match flow {
        UserFlow::Qr(QrFormat::Text) => Some(QrRecord::Text),
        UserFlow::Qr(QrFormat::Svg) => Some(QrRecord::Svg),
        UserFlow::Qr(QrFormat::Png(size)) => Some(QrRecord::Png(size.pixels())),
        UserFlow::WebRedirect | UserFlow::NativeRedirect | UserFlow::PushMessage => None,
    }
}

fn flow(name: &str, qr: Option<QrRecord>) -> Result<UserFlow, Unreadable> {
    Ok(match (name, qr) {
        ("WEB_REDIRECT", None) => UserFlow::WebRedirect,
        ("NATIVE_REDIRECT", None) => UserFlow::NativeRedirect,
        ("PUSH_MESSAGE", None) => UserFlow::PushMessage,
        ("QR", Some(QrRecord::Text)) => UserFlow::Qr(QrFormat::Text),
        ("QR", Some(QrRecord::Svg)) => UserFlow::Qr(QrFormat::Svg),
        ("QR", Some(QrRecord::Png(pixels))) => {
            UserFlow::Qr(QrFormat::Png(QrSize::new(pixels).ok_or_else(|| unreadable("qr"))?))
        }
        _ => return Err(unreadable("flow")),
    })
}
