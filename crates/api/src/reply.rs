//! Answers that are no refusals.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::payment::Rejection;
use engine::{Answer, Outcome};
use serde::Serialize;
use wire::problem::JSON;

use crate::Refusal;

/// Says that an answer is the one kept under the key.
const REPLAYED: HeaderName = HeaderName::from_static("kasse-idempotent-replay");

/// Marks a response as a replay, for the log.
#[derive(Clone, Copy)]
pub(crate) struct IsReplay;

/// As long as most bodies are, in bytes: one that is longer takes some more room as it is written.
const USUAL_BYTES: usize = 1024;

/// A JSON body under a status.
pub(crate) fn json<T: Serialize>(status: StatusCode, content_type: &'static str, body: &T) -> Response {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => (status, [(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Err(_) => Refusal::internal().into_response(),
    }
}

/// An answer that is kept under the request's key: the same value gives the same bytes for ever.
pub(crate) fn kept<T: Serialize>(status: StatusCode, body: &T) -> Answer {
    Answer { status: status.as_u16(), body: serde_json::to_vec(body).unwrap_or_default().into() }
}

/// What came of an intent, told to its caller; rules and conflicts are the API's own to put into words.
pub(crate) fn of_outcome(
    outcome: Outcome,
    rejected: impl Fn(&Rejection) -> Refusal,
    conflict: impl Fn() -> Refusal,
) -> Result<Response, Refusal> {
    match outcome {
        Outcome::Done(answer) => Ok(of_answer(answer)),
        Outcome::Replayed(answer) => {
            let mut response = of_answer(answer);
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            response.extensions_mut().insert(IsReplay);
            Ok(response)
        }
        Outcome::Conflict => Err(conflict()),
        Outcome::Rejected(rejection) => Err(rejected(&rejection)),
        // Of a payment nothing of the kind comes.
        Outcome::Obstructed(_) => Err(Refusal::internal()),
    }
}

fn of_answer(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let body: Bytes = answer.body;
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}
