//! Who carries intents out: whatever waits goes together, and what cannot go together goes one by one.
//!
//! A group never waits to fill. It is taken from the queue when a place is free, carried out in one transaction, and answered after its
//! commit. Where one intent of it is in another's way (a row held elsewhere, a key used at the same moment, a change the schema refuses),
//! the group is undone and each is carried out on its own. All of this goes on whether or not anybody waits for the answer.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    directory,
    fault::Fault,
    lost_commit,
    session::{Pools, WRITE_CONNECTIONS_MAX},
    state::State,
    transaction::{self, Failed, LockWait},
    workspace::Decided,
};
use crate::{Answer, Intent, Outcome, Trouble, Work, decision};

/// The most intents that share a commit.
pub(super) const GROUP_MAX: usize = 256;
/// The most intents that may wait.
pub(super) const QUEUE_MAX: usize = 4096;
/// How many groups are carried out at once: while one commits the next is loaded and decided.
const GROUPS_AT_ONCE: usize = 2;
/// How many intents are carried out on their own at once; the connections left are for groups.
const SINGLES_AT_ONCE: usize = WRITE_CONNECTIONS_MAX - GROUPS_AT_ONCE;
/// How often an intent is tried where nothing came of it through no fault of its own.
const TRIES_MAX: u32 = 3;
/// No try begins later than this after the first: whoever asked has given up by then.
const TRYING_TIME_MAX: Duration = Duration::from_secs(4);
/// How long one waits before trying again on a new connection.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

pub(super) enum Job {
    Apply(Waiting),
    /// Find out whether writing works again.
    Probe,
    Close(oneshot::Sender<()>),
}

/// An intent with whoever waits for it.
pub(super) struct Waiting {
    pub(super) intent: Intent,
    pub(super) reply: oneshot::Sender<Result<Outcome, Trouble>>,
}

impl Waiting {
    fn answer(self, outcome: Result<Outcome, Trouble>) {
        let _caller_went_away = self.reply.send(outcome);
    }
}

#[derive(Clone)]
pub(super) struct Writers {
    pub(super) pools: Pools,
    pub(super) state: Arc<State>,
    singles: Arc<Semaphore>,
}

impl Writers {
    pub(super) fn new(pools: Pools, state: Arc<State>) -> Self {
        Self { pools, state, singles: Arc::new(Semaphore::new(SINGLES_AT_ONCE)) }
    }

