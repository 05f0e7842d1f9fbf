//! `GET /webhooks`: every registration of the caller, oldest first.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use engine::webhook::Scope;
use wire::{
    problem::JSON,
    webhooks::registration::{QueryResponse, Webhook},
};

use super::id;
use crate::{
    Api, Refusal,
    openapi::{Failures, ScopeHeaders, ScopeRefusals, SystemHeaders},
    reply,
};

/// Lists.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "Webhooks",
    operation_id = "getWebhooks",
    summary = "List the registered addresses",
    params(ScopeHeaders, SystemHeaders),
    responses(
        (status = 200, description = "Every registration of the caller, oldest first", body = QueryResponse),
        ScopeRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(State(api): State<Api>, Extension(scope): Extension<Scope>) -> Result<Response, Refusal> {
    let webhooks = api.engine().webhooks(&scope).await?.into_iter().map(|webhook| Webhook {
        id: id(webhook.id.0),
        url: webhook.url.into(),
        events: webhook.events.iter().map(|event| event.name().to_owned()).collect(),
    });
    Ok(reply::json(StatusCode::OK, JSON, &QueryResponse { webhooks: webhooks.collect() }))
}
