//! The stream: an event for each delivery, a comment now and then, and the end.

use std::convert::Infallible;

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::target::Target;
use engine::{
    WebhookId,
    listening::{Handed, LISTENER_NOTE_INTERVAL, Listener},
    webhook::Scope,
};
use futures_util::stream;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};
use wire::webhooks::listening;

use super::answers::HandedHere;
use crate::Api;

/// What a stream of events is called.
const EVENT_STREAM: &str = "text/event-stream";
/// What says that the connection is alive.
const STILL_HERE: Bytes = Bytes::from_static(b": listening\n\n");

/// A connection that is handed deliveries.
struct Connection {
    api: Api,
    scope: Scope,
    webhook: WebhookId,
    listener: Listener,
    handed: HandedHere,
    notes: Interval,
    draining: watch::Receiver<bool>,
}

pub(super) fn response(api: Api, scope: Scope, webhook: WebhookId, listener: Listener) -> Response {
    let handed = HandedHere::new(api.listeners().clone(), scope.owner().clone(), webhook);
    // The first one is now, so that whoever connects hears at once that he is.
    let mut notes = interval(LISTENER_NOTE_INTERVAL);
    notes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let draining = api.draining();
    let connection = Connection { api, scope, webhook, listener, handed, notes, draining };
    let pieces = stream::unfold(connection, async |mut connection| {
        let piece = connection.next().await?;
        Some((Ok::<_, Infallible>(piece), connection))
    });
    // Proxies are told not to keep anything back.
    let headers = [
        (header::CONTENT_TYPE, EVENT_STREAM),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

impl Connection {
    async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            handed = self.listener.next() => Some(self.event(handed?)),
            _ = self.notes.tick() => self.note().await.then_some(STILL_HERE),
            () = is_true(&mut self.draining) => {
                self.note().await;
                None
            }
        }
    }

    /// Notes that somebody is connected. Answers whether there still is anything to be connected to.
    async fn note(&self) -> bool {
        let noted = self.api.engine().note_listener(&self.scope, self.webhook).await;
        noted.unwrap_or_else(|trouble| {
            tracing::debug!(%trouble, "that somebody listens could not be noted; trying again");
            true
        })
    }

    fn event(&mut self, handed: Handed) -> Bytes {
        let Handed { url, headers, body, reply } = handed;
        let host = Target::parse(&url).map(|target| ("Host".to_owned(), target.authority()));
        let event = listening::Handed {
            delivery: self.handed.add(reply),
            url: url.into(),
            headers: host.into_iter().chain(headers).collect(),
            body: STANDARD.encode(body),
        };
        // Texts and numbers can always be written as JSON, and on one line.
        let json = serde_json::to_string(&event).unwrap_or_default();
        format!("event: delivery\ndata: {json}\n\n").into()
    }
}

/// Resolves once it is so; gone is as good as told.
async fn is_true(watched: &mut watch::Receiver<bool>) {
    let _told_or_gone = watched.wait_for(|is_so| *is_so).await;
}
