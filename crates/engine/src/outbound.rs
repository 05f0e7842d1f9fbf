//! The door to those who carry deliveries out of the house: what is to be sent now, and what came of it.
//!
//! Whoever claims a delivery has it for a while; what comes after an attempt is decided here, by the published schedule and the sales
//! unit's own clock. Nothing here opens a connection.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    target::{Target, Targets},
    text::Msn,
    time::{Span, Timestamp},
    webhook::{Next, after_attempt, is_to_be_removed},
};
use store::{
    Announce, Attempt, Claimed, DeliveriesChange, Intent, Lane, LoggedAttempt, Mode, Recipient, Removal, RemovalCause,
    Trouble, WebhookId, Work,
};
use zeroize::Zeroizing;

use crate::{Engine, clock::Stopwatch, webhook};

/// How long a claim may wait before its attempt begins. An attempt takes less than a third of what a claim lasts, and so does this wait.
pub const CLAIM_WAIT_MAX: Duration = Duration::from_secs(20);
/// How long the delivery log is kept in a sandbox, and in production.
const LOG_KEPT: [Span; 2] = [Span::days(90), Span::days(396)];
/// A registration that has been failing for so long is worth a word in the log, once a day.
const FAILING_FOR_LONG: Span = Span::days(3);
/// How many old deliveries are forgotten at a time.
const FORGOTTEN_TOGETHER_MAX: u32 = 2_000;

/// When it was last said of which registration that nothing reaches it.
#[derive(Default)]
pub(crate) struct Complaints(Mutex<HashMap<WebhookId, Timestamp>>);

impl Complaints {
    /// The most registrations that are remembered.
    const MAX: usize = 10_000;

    /// Whether a day has passed since it was said last.
    fn is_new(&self, webhook: WebhookId, now: Timestamp) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() >= Self::MAX {
            said.clear();
        }
        let is_new = said.get(&webhook).is_none_or(|last| now >= last.plus(Span::days(1)));
        if is_new {
            said.insert(webhook, now);
        }
        is_new
    }
}

/// What is told outside, and how fast.
#[derive(Clone, Debug)]
pub struct Telling {
    /// What is sent of an event.
    pub announce: Announce,
    /// How long the delays between attempts are, of what is published.
    pub time_scale: TimeScale,
    /// Where to.
    pub targets: Targets,
}

impl Telling {
    /// As published, to whatever a mode allows.
    pub fn of(mode: Mode, announce: Announce) -> Self {
        let targets = match mode {
            Mode::Sandbox => Targets::sandbox(),
            Mode::Production => Targets::production(),
        };
        Self { announce, time_scale: TimeScale::PUBLISHED, targets }
    }
}

/// How long a wait is, of what is published, in millionths: a sandbox may be told to wait less.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeScale(NonZeroU32);

impl TimeScale {
    /// As long as published.
    pub const PUBLISHED: Self = Self(MILLION_PARTS);

    /// So many millionths; none where that is nothing, or longer than published.
    pub fn millionths(count: u32) -> Option<Self> {
        NonZeroU32::new(count).filter(|count| count.get() <= MILLION).map(Self)
    }

    /// How long a published wait is here.
    fn shortened(self, span: Span) -> Span {
        let millionths = i128::from(span.as_milliseconds()) * i128::from(self.0.get());
        Span::milliseconds(i64::try_from(millionths / i128::from(MILLION)).unwrap_or(i64::MAX))
    }

    /// How long what passed here would have been as published.
    fn lengthened(self, span: Span) -> Span {
        let published = i128::from(span.as_milliseconds()) * i128::from(MILLION) / i128::from(self.0.get());
        Span::milliseconds(i64::try_from(published).unwrap_or(i64::MAX))
    }
}

const MILLION: u32 = 1_000_000;
const MILLION_PARTS: NonZeroU32 = match NonZeroU32::new(MILLION) {
    Some(parts) => parts,
    None => NonZeroU32::MIN,
};

/// Whom deliveries are for, as those who sign need it. What was claimed together shares it.
pub struct Addressee {
    /// Where to.
    pub target: Target,
    /// What they are signed with.
    pub secret: Zeroizing<String>,
}

/// A delivery to be attempted.
pub struct Job {
    /// What was claimed.
    pub claimed: Claimed,
    /// Whom it is for; none where what it is to be signed with cannot be opened any more.
    pub addressee: Option<Arc<Addressee>>,
    /// Since the claim was asked for.
    pub waiting: Stopwatch,
}

/// A delivery that was attempted.
pub struct Tried {
    /// What was claimed.
    pub claimed: Claimed,
    /// What came of it.
    pub made: Made,
}

/// What came of an attempt.
pub struct Made {
    /// When it began, by the wall.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The status of the answer, or what went wrong, by its class.
    pub outcome: Result<u16, &'static str>,
    /// How the answer's body began.
    pub answer: Vec<u8>,
    /// What it was signed with, as it was sent.
    pub signature: Box<str>,
}

impl Tried {
    /// Whether it has arrived: any answer that says so counts.
    pub fn has_succeeded(&self) -> bool {
        matches!(self.made.outcome, Ok(200..=299))
    }
}

impl Engine {
    /// Resolves once something to be sent has come into being here, with the lanes it stands in.
    pub fn announced(&self) -> Pin<Box<dyn Future<Output = Vec<Lane>> + Send>> {
        self.store.announced()
    }

