//! What happens to every request, the pages' too, in order: it is named and its line in the log begun; limits that need no route are kept;
//! a place is taken; letter case and slashes of the path are forgiven; the route answers, and a panic in it costs this request alone.
//!
//! One function and not a pile of layers: each layer of a router costs every request a copy of all layers below it.

use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use engine::pages::{Client, RequestName};
use futures_util::FutureExt as _;

use crate::{Api, Refusal, headers, observe::Seen, path, refusal};

/// Who is at the other end of a request, as far as the accept loop could tell; behind a declared proxy, who the proxy says it is.
pub type ClientOf = Arc<dyn Fn(&Request) -> Option<IpAddr> + Send + Sync>;

/// What every request needs before it has a route.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) api: Api,
    pub(crate) client_of: ClientOf,
}

/// Answers, and writes down that it did.
pub(crate) async fn receive(State(front): State<Front>, request: Request, next: Next) -> Response {
    let Front { api, client_of } = &front;
    let client = client_of(&request);
    let seen = Seen::begin(api, client, &request);
    let mut request = request;
    request.extensions_mut().insert(RequestName(seen.name()));
    if let Some(client) = client {
        request.extensions_mut().insert(Client(client));
    }
    let response = answer(api, request, next).await.unwrap_or_else(|refusal| refusal.into_response());
    seen.end(response)
}

async fn answer(api: &Api, request: Request, next: Next) -> Result<Response, Refusal> {
    headers::limit(&request)?;
    let _place = match is_about_health(&request) {
        true => None,
        false => Some(api.admission().enter().ok_or_else(Refusal::overloaded)?),
    };
    // Nothing of a request that panicked is used afterwards but the fact.
    let answering = AssertUnwindSafe(next.run(path::normalise(request))).catch_unwind();
    answering.await.map_err(|_| refusal::panicked())
}

/// Health is answered however much goes on.
fn is_about_health(request: &Request) -> bool {
    matches!(request.uri().path(), "/livez" | "/readyz")
}
