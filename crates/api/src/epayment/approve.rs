//! `POST /test/payments/{reference}/approve`: approves in the payer's stead, in sandboxes.
//!
//! The payer is named by a telephone number or by the token of the payment's link; with neither, it is the one named at creation.

use axum::{
    Extension,
    body::Body,
    extract::State as Shared,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{
    payment::{Command, Payment, Rejection, State},
    text::{CardBin, PhoneNumber, Reference},
};
use engine::{Answer, access::Tenant};

use super::{NamedReference, optional_json_body, reference, rejection};
use crate::{
    Api, Refusal,
    body::{Json, Members, Violations},
    reply,
};

/// The card every sandbox payer pays with, as the published test system shows it.
const CARD_BIN: &str = "429198";
const JSON_EMPTY: &str = "application/json; charset=utf-8";

/// Approves.
pub(crate) async fn handle(
    Shared(api): Shared<Api>,
    Extension(tenant): Extension<Tenant>,
    NamedReference(text): NamedReference,
    body: Body,
) -> Result<Response, Refusal> {
    let reference = reference(&text, &tenant)?;
    let json = optional_json_body(body).await?;
    let payer = payer(&api, &tenant, &reference, json.as_ref()).await?;
    let answer = Box::new(|_: &Payment| Answer { status: 200, body: bytes::Bytes::new() });
    let card_bin = CardBin::parse(CARD_BIN).ok();
    let command = Command::Authorize { payer, card_bin };
    let outcome = api.engine().command(&tenant, reference, command, None, answer).await?;
    let refuse = |rejected: &Rejection| rejection::refusal(rejected, &text, &tenant);
    let response = reply::of_outcome(outcome, refuse, Refusal::internal)?;
    Ok((response.status(), [(header::CONTENT_TYPE, JSON_EMPTY)]).into_response())
}

/// What production answers: nothing stands behind it.
pub(crate) async fn refuse() -> Refusal {
    let detail = "Payments are approved by their payers. Approval by a call exists in sandboxes only.";
    Refusal::rule(StatusCode::FORBIDDEN, "10020", "Approve not allowed", detail)
}

async fn payer(
    api: &Api,
    tenant: &Tenant,
    reference: &Reference,
    json: Option<&Json>,
) -> Result<Option<PhoneNumber>, Refusal> {
    let mut violations = Violations::default();
    let empty = Json::Object(Vec::new());
    let members = Members::of_body(json.unwrap_or(&empty), &mut violations);
    let customer = members.object("customer", &mut violations);
    let phone = customer.and_then(|customer| customer.parsed("phoneNumber", &mut violations, PhoneNumber::parse));
    let token = members.text("token", &mut violations).filter(|token| !token.is_empty());
    violations.into_result()?;
    let payment = api.engine().payment(tenant, reference).await?;
    let payment = payment.ok_or_else(|| rejection::reference_not_found(reference.as_str(), tenant))?;
    if !matches!(payment.state, State::Created) {
        // The state decides, and it says no to whoever asks.
        return Ok(None);
    }
    match (phone, token) {
        // A token beside a customer is ignored: published collections send an unresolved placeholder there.
        (Some(phone), _) if phone.is_plausible() => Ok(Some(phone)),
        (Some(_), _) => Err(rejection::refusal(&Rejection::PhoneNumberNotPlausible, reference.as_str(), tenant)),
        (None, Some(token)) if api.engine().is_link_of(token, tenant, reference) => Ok(None),
        (None, Some(_)) => {
            let detail = "The token is not the one in the payment's redirectUrl.";
            Err(Refusal::rule(StatusCode::BAD_REQUEST, "10010", "Approve failed", detail))
        }
        (None, None) => {
            let reason =
                "The customer.phoneNumber field or the token field is required, since the payment names no payer.";
            payment.terms.phone_number.map(Some).ok_or_else(|| Refusal::field("customer.phoneNumber", reason))
        }
    }
}
