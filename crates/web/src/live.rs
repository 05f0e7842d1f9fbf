//! Streams that tell a page when what it shows has changed, and the short answer for a page that hears no stream.
//!
//! What is told is which step the page is at and how much time is left; a page that shows another step loads itself anew. A stream says
//! something every quarter of a minute, whatever happens, so that nobody in between takes it for dead and clocks are set right. It ends
//! when the server stops or the payer goes.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use engine::{
    Trouble,
    live::{Topic, Watching},
};
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::{Web, forms::json};

/// The most streams.
pub(crate) const STREAMS_MAX: usize = 12_000;

/// What a page is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Now {
    /// What it should show.
    pub(crate) step: String,
    /// How long something is open yet, in milliseconds.
    pub(crate) left_ms: Option<i64>,
    /// What is to be looked at from now on.
    pub(crate) topics: Vec<Topic>,
}

impl Now {
    fn data(&self) -> String {
        let left = self.left_ms.map_or_else(|| "null".to_owned(), |left| left.to_string());
        format!(r#"{{"step":"{}","left":{left}}}"#, self.step)
    }
}

/// How it stands, asked again and again; nothing once there is nothing to tell any more.
pub(crate) type Look =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Option<Now>, Trouble>> + Send>> + Send + Sync>;

/// The answer for a page that asks by itself.
pub(crate) async fn state(look: Look) -> Response {
    match look().await {
        Ok(Some(now)) => json(StatusCode::OK, now.data()),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The stream for a page that listens.
pub(crate) fn stream(web: &Web, topics: Vec<Topic>, look: Look) -> Response {
    let Ok(place) = web.streams.clone().try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    // It is looked at before it is read, so that nothing happens unseen between.
    let watching = web.engine.watch(topics);
    let listening =
        Listening { watching, look, draining: web.draining.clone(), told: None, is_silent: false, _place: place };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(unfold(listening, Listening::next))).into_response()
}

struct Listening {
    watching: Watching,
    look: Look,
    draining: watch::Receiver<bool>,
    told: Option<String>,
    is_silent: bool,
    _place: OwnedSemaphorePermit,
}

impl Listening {
    /// What is said next, whenever that is.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            match (self.look)().await {
                Ok(Some(now)) if self.is_silent || self.told.as_ref() != Some(&now.step) => {
                    let event = format!("event: state\ndata: {}\n\n", now.data());
                    self.watching.look_at(now.topics);
                    self.told = Some(now.step);
                    self.is_silent = false;
                    return Some((Ok(event.into()), self));
                }
                Ok(Some(now)) => self.watching.look_at(now.topics),
                Ok(None) => return None,
                Err(trouble) if self.is_silent => {
                    tracing::debug!(%trouble, "a page has to wait for news");
                    self.is_silent = false;
                    return Some((Ok(Bytes::from_static(b": no news can be had\n\n")), self));
                }
                Err(_) => {}
            }
            tokio::select! {
                _told_or_gone = self.draining.wait_for(|is_draining| *is_draining) => return None,
                has_changed = self.watching.changed() => self.is_silent = !has_changed,
            }
        }
    }
}
