//! `POST /payments/{reference}/capture` and `POST /payments/{reference}/refund`: both move the sum they name.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    money::Money,
    payment::{Command, Payment, ProposedAmount, Rejection},
    text::Reference,
};
use engine::{Engine, access::Tenant, payment::Keyed};
use wire::epayment::v1::{AdjustmentResponse, ModificationRequest};

use super::{count_change, fingerprint, money, reference, rejection, view, wrong};
use crate::{
    Api, Refusal,
    body::{self, Members, Violations},
    headers,
    openapi::{
        BodyRefusals, CallHeaders, ChangeRefusals, CountRefusals, Failures, GuardRefusals, IdempotencyKey,
        PaymentRefusals, ReferencePath, SystemHeaders,
    },
    path::Part,
    rate_limit::Limited,
    reply,
};

/// What makes one of the two.
struct Adjustment {
    name: &'static str,
    limited: Limited,
    command: fn(&Engine, Money) -> Command,
    conflict: (&'static str, &'static str),
}

const CAPTURE: Adjustment = Adjustment {
    name: "capture",
    limited: Limited::Capture,
    command: |_, amount| Command::Capture(amount),
    conflict: ("4010", "Capture idempotency conflict"),
};
const REFUND: Adjustment = Adjustment {
    name: "refund",
    limited: Limited::Refund,
    command: Engine::refund_of,
    conflict: ("4150", "Refund idempotency conflict"),
};

/// Takes part of what is reserved.
#[utoipa::path(
    post,
    path = "/v1/payments/{reference}/capture",
    tag = "Payments",
    operation_id = "capturePayment",
    summary = "Capture: take part of what is reserved, or all",
    params(ReferencePath, IdempotencyKey, CallHeaders, SystemHeaders),
    request_body(content = ModificationRequest),
    responses(
        (status = 200, description = "The payment afterwards", body = AdjustmentResponse),
        GuardRefusals,
        PaymentRefusals,
        ChangeRefusals,
        CountRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn capture(
    api: State<Api>,
    tenant: Extension<Tenant>,
    name: Part,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    adjust(&CAPTURE, api, tenant, name, headers, body).await
}

/// Gives part of what was taken back.
#[utoipa::path(
    post,
    path = "/v1/payments/{reference}/refund",
    tag = "Payments",
    operation_id = "refundPayment",
    summary = "Refund: give back part of what was taken, or all",
    params(ReferencePath, IdempotencyKey, CallHeaders, SystemHeaders),
    request_body(content = ModificationRequest),
    responses(
        (status = 200, description = "The payment afterwards", body = AdjustmentResponse),
        GuardRefusals,
        PaymentRefusals,
        ChangeRefusals,
        CountRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn refund(
    api: State<Api>,
    tenant: Extension<Tenant>,
    name: Part,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    adjust(&REFUND, api, tenant, name, headers, body).await
}

async fn adjust(
    adjustment: &Adjustment,
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    count_change(&api, adjustment.limited, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let (keyed, amount) = match read(adjustment, &headers, body, &text).await {
        Ok(read) => read,
        Err(refusal) => return Err(wrong(&api, &tenant, &reference, refusal).await),
    };
    let amount = match money::whole(amount) {
        Ok(amount) => amount,
        Err(_) => return Err(not_whole(&api, &tenant, &reference, amount).await),
    };
    let answer = Box::new(|payment: &Payment| reply::kept(StatusCode::OK, &view::adjustment(payment)));
    let command = (adjustment.command)(api.engine(), amount);
    let outcome = api.engine().command(&tenant, reference, command, Some(keyed), answer).await?;
    let (code, title) = adjustment.conflict;
    reply::of_outcome(
        outcome,
        |rejected| rejection::refusal(rejected, &text, &tenant),
        || rejection::conflict(code, title),
    )
}

async fn read(
    adjustment: &Adjustment,
    headers: &HeaderMap,
    body: Body,
    reference: &str,
) -> Result<(Keyed, ProposedAmount), Refusal> {
    let json = body::read_json(body).await?;
    let mut violations = Violations::default();
    let key = headers::required_key(headers, &mut violations);
    let members = Members::of_body(&json, &mut violations);
    let amount = money::required_amount(&members, "modificationAmount", &mut violations);
    violations.into_result()?;
    let (Some(key), Some(amount)) = (key, amount) else { return Err(Refusal::internal()) };
    Ok((Keyed { key, fingerprint: fingerprint(adjustment.name, reference, Some(&json)) }, amount))
}

/// A sum that is no whole number has a number of its own, where nothing else is wrong.
async fn not_whole(api: &Api, tenant: &Tenant, reference: &Reference, amount: ProposedAmount) -> Refusal {
    let text = reference.as_str();
    match api.engine().payment(tenant, reference).await {
        Err(trouble) => trouble.into(),
        Ok(None) => rejection::reference_not_found(text, tenant),
        Ok(Some(payment)) if payment.terms.amount.currency == amount.currency => {
            rejection::refusal(&Rejection::AmountNotWhole, text, tenant)
        }
        Ok(Some(_)) => {
            let named = ["currency must be the currency of the payment", "value must be an integer in minor units"];
            let field = |rule: &str| {
                let name = rule.split(' ').next().unwrap_or_default();
                (format!("modificationAmount.{name}"), format!("The field modificationAmount.{rule}."))
            };
            Refusal::fields(named.map(field).to_vec())
        }
    }
}
