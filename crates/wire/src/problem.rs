//! Error bodies. Every one is JSON, because clients parse without asking.

use serde::{Deserialize, Serialize};

/// The content type of [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json; charset=utf-8";
/// The content type of every other body.
pub const JSON: &str = "application/json; charset=utf-8";

/// A problem as RFC 9457 has it, with the published extensions.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A page about the status.
    #[serde(rename = "type")]
    pub kind: String,
    /// The rule or the status in a few words.
    pub title: String,
    /// What is wrong this time.
    pub detail: String,
    /// The path of the request, without the API's prefix.
    pub instance: String,
    /// The HTTP status again.
    pub status: u16,
    /// The request, as our log names it (W3C `traceparent`).
    pub trace_id: String,
    /// Each violated field, or the one `ErrorCode`.
    pub extra_details: Vec<ExtraDetail>,
}

/// One line of a problem.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExtraDetail {
    /// A dotted path into the body, the name of a header, or `ErrorCode`.
    pub name: String,
    /// What is wrong with it, or the code.
    pub reason: String,
}

/// An error of the gateway before the APIs.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GatewayError {
    /// The HTTP status again.
    pub status_code: u16,
    /// A sentence.
    pub message: String,
}

/// A defect behind the gateway.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GatewayFailure {
    /// The HTTP status again.
    pub status_code: u16,
    /// A sentence.
    pub message: String,
    /// A UUID that names the request.
    pub activity_id: String,
}

/// Whoever showed too little: the gateway answers for the subscription key, the API behind it for the token.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum AccessError {
    /// Of the subscription key.
    SubscriptionKey(GatewayError),
    /// Of the token.
    Token(Unauthorized),
}

/// The answer to a bearer token that is none.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unauthorized {
    /// The status with a sentence.
    pub response_info: ResponseInfo,
    /// The sentence again.
    pub result: ResponseResult,
}

/// Part of [`Unauthorized`].
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ResponseInfo {
    /// The HTTP status again.
    pub response_code: u16,
    /// A sentence.
    pub response_message: String,
}

/// Part of [`Unauthorized`].
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ResponseResult {
    /// A sentence.
    pub message: String,
}
