//! Sending once more, and sending a test: `POST /_kasse/webhooks/deliveries/{id}/resend`, `/resend` and `/{id}/test`.

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use domain::{
    text::{Invalid, Reference},
    webhook::EventType,
};
use engine::{
    DeliveryId, WebhookId,
    webhook::{Resend, Scope},
};
use wire::{problem::JSON, webhooks::log::Sent};

use super::{
    super::{id, no_such_webhook, webhook_id},
    VIOLATED, delivery_id, no_such_delivery, parse_id, sample,
};
use crate::{
    Api, Refusal,
    body::{self, Json, Members, Violations},
    convert,
    path::Part,
    reply,
};

/// One delivery once more.
pub(crate) async fn resend_one(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    let what = Resend::Delivery(delivery_id(&text)?);
    let sent = api.engine().resend(&scope, &what).await?.ok_or_else(no_such_delivery)?;
    Ok(accepted(&sent))
}

/// All of a payment, or of a registration and a time, once more.
pub(crate) async fn resend(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    body: Body,
) -> Result<Response, Refusal> {
    let what = read(body, what).await?;
    let nothing = || match &what {
        Resend::Delivery(_) => no_such_delivery(),
        Resend::Payment(_) => Refusal::nothing_there("Nothing was to be sent of this reference."),
        Resend::Range { .. } => no_such_webhook(),
    };
    let sent = api.engine().resend(&scope, &what).await?.ok_or_else(nothing)?;
    Ok(accepted(&sent))
}

/// A test to one registration.
pub(crate) async fn test(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    Part(text): Part,
    body: Body,
) -> Result<Response, Refusal> {
    let webhook = webhook_id(&text)?;
    let event = read(body, event).await?;
    let sent = api.engine().send_test(&scope, webhook, event, sample::body).await?.ok_or_else(no_such_webhook)?;
    Ok(accepted(&[sent]))
}

fn accepted(sent: &[DeliveryId]) -> Response {
    let deliveries = sent.iter().map(|sent| id(sent.0)).collect();
    reply::json(StatusCode::ACCEPTED, JSON, &Sent { deliveries })
}

/// What the body says; everything wrong with it is named in one answer.
async fn read<T>(body: Body, take: impl Fn(&Members<'_>, &mut Violations) -> Option<T>) -> Result<T, Refusal> {
    let json: Json = body::read_json(body).await.map_err(|refusal| refusal.headed(VIOLATED))?;
    let mut violations = Violations::default();
    let members = Members::of_body(&json, &mut violations);
    let taken = take(&members, &mut violations);
    violations.into_result().map_err(|violated| Refusal::fields(violated).headed(VIOLATED))?;
    taken.ok_or_else(Refusal::internal)
}

fn what(body: &Members<'_>, violations: &mut Violations) -> Option<Resend> {
    let reference = body.parsed("reference", violations, Reference::parse);
    let webhook = body.parsed("webhookId", violations, parse_webhook);
    let from = body.parsed("from", violations, convert::parse_timestamp);
    let to = body.parsed("to", violations, convert::parse_timestamp);
    match (body.has("reference"), body.has("webhookId")) {
        (false, false) => violations.note("reference", "The reference field or the webhookId field is required."),
        (true, true) => violations.note("reference", "Only one of the fields reference and webhookId may be given."),
        (true, false) => {}
        (false, true) => {
            body.require("from", violations);
            body.require("to", violations);
        }
    }
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        violations.note("to", "The field to must not be before the field from.");
    }
    let range = webhook.zip(from.zip(to)).map(|(webhook, (from, to))| Resend::Range { webhook, from, to });
    reference.map(Resend::Payment).or(range)
}

fn parse_webhook(text: &str) -> Result<WebhookId, Invalid> {
    parse_id(text).map(WebhookId).ok_or(Invalid("must be a UUID"))
}

fn event(body: &Members<'_>, violations: &mut Violations) -> Option<EventType> {
    const RULE: Invalid = Invalid("is not a type of event that there is");
    body.require("event", violations);
    body.parsed("event", violations, |text| EventType::from_name(text).ok_or(RULE))
}
