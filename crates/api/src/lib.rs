//! Who asks, as a program: the published APIs over HTTP.
//!
//! [`table`] lists every route with the scheme that guards it. A handler reads, calls the engine and answers; what it refuses it returns
//! as a [`Refusal`], which is turned into bytes in one place. Around all routes stands what [`surround`] puts there, one service.
//!
//! Only this crate knows status codes and error numbers. It knows no SQL and no HTML, and opens no connection.

mod access_token;
mod admission;
mod body;
mod convert;
mod epayment;
mod front;
mod guard;
mod headers;
mod health;
mod listeners;
mod observe;
mod openapi;
mod order_management;
mod path;
mod rate_limit;
mod refusal;
mod reply;
mod routes;
mod test_wallet;
mod trace;
mod userinfo;
mod webhooks;

use std::sync::Arc;

use axum::{Router, extract::Request, response::Response};
use engine::Engine;
use tokio::sync::watch;

pub use front::ClientOf;
pub use openapi::{Document, documents};
pub use refusal::Refusal;
pub use routes::{Modes, Route, Scheme, routes, table};
pub use webhooks::announce;

use crate::{
    admission::Admission, front::Front, listeners::Answers, order_management::Uploads, rate_limit::RateLimits,
    trace::Names, webhooks::Streams,
};

/// What the APIs need to answer.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

/// What links given to payers begin with.
#[derive(Clone, Debug)]
pub struct Links {
    /// How the world reaches the server; no slash at its end.
    pub public_url: String,
    /// The scheme that opens the wallet's app.
    pub native_scheme: String,
}

/// What is switched on.
#[derive(Clone, Copy, Debug)]
pub struct Switches {
    /// The published rate limits hold.
    pub rate_limits: bool,
    /// The documents of the APIs are served.
    pub docs: bool,
}

struct Inner {
    engine: Arc<Engine>,
    links: Links,
    rate_limits: Option<RateLimits>,
    shows_docs: bool,
    admission: Admission,
    listeners: Answers,
    streams: Streams,
    uploads: Uploads,
    draining: watch::Sender<bool>,
    names: Names,
}

impl Api {
    /// The APIs of an engine.
    pub fn new(engine: Arc<Engine>, links: Links, switches: Switches) -> Self {
        let names = Names::new(engine.entropy());
        let listeners = Answers::new(engine.entropy());
        Self(Arc::new(Inner {
            engine,
            links,
            rate_limits: switches.rate_limits.then(RateLimits::default),
            shows_docs: switches.docs,
            admission: Admission::default(),
            listeners,
            streams: Streams::default(),
            uploads: Uploads::default(),
            draining: watch::Sender::new(false),
            names,
        }))
    }

    /// From now on the server says that it is not ready for more, and answers that have no end of their own end.
    pub fn drain(&self) {
        self.0.draining.send_replace(true);
    }

    pub(crate) fn is_draining(&self) -> bool {
        *self.0.draining.borrow()
    }

    /// Changes once it is.
    pub(crate) fn draining(&self) -> watch::Receiver<bool> {
        self.0.draining.subscribe()
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn public_url(&self) -> &str {
        &self.0.links.public_url
    }

    pub(crate) fn native_scheme(&self) -> &str {
        &self.0.links.native_scheme
    }

    pub(crate) fn shows_docs(&self) -> bool {
        self.0.shows_docs
    }

    pub(crate) fn rate_limits(&self) -> Option<&RateLimits> {
        self.0.rate_limits.as_ref()
    }

    pub(crate) fn names(&self) -> &Names {
        &self.0.names
    }

    pub(crate) fn listeners(&self) -> &Answers {
        &self.0.listeners
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.0.streams
    }

    pub(crate) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    pub(crate) fn admission(&self) -> &Admission {
        &self.0.admission
    }
}

/// What stands around every route, the pages' too: see `front`. `client_of` knows who is at the other end of a request.
pub fn surround(routes: Router, api: &Api, client_of: ClientOf) -> Router {
    let routes = routes.fallback(not_found).method_not_allowed_fallback(not_found);
    Router::new().fallback_service(Front { api: api.clone(), client_of, routes })
}

async fn not_found(request: Request) -> Result<Response, Refusal> {
    let gone = order_management::gone(request.method(), request.uri().path());
    Err(gone.unwrap_or_else(Refusal::not_found))
}
