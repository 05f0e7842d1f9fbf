//! `POST /payments/{reference}/cancel`: releases what was not captured. Key and body are optional.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::payment::{Command, Payment};
use engine::{access::Tenant, payment::Keyed};
use wire::epayment::v1::{AdjustmentResponse, CancelRequest};

use super::{count_change, fingerprint, reference, rejection, view, wrong};
use crate::{
    Api, Refusal,
    body::{self, Members, Violations},
    headers,
    openapi::{
        BodyRefusals, CallHeaders, CancelKey, ChangeRefusals, CountRefusals, Failures, GuardRefusals, PaymentRefusals,
        ReferencePath, SystemHeaders,
    },
    path::Part,
    rate_limit::Limited,
    reply,
};

#[utoipa::path(
    post,
    path = "/v1/payments/{reference}/cancel",
    tag = "Payments",
    operation_id = "cancelPayment",
    summary = "Cancel: release what was not taken",
    params(ReferencePath, CancelKey, CallHeaders, SystemHeaders),
    request_body(content = Option<CancelRequest>),
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
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(text): Part,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    count_change(&api, Limited::Cancel, &tenant, &text)?;
    let reference = reference(&text, &tenant)?;
    let (keyed, only_unauthorized) = match read(&headers, body, &text).await {
        Ok(read) => read,
        Err(refusal) => return Err(wrong(&api, &tenant, &reference, refusal).await),
    };
    let answer = Box::new(|payment: &Payment| reply::kept(StatusCode::OK, &view::adjustment(payment)));
    let command = Command::Cancel { only_unauthorized };
    let outcome = api.engine().command(&tenant, reference, command, keyed, answer).await?;
    reply::of_outcome(
        outcome,
        |rejected| rejection::refusal(rejected, &text, &tenant),
        || rejection::conflict("4020", "Idempotency error"),
    )
}

/// The key, if there is one, and whether only a payment nobody has approved is to be cancelled.
async fn read(headers: &HeaderMap, body: Body, reference: &str) -> Result<(Option<Keyed>, bool), Refusal> {
    let json = body::read_optional_json(body).await?;
    let mut violations = Violations::default();
    let key = headers::optional_key(headers, &mut violations);
    let only_unauthorized = json
        .as_ref()
        .and_then(|json| Members::of_body(json, &mut violations).boolean("cancelTransactionOnly", &mut violations));
    violations.into_result()?;
    let keyed = key.map(|key| Keyed { key, fingerprint: fingerprint("cancel", reference, json.as_ref()) });
    Ok((keyed, only_unauthorized.unwrap_or(false)))
}