    /// Until everybody has gone, or one has closed.
    pub(super) async fn run(self, mut jobs: mpsc::Receiver<Job>) {
        let places = Arc::new(Semaphore::new(GROUPS_AT_ONCE));
        let mut working = JoinSet::new();
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = jobs.recv().await else { break };
            let Ok(place) = places.clone().acquire_owned().await else { break };
            let (mut group, mut next) = (Vec::new(), Some(first));
            while let Some(job) = next {
                match job {
                    Job::Apply(waiting) => group.push(waiting),
                    Job::Probe => {
                        let (pools, state) = (self.pools.clone(), self.state.clone());
                        working.spawn(async move { state.probe(&pools).await });
                    }
                    Job::Close(reply) => closing = Some(reply),
                }
                next = if group.len() < GROUP_MAX && closing.is_none() { jobs.try_recv().ok() } else { None };
            }
            let writers = self.clone();
            working.spawn(async move { writers.together(group, place).await });
            while working.try_join_next().is_some() {}
        }
        while working.join_next().await.is_some() {}
        self.pools.close();
        drop(jobs);
        if let Some(reply) = closing {
            let _caller_went_away = reply.send(());
        }
    }

    async fn together(&self, group: Vec<Waiting>, place: tokio::sync::OwnedSemaphorePermit) {
        let (group, alone): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|waiting| matches!(waiting.intent.work, Work::Payment { .. }));
        let mut singles: Vec<(Waiting, Option<Decided>)> = alone.into_iter().map(|waiting| (waiting, None)).collect();
        if let Err(trouble) = self.state.is_served() {
            group.into_iter().for_each(|waiting| waiting.answer(Err(trouble.clone())));
        } else if !group.is_empty() {
            singles.extend(self.in_one_transaction(group).await);
        }
        drop(place);
        let mut working = JoinSet::new();
        for (waiting, decided) in singles {
            let writers = self.clone();
            working.spawn(async move {
                let Ok(_place) = writers.singles.acquire().await else { return };
                let outcome = writers.on_its_own(&waiting.intent, decided).await;
                waiting.answer(outcome);
            });
        }
        while working.join_next().await.is_some() {}
    }

    /// Answers whom it can; those left are to be carried out on their own, with what may have come of them already.
    async fn in_one_transaction(&self, group: Vec<Waiting>) -> Vec<(Waiting, Option<Decided>)> {
        let intents = group.iter().map(|waiting| &waiting.intent);
        match transaction::carry_out(&self.pools, intents, LockWait::Brief).await {
            Ok(decided) => {
                self.state.works();
                for (waiting, decided) in group.into_iter().zip(decided) {
                    waiting.answer(decided.outcome);
                }
                Vec::new()
            }
            Err(Failed::Undone(Fault::Refused(reason))) => {
                self.state.refuses(&reason);
                for waiting in group {
                    waiting.answer(Err(Trouble::Unavailable(reason.clone())));
                }
                Vec::new()
            }
            Err(Failed::Undone(_)) => group.into_iter().map(|waiting| (waiting, None)).collect(),
            Err(Failed::Unknown { backend, decided, reason }) => {
                if let Err(reason) = lost_commit::wait_until_gone(&self.pools, backend, &reason).await {
                    self.state.refuses(&reason);
                    for waiting in group {
                        waiting.answer(Err(Trouble::Unavailable(reason.clone())));
                    }
                    return Vec::new();
                }
                group.into_iter().zip(decided.into_iter().map(Some)).collect()
            }
        }
    }

    /// Carries one intent out. `decided` is what it came to in a transaction of which it is only known that nobody is at it any more.
    async fn on_its_own(&self, intent: &Intent, mut decided: Option<Decided>) -> Result<Outcome, Trouble> {
        self.state.is_served()?;
        let (began, mut last) = (Instant::now(), Fault::Lost(String::new()));
        for attempt in 0..TRIES_MAX {
            if let Some(outcome) = self.known_to_be_done(intent, decided.take()).await? {
                return outcome;
            }
            if attempt > 0 && began.elapsed() > TRYING_TIME_MAX {
                break;
            }
            last = match self.once(intent).await {
                Ok(outcome) => return outcome,
                Err(Failed::Undone(fault)) => fault,
                Err(Failed::Unknown { backend, decided: before, reason }) => {
                    let gone = lost_commit::wait_until_gone(&self.pools, backend, &reason).await;
                    gone.map_err(|reason| self.refused(Fault::Refused(reason)))?;
                    decided = before.into_iter().next();
                    Fault::Lost(reason)
                }
            };
            match last {
                Fault::Lost(_) => sleep(RETRY_PAUSE).await,
                Fault::Contended(_) | Fault::Duplicate(_) => {}
                Fault::Refused(_) | Fault::Defect(_) => break,
            }
        }
        if let Some(outcome) = self.known_to_be_done(intent, decided).await? {
            return outcome;
        }
        match last {
            Fault::Defect(reason) | Fault::Duplicate(reason) => Err(self.set_aside(intent, reason).await),
            fault => Err(self.refused(fault)),
        }
    }

    /// What an intent came to, if it can be seen that it did.
    async fn known_to_be_done(
        &self,
        intent: &Intent,
        decided: Option<Decided>,
    ) -> Result<Option<Result<Outcome, Trouble>>, Trouble> {
        let Some(decided) = decided else { return Ok(None) };
        match lost_commit::is_done(&self.pools, intent, &decided).await {
            Ok(true) => Ok(Some(decided.outcome)),
            Ok(false) => Ok(None),
            Err(fault) => Err(self.refused(fault)),
        }
    }

    async fn once(&self, intent: &Intent) -> Result<Result<Outcome, Trouble>, Failed> {
        if let Work::Directory { decide } = &intent.work {
            directory::carry_out(&self.pools, decide, intent.now).await?;
            self.state.works();
            return Ok(Ok(Outcome::Done(Answer::none())));
        }
        let mut decided = transaction::carry_out(&self.pools, std::iter::once(intent), LockWait::Patient).await?;
        self.state.works();
        Ok(decided.pop().map_or_else(|| Err(Trouble::Broken("nothing was decided".to_owned())), |one| one.outcome))
    }

    fn refused(&self, fault: Fault) -> Trouble {
        let trouble = fault.into_trouble();
        if let Trouble::Unavailable(reason) = &trouble {
            self.state.refuses(reason);
        }
        trouble
    }

    /// From now on the payment can be read but not changed.
    async fn set_aside(&self, intent: &Intent, reason: String) -> Trouble {
        decision::report(intent, &reason);
        if let Work::Payment { msn, reference, .. } = &intent.work
            && let Err(fault) = transaction::set_aside(&self.pools, msn, reference).await
        {
            return fault.into_trouble();
        }
        Trouble::Broken(reason)
    }
}
