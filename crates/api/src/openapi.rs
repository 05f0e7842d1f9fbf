//! What the APIs are, for programs: one OpenAPI document for each, made from the handlers and the bodies of `wire`.
//!
//! Paths are written as published, below the API's own base, so that tools made for the published documents can be pointed here.

mod parameters;
mod refusals;

use axum::{extract::State, http::StatusCode, response::Response};
pub(crate) use parameters::{
    CallHeaders, CancelKey, CategoryPath, IdempotencyKey, Keys, OrderPath, OrderSystemHeaders, ReferencePath,
    ScopeHeaders, SpecialisedHeaders, SystemHeaders,
};
pub(crate) use refusals::{
    ApproveRefusals, BodyRefusals, ChangeRefusals, CountRefusals, Failures, GuardRefusals, PaymentRefusals,
    ScopeRefusals, TokenRefusals,
};
use serde::Serialize;
use utoipa::{
    OpenApi, PartialSchema as _,
    openapi::{
        ServerBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use wire::{
    order_management::Currency,
    problem::{AccessError, GatewayError, JSON, Problem, Unauthorized},
};

use crate::{Api, Refusal, access_token, epayment, order_management as orders, reply, userinfo, webhooks};

#[derive(OpenApi)]
#[openapi(
    info(title = "Access Token API", description = "Keys become a token that every other API asks for."),
    paths(access_token::get, access_token::specialised),
    components(schemas(GatewayError))
)]
struct AccessToken;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ePayment API",
        description = "Payments: created by a merchant, approved by a payer, captured, refunded, cancelled."
    ),
    paths(
        epayment::create::handle,
        epayment::get::payment,
        epayment::get::events,
        epayment::cancel::handle,
        epayment::adjust::capture,
        epayment::adjust::refund,
        epayment::approve::handle,
    ),
    components(schemas(Problem, GatewayError, AccessError))
)]
struct Epayment;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Order Management API",
        description = "What is shown with an order: a picture, a button with a link, a receipt. Whether there is a payment is not asked."
    ),
    paths(
        orders::image::handle,
        orders::category::handle,
        orders::add_receipt::handle,
        orders::order::handle,
        orders::categories::add,
        orders::categories::list,
        orders::categories::one,
        orders::categories::remove,
    ),
    components(schemas(Problem, GatewayError, AccessError))
)]
struct OrderManagement;

#[derive(OpenApi)]
#[openapi(
    info(title = "Userinfo API", description = "What a payer has shared with a sales unit."),
    paths(userinfo::get),
    components(schemas(Problem, Unauthorized))
)]
struct Userinfo;

#[derive(OpenApi)]
#[openapi(
    info(title = "Webhooks API", description = "Addresses that are told of events as they happen."),
    paths(webhooks::register::handle, webhooks::list::handle, webhooks::delete::handle),
    components(schemas(Problem, GatewayError, AccessError))
)]
struct Webhooks;

/// An API with its document.
pub struct Document {
    /// Its name in the document's address.
    pub name: &'static str,
    /// What its paths begin with.
    pub base: &'static str,
    /// The document.
    pub document: utoipa::openapi::OpenApi,
}

/// Every document, for a server that the world reaches at this address.
pub fn documents(public_url: &str) -> [Document; 5] {
    let of = |name, base, mut document: utoipa::openapi::OpenApi| {
        document.info.version = env!("CARGO_PKG_VERSION").to_owned();
        let server = ServerBuilder::new().url(format!("{public_url}{base}")).build();
        document.servers = Some(vec![server]);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        Document { name, base, document }
    };
    [
        of("access-token", "", AccessToken::openapi()),
        of("epayment", "/epayment", Epayment::openapi()),
        of("order-management", "/order-management", order_management_document()),
        of("userinfo", "/vipps-userinfo-api", Userinfo::openapi()),
        of("webhooks", "/webhooks", Webhooks::openapi()),
    ]
}

/// A receipt has the shape of the one in a payment's creation, but fewer currencies.
fn order_management_document() -> utoipa::openapi::OpenApi {
    let mut document = OrderManagement::openapi();
    document.components.get_or_insert_default().schemas.insert("Currency".to_owned(), Currency::schema());
    document
}

pub(crate) async fn access_token(State(api): State<Api>) -> Result<Response, Refusal> {
    served(&api, "access-token")
}

pub(crate) async fn epayment(State(api): State<Api>) -> Result<Response, Refusal> {
    served(&api, "epayment")
}

pub(crate) async fn order_management(State(api): State<Api>) -> Result<Response, Refusal> {
    served(&api, "order-management")
}

pub(crate) async fn userinfo(State(api): State<Api>) -> Result<Response, Refusal> {
    served(&api, "userinfo")
}

pub(crate) async fn webhooks(State(api): State<Api>) -> Result<Response, Refusal> {
    served(&api, "webhooks")
}

/// Where documents are not shown they are no routes either.
fn served(api: &Api, name: &str) -> Result<Response, Refusal> {
    let mut found = documents(api.public_url()).into_iter().filter(|_| api.shows_docs());
    let found = found.find(|document| document.name == name).ok_or_else(Refusal::not_found)?;
    Ok(reply::json(StatusCode::OK, JSON, &Shown(found.document)))
}

/// A document as it is written.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(utoipa::openapi::OpenApi);
