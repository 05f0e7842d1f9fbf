//! An attempt that is not sent but handed to whoever is connected to fetch it.

use std::time::Duration;

use domain::time::Timestamp;
use engine::{
    Engine,
    clock::Stopwatch,
    listening::Handed,
    outbound::{Job, Made},
};
use tokio::{sync::oneshot, time::timeout};
use wire::webhooks::{CONTENT_TYPE, USER_AGENT};

use super::attempt::Request;
use crate::carrier::{Failed, KEPT_BYTES_MAX};

/// What came of it; nothing where nobody took it: who fetched before has gone, or is behind.
pub(super) async fn attempt(
    engine: &Engine,
    job: &Job,
    (at, request): (Timestamp, Request),
    limit: Duration,
) -> Option<Made> {
    let since = Stopwatch::start();
    let (reply, carried) = oneshot::channel();
    let mut headers =
        vec![("Content-Type".to_owned(), CONTENT_TYPE.to_owned()), ("User-Agent".to_owned(), USER_AGENT.to_owned())];
    headers.extend(request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let handed = Handed { url: job.claimed.recipient.url.clone(), headers, body: job.claimed.body.clone(), reply };
    engine.hand_over(job.claimed.recipient.lane.webhook, handed).ok()?;
    let (outcome, mut answer) = match timeout(limit, carried).await {
        Ok(Ok(carried)) => (carried.outcome, carried.answer),
        Ok(Err(_)) => (Err(Failed::Reset.name()), Vec::new()),
        Err(_) => (Err(Failed::Timeout.name()), Vec::new()),
    };
    answer.truncate(KEPT_BYTES_MAX);
    Some(Made { at, took: since.elapsed(), outcome, answer, signature: request.signed.authorization.into() })
}
