//! `GET /docs`: the APIs for people, made from the very documents that programs read.
//!
//! The page is rendered once, when the server starts. It needs no script, and what does not fit a narrow screen is scrolled by itself.

mod model;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use serde_json::Value;

use self::model::Api;
use crate::Web;

/// The name of an API and its OpenAPI document.
pub type ApiDocument = (&'static str, Value);

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    is_sandbox: bool,
    apis: &'a [Api],
}

/// The page of these APIs.
pub(crate) fn rendered(is_sandbox: bool, documents: &[ApiDocument]) -> String {
    let apis: Vec<Api> = documents.iter().map(|(name, document)| Api::of(name, document)).collect();
    DocsPage { is_sandbox, apis: &apis }.render().unwrap_or_default()
}

pub(crate) async fn page(State(web): State<Web>) -> Response {
    match &web.docs {
        Some(page) => (StatusCode::OK, Html(page.to_string())).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
