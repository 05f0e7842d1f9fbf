//! `/_kasse/test/listeners`: registrations whose deliveries are fetched, for receivers the server cannot reach. In sandboxes only.
//!
//! Whoever registered connects and is handed each delivery as it would have been sent, as an event of a stream; what the receiver answered
//! he posts back under the delivery's number. All else is as for deliveries that are sent. A number belongs to this process and this
//! connection: once either has gone, nobody waits for an answer under it.

mod answers;
mod stream;

use axum::{
    Extension,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    target::Target,
    webhook::{Api as EventApi, EventType},
};
use engine::{
    listening::{Carried, LISTENER_GRACE},
    webhook::{Scope, Way},
};
use wire::{
    problem::JSON,
    webhooks::{listening::CLASSES, registration::RegisterResponse},
};

pub(crate) use self::answers::Answers;
use crate::{
    Api, Refusal,
    body::{self, Json, Members, Violations},
    path::Part,
    reply,
    webhooks::{VIOLATED, id, register::too_many, webhook_id},
};

/// Statuses an answer may have.
const STATUSES: std::ops::RangeInclusive<i64> = 100..=599;

/// Registers any address for everything that happens to payments: nobody here will dial it.
pub(crate) async fn register(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    body: Body,
) -> Result<Response, Refusal> {
    let json = body::read_json(body).await.map_err(|refusal| refusal.headed(VIOLATED))?;
    let url = url(&json).map_err(|refusal| refusal.headed(VIOLATED))?;
    let events = EventType::ALL.iter().copied().filter(|event| event.api() == EventApi::EPayment).collect();
    let until = api.engine().clock().wall().plus(LISTENER_GRACE);
    let registered = api.engine().register_webhook(&scope, url, events, Way::Fetched { until }).await?;
    let registered = registered.map_err(|full| too_many(&full))?;
    let body = RegisterResponse { id: id(registered.id.0), secret: registered.secret.as_str().to_owned() };
    Ok(reply::json(StatusCode::CREATED, JSON, &body))
}

fn url(json: &Json) -> Result<&str, Refusal> {
    let mut violations = Violations::default();
    let body = Members::of_body(json, &mut violations);
    body.require("url", &mut violations);
    let url = body.text("url", &mut violations);
    if let Some(Err(refusal)) = url.map(Target::parse) {
        violations.note("url", refusal.to_string());
    }
    violations.into_result()?;
    url.ok_or_else(Refusal::internal)
}

/// Hands over deliveries, one event each, until somebody else connects, the registration ends or the server stops.
pub(crate) async fn listen(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    let webhook = webhook_id(&text)?;
    match api.engine().listen(&scope, webhook).await? {
        Some(listener) => Ok(stream::response(api, scope, webhook, listener)),
        None => Err(nobody_there()),
    }
}

/// Takes what came of a delivery.
pub(crate) async fn answer(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Body,
) -> Result<Response, Refusal> {
    let Ok(Path((text, number))) = path else { return Err(nobody_waits()) };
    let webhook = webhook_id(&text)?;
    let json = body::read_json(body).await.map_err(|refusal| refusal.headed(VIOLATED))?;
    let carried = carried(&json).map_err(|refusal| refusal.headed(VIOLATED))?;
    let is_taken =
        number.parse().is_ok_and(|number| api.listeners().take(scope.owner(), webhook, number, carried).is_ok());
    if is_taken { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(nobody_waits()) }
}

fn carried(json: &Json) -> Result<Carried, Refusal> {
    let mut violations = Violations::default();
    let body = Members::of_body(json, &mut violations);
    let classes = CLASSES.map(|class| (class, class));
    let error = body.word("error", &classes, &mut violations);
    let status = body.integer("status", STATUSES, &mut violations).and_then(|status| u16::try_from(status).ok());
    if body.has("error") == body.has("status") {
        violations.note("status", "Either the field status or the field error is required, and not both.");
    }
    let answer = body.text("body", &mut violations).map(|text| STANDARD.decode(text));
    if let Some(Err(_)) = answer {
        violations.note("body", "The field body must be base64.");
    }
    violations.into_result()?;
    let outcome = match (status, error) {
        (Some(status), None) => Ok(status),
        (None, Some(class)) => Err(class),
        _ => return Err(Refusal::internal()),
    };
    Ok(Carried { outcome, answer: answer.and_then(Result::ok).unwrap_or_default() })
}

fn nobody_there() -> Refusal {
    Refusal::nothing_there("There is no registration of this id whose deliveries are fetched.")
}

fn nobody_waits() -> Refusal {
    Refusal::nothing_there("Nobody waits for what comes of this delivery, or not any more.")
}
