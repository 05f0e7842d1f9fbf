//! `GET /v2/{paymentType}/{orderId}`: the category that is shown and the receipt, as they were sent.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::{
    order_management::{ErrorResponse, Order},
    problem::JSON,
};

use super::{order_name, view};
use crate::{
    Api, Refusal,
    openapi::{CallHeaders, Failures, GuardRefusals, OrderPath, OrderSystemHeaders},
    path::TwoParts,
    reply,
};

/// Shows what is shown with an order.
#[utoipa::path(
    get,
    path = "/v2/{paymentType}/{orderId}",
    tag = "Orders",
    operation_id = "getOrder",
    summary = "Get category and receipt of an order",
    params(OrderPath, CallHeaders, OrderSystemHeaders),
    responses(
        (status = 200, description = "What there is of the two", body = Order),
        (status = 400, description = "No such type of payment, or an id that is none", body = ErrorResponse),
        (status = 404, description = "There is neither", body = ErrorResponse),
        GuardRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    TwoParts(payment_type, id): TwoParts,
) -> Result<Response, Refusal> {
    let found = api.engine().order(tenant.msn(), &order_name(&payment_type, &id)?).await?;
    let order = Order {
        category: found.category.as_ref().map(view::order_category),
        receipt: found.receipt.as_ref().map(|shown| view::receipt(&shown.receipt)),
    };
    if order == Order::default() {
        return Err(Refusal::nothing_there("There is neither a category nor a receipt of this order.").of_order());
    }
    Ok(reply::json(StatusCode::OK, JSON, &order))
}
