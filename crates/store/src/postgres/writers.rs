//! Who carries intents out: what waits for the same sales unit goes together, and what cannot go together goes one by one.
//!
//! A group never waits to fill. It is taken when there is a place for it, carried out in one transaction, and answered after its commit.
//! Where one intent of it is in another's way (a row held elsewhere, a key used at the same moment, a change the schema refuses), the group
//! is undone and each is carried out on its own. All of this goes on whether or not anybody waits for the answer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::text::Msn;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::{Id, JoinSet},
    time::{Instant, sleep},
};

use super::{
    directory,
    fault::Fault,
    lost_commit,
    queues::Queues,
    session::Pools,
    state::State,
    transaction::{self, Failed, LockWait},
    workspace::Decided,
};
use crate::{Answer, Intent, Outcome, Trouble, Work, decision};

/// The most intents that may wait.
pub(super) const QUEUE_MAX: usize = 4096;
/// How many of those that wait are sorted by sales unit.
const SORTED_MAX: usize = 1024;
/// How many groups are carried out at once.
const GROUPS_MAX: usize = 4;
/// How many intents are carried out on their own at once; with the groups as many as there are connections.
const SINGLES_MAX: usize = 4;
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

/// What is left of a group to be carried out on its own, with what may have come of it already.
type Left = Vec<(Waiting, Option<Decided>)>;

/// What is under way.
struct UnderWay {
    queues: Queues<Waiting>,
    groups: JoinSet<Left>,
    whose: HashMap<Id, Msn>,
    singles: JoinSet<()>,
    closing: Option<oneshot::Sender<()>>,
}

#[derive(Clone)]
pub(super) struct Writers {
    pools: Pools,
    state: Arc<State>,
    singles: Arc<Semaphore>,
}

impl Writers {
    pub(super) fn new(pools: Pools, state: Arc<State>) -> Self {
        Self { pools, state, singles: Arc::new(Semaphore::new(SINGLES_MAX)) }
    }

    /// Until everybody has gone, or one has closed, and nothing is under way any more.
    pub(super) async fn run(self, mut jobs: mpsc::Receiver<Job>) {
        let mut under_way = UnderWay {
            queues: Queues::new(),
            groups: JoinSet::new(),
            whose: HashMap::new(),
            singles: JoinSet::new(),
            closing: None,
        };
        let mut is_open = true;
        loop {
            while under_way.groups.len() < GROUPS_MAX
                && let Some((msn, group)) = under_way.queues.next()
            {
                let (writers, whose) = (self.clone(), msn.clone());
                let task = under_way.groups.spawn(async move { writers.in_one_transaction(&whose, group).await });
                under_way.whose.insert(task.id(), msn);
            }
            tokio::select! {
                job = jobs.recv(), if is_open && under_way.queues.len() < SORTED_MAX => {
                    is_open = self.take(job, &mut jobs, &mut under_way);
                }
                Some(ended) = under_way.groups.join_next_with_id() => self.ended(ended, &mut under_way),
                Some(_ended) = under_way.singles.join_next() => {}
                else => break,
            }
        }
        self.pools.close();
        drop(jobs);
        if let Some(reply) = under_way.closing {
            let _caller_went_away = reply.send(());
        }
    }

    /// Takes what is there on. Answers whether more may come.
    fn take(&self, first: Option<Job>, jobs: &mut mpsc::Receiver<Job>, under_way: &mut UnderWay) -> bool {
        let Some(first) = first else { return false };
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Apply(waiting) => self.sort(waiting, under_way),
                Job::Probe => {
                    let (pools, state) = (self.pools.clone(), self.state.clone());
                    under_way.singles.spawn(async move { state.probe(&pools).await });
                }
                Job::Close(reply) => {
                    under_way.closing = Some(reply);
                    return false;
                }
            }
            next = if under_way.queues.len() < SORTED_MAX { jobs.try_recv().ok() } else { None };
        }
        true
    }

    fn sort(&self, waiting: Waiting, under_way: &mut UnderWay) {
        match &waiting.intent.work {
            Work::Payment { msn, .. } => {
                let msn = msn.clone();
                under_way.queues.push(&msn, waiting);
            }
            Work::Directory { .. } => self.one_by_one(vec![(waiting, None)], under_way),
        }
    }

    fn ended(&self, ended: Result<(Id, Left), tokio::task::JoinError>, under_way: &mut UnderWay) {
        let (id, left) = match ended {
            Ok(ended) => ended,
            // Whoever waited has been told by then that nobody answers.
            Err(died) => (died.id(), Vec::new()),
        };
        if let Some(msn) = under_way.whose.remove(&id) {
            under_way.queues.done(&msn);
        }
        self.one_by_one(left, under_way);
    }

    fn one_by_one(&self, left: Left, under_way: &mut UnderWay) {
        for (waiting, decided) in left {
            let writers = self.clone();
            under_way.singles.spawn(async move {
                let Ok(_place) = writers.singles.acquire().await else { return };
                let outcome = writers.on_its_own(&waiting.intent, decided).await;
                waiting.answer(outcome);
            });
        }
    }

    /// Answers whom it can; those left are to be carried out on their own, with what may have come of them already.
    async fn in_one_transaction(&self, msn: &Msn, group: Vec<Waiting>) -> Left {
        if let Err(trouble) = self.state.is_served() {
            group.into_iter().for_each(|waiting| waiting.answer(Err(trouble.clone())));
            return Vec::new();
        }
        let intents = group.iter().map(|waiting| &waiting.intent);
        match transaction::carry_out(&self.pools, msn, intents, LockWait::Brief).await {
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
        let mut decided = match &intent.work {
            Work::Directory { decide } => {
                directory::carry_out(&self.pools, decide, intent.now).await?;
                self.state.works();
                return Ok(Ok(Outcome::Done(Answer::none())));
            }
            Work::Payment { msn, .. } => {
                transaction::carry_out(&self.pools, msn, std::iter::once(intent), LockWait::Patient).await?
            }
        };
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
