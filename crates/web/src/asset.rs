//! Files that pages load, built into the program.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// The one stylesheet.
pub(crate) async fn stylesheet() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("../assets/kasse.css")).into_response()
}
