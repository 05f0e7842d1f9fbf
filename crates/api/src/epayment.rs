//! ePayment API, version 1: one file per endpoint, and what they share.

pub(crate) mod adjust;
pub(crate) mod approve;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod get;

mod money;
pub(crate) mod rejection;
pub(crate) mod view;

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

/// What a caller is told whose request is wrong in itself: that there is no such payment, if there is none.
async fn wrong(api: &Api, tenant: &Tenant, reference: &Reference, refusal: Refusal) -> Refusal {
    if !refusal.is_about_content() {
        return refusal;
    }
    match api.engine().payment(tenant, reference).await {
        Ok(Some(_)) => refusal,
        Ok(None) => rejection::reference_not_found(reference.as_str(), tenant),
        Err(trouble) => trouble.into(),
    }
}

/// What an operation on this payment is asked for: equal for equal requests, however their addresses were written.
fn fingerprint(operation: &str, reference: &str, json: Option<&Json>) -> [u8; 32] {
    body::fingerprint("POST", &format!("/epayment/v1/payments/{reference}/{operation}"), json)
}
