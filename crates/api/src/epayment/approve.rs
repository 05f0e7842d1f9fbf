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
    payment::{Payment, Rejection},
    text::PhoneNumber,
};
use engine::{
    Answer,
    access::Tenant,
    payer::{ApprovedInStead, InStead},
};
use wire::{epayment::v1::ApproveRequest, problem::JSON};

use super::{reference, rejection, wrong};
use crate::{
    Api, Refusal,
    body::{self, Members, Violations},
    openapi::{ApproveRefusals, BodyRefusals, CallHeaders, GuardRefusals, PaymentRefusals, ReferencePath},
    path::Part,
    reply,
};

/// Approves.
#[utoipa::path(
    post,
    path = "/v1/test/payments/{reference}/approve",
    tag = "Sandbox",
    operation_id = "approvePayment",
    summary = "Approve in the payer's stead; in sandboxes",
    params(ReferencePath, CallHeaders),
    request_body(content = Option<ApproveRequest>),
    responses(
        (status = 200, description = "Approved; nothing more is said"),
        ApproveRefusals,
        GuardRefusals,
        PaymentRefusals,
        BodyRefusals,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    Shared(api): Shared<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
    body: Body,
) -> Result<Response, Refusal> {
    let reference = reference(&text, &tenant)?;
    let (number, token) = match read(body).await {
        Ok(read) => read,
        Err(refusal) => return Err(wrong(&api, &tenant, &reference, refusal).await),
    };
    let stead = match (&number, &token) {
        // A token beside a customer is ignored: published collections send an unresolved placeholder there.
        (Some(number), _) => InStead::OfNumber(number),
        (None, Some(token)) => InStead::OfLink(token),
        (None, None) => InStead::OfNamed,
    };
    let answer = Box::new(|_: &Payment| Answer { status: 200, body: bytes::Bytes::new() });
    let outcome = match api.engine().approve_in_stead(&tenant, reference, stead, answer).await? {
        ApprovedInStead::Asked(outcome) => outcome,
        refused => return Err(refusal(&refused)),
    };
    let refuse = |rejected: &Rejection| rejection::refusal(rejected, &text, &tenant);
    let response = reply::of_outcome(outcome, refuse, Refusal::internal)?;
    Ok((response.status(), [(header::CONTENT_TYPE, JSON)]).into_response())
}

/// The number and the token. A body that names nobody is a mistake; none at all leaves it to the payment.
async fn read(body: Body) -> Result<(Option<PhoneNumber>, Option<String>), Refusal> {
    let Some(json) = body::read_optional_json(body).await? else { return Ok((None, None)) };
    let mut violations = Violations::default();
    let members = Members::of_body(&json, &mut violations);
    let customer = members.object("customer", &mut violations);
    let number = customer.and_then(|customer| customer.parsed("phoneNumber", &mut violations, PhoneNumber::parse));
    let token = members.text("token", &mut violations).filter(|token| !token.is_empty());
    violations.into_result()?;
    match (number, token) {
        (None, None) => Err(nobody_named()),
        (number, token) => Ok((number, token.map(str::to_owned))),
    }
}

fn nobody_named() -> Refusal {
    let reason = "The customer.phoneNumber field or the token field is required.";
    Refusal::field("customer.phoneNumber", reason)
}

/// Why nobody's approval was asked for.
fn refusal(refused: &ApprovedInStead) -> Refusal {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    match refused {
        ApprovedInStead::Asked(_) => Refusal::internal(),
        ApprovedInStead::LinkOfAnother => {
            Refusal::rule(BAD, "10010", "Approve failed", "The token is not the one in the payment's redirectUrl.")
        }
        ApprovedInStead::NobodyNamed => nobody_named(),
        ApprovedInStead::NoCards => Refusal::rule(BAD, "10050", "No cards", "This test payer has no card."),
        ApprovedInStead::CardBlocked => {
            let detail = "This test payer has only a commercial card, and the payment blocks those.";
            Refusal::rule(BAD, "10040", "Invalid payment source", detail)
        }
        ApprovedInStead::CardExpired => {
            let detail = "The only card of this test payer has expired.";
            Refusal::rule(StatusCode::INTERNAL_SERVER_ERROR, "10010", "Approve failed", detail)
        }
    }
}

/// What production answers: nothing stands behind it.
pub(crate) async fn refuse() -> Refusal {
    let detail = "Payments are approved by their payers. Approval by a call exists in sandboxes only.";
    Refusal::rule(StatusCode::FORBIDDEN, "10020", "Approve not allowed", detail)
}
