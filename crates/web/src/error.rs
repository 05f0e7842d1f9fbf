//! `GET /error?code=…`: what a code of the token endpoint means. Errors of that endpoint link here.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use crate::{Web, render::render};

const CODES: [(&str, &str); 4] = [
    ("700016", "Nobody has this client id here. Check that the program uses the keys of this server."),
    ("900144", "The request has no header client_id."),
    ("7000215", "The client secret is not the one of this client id. It may have been made anew."),
    ("7000216", "The request has no header client_secret."),
];

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    is_sandbox: bool,
    code: &'static str,
    meaning: &'static str,
}

pub(crate) async fn page(State(web): State<Web>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let is_sandbox = web.is_sandbox();
    let asked = asked.map(|Query(asked)| asked.code).unwrap_or_default();
    match CODES.into_iter().find(|(code, _)| *code == asked) {
        Some((code, meaning)) => render(StatusCode::OK, &ErrorPage { is_sandbox, code, meaning }),
        None => {
            render(StatusCode::NOT_FOUND, &ErrorPage { is_sandbox, code: "unknown", meaning: "There is no such code." })
        }
    }
}
