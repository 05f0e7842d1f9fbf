//! Whether the process lives, and whether it would take a payment. No details: anybody may ask.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use wire::problem::JSON;

use crate::{Api, reply};

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// `GET /livez`: the process answers.
pub(crate) async fn livez() -> Response {
    reply::json(StatusCode::OK, JSON, &Health { status: "alive" })
}

/// `GET /readyz`: the store takes writes and the server is not stopping.
pub(crate) async fn readyz(State(api): State<Api>) -> Response {
    if api.engine().is_ready() && !api.is_draining() {
        reply::json(StatusCode::OK, JSON, &Health { status: "ready" })
    } else {
        reply::json(StatusCode::SERVICE_UNAVAILABLE, JSON, &Health { status: "not ready" })
    }
}
