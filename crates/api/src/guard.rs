//! Before a handler is called: whoever asks must be somebody, and there must be room for it.
//!
//! A handler behind its door is a handler again, and no layer: a layer costs every request a copy of all that is below it.

use std::{pin::Pin, sync::Arc};

use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse as _, Response},
};
use domain::merchant::SalesUnit;
use engine::access::{AccessRefusal, Credentials, SubscriptionKey};

use crate::{
    Api, Refusal, headers,
    observe::{ActedFor, Route},
    routes::Scheme,
};

/// A route's handler behind its door: whose name the log is told, and how a caller proves who it is.
#[derive(Clone)]
pub(crate) struct Guarded<H> {
    pub(crate) path: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) handler: H,
}

impl<H: Handler<T, Api>, T: 'static> Handler<T, Api> for Guarded<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    /// Lets a request through that shows what the route's scheme asks for, and hands the handler its proof where it asks for one: a
    /// [`Tenant`](engine::access::Tenant) or a [`Scope`](engine::webhook::Scope). The log names the route, not the path.
    fn call(self, request: Request, api: Api) -> Self::Future {
        Box::pin(async move {
            let Self { path, scheme, handler } = self;
            let mut response = match enter(&api, scheme, handler, request).await {
                Ok(response) => response,
                Err(refusal) => refusal.into_response(),
            };
            response.extensions_mut().insert(Route(path));
            response
        })
    }
}

async fn enter<H: Handler<T, Api>, T: 'static>(
    api: &Api,
    scheme: Scheme,
    handler: H,
    mut request: Request,
) -> Result<Response, Refusal> {
    keep_up(api, scheme).await?;
    let Some(unit) = prove(api, scheme, &mut request)? else {
        return Ok(handler.call(request, api.clone()).await);
    };
    let mut response = match api.admission().enter_for(&unit) {
        Some(_place) => handler.call(request, api.clone()).await,
        None => Refusal::overloaded().into_response(),
    };
    response.extensions_mut().insert(ActedFor(unit));
    Ok(response)
}

/// Whoever has to show keys is judged by those that count now, whichever node they were changed at.
async fn keep_up(api: &Api, scheme: Scheme) -> Result<(), Refusal> {
    match scheme {
        Scheme::Open => Ok(()),
        Scheme::Keys | Scheme::Bearer | Scheme::TokenAlone | Scheme::Scope => Ok(api.engine().keep_up().await?),
    }
}

/// Puts the proof into the request, and answers the sales unit it is about, if it is about one.
fn prove(api: &Api, scheme: Scheme, request: &mut Request) -> Result<Option<Arc<SalesUnit>>, Refusal> {
    let engine = api.engine();
    let sent = SubscriptionKey::Sent(headers::text(request.headers(), &headers::SUBSCRIPTION_KEY));
    let tenant = match scheme {
        Scheme::Open | Scheme::Keys => return Ok(None),
        Scheme::Bearer => engine.authorize(shown(request, sent)),
        // Whatever subscription key it brings is not looked at.
        Scheme::TokenAlone => engine.authorize(shown(request, SubscriptionKey::NotAsked)),
        Scheme::Scope => {
            let scope = engine.authorize_scope(shown(request, sent)).map_err(|no| refusal(api, request, no))?;
            let unit = scope.unit().cloned();
            request.extensions_mut().insert(scope);
            return Ok(unit);
        }
    };
    let tenant = tenant.map_err(|no| refusal(api, request, no))?;
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
    request.headers().get(&headers::MERCHANT_SERIAL_NUMBER).map(|value| value.to_str().unwrap_or_default())
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
