//! `POST /v2/{paymentType}/receipts/{orderId}`: the receipt of an order, written once.
//!
//! Who has lost the answer repeats the request and reads 409 as done, or asks for the order.

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::{
    order_management::{ErrorResponse, Receipt},
    problem::JSON,
};

use super::{
    obstructed, order_name, read_json,
    receipt::{self, Place},
    view, violated,
};
use crate::{
    Api, Refusal,
    body::{Members, Violations},
    openapi::{BodyRefusals, CallHeaders, Failures, GuardRefusals, OrderPath, OrderSystemHeaders},
    path::TwoParts,
    reply,
};

/// Adds the receipt of an order.
#[utoipa::path(
    post,
    path = "/v2/{paymentType}/receipts/{orderId}",
    tag = "Receipts",
    operation_id = "postReceipt",
    summary = "Add the receipt of an order",
    params(OrderPath, CallHeaders, OrderSystemHeaders),
    request_body(content = Receipt),
    responses(
        (status = 201, description = "Added; the id of the receipt", body = String),
        (status = 400, description = "Violated fields", body = ErrorResponse),
        (status = 409, description = "The order has a receipt", body = ErrorResponse),
        GuardRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    TwoParts(payment_type, id): TwoParts,
    body: Body,
) -> Result<Response, Refusal> {
    let order = order_name(&payment_type, &id)?;
    let json = read_json(body).await?;
    let mut violations = Violations::default();
    let body = Members::of_body(&json, &mut violations);
    let receipt = receipt::read(&body, Place::Order, &mut violations);
    violations.into_result().map_err(violated)?;
    let receipt = receipt.ok_or_else(Refusal::internal)?;
    let added = api.engine().add_receipt(&tenant, order, receipt).await?;
    let id = added.map_err(|obstacle| obstructed(obstacle, None))?;
    Ok(reply::json(StatusCode::CREATED, JSON, &view::id(id.0)))
}
