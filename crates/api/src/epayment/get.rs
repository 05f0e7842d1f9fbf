//! `GET /payments/{reference}` and `GET /payments/{reference}/events`.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::problem::JSON;

use super::{NamedReference, count_read, reference, rejection, view};
use crate::{Api, Refusal, rate_limit::Limited, reply};

/// The payment as it is now.
pub(crate) async fn payment(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    NamedReference(text): NamedReference,
) -> Result<Response, Refusal> {
    count_read(&api, Limited::Get, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let payment = api.engine().payment(&tenant, &reference).await?;
    let payment = payment.ok_or_else(|| rejection::reference_not_found(&text, &tenant))?;
    Ok(reply::json(StatusCode::OK, JSON, &view::payment(&api, &payment)))
}

/// Everything that has happened to it, oldest first.
pub(crate) async fn events(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    NamedReference(text): NamedReference,
) -> Result<Response, Refusal> {
    count_read(&api, Limited::GetEvents, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let found = api.engine().payment_with_events(&tenant, &reference).await?;
    let (payment, events) = found.ok_or_else(|| rejection::reference_not_found(&text, &tenant))?;
    let events: Vec<_> = events.iter().map(|event| view::event(&payment, event)).collect();
    Ok(reply::json(StatusCode::OK, JSON, &events))
}
