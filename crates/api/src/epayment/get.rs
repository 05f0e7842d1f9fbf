//! `GET /payments/{reference}` and `GET /payments/{reference}/events`.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::{
    epayment::v1::{Event, GetPaymentResponse},
    problem::JSON,
};

use super::{count_read, reference, rejection, view};
use crate::{
    Api, Refusal,
    openapi::{CallHeaders, CountRefusals, Failures, GuardRefusals, PaymentRefusals, ReferencePath},
    path::Part,
    rate_limit::Limited,
    reply,
};

/// The payment as it is now.
#[utoipa::path(
    get,
    path = "/v1/payments/{reference}",
    tag = "Payments",
    operation_id = "getPayment",
    summary = "Read a payment",
    params(ReferencePath, CallHeaders),
    responses(
        (status = 200, description = "The payment as it is now", body = GetPaymentResponse),
        GuardRefusals,
        PaymentRefusals,
        CountRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn payment(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    count_read(&api, Limited::Get, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let payment = api.engine().payment(&tenant, &reference).await?;
    let payment = payment.ok_or_else(|| rejection::reference_not_found(&text, &tenant))?;
    Ok(reply::json(StatusCode::OK, JSON, &view::payment(&api, &payment)))
}

/// Everything that has happened to it, oldest first.
#[utoipa::path(
    get,
    path = "/v1/payments/{reference}/events",
    tag = "Payments",
    operation_id = "getPaymentEvents",
    summary = "Read the event log of a payment",
    params(ReferencePath, CallHeaders),
    responses(
        (status = 200, description = "Every event, oldest first", body = Vec<Event>),
        GuardRefusals,
        PaymentRefusals,
        CountRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn events(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    count_read(&api, Limited::GetEvents, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let found = api.engine().payment_with_events(&tenant, &reference).await?;
    let (payment, events) = found.ok_or_else(|| rejection::reference_not_found(&text, &tenant))?;
    let told = events.iter().filter(|event| event.occurrence.is_told());
    let events: Vec<_> = told.map(|event| view::event(&payment, event)).collect();
    Ok(reply::json(StatusCode::OK, JSON, &events))
}
