//! `POST /accesstoken/get`: keys in headers, a token in the answer. Whatever body is sent is ignored.
//! `POST /miami/v1/token`: id and secret as OAuth 2 has them, a short-lived token that needs no subscription key.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::access::{AUDIENCE, IssuedToken, TokenRefusal};
use wire::{
    access_token::{
        IdentityError, OauthError, SpecialisedTokenRequest, SpecialisedTokenResponse, TOKEN_JSON, TokenError,
        TokenResponse,
    },
    problem::GatewayFailure,
};

use crate::{
    Api, Refusal, body, convert, guard,
    headers::{self, CLIENT_ID, CLIENT_SECRET, SUBSCRIPTION_KEY},
    openapi::{Keys, SpecialisedHeaders, SystemHeaders},
    reply,
};

#[utoipa::path(
    post,
    path = "/accesstoken/get",
    tag = "Tokens",
    operation_id = "fetchToken",
    summary = "Get an access token",
    params(Keys, SystemHeaders),
    responses(
        (status = 200, description = "A token", body = TokenResponse, content_type = "application/json;charset=UTF-8"),
        (status = 400, description = "A client id that is missing or unknown", body = IdentityError),
        (status = 401, description = "A subscription key or a client secret that is missing or wrong", body = TokenError),
        (status = 500, description = "A defect of ours", body = GatewayFailure),
    )
)]
pub(crate) async fn get(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Refusal> {
    let subscription_key = headers::text(&headers, &SUBSCRIPTION_KEY);
    let client_id = headers::text(&headers, &CLIENT_ID);
    let client_secret = headers::text(&headers, &CLIENT_SECRET);
    let issued = api.engine().issue_token(subscription_key, client_id, client_secret);
    let issued = issued.map_err(|refusal| refused(&api, refusal, client_id.unwrap_or_default()))?;
    let mut response = reply::json(StatusCode::OK, TOKEN_JSON, &response(issued));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

#[utoipa::path(
    post,
    path = "/miami/v1/token",
    tag = "Tokens",
    operation_id = "fetchSpecialisedToken",
    summary = "Get a token that is used without a subscription key",
    params(SpecialisedHeaders),
    request_body(content = SpecialisedTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token", body = SpecialisedTokenResponse, content_type = "application/json;charset=UTF-8"),
        (status = 400, description = "Another grant than client_credentials", body = OauthError),
        (status = 401, description = "Credentials that are missing or wrong", body = OauthError),
        (status = 500, description = "A defect of ours", body = GatewayFailure),
    )
)]
pub(crate) async fn specialised(State(api): State<Api>, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    let body = body::read_form(body).await?;
    let asks_for = |wanted: &[u8]| body.split(|byte| *byte == b'&').any(|pair| pair == wanted);
    if !asks_for(b"grant_type=client_credentials") {
        let description = "The body must be a form with grant_type=client_credentials.";
        return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "unsupported_grant_type", description));
    }
    let credentials = basic(&headers);
    let (client_id, client_secret) = credentials.as_ref().map(|(id, secret)| (id.as_str(), secret.as_str())).unzip();
    let issued = api.engine().issue_specialised_token(client_id, client_secret).map_err(|_| {
        let description = "The header Authorization must be Basic with the client id and secret of a key set.";
        Refusal::oauth(StatusCode::UNAUTHORIZED, "invalid_client", description)
    })?;
    let token = SpecialisedTokenResponse {
        token_type: "Bearer".to_owned(),
        expires_in: (issued.lifetime.as_milliseconds() / 1000).to_string(),
        access_token: issued.token,
    };
    let mut response = reply::json(StatusCode::OK, TOKEN_JSON, &token);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Id and secret of a `Basic` header. The secret may hold colons, the id cannot.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers::text(headers, &header::AUTHORIZATION)?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn response(issued: IssuedToken) -> TokenResponse {
    let lifetime = (issued.lifetime.as_milliseconds() / 1000).to_string();
    TokenResponse {
        token_type: "Bearer".to_owned(),
        expires_in: lifetime.clone(),
        ext_expires_in: lifetime,
        expires_on: issued.expires_at.seconds().to_string(),
        not_before: issued.not_before.seconds().to_string(),
        resource: AUDIENCE.to_owned(),
        access_token: issued.token,
    }
}

fn refused(api: &Api, refusal: TokenRefusal, client_id: &str) -> Refusal {
    let realm = format!("{}/accesstoken", api.public_url());
    match refusal {
        TokenRefusal::SubscriptionKeyMissing => guard::subscription_key_missing(&realm),
        TokenRefusal::SubscriptionKeyUnknown => guard::subscription_key_unknown(&realm),
        TokenRefusal::ClientIdUnknown => {
            let text = format!("Application with identifier '{}' was not found in the directory.", shown(client_id));
            identity(api, StatusCode::BAD_REQUEST, "unauthorized_client", 700_016, &text)
        }
        TokenRefusal::ClientIdMissing => {
            let text = "The request must contain the header 'client_id'.";
            identity(api, StatusCode::BAD_REQUEST, "invalid_request", 900_144, text)
        }
        TokenRefusal::ClientSecretWrong => {
            let text = "The client secret is not the one of this client id.";
            identity(api, StatusCode::UNAUTHORIZED, "invalid_client", 7_000_215, text)
        }
        TokenRefusal::ClientSecretMissing => {
            let text = "The request must contain the header 'client_secret'.";
            identity(api, StatusCode::UNAUTHORIZED, "invalid_client", 7_000_216, text)
        }
    }
}

fn identity(api: &Api, status: StatusCode, error: &str, code: u32, text: &str) -> Refusal {
    let id = || uuid::Uuid::from_bytes(api.engine().entropy().uuid()).to_string();
    let error = IdentityError {
        error: error.to_owned(),
        error_description: format!("AADSTS{code}: {text}"),
        error_codes: vec![code],
        timestamp: convert::timestamp_to_the_second(api.engine().clock().wall()),
        trace_id: id(),
        correlation_id: id(),
        error_uri: format!("{}/error?code={code}", api.public_url()),
    };
    Refusal::identity(status, error)
}

/// A client id is no secret; but whatever else was sent in its place may be, and is not repeated.
fn shown(client_id: &str) -> &str {
    if uuid::Uuid::try_parse(client_id).is_ok() { client_id } else { "(not a GUID)" }
}
