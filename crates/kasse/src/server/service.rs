//! What hyper calls for each request: the router, told who asks, and watched until its response is complete.
//!
//! From the call until the response body is dropped (which hyper does when it has taken the last of it, or gives the
//! connection up) the connection counts as busy, however the answer ends. The request and the response pass as they
//! are, except for the peer's address.

use super::deadlines::Progress;
use axum::Router;
use axum::body::{Body, Bytes};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::{Request, Response};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::Service;

/// The address at the other end of the socket, as an extension of every request. Behind a proxy it is the proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

pub(super) struct Routes {
    app: Router,
    peer: Peer,
    progress: Arc<Progress>,
}

impl Routes {
    pub(super) fn new(app: Router, peer: SocketAddr, progress: Arc<Progress>) -> Self {
        Self { app, peer: Peer(peer), progress }
    }
}

impl hyper::service::Service<Request<Incoming>> for Routes {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let busy = Busy::new(Arc::clone(&self.progress));
        request.extensions_mut().insert(self.peer);
        // A router is a shared pointer and always ready.
        let response = self.app.clone().call(request);
        Box::pin(async move { Ok(response.await?.map(|body| Answer { body, _busy: busy })) })
    }
}

/// The response body, which ends the request when it goes.
pub(super) struct Answer {
    body: Body,
    _busy: Busy,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

struct Busy(Arc<Progress>);

impl Busy {
    fn new(progress: Arc<Progress>) -> Self {
        progress.set_in_flight(true);
        Self(progress)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set_in_flight(false);
    }
}
