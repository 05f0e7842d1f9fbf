//! Paths as they are matched and as they are told.
//!
//! Real clients write the token path in several letter cases and put a slash behind collections, and behind any path of the Order
//! Management API; nothing else is forgiven, references above all keep their case.

use axum::{
    extract::{FromRequestParts, Path, Request},
    http::{Uri, request::Parts},
};

const TOKEN_PATH: &str = "/accesstoken/get";
const SPECIALISED_TOKEN_PATH: &str = "/miami/v1/token";
/// A slash behind these is ignored.
const COLLECTIONS: [&str; 2] = ["/epayment/v1/payments/", "/webhooks/v1/webhooks/"];
/// So it is behind whatever begins like this.
const ORDER_MANAGEMENT: &str = "/order-management/v";

/// The request with its path as the router knows it.
pub(crate) fn normalise(mut request: Request) -> Request {
    let path = request.uri().path();
    let normal = if path.eq_ignore_ascii_case(TOKEN_PATH) {
        Some(TOKEN_PATH)
    } else if path.starts_with(ORDER_MANAGEMENT) {
        path.strip_suffix('/')
    } else {
        COLLECTIONS.iter().find(|collection| **collection == path).map(|collection| collection.trim_end_matches('/'))
    };
    if let Some(normal) = normal.filter(|normal| *normal != path) {
        let with_query = request.uri().query().map_or_else(|| normal.to_owned(), |query| format!("{normal}?{query}"));
        if let Ok(uri) = with_query.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Whether tokens are asked for here, which another service answers for.
pub(crate) fn is_of_tokens(path: &str) -> bool {
    path.eq_ignore_ascii_case(TOKEN_PATH) || path == SPECIALISED_TOKEN_PATH
}

/// What stands for a part that is no text.
const UNREADABLE: &str = "\u{fffd}";

/// What the paths of an API begin with, and its documents leave out.
const BASES: [&str; 4] = ["/epayment", "/order-management", "/vipps-userinfo-api", "/webhooks"];

/// The path as a problem names it: without the API's prefix (`/epayment/v1/payments` is `/v1/payments`).
pub(crate) fn instance(path: &str) -> &str {
    let below = |base: &&str| path.strip_prefix(*base).filter(|rest| rest.starts_with('/'));
    BASES.iter().find_map(below).unwrap_or(path)
}

/// The two parts of the path that name something, read as [`Part`] is.
pub(crate) struct TwoParts(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for TwoParts {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let nothing = || (UNREADABLE.to_owned(), UNREADABLE.to_owned());
        let (first, second) = texts.map_or_else(|_| nothing(), |Path(texts)| texts);
        Ok(Self(first, second))
    }
}

/// The one part of the path that names something, as text; what cannot be read as text names nothing.
pub(crate) struct Part(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Part {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(text.map_or_else(|_| UNREADABLE.to_owned(), |Path(text)| text)))
    }
}
