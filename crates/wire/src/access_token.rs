//! Access Token API: `POST /accesstoken/get`, and the specialised `POST /miami/v1/token`.

use serde::{Deserialize, Serialize};

use crate::problem::GatewayError;

/// The content type of [`TokenResponse`], letter for letter as published.
pub const TOKEN_JSON: &str = "application/json;charset=UTF-8";

/// A token. All seven values are JSON strings, the numbers too.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TokenResponse {
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds it lives.
    pub expires_in: String,
    /// The same again.
    pub ext_expires_in: String,
    /// Unix seconds at which it lapses.
    pub expires_on: String,
    /// Unix seconds since which it counts.
    pub not_before: String,
    /// A constant.
    pub resource: String,
    /// The token.
    pub access_token: String,
}

/// Body of `POST /miami/v1/token`, as a form.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpecialisedTokenRequest {
    /// What is shown for the token.
    pub grant_type: GrantType,
}

/// What a specialised token is given for.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum GrantType {
    /// Client id and client secret.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
}

/// A specialised token: it is used without a subscription key.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpecialisedTokenResponse {
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds it lives.
    pub expires_in: String,
    /// The token.
    pub access_token: String,
}

/// An error of the specialised token endpoint, as RFC 6749 has it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OauthError {
    /// The OAuth 2 error.
    pub error: String,
    /// A sentence.
    pub error_description: String,
}

/// Whoever showed too little for a token: the gateway answers for the subscription key, the identity provider behind it for the rest.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum TokenError {
    /// Of the subscription key.
    SubscriptionKey(GatewayError),
    /// Of the client id and secret.
    Identity(IdentityError),
}

/// An error of the identity provider behind the gateway.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct IdentityError {
    /// The OAuth 2 error.
    pub error: String,
    /// `AADSTS<code>: ` and a sentence.
    pub error_description: String,
    /// The code as a number.
    pub error_codes: Vec<u32>,
    /// `2022-11-17 11:37:08Z`.
    pub timestamp: String,
    /// A UUID that names the request.
    pub trace_id: String,
    /// Another.
    pub correlation_id: String,
    /// A page about the code.
    pub error_uri: String,
}
