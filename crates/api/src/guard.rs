//! Before a handler is called: whoever asks must be somebody, and there must be room for it.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use engine::access::{AccessRefusal, Credentials, SubscriptionKey, Tenant};

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

/// Lets a request through that shows what the route's scheme asks for, and hands the handler its [`Tenant`] where it asks for one. The log
/// names the route, not the path.
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
        Scheme::Keys | Scheme::Bearer | Scheme::TokenAlone => Ok(door.api.engine().keep_up().await?),
    }
}

async fn judge(door: &Door, request: Request, next: Next) -> Response {
    let api = &door.api;
    let subscription_key = match door.scheme {
        Scheme::Open | Scheme::Keys => None,
        Scheme::Bearer => Some(SubscriptionKey::Sent(headers::text(request.headers(), headers::SUBSCRIPTION_KEY))),
        // Whatever subscription key it brings is not looked at.
        Scheme::TokenAlone => Some(SubscriptionKey::NotAsked),
    };
    let tenant = subscription_key.map(|subscription_key| authorize(api, &request, subscription_key));
    match tenant {
        None => next.run(request).await,
        Some(tenant) => admit(api, tenant, request, next).await,
    }
}

async fn admit(api: &Api, tenant: Result<Tenant, Refusal>, mut request: Request, next: Next) -> Response {
    let tenant = match tenant {
        Ok(tenant) => tenant,
        Err(refusal) => return refusal.into_response(),
    };
    let unit = tenant.unit().clone();
    let mut response = match api.admission().enter_for(&unit) {
        Some(_place) => {
            request.extensions_mut().insert(tenant);
            next.run(request).await
        }
        None => Refusal::overloaded().into_response(),
    };
    response.extensions_mut().insert(ActedFor(unit));
    response
}

fn authorize(api: &Api, request: &Request, subscription_key: SubscriptionKey<'_>) -> Result<Tenant, Refusal> {
    let headers = request.headers();
    let msn = headers.get(headers::MERCHANT_SERIAL_NUMBER);
    let credentials = Credentials {
        subscription_key,
        bearer: headers::bearer(headers),
        // What is no text names no sales unit either.
        msn: msn.map(|value| value.to_str().unwrap_or_default()),
    };
    let realm = || format!("{}{}", api.public_url(), api_of(request.uri().path()));
    api.engine().authorize(credentials).map_err(|refusal| match refusal {
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
            credentials.msn.unwrap_or_default()
        )),
        AccessRefusal::ProductNotAllowed => Refusal::forbidden("Merchant Not Allowed for Ecommerce Payment"),
        AccessRefusal::Deactivated => Refusal::forbidden("Merchant not available or deactivated or blocked"),
    })
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
