//! `POST /webhooks`: an address, and what it wants to be told of. Everything wrong with the two is named in one answer.

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use domain::webhook::{EVENTS_MAX, EventType};
use engine::webhook::{Scope, TooMany, Way};
use wire::{
    problem::JSON,
    webhooks::registration::{RegisterRequest, RegisterResponse},
};

use super::{VIOLATED, id};
use crate::{
    Api, Refusal,
    body::{self, Json, Members, Violations},
    openapi::{BodyRefusals, Failures, ScopeHeaders, ScopeRefusals, SystemHeaders},
    reply,
};

/// Registers.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "Webhooks",
    operation_id = "registerWebhook",
    summary = "Register an address for events",
    params(ScopeHeaders, SystemHeaders),
    request_body(content = RegisterRequest),
    responses(
        (status = 201, description = "Registered; the secret is told this once", body = RegisterResponse),
        ScopeRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    body: Body,
) -> Result<Response, Refusal> {
    let json = body::read_json(body).await.map_err(|refusal| refusal.headed(VIOLATED))?;
    let (url, events) = read(&api, &json).map_err(|refusal| refusal.headed(VIOLATED))?;
    let registered = api.engine().register_webhook(&scope, url, events, Way::Sent).await?;
    let registered = registered.map_err(|full| too_many(&full))?;
    let body = RegisterResponse { id: id(registered.id.0), secret: registered.secret.as_str().to_owned() };
    Ok(reply::json(StatusCode::CREATED, JSON, &body))
}

fn read<'a>(api: &Api, json: &'a Json) -> Result<(&'a str, Vec<EventType>), Refusal> {
    let mut violations = Violations::default();
    let body = Members::of_body(json, &mut violations);
    let url = url(api, &body, &mut violations);
    let events = events(&body, &mut violations);
    violations.into_result()?;
    url.zip(events).ok_or_else(Refusal::internal)
}

fn url<'a>(api: &Api, body: &Members<'a>, violations: &mut Violations) -> Option<&'a str> {
    body.require("url", violations);
    let url = match body.get("url", violations)? {
        Json::Text(url) => url,
        other => {
            body.wrong_type("url", "a string", other, violations);
            return None;
        }
    };
    if url.is_empty() {
        violations.note("url", "The url field is required.");
        return None;
    }
    match api.engine().judge_receiver(url) {
        Ok(()) => Some(url),
        Err(refusal) => {
            violations.note("url", refusal.to_string());
            None
        }
    }
}

/// In the order they were named, each once.
fn events(body: &Members<'_>, violations: &mut Violations) -> Option<Vec<EventType>> {
    body.require("events", violations);
    let named = body.array("events", violations)?;
    if named.is_empty() || named.len() > EVENTS_MAX {
        violations.note("events", format!("The field events must have 1 to {EVENTS_MAX} elements."));
    }
    let mut events = Vec::new();
    for (index, named) in named.iter().enumerate() {
        let path = format!("events[{index}]");
        match named {
            Json::Text(name) => match EventType::from_name(name) {
                Some(event) if events.contains(&event) => {}
                Some(event) => events.push(event),
                None => violations.note(&*path, format!("The field {path} is not a type of event that there is.")),
            },
            other => violations.note(&*path, format!("The field {path} must be a string, not {}.", other.kind())),
        }
    }
    Some(events)
}

pub(crate) fn too_many(TooMany(event): &TooMany) -> Refusal {
    let (name, most) = (event.name(), event.registrations_max());
    let sentence =
        format!("At most {most} webhooks may be registered for {name}, and there are as many. Delete one first.");
    Refusal::field("events", sentence.clone()).headed(&sentence)
}
