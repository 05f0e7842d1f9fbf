//! `GET /_kasse/order-management/{paymentType}/{orderId}/findings`: what does not add up in the receipt of an order.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::{
    order_management::{Finding, Findings},
    problem::JSON,
};

use super::order_name;
use crate::{Api, Refusal, path::TwoParts, reply};

/// Shows them; the payment is looked at if it is there by now.
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    TwoParts(payment_type, id): TwoParts,
) -> Result<Response, Refusal> {
    let found = api.engine().order_findings(&tenant, &order_name(&payment_type, &id)?).await?;
    let found = found.ok_or_else(|| Refusal::nothing_there("There is no receipt of this order.").of_order())?;
    let findings = found.iter().map(|finding| Finding {
        kind: finding.kind.name().to_owned(),
        line: finding.line,
        difference: finding.difference,
    });
    Ok(reply::json(StatusCode::OK, JSON, &Findings { findings: findings.collect() }))
}
