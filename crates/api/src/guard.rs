//! Before a handler is called: whoever asks must be somebody, and there must be room for it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::merchant::SalesUnit;
use engine::access::{AccessRefusal, Credentials, SubscriptionKey};

use crate::{
    Api, Refusal, headers,
    observe::{ActedFor, Route},
    routes::Scheme,
};

/// A route's door: whose name the log is told, and how a caller proves who it is.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) api: Api,
    pub(crate) path: &'static str,
    pub(crate) scheme: Scheme,
}

/// Lets a request through that shows what the route's scheme asks for, and hands the handler its proof where it asks for one: a
/// [`Tenant`](engine::access::Tenant) or a [`Scope`](engine::webhook::Scope). The log names the route, not the path.
pub(crate) async fn enter(State(door): State<Door>, request: Request, next: Next) -> Response {
    let mut response = match keep_up(&door).await {
        Ok(()) => judge(&door, request, next).await,
        Err(refusal) => refusal.into_response(),
    };
    response.extensions_mut().insert(Route(door.path));
    response
}

/// Whoever has to show keys is judged by those that count now, whichever node they were changed at.
async fn keep_up(door: &Door) -> Result<(), Refusal> {
    match door.scheme {
        Scheme::Open => Ok(()),
        Scheme::Keys | Scheme::Bearer | Scheme::TokenAlone | Scheme::Scope => Ok(door.api.engine().keep_up().await?),
    }
}

async fn judge(door: &Door, mut request: Request, next: Next) -> Response {
    let unit = match prove(door, &mut request) {
        Ok(unit) => unit,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(unit) = unit else { return next.run(request).await };
    let mut response = match door.api.admission().enter_for(&unit) {
        Some(_place) => next.run(request).await,
        None => Refusal::overloaded().into_response(),
    };
    response.extensions_mut().insert(ActedFor(unit));
    response
}

/// Puts the proof into the request, and answers the sales unit it is about, if it is about one.
fn prove(door: &Door, request: &mut Request) -> Result<Option<Arc<SalesUnit>>, Refusal> {
    let engine = door.api.engine();
    let sent = SubscriptionKey::Sent(headers::text(request.headers(), headers::SUBSCRIPTION_KEY));
    let tenant = match door.scheme {
        Scheme::Open | Scheme::Keys => return Ok(None),
        Scheme::Bearer => engine.authorize(shown(request, sent)),
        // Whatever subscription key it brings is not looked at.
        Scheme::TokenAlone => engine.authorize(shown(request, SubscriptionKey::NotAsked)),
        Scheme::Scope => {
            let scope = engine.authorize_scope(shown(request, sent)).map_err(|no| refusal(&door.api, request, no))?;
            let unit = scope.unit().cloned();
            request.extensions_mut().insert(scope);
            return Ok(unit);
        }
    };
    let tenant = tenant.map_err(|no| refusal(&door.api, request, no))?;
    let unit = tenant.unit().clone();
    request.extensions_mut().insert(tenant);
    Ok(Some(unit))
}

fn shown<'a>(request: &'a Request, subscription_key: SubscriptionKey<'a>) -> Credentials<'a> {
    let headers = request.headers();
    Credentials { subscription_key, bearer: headers::bearer(headers), msn: msn(request) }
}

/// What is no text names no sales unit either.
fn msn(request: &Request) -> Option<&str> {
    request.headers().get(headers::MERCHANT_SERIAL_NUMBER).map(|value| value.to_str().unwrap_or_default())
}

/// Why not, in the published words.
fn refusal(api: &Api, request: &Request, refusal: AccessRefusal) -> Refusal {
    let realm = || format!("{}{}", api.public_url(), api_of(request.uri().path()));
    match refusal {
        AccessRefusal::SubscriptionKeyMissing => subscription_key_missing(&realm()),
        AccessRefusal::SubscriptionKeyUnknown => subscription_key_unknown(&realm()),
        AccessRefusal::TokenInvalid => Refusal::unauthorized(),
        AccessRefusal::MsnMissing => Refusal::forbidden(
            "The header Merchant-Serial-Number is missing. With a partner's keys it has to say which sales unit is acted for.",
        ),
        AccessRefusal::MsnMalformed(rule) => {
            Refusal::field("Merchant-Serial-Number", format!("The field Merchant-Serial-Number {}.", rule.0))
        }
        AccessRefusal::MsnNotAllowed => Refusal::forbidden(format!(
            "Invalid MSN: {}. The keys of this request may not act for this sales unit.",
            msn(request).unwrap_or_default()
        )),
        AccessRefusal::ProductNotAllowed => Refusal::forbidden("Merchant Not Allowed for Ecommerce Payment"),
        AccessRefusal::Deactivated => Refusal::forbidden("Merchant not available or deactivated or blocked"),
    }
}

pub(crate) fn subscription_key_missing(realm: &str) -> Refusal {
    let message = "Access denied due to missing subscription key. \
                   Make sure to include subscription key when making requests to an API.";
    Refusal::subscription_key(message, realm)
}

pub(crate) fn subscription_key_unknown(realm: &str) -> Refusal {
    let message = "Access denied due to invalid subscription key. \
                   Make sure to provide a valid key for an active subscription.";
    Refusal::subscription_key(message, realm)
}

/// The first part of the path names the API.
fn api_of(path: &str) -> String {
    path.split('/').nth(1).map(|api| format!("/{api}")).unwrap_or_default()
}
