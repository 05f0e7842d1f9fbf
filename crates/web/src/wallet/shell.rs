//! What makes the wallet installable: a manifest, and a worker that keeps the look of the pages at hand and never what stands in them.

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};

use crate::asset;

/// What the wallet is called and looks like on a phone.
pub(crate) async fn manifest() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, asset::manifest()).into_response()
}

/// The worker. It has its own address, because it sees only what lies below that.
pub(crate) async fn worker() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, asset::worker()).into_response()
}
