//! `POST /payments/{reference}/capture` and `POST /payments/{reference}/refund`: both move the sum they name.

use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{money::Money, payment::Payment};
use engine::{
    access::Tenant,
    payment::{AnswerWith, Keyed},
};

use super::{Head, count_change, json_body, money, reference, rejection, view};
use crate::{
    Api, Refusal,
    body::{Members, Violations, fingerprint},
    headers,
    rate_limit::Limited,
    reply,
};

/// Takes part of what is reserved.
pub(crate) async fn capture(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Path(text): Path<String>,
    head: Head,
    body: Body,
) -> Result<Response, Refusal> {
    count_change(&api, Limited::Capture, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let (keyed, amount) = read(&head, body, &text, &tenant).await?;
    let outcome = api.engine().capture(&tenant, reference, amount, keyed, answer()).await?;
    reply::of_outcome(
        outcome,
        |rejected| rejection::refusal(rejected, &text, &tenant),
        || rejection::conflict("4010", "Capture idempotency conflict"),
    )
}

/// Gives part of what was taken back.
pub(crate) async fn refund(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Path(text): Path<String>,
    head: Head,
    body: Body,
) -> Result<Response, Refusal> {
    count_change(&api, Limited::Refund, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let (keyed, amount) = read(&head, body, &text, &tenant).await?;
    let outcome = api.engine().refund(&tenant, reference, amount, keyed, answer()).await?;
    reply::of_outcome(
        outcome,
        |rejected| rejection::refusal(rejected, &text, &tenant),
        || rejection::conflict("4150", "Refund idempotency conflict"),
    )
}

async fn read(head: &Head, body: Body, reference: &str, tenant: &Tenant) -> Result<(Keyed, Money), Refusal> {
    let json = json_body(body).await?;
    let mut violations = Violations::default();
    let key = headers::required_key(&head.headers, &mut violations);
    let members = Members::of_body(&json, &mut violations);
    let amount = money::required_amount(&members, "modificationAmount", &mut violations);
    violations.into_result()?;
    let (Some(key), Some(amount)) = (key, amount) else { return Err(Refusal::internal()) };
    let amount = money::whole(amount).map_err(|rejected| rejection::refusal(&rejected, reference, tenant))?;
    Ok((Keyed { key, fingerprint: fingerprint("POST", &head.path, Some(&json)) }, amount))
}

fn answer() -> AnswerWith {
    Box::new(|payment: &Payment| reply::kept(StatusCode::OK, &view::adjustment(payment)))
}
