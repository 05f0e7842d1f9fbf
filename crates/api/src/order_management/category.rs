//! `PUT /v2/{paymentType}/categories/{orderId}`: the one category of an order, in place of whatever it had.

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::{
    order_management::{ErrorResponse, OrderCategory},
    problem::JSON,
};

use super::{button, obstructed, order_name, read_json, view, violated};
use crate::{
    Api, Refusal,
    body::{Members, Violations},
    openapi::{BodyRefusals, CallHeaders, Failures, GuardRefusals, OrderPath, OrderSystemHeaders},
    path::TwoParts,
    reply,
};

/// Sets the category of an order.
#[utoipa::path(
    put,
    path = "/v2/{paymentType}/categories/{orderId}",
    tag = "Categories",
    operation_id = "putCategory",
    summary = "Set the category of an order",
    params(OrderPath, CallHeaders, OrderSystemHeaders),
    request_body(content = OrderCategory),
    responses(
        (status = 200, description = "Set; the id of the category", body = String),
        (status = 400, description = "Violated fields", body = ErrorResponse),
        (status = 404, description = "There is no such image", body = ErrorResponse),
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
    let button = button(&api, &body, ("category", "orderDetailsUrl"), &mut violations);
    violations.into_result().map_err(violated)?;
    let button = button.ok_or_else(Refusal::internal)?;
    let image = button.image.clone();
    let set = api.engine().set_category(&tenant, order, button).await?;
    let id = set.map_err(|obstacle| obstructed(obstacle, image.as_ref()))?;
    Ok(reply::json(StatusCode::OK, JSON, &view::id(id.0)))
}
