//! `DELETE /webhooks/{id}`: ends a registration at once, with whatever waits for it.

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use engine::webhook::Scope;
use wire::problem::Problem;

use super::{no_such_webhook, webhook_id};
use crate::{
    Api, Refusal,
    openapi::{Failures, ScopeHeaders, ScopeRefusals, SystemHeaders},
    path::Part,
};

/// Deletes.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = "Webhooks",
    operation_id = "deleteWebhook",
    summary = "Delete a registration",
    params(("id" = String, Path, format = "uuid", description = "The id that registering answered"), ScopeHeaders, SystemHeaders),
    responses(
        (status = 204, description = "Deleted; nothing more is sent there"),
        ScopeRefusals,
        (status = 404, description = "The caller has no such registration", body = Problem, content_type = "application/problem+json"),
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    let id = webhook_id(&text)?;
    if api.engine().delete_webhook(&scope, id).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(no_such_webhook())
    }
}
