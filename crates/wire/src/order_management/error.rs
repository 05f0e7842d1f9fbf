//! The errors of this API, which are unlike those of the others. They say `application/json`, because clients look for that.

use serde::{Deserialize, Serialize};

/// An error.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    /// A page about the status.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in a few words.
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub title: String,
    /// What is wrong this time: of several violations the first.
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub detail: String,
    /// The request, as our log names it (W3C `traceparent`).
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub instance: String,
    /// Each violated field; only where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalid_params: Vec<InvalidParam>,
}

/// One violation.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InvalidParam {
    /// A dotted path into the body, or the name of a part of the address.
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub name: String,
    /// What is wrong with it.
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub reason: String,
}
