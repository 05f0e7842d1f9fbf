//! What happens to every request, the pages' too, in order: it is named and its line in the log begun; limits that need no route are kept;
//! a place is taken; letter case and slashes of the path are forgiven; the route answers, and a panic in it costs this request alone.
//!
//! One service and not a pile of layers: each layer of a router costs every request a copy of all layers below it.

use std::{
    convert::Infallible,
    net::IpAddr,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use engine::pages::{Client, RequestName};
use futures_util::FutureExt as _;
use tower::Service;

use crate::{Api, Refusal, headers, observe::Seen, path, refusal};

/// Who is at the other end of a request, as far as the accept loop could tell; behind a declared proxy, who the proxy says it is.
pub type ClientOf = Arc<dyn Fn(&Request) -> Option<IpAddr> + Send + Sync>;

/// Every route, with what every request needs before it has one.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) api: Api,
    pub(crate) client_of: ClientOf,
    pub(crate) routes: Router,
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.receive(request).await) })
    }
}

impl Front {
    /// Answers, and writes down that it did.
    async fn receive(self, mut request: Request) -> Response {
        let Self { api, client_of, routes } = self;
        let client = client_of(&request);
        let seen = Seen::begin(&api, client, &request);
        request.extensions_mut().insert(RequestName(seen.name()));
        if let Some(client) = client {
            request.extensions_mut().insert(Client(client));
        }
        let response = answer(&api, request, routes).await.unwrap_or_else(|refusal| refusal.into_response());
        seen.end(response)
    }
}

async fn answer(api: &Api, request: Request, mut routes: Router) -> Result<Response, Refusal> {
    headers::limit(&request)?;
    let _place = match is_about_health(&request) {
        true => None,
        false => Some(api.admission().enter().ok_or_else(Refusal::overloaded)?),
    };
    // Nothing of a request that panicked is used afterwards but the fact.
    let answering = async move { routes.call(path::normalise(request)).await };
    let Ok(response) = AssertUnwindSafe(answering).catch_unwind().await.map_err(|_| refusal::panicked())?;
    Ok(response)
}

/// Health is answered however much goes on.
fn is_about_health(request: &Request) -> bool {
    matches!(request.uri().path(), "/livez" | "/readyz")
}
