//! ePayment API, version 1: one file per endpoint, and what they share.

pub(crate) mod adjust;
pub(crate) mod approve;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod get;

mod money;
mod receipt;
mod rejection;
mod view;

use axum::http::HeaderMap;
use domain::text::Reference;
use engine::access::Tenant;

use crate::{
    Api, Refusal,
    body::{self, Json},
    rate_limit::Limited,
};

/// The reference of the path; one that could name no payment is refused as any that names none.
fn reference(text: &str, tenant: &Tenant) -> Result<Reference, Refusal> {
    Reference::parse(text).map_err(|_| rejection::reference_not_found(text, tenant))
}

/// Counts a call that changes something; refuses it when there were too many.
fn count_change(api: &Api, limited: Limited, tenant: &Tenant, reference: &str) -> Result<(), Refusal> {
    count(api, limited, tenant, None, reference)
}

/// Counts a call that reads; refuses it when there were too many.
fn count_read(api: &Api, limited: Limited, tenant: &Tenant, reference: &str) -> Result<(), Refusal> {
    count(api, limited, tenant, Some(tenant.subscription()), reference)
}

fn count(
    api: &Api,
    limited: Limited,
    tenant: &Tenant,
    subscription: Option<[u8; 32]>,
    reference: &str,
) -> Result<(), Refusal> {
    let Some(limits) = api.rate_limits() else { return Ok(()) };
    // What could name no payment shares one bucket, so that nobody fills the memory with names.
    let reference = Reference::parse(reference).map_or(String::new(), |reference| reference.as_str().to_owned());
    limits.count(limited, tenant.msn(), subscription, &reference, api.engine().clock().now(&tenant.unit().space))
}

/// The body as JSON; the content type is not asked, because real clients send the wrong one.
async fn json_body(body: axum::body::Body) -> Result<Json, Refusal> {
    let bytes = body::read(body).await?;
    Json::parse(&bytes).map_err(|malformed| Refusal::field("$", malformed.0))
}

/// The body as JSON, or nothing where none was sent.
async fn optional_json_body(body: axum::body::Body) -> Result<Option<Json>, Refusal> {
    let bytes = body::read(body).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    Json::parse(&bytes).map(Some).map_err(|malformed| Refusal::field("$", malformed.0))
}

/// Everything a handler may ask of a request's head.
pub(crate) struct Head {
    headers: HeaderMap,
    path: String,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Head {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Moved, not copied: nothing after it asks for a header.
        Ok(Self { headers: std::mem::take(&mut parts.headers), path: parts.uri.path().to_owned() })
    }
}
