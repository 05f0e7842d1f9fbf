//! One request seen from outside: its name, its line in the log, and its refusal put into bytes.
//!
//! The line holds the route as a template, never the path, and no header, token, key, address parameter or body: what a merchant or a payer
//! wrote does not reach the log. A key under which a request may be repeated is there as the start of its digest.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, Uri},
    response::Response,
};
use domain::merchant::SalesUnit;
use ring::digest::{SHA256, digest};
use tokio::time::Instant;

use crate::{Api, Refusal, headers, path, reply::IsReplay, trace::TraceParent};

/// The route that answered, noted on the response by the router.
#[derive(Clone)]
pub(crate) struct Route(pub(crate) &'static str);

/// The sales unit that was acted for, noted on the response by the guard.
#[derive(Clone)]
pub(crate) struct ActedFor(pub(crate) Arc<SalesUnit>);

/// A request that is being answered.
pub(crate) struct Seen {
    started: Instant,
    trace: TraceParent,
    name: Arc<str>,
    method: Method,
    address: Uri,
    key: Option<String>,
    client: Option<IpAddr>,
}

impl Seen {
    /// The request comes in.
    pub(crate) fn begin(api: &Api, client: Option<IpAddr>, request: &Request) -> Self {
        let trace = api.names().of(request.headers());
        Self {
            started: Instant::now(),
            trace,
            name: trace.trace_id().into(),
            method: request.method().clone(),
            address: request.uri().clone(),
            key: key_digest(request.headers()),
            client,
        }
    }

    /// What the request is called.
    pub(crate) fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// The answer goes out: in bytes, if it was a refusal, with the name of the request, and with its line in the log.
    pub(crate) fn end(self, mut response: Response) -> Response {
        let refusal = response.extensions_mut().remove::<Refusal>();
        let code = refusal.as_ref().and_then(Refusal::code);
        let mut rendered = match &refusal {
            Some(refusal) => {
                with_extensions(refusal.render(&self.trace, path::instance(self.address.path())), response)
            }
            None => response,
        };
        let trace = &*self.name;
        if let Ok(id) = HeaderValue::from_str(trace) {
            rendered.headers_mut().insert("x-request-id", id);
        }
        rendered.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        let seen = rendered.extensions();
        tracing::info!(
            target: "kasse::request",
            method = %method_name(&self.method),
            route = seen.get::<Route>().map_or("none", |route| route.0),
            status = rendered.status().as_u16(),
            microseconds = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            msn = seen.get::<ActedFor>().map(|acted| acted.0.msn.as_str()),
            code,
            replayed = seen.get::<IsReplay>().map(|_| true),
            key = self.key,
            client = self.client.map(tracing::field::display),
            trace,
        );
        rendered
    }
}

/// The standard methods by name; what else a caller invents does not reach the log.
fn method_name(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT") => known,
        _ => "other",
    }
}

/// The refusal's response in place of the one that carried it, with what was noted on that.
fn with_extensions(mut rendered: Response, carrier: Response<Body>) -> Response {
    let (parts, _) = carrier.into_parts();
    *rendered.extensions_mut() = parts.extensions;
    rendered
}

/// Enough of a digest to find two requests of one key, too little to learn the key.
fn key_digest(headers: &HeaderMap) -> Option<String> {
    const SHOWN_BYTES: usize = 4;
    let key = headers.get(&headers::IDEMPOTENCY_KEY)?;
    let digest = digest(&SHA256, key.as_bytes());
    Some(digest.as_ref().iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect())
}
