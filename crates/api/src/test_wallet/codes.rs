//! `GET /{msisdn}/personal-qr` and `POST /{msisdn}/customer-token`: what a payer holds out to be named by.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use engine::access::Tenant;
use wire::{
    problem::JSON,
    test_wallet::{CustomerToken, PersonalQr},
};

use super::payer_of;
use crate::{Api, Refusal, path::Part, reply};

/// The content of the code the payer's wallet shows now, for `customer.personalQr`.
pub(crate) async fn personal_qr(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(number): Part,
) -> Result<Response, Refusal> {
    let content = api.engine().personal_qr(&tenant, &payer_of(&api, &number)?);
    let content = format!("{}{content}", api.public_url());
    Ok(reply::json(StatusCode::OK, JSON, &PersonalQr { content }))
}

/// A token as a merchant is told it when the payer checks in, for `customer.customerToken`.
pub(crate) async fn customer_token(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(number): Part,
) -> Result<Response, Refusal> {
    let customer_token = api.engine().customer_token(&tenant, &payer_of(&api, &number)?);
    Ok(reply::json(StatusCode::OK, JSON, &CustomerToken { customer_token }))
}
