//! One attempt after the other: each signed anew and carried, and what came of it.

use std::{sync::Arc, time::Duration};

use engine::{
    Engine,
    outbound::{Addressee, CLAIM_WAIT_MAX, Job, Made},
};
use wire::webhooks::{
    CONTENT_TYPE, USER_AGENT,
    date::imf_fixdate,
    signature::{Signed, sign},
};

use super::{desk::Held, fetched};
use crate::carrier::{Carrier, Failed, Message};

/// What an attempt is called that could not be signed.
const NO_SECRET: &str = "secret";

/// What is sent, beside what carrying adds.
pub(super) struct Request {
    pub(super) signed: Signed,
    event_id: String,
    number: String,
}

impl Request {
    /// Signs what was claimed, now; none where there is nothing to sign it with.
    pub(super) fn of(job: &Job, seconds: i64) -> Option<Self> {
        let (claimed, Addressee { target, secret }) = (&job.claimed, job.addressee.as_deref()?);
        let signed = sign(secret, target.path_and_query(), &target.authority(), &imf_fixdate(seconds), &claimed.body);
        let event_id = uuid::Uuid::from_bytes(claimed.event_id).to_string();
        Some(Self { signed, event_id, number: claimed.number.to_string() })
    }

    pub(super) fn headers(&self) -> [(&'static str, &str); 6] {
        let [date, hash, authorization, again] = self.signed.headers();
        [date, hash, authorization, again, ("Kasse-Event-Id", &self.event_id), ("Kasse-Attempt", &self.number)]
    }
}

/// Attempts this, and then whatever the desk has for the place it leaves.
pub(super) async fn attempt_in_turn(first: Held, engine: Arc<Engine>, carrier: Carrier) {
    let mut next = Some(first);
    while let Some(held) = next {
        let made = match held.job() {
            Some(job) => attempt(&engine, &carrier, job).await,
            None => None,
        };
        next = held.hand_in(made);
    }
}

/// What came of it; nothing where it had waited so long that somebody else may have it by now, or nobody fetches it any more.
async fn attempt(engine: &Engine, carrier: &Carrier, job: &Job) -> Option<Made> {
    if job.waiting.elapsed() > CLAIM_WAIT_MAX {
        return None;
    }
    let (claimed, at) = (&job.claimed, engine.clock().wall());
    let recipient = &claimed.recipient;
    let Some(request) = Request::of(job, at.seconds()) else {
        let webhook = uuid::Uuid::from_bytes(recipient.lane.webhook.0);
        tracing::error!(%webhook, "the secret of a registration cannot be opened");
        let (took, answer, signature) = (Duration::ZERO, Vec::new(), "".into());
        return Some(Made { at, took, outcome: Err(NO_SECRET), answer, signature });
    };
    if recipient.lane.is_fetched {
        return fetched::attempt(engine, job, (at, request), carrier.limit()).await;
    }
    let message = Message {
        url: &recipient.url,
        user_agent: USER_AGENT,
        content_type: CONTENT_TYPE,
        headers: &request.headers(),
        body: claimed.body.clone(),
    };
    let carried = carrier.post(message).await;
    let (outcome, answer) = match carried.outcome {
        Ok(answered) => (Ok(answered.status), answered.head_of_body),
        Err(failed) => (Err(Failed::name(failed)), Vec::new()),
    };
    let signature = request.signed.authorization.into();
    Some(Made { at, took: carried.took, outcome, answer, signature })
}
