//! One attempt: signed anew, carried, and what came of it.

use std::sync::Arc;

use domain::target::Target;
use engine::{
    Engine,
    outbound::{CLAIM_WAIT_MAX, Job, Tried},
};
use wire::webhooks::{
    CONTENT_TYPE, USER_AGENT,
    date::imf_fixdate,
    signature::{Signed, sign},
};

use super::fetched;
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
        let (claimed, secret) = (&job.claimed, job.secret.as_ref()?);
        let target = Target::parse(&claimed.recipient.url).ok()?;
        let signed = sign(secret, target.path_and_query(), &target.authority(), &imf_fixdate(seconds), &claimed.body);
        let event_id = uuid::Uuid::from_bytes(claimed.event_id).to_string();
        Some(Self { signed, event_id, number: claimed.number.to_string() })
    }

    pub(super) fn headers(&self) -> [(&'static str, &str); 6] {
        let [date, hash, authorization, again] = self.signed.headers();
        [date, hash, authorization, again, ("Kasse-Event-Id", &self.event_id), ("Kasse-Attempt", &self.number)]
    }
}

/// What came of it; nothing where it had waited so long that somebody else may have it by now.
pub(super) async fn attempt(engine: Arc<Engine>, carrier: Carrier, job: Job) -> Option<Tried> {
    if job.waiting.elapsed() > CLAIM_WAIT_MAX {
        return None;
    }
    let at = engine.clock().wall();
    let Some(request) = Request::of(&job, at.seconds()) else {
        let webhook = uuid::Uuid::from_bytes(job.claimed.recipient.lane.webhook.0);
        tracing::error!(%webhook, "the secret of a registration cannot be opened");
        let Job { claimed, .. } = job;
        let (took, answer, signature) = (std::time::Duration::ZERO, Vec::new(), "".into());
        return Some(Tried { claimed, at, took, outcome: Err(NO_SECRET), answer, signature });
    };
    if job.claimed.recipient.lane.is_fetched {
        return Some(fetched::attempt(&engine, job, (at, request), carrier.limit()).await);
    }
    let message = Message {
        url: &job.claimed.recipient.url,
        user_agent: USER_AGENT,
        content_type: CONTENT_TYPE,
        headers: &request.headers(),
        body: job.claimed.body.clone(),
    };
    let carried = carrier.post(message).await;
    let (outcome, answer) = match carried.outcome {
        Ok(answered) => (Ok(answered.status), answered.head_of_body),
        Err(failed) => (Err(Failed::name(failed)), Vec::new()),
    };
    let signature = request.signed.authorization.into();
    Some(Tried { claimed: job.claimed, at, took: carried.took, outcome, answer, signature })
}
