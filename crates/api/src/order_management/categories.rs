//! `/v3/categories`: the categories of an order, one added to the other. The newest is shown.

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use domain::{
    order::{CategoryId, OrderName, PaymentType},
    text::OrderId,
};
use engine::{access::Tenant, order::Button};
use uuid::Uuid;
use wire::{
    order_management::{AddCategoryRequest, AddCategoryResponse, Category, ErrorResponse, GetCategoriesResponse},
    problem::JSON,
};

use super::{PAYMENT_TYPE, button, obstructed, read_json, view, violated};
use crate::{
    Api, Refusal,
    body::{Json, Members, Violations},
    openapi::{BodyRefusals, CallHeaders, CategoryPath, Failures, GuardRefusals, OrderSystemHeaders},
    path::Part,
    reply,
};

/// Adds a category.
#[utoipa::path(
    post,
    path = "/v3/categories",
    tag = "Categories",
    operation_id = "addCategory",
    summary = "Add a category to an order",
    params(CallHeaders, OrderSystemHeaders),
    request_body(content = AddCategoryRequest),
    responses(
        (status = 201, description = "Added, and shown from now on", body = AddCategoryResponse),
        (status = 400, description = "Violated fields", body = ErrorResponse),
        (status = 404, description = "There is no such image", body = ErrorResponse),
        GuardRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    body: Body,
) -> Result<Response, Refusal> {
    let (order, button) = read(&api, &read_json(body).await?)?;
    let image = button.image.clone();
    let added = api.engine().add_category(&tenant, order, button).await?;
    let id = added.map_err(|obstacle| obstructed(obstacle, image.as_ref()))?;
    Ok(reply::json(StatusCode::CREATED, JSON, &AddCategoryResponse { category_id: view::id(id.0) }))
}

fn read(api: &Api, json: &Json) -> Result<(OrderName, Button), Refusal> {
    let mut violations = Violations::default();
    let body = Members::of_body(json, &mut violations);
    body.require("orderId", &mut violations);
    let id = body.parsed("orderId", &mut violations, OrderId::parse);
    body.require("paymentType", &mut violations);
    let payment_type =
        body.parsed("paymentType", &mut violations, |text| PaymentType::from_name(text).ok_or(PAYMENT_TYPE));
    let button = button(api, &body, ("type", "url"), &mut violations);
    violations.into_result().map_err(violated)?;
    let (Some(id), Some(payment_type), Some(button)) = (id, payment_type, button) else {
        return Err(Refusal::internal());
    };
    Ok((OrderName { payment_type, id }, button))
}

/// Lists the categories of all orders of an id.
#[utoipa::path(
    get,
    path = "/v3/categories",
    tag = "Categories",
    operation_id = "getCategories",
    summary = "List the categories of an order",
    params(
        ("orderId" = String, Query, description = "The merchant's id of the order; a payment and a charge may share it"),
        CallHeaders,
        OrderSystemHeaders
    ),
    responses(
        (status = 200, description = "All of them, the oldest first", body = GetCategoriesResponse),
        (status = 400, description = "The id is missing or none", body = ErrorResponse),
        GuardRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    address: Uri,
) -> Result<Response, Refusal> {
    let found = api.engine().categories(&tenant, &asked_for(&address)?).await?;
    let categories = found.iter().map(view::category).collect();
    Ok(reply::json(StatusCode::OK, JSON, &GetCategoriesResponse { categories }))
}

fn asked_for(address: &Uri) -> Result<OrderId, Refusal> {
    let wrong = |reason: &str| Refusal::field("orderId", reason).of_order();
    let given = Query::<Vec<(String, String)>>::try_from_uri(address).map(|Query(given)| given);
    let given = given.map_err(|_| Refusal::field("$", "The parameters of the address cannot be read.").of_order())?;
    let mut ids = given.iter().filter(|(name, _)| name == "orderId").map(|(_, value)| value);
    let id = ids.next().ok_or_else(|| wrong("The orderId field is required."))?;
    if ids.next().is_some() {
        return Err(wrong("The field orderId is given more than once."));
    }
    OrderId::parse(id).map_err(|rule| wrong(&format!("The field orderId {}.", rule.0)))
}

/// Shows a category.
#[utoipa::path(
    get,
    path = "/v3/categories/{categoryId}",
    tag = "Categories",
    operation_id = "getCategory",
    summary = "Get a category",
    params(CategoryPath, CallHeaders, OrderSystemHeaders),
    responses(
        (status = 200, description = "The category", body = Category),
        (status = 400, description = "The id is none", body = ErrorResponse),
        (status = 404, description = "There is no such category", body = ErrorResponse),
        GuardRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn one(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    let found = api.engine().category(&tenant, id(&text)?).await?.ok_or_else(no_such_category)?;
    Ok(reply::json(StatusCode::OK, JSON, &view::category(&found)))
}

/// Removes a category.
#[utoipa::path(
    delete,
    path = "/v3/categories/{categoryId}",
    tag = "Categories",
    operation_id = "deleteCategory",
    summary = "Delete a category",
    params(CategoryPath, CallHeaders, OrderSystemHeaders),
    responses(
        (status = 200, description = "Deleted; the one before it is shown again"),
        (status = 400, description = "The id is none", body = ErrorResponse),
        (status = 404, description = "There is no such category", body = ErrorResponse),
        GuardRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    if api.engine().remove_category(&tenant, id(&text)?).await? {
        Ok(StatusCode::OK.into_response())
    } else {
        Err(no_such_category())
    }
}

fn id(text: &str) -> Result<CategoryId, Refusal> {
    const HYPHENATED: usize = 36;
    let id = Uuid::try_parse(text).ok().filter(|_| text.len() == HYPHENATED);
    id.map(|id| CategoryId(id.into_bytes()))
        .ok_or_else(|| Refusal::field("categoryId", "The field categoryId must be a UUID.").of_order())
}

fn no_such_category() -> Refusal {
    Refusal::nothing_there("There is no category of this categoryId.").of_order()
}
