//! `GET /_kasse/webhooks/stream`: every attempt from now on, as it is made, by whichever node.
//!
//! The store is asked again and again, and each time a little way back, because an attempt is seen later than it ended. What was told is
//! remembered for as long as it can be seen. Such an answer has no end of its own: it ends when the server stops or the caller goes.
//! Whoever was let in stays in, though its token lapses meanwhile.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use domain::time::{Span, Timestamp};
use engine::{Delivery, DeliveryId, Engine, KeyHolder, LoggedAttempt, Trouble, clock::Stopwatch, webhook::Scope};
use futures_util::stream::unfold;
use tokio::{sync::watch, time::sleep};

use super::{super::id, view};
use crate::{Api, Refusal};

/// How often the store is asked.
const INTERVAL: Duration = Duration::from_millis(250);
/// How much later than it ended an attempt may be seen.
const LOOK_BACK: Span = Span::seconds(15);
/// After so much silence something is said, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many attempts are read at a time.
const READ_TOGETHER: u32 = 500;
/// The most streams of a sales unit, or of a partner.
pub(crate) const STREAMS_OF_ONE_MAX: usize = 16;
/// The most streams.
pub(crate) const STREAMS_MAX: usize = 64;

/// Begins to tell.
pub(crate) async fn handle(State(api): State<Api>, Extension(scope): Extension<Scope>) -> Result<Response, Refusal> {
    let place = api.streams().enter(scope.owner())?;
    let mut told = Told::default();
    // What can be seen already was before.
    told.fresh(api.engine(), &scope).await?;
    let draining = api.draining();
    let silent = Stopwatch::start();
    let listening = Listening { api, scope, told, draining, silent, is_greeted: false, _place: place };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(unfold(listening, Listening::next))).into_response())
}

struct Listening {
    api: Api,
    scope: Scope,
    told: Told,
    draining: watch::Receiver<bool>,
    silent: Stopwatch,
    is_greeted: bool,
    _place: Place,
}

impl Listening {
    /// What is said next, whenever that is.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if !self.is_greeted {
            self.is_greeted = true;
            return Some((Ok(Bytes::from_static(b": every attempt from now on\n\n")), self));
        }
        loop {
            tokio::select! {
                _told_or_gone = self.draining.wait_for(|is_draining| *is_draining) => return None,
                () = sleep(INTERVAL) => {}
            }
            let fresh = match self.told.fresh(self.api.engine(), &self.scope).await {
                Ok(fresh) => fresh,
                Err(trouble) => {
                    tracing::debug!(%trouble, "a stream of attempts has to wait");
                    Vec::new()
                }
            };
            if !fresh.is_empty() {
                self.silent = Stopwatch::start();
                let events: String = fresh.iter().map(|(delivery, attempt)| event(delivery, attempt)).collect();
                return Some((Ok(events.into()), self));
            }
            if self.silent.elapsed() >= HEARTBEAT {
                self.silent = Stopwatch::start();
                return Some((Ok(Bytes::from_static(b": nothing new\n\n")), self));
            }
        }
    }
}

/// JSON has no line breaks in it, so one line holds it all.
fn event(delivery: &Delivery, attempt: &LoggedAttempt) -> String {
    let data = serde_json::to_string(&view::attempted(delivery, attempt)).unwrap_or_default();
    format!("id: {}-{}\nevent: attempt\ndata: {data}\n\n", id(delivery.id.0), attempt.number)
}

/// Attempts that were told, with their end, for as long as they can be seen.
#[derive(Default)]
struct Told(HashMap<(DeliveryId, u32), Timestamp>);

impl Told {
    /// What was not there before, the earliest first.
    async fn fresh(&mut self, engine: &Engine, scope: &Scope) -> Result<Vec<(Delivery, LoggedAttempt)>, Trouble> {
        let mut since = engine.clock().wall().minus(LOOK_BACK);
        self.0.retain(|_, ended| *ended >= since);
        let mut fresh = Vec::new();
        loop {
            let found = engine.attempts_since(scope, since, READ_TOGETHER).await?;
            let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= READ_TOGETHER);
            let last = found.last().map(|(_, attempt)| ended(attempt));
            for (delivery, attempt) in found {
                if self.0.insert((delivery.id, attempt.number), ended(&attempt)).is_none() {
                    fresh.push((delivery, attempt));
                }
            }
            match last {
                Some(last) if is_full && last > since => since = last,
                _ => return Ok(fresh),
            }
        }
    }
}

const fn ended(attempt: &LoggedAttempt) -> Timestamp {
    attempt.at.plus(attempt.took)
}

/// The streams there are, by whose they are.
#[derive(Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<KeyHolder, usize>>>);

/// A place among them; given back when dropped.
struct Place {
    streams: Streams,
    owner: KeyHolder,
}

impl Streams {
    fn enter(&self, owner: &KeyHolder) -> Result<Place, Refusal> {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = streams.get(owner).copied().unwrap_or_default();
        if own >= STREAMS_OF_ONE_MAX {
            return Err(Refusal::too_many_streams(STREAMS_OF_ONE_MAX));
        }
        if streams.values().sum::<usize>() >= STREAMS_MAX {
            return Err(Refusal::overloaded());
        }
        streams.insert(owner.clone(), own + 1);
        Ok(Place { streams: self.clone(), owner: owner.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut streams = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        match streams.get_mut(&self.owner) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(streams.remove(&self.owner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::text::{Msn, PartnerId};

    use super::*;

    #[test]
    fn streams_are_bounded_for_each_and_in_all_and_leave_nothing_behind() {
        let streams = Streams::default();
        let unit = |number: usize| KeyHolder::SalesUnit(Msn::parse(&(1000 + number).to_string()).unwrap());
        let mut places: Vec<Place> = (0..STREAMS_OF_ONE_MAX).map(|_| streams.enter(&unit(0)).unwrap()).collect();
        assert_eq!(streams.enter(&unit(0)).err(), Some(Refusal::too_many_streams(STREAMS_OF_ONE_MAX)));
        let partner = KeyHolder::Partner(PartnerId::parse("partner-000001").unwrap());
        places.push(streams.enter(&partner).unwrap());
        places.extend((places.len()..STREAMS_MAX).map(|number| streams.enter(&unit(number)).unwrap()));
        assert_eq!(streams.enter(&unit(999)).err(), Some(Refusal::overloaded()));
        places.pop();
        assert!(streams.enter(&unit(999)).is_ok());
        drop(places);
        assert!(streams.0.lock().unwrap().is_empty());
    }
}
