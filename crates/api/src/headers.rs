//! Request headers: their names, their rules, and the limits that need no route.
//!
//! Names are made once: one that is a text would be read anew for every request.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, Version, header},
};
use domain::text::IdempotencyKey;

use crate::{Refusal, body::Violations};

pub(crate) static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) static SUBSCRIPTION_KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
pub(crate) static MERCHANT_SERIAL_NUMBER: HeaderName = HeaderName::from_static("merchant-serial-number");
pub(crate) static CLIENT_ID: HeaderName = HeaderName::from_static("client_id");
pub(crate) static CLIENT_SECRET: HeaderName = HeaderName::from_static("client_secret");
pub(crate) static TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Headers that say who asks and for whom: each has one reading or none.
static ONE_READING: [&HeaderName; 5] =
    [&header::AUTHORIZATION, &SUBSCRIPTION_KEY, &MERCHANT_SERIAL_NUMBER, &CLIENT_ID, &CLIENT_SECRET];

/// The most bytes of a request's address.
pub const URI_BYTES_MAX: usize = 8 * 1024;

/// A header's text; a value that is no visible ASCII is as good as none, it can equal no secret.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The bearer token, under any letter case of the word.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, &header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The key under which the request may be repeated, where one is required; notes a missing or a bad one.
pub(crate) fn required_key(headers: &HeaderMap, violations: &mut Violations) -> Option<IdempotencyKey> {
    let key = optional_key(headers, violations);
    if key.is_none() && is_absent(headers) {
        violations.note("Idempotency-Key", "The Idempotency-Key field is required.");
    }
    key
}

/// The key, where one is welcome; notes a bad one.
pub(crate) fn optional_key(headers: &HeaderMap, violations: &mut Violations) -> Option<IdempotencyKey> {
    if is_absent(headers) {
        return None;
    }
    if headers.get_all(&IDEMPOTENCY_KEY).iter().count() > 1 {
        violations.note("Idempotency-Key", "The field Idempotency-Key is given more than once.");
        return None;
    }
    let key = IdempotencyKey::parse(text(headers, &IDEMPOTENCY_KEY).unwrap_or_default());
    if key.is_err() {
        violations.note("Idempotency-Key", format!("The field Idempotency-Key {}.", IdempotencyKey::RULE.0));
    }
    key.ok()
}

fn is_absent(headers: &HeaderMap) -> bool {
    headers.get(&IDEMPOTENCY_KEY).is_none_or(|value| value.is_empty())
}

/// Refuses what no route could serve.
pub(crate) fn limit(request: &Request) -> Result<(), Refusal> {
    if request.version() == Version::HTTP_11 && request.headers().get_all(header::HOST).iter().count() != 1 {
        return Err(Refusal::host_not_named_once());
    }
    let address_bytes = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address_bytes > URI_BYTES_MAX {
        return Err(Refusal::uri_too_long(URI_BYTES_MAX));
    }
    let given_twice = |name: &&&HeaderName| request.headers().get_all(**name).iter().nth(1).is_some();
    if let Some(name) = ONE_READING.iter().find(given_twice) {
        return Err(Refusal::header_given_twice(name.as_str()));
    }
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::encoded_body());
    }
    Ok(())
}
