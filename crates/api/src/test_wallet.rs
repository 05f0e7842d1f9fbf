//! `/_kasse/test/wallet/{msisdn}/…`: what a payer's wallet holds out to be scanned, for tests without a wallet. In sandboxes only.

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::text::PhoneNumber;
use engine::access::Tenant;
use serde::Serialize;
use wire::problem::JSON;

use crate::{Api, Refusal, reply};

#[derive(Serialize)]
struct PersonalQr {
    content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerToken {
    customer_token: String,
}

/// The content of the code the payer's wallet shows now, for `customer.personalQr`.
pub(crate) async fn personal_qr(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let content = api.engine().personal_qr(&tenant, &payer(&api, &number)?);
    let content = format!("{}{content}", api.public_url());
    Ok(reply::json(StatusCode::OK, JSON, &PersonalQr { content }))
}

/// A token as a merchant is told it when the payer checks in, for `customer.customerToken`.
pub(crate) async fn customer_token(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let customer_token = api.engine().customer_token(&tenant, &payer(&api, &number)?);
    Ok(reply::json(StatusCode::OK, JSON, &CustomerToken { customer_token }))
}

fn payer(api: &Api, number: &str) -> Result<PhoneNumber, Refusal> {
    let number = PhoneNumber::parse(number);
    let number = number.map_err(|rule| Refusal::field("msisdn", format!("The field msisdn {}.", rule.0)))?;
    if api.engine().has_payer(&number) {
        Ok(number)
    } else {
        Err(Refusal::nothing_there("This sandbox has no payer of this number."))
    }
}