    /// Every lane in which something is to be sent now.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn due_lanes(&self) -> Result<Vec<Lane>, Trouble> {
        let lanes = self.store.waiting_lanes().await?;
        let is_due = |(lane, at): &(Lane, Timestamp)| *at <= self.now_of(&lane.msn);
        Ok(lanes.into_iter().filter(is_due).map(|(lane, _)| lane).collect())
    }

    /// Claims what is to be sent now about a sales unit, of each registration so many at most.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn claim(&self, msn: &Msn, wanted: &[(WebhookId, u32)]) -> Result<Vec<Job>, Trouble> {
        let waiting = Stopwatch::start();
        let claimed = self.store.claim(msn, wanted, self.now_of(msn)).await?;
        let mut addressees = HashMap::new();
        let job = |claimed: Claimed| {
            let recipient = &claimed.recipient;
            let addressee = addressees.entry(recipient.lane.webhook).or_insert_with(|| self.addressee_of(recipient));
            Job { addressee: addressee.clone(), claimed, waiting }
        };
        Ok(claimed.into_iter().map(job).collect())
    }

    fn addressee_of(&self, recipient: &Recipient) -> Option<Arc<Addressee>> {
        let Recipient { owner, lane, url, sealed_secret, .. } = recipient;
        let secret = webhook::open(&self.keys, owner, lane.webhook, sealed_secret)?;
        Some(Arc::new(Addressee { target: Target::parse(url).ok()?, secret }))
    }

    /// Gives claims back that came to nothing.
    ///
    /// # Errors
    /// Where the store has no answer; then they lapse.
    pub async fn give_back(&self, claims: &[Claimed]) -> Result<(), Trouble> {
        self.store.give_back(claims).await
    }

    /// Records attempts and decides what comes next.
    ///
    /// # Errors
    /// Where the store has no answer; then it may be done again.
    pub async fn record(&self, tried: &[Tried]) -> Result<(), Trouble> {
        let attempts = tried.iter().map(|tried| self.attempt(tried)).collect();
        let work = Work::Deliveries(DeliveriesChange::Record(attempts));
        self.store.apply(Intent { now: self.clock.wall(), work }).await.map(drop)
    }

    fn attempt(&self, tried: &Tried) -> Attempt {
        let Tried { claimed, made: Made { at, took, outcome, answer, signature } } = tried;
        let took = Span::milliseconds(i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        let recipient = &claimed.recipient;
        let ended_at = self.now_of(&recipient.lane.msn);
        let first_attempt_at = claimed.first_attempt_at.unwrap_or_else(|| ended_at.minus(took));
        let next = self.next(claimed.number, first_attempt_at, ended_at, tried.has_succeeded());
        let next_attempt_at = match next {
            Next::Retry { at } => Some(at),
            Next::Delivered | Next::GivenUp => None,
        };
        let error: Option<Box<str>> = match outcome {
            Ok(_) if tried.has_succeeded() => None,
            Ok(status) => Some(format!("status {status}").into()),
            Err(class) => Some((*class).into()),
        };
        let is_over = !tried.has_succeeded()
            && is_to_be_removed(self.stretched(recipient.failing_since.unwrap_or(ended_at), ended_at), ended_at);
        let removal = is_over.then(|| Removal {
            at: self.clock.wall(),
            cause: RemovalCause::Failing,
            last_error: error.clone(),
            judged_by: recipient.failing_since,
        });
        self.tell_operator(tried, error.as_deref(), removal.is_some());
        Attempt {
            delivery: claimed.id,
            fence: claimed.fence,
            recipient: recipient.clone(),
            logged: LoggedAttempt {
                number: claimed.number,
                at: *at,
                took,
                status: outcome.ok(),
                error,
                answer: answer.clone(),
                signature: signature.clone(),
                next_attempt_at,
            },
            first_attempt_at,
            ended_at,
            next,
            removal,
        }
    }

    /// Tells whoever reads the log of a registration that is about to end, or does. Its address may hold a secret and is not told.
    fn tell_operator(&self, tried: &Tried, error: Option<&str>, ends: bool) {
        let Recipient { lane, owner, failing_since, .. } = &*tried.claimed.recipient;
        let (webhook, owner) = (uuid::Uuid::from_bytes(lane.webhook.0), owner.as_str());
        if ends {
            tracing::warn!(%webhook, owner, error, "nothing has reached a registration for two weeks; it is removed");
            return;
        }
        let (Some(since), Some(error)) = (*failing_since, error) else { return };
        let now = self.now_of(&lane.msn);
        if now.since(self.stretched(since, now)) >= FAILING_FOR_LONG && self.complaints.is_new(lane.webhook, now) {
            tracing::warn!(%webhook, owner, error, "nothing has reached a registration for days; it is removed after two weeks");
        }
    }

    /// What comes after an attempt, where time passes as the settings say.
    fn next(&self, number: u32, first_began_at: Timestamp, ended_at: Timestamp, has_succeeded: bool) -> Next {
        match after_attempt(number, self.stretched(first_began_at, ended_at), ended_at, has_succeeded) {
            Next::Retry { at } => {
                Next::Retry { at: ended_at.plus(self.telling.time_scale.shortened(at.since(ended_at))) }
            }
            next => next,
        }
    }

    /// A moment before, as far back as the published schedule would have it.
    fn stretched(&self, earlier: Timestamp, now: Timestamp) -> Timestamp {
        now.minus(self.telling.time_scale.lengthened(now.since(earlier)))
    }

    /// Forgets what is older than the log is kept.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn forget_old_deliveries(&self) -> Result<(), Trouble> {
        let [sandbox, production] = LOG_KEPT;
        let kept = if self.policy.mode == Mode::Sandbox { sandbox } else { production };
        let now = self.clock.wall();
        let change = DeliveriesChange::Forget { before: now.minus(kept), most: FORGOTTEN_TOGETHER_MAX };
        self.store.apply(Intent { now, work: Work::Deliveries(change) }).await.map(drop)
    }
}
