//! Who asks, as a person: pages.
//!
//! [`pages`] is the table of them. A page is rendered on the server, needs no script, carries strict headers and is never cached. What a
//! merchant wrote is text and is escaped by the templates; there is no way to print it raw.
//!
//! Only this crate knows HTML. A page shows; it changes nothing by being looked at.

mod amount;
mod asset;
mod clean;
mod countries;
mod docs;
mod error;
mod gallery;
mod language;
mod pay;
mod qr;
mod render;
mod secure;
mod texts;
mod view;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
use engine::{Engine, Mode};

pub use docs::ApiDocument;

/// What the pages need to answer.
#[derive(Clone)]
struct Web {
    engine: Arc<Engine>,
    /// How the world reaches the server; no slash at its end.
    public_url: Arc<str>,
    /// The reference of the APIs, where it is shown.
    docs: Option<Arc<str>>,
}

impl Web {
    fn is_sandbox(&self) -> bool {
        self.engine.policy().mode == Mode::Sandbox
    }
}

/// Every page; the reference of the APIs where there are documents of them. Guarded by what its address carries: nothing, or the token
/// of a payment link.
pub fn pages(engine: Arc<Engine>, public_url: &str, documents: Option<Vec<ApiDocument>>) -> Router {
    let is_sandbox = engine.policy().mode == Mode::Sandbox;
    let docs = documents.map(|documents| docs::rendered(is_sandbox, &documents).into());
    let web = Web { engine, public_url: public_url.into(), docs };
    let reference = match &web.docs {
        Some(_) => Router::new().route("/docs", get(docs::page)),
        None => Router::new(),
    };
    let sandbox = if is_sandbox { sandbox() } else { Router::new() };
    reference
        .merge(sandbox)
        .route("/pay", get(pay::page))
        .route("/card", get(pay::card))
        .route("/qr.svg", get(qr::svg))
        .route("/qr.png", get(qr::png))
        .route("/q/{id}", get(qr::target))
        .route("/error", get(error::page))
        .route(asset::ROUTE, get(asset::file))
        .layer(middleware::map_response(secure::headers))
        .with_state(web)
}

/// What only a sandbox has.
fn sandbox() -> Router<Web> {
    Router::new()
        .route(view::paths::MANIFEST, get(asset::manifest))
        .route(view::paths::SERVICE_WORKER, get(asset::worker))
        .route(gallery::ROUTE, get(gallery::moved))
        .route(gallery::LIST, get(gallery::list))
        .route(gallery::SCREEN, get(gallery::screen))
}
