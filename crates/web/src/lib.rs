//! Who asks, as a person: pages.
//!
//! [`pages`] is the table of them. A page is rendered on the server, needs no script, carries strict headers and is never cached. What a
//! merchant wrote is text and is escaped by the templates; there is no way to print it raw.
//!
//! Only this crate knows HTML. A page shows; it changes nothing by being looked at.

mod amount;
mod asset;
mod barcode;
mod clean;
mod cookie;
mod countries;
mod docs;
mod error;
mod forms;
mod gallery;
mod language;
mod live;
mod moment;
mod pay;
mod qr;
mod render;
mod secure;
mod texts;
mod view;
mod visit;
mod wallet;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use engine::{Engine, Mode};
use tokio::sync::{Semaphore, watch};

pub use docs::ApiDocument;
use pay::tries::Tries;
use view::paths;

/// What the pages need to answer.
#[derive(Clone)]
struct Web {
    engine: Arc<Engine>,
    /// How the world reaches the server; no slash at its end.
    public_url: Arc<str>,
    /// The reference of the APIs, where it is shown.
    docs: Option<Arc<str>>,
    /// Places for pages that listen.
    streams: Arc<Semaphore>,
    /// How many telephone numbers came from where.
    tries: Arc<Tries>,
    /// Whether the server stops: then answers without an end of their own end.
    draining: watch::Receiver<bool>,
}

impl Web {
    fn is_sandbox(&self) -> bool {
        self.engine.policy().mode == Mode::Sandbox
    }

    /// Whether browsers reach it over https.
    fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Every page; the reference of the APIs where there are documents of them. Guarded by what its address carries: nothing, or the token
/// of a payment link; in the wallet of a sandbox, by who is signed in. Once `draining` says so, pages that listen are let go.
pub fn pages(
    engine: Arc<Engine>,
    public_url: &str,
    documents: Option<Vec<ApiDocument>>,
    draining: watch::Receiver<bool>,
) -> Router {
    let is_sandbox = engine.policy().mode == Mode::Sandbox;
    let docs = documents.map(|documents| docs::rendered(is_sandbox, &documents).into());
    let streams = Arc::new(Semaphore::new(live::STREAMS_MAX));
    let tries = Arc::default();
    let web = Web { engine, public_url: public_url.into(), docs, streams, tries, draining };
    let reference = match &web.docs {
        Some(_) => Router::new().route("/docs", get(docs::page)),
        None => Router::new(),
    };
    let sandbox = if is_sandbox { sandbox() } else { Router::new() };
    let is_kept_secure = web.is_secure() && !is_sandbox;
    reference
        .merge(sandbox)
        .route(paths::PAY, get(pay::page))
        .route(paths::PAY_PHONE, post(pay::phone))
        .route(paths::PAY_CANCEL, post(pay::cancel))
        .route(paths::PAY_LEFT, post(pay::left))
        .route(paths::PAY_FORGET, post(pay::forget))
        .route(paths::PAY_STREAM, get(pay::stream))
        .route(paths::PAY_STATE, get(pay::state))
        .route(paths::PAY_CODE, get(pay::code))
        .route(paths::CARD, get(pay::card))
        .route("/qr.svg", get(qr::svg))
        .route("/qr.png", get(qr::png))
        .route("/q/{id}", get(qr::target))
        .route("/error", get(error::page))
        .route(asset::ROUTE, get(asset::file))
        .layer(DefaultBodyLimit::max(forms::FORM_BYTES_MAX))
        .layer(middleware::map_response(secure::headers))
        .layer(middleware::map_response(move |response| secure::kept(is_kept_secure, response)))
        .with_state(web)
}

/// What only a sandbox has.
fn sandbox() -> Router<Web> {
    wallet::routes()
        .route(paths::MANIFEST, get(asset::manifest))
        .route(paths::SERVICE_WORKER, get(asset::worker))
        .route(gallery::ROUTE, get(gallery::moved))
        .route(gallery::LIST, get(gallery::list))
        .route(gallery::SCREEN, get(gallery::screen))
}
