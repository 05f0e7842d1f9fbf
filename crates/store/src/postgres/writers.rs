//! Who carries intents out: what waits for the same sales unit goes together, and what cannot go together goes one by one.
//!
//! A group never waits to fill. It is taken when there is a place for it, carried out in one transaction, and answered after its commit.
//! Where a creation in it was not new after all, it is undone and carried out again, looking first. Where one intent of it is in another's
//! way (a row held elsewhere, a key used at the same moment, a change the schema refuses), it is undone and each is carried out on its own.
//! All of this goes on whether or not anybody waits for the answer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::text::{Msn, PhoneNumber, Reference};
use tokio::{
    sync::{mpsc, oneshot},
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep},
};

use super::{
    deliveries, directory,
    fault::Fault,
    lost_commit, orders,
    presumption::Presumption,
    queues::{Limits, Queues},
    requests,
    session::Pools,
    stalled,
    state::State,
    transaction::{self, Creations, Failed, LockWait, is_creation},
    webhooks,
    workspace::Decided,
};
use crate::{
    Announced, Answer, DeliveriesChange, Intent, KeyHolder, Lane, OrderSubject, Outcome, Trouble, Work, decision,
};

/// The most intents that may wait.
pub(super) const QUEUE_MAX: usize = 4096;
/// How many of those that wait are sorted by whom they concern.
const SORTED_MAX: usize = 1024;
/// How many groups are carried out at once.
const GROUPS_MAX: usize = 4;
/// A group is of one sales unit, and while one commits the next is loaded and decided.
const GROUPS: Limits = Limits { group_max: 256, groups_of_one_max: 2 };
/// How many intents are carried out on their own at once; with the groups as many as there are connections.
const SINGLES_MAX: usize = 4;
/// Those of one payment go one after the other: if its row is held elsewhere, only one of them waits for it in a place of its own.
const SINGLES: Limits = Limits { group_max: 1, groups_of_one_max: 1 };
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

/// To be carried out on its own, with what may have come of it in a group.
type Single = (Waiting, Option<Decided>);

/// What a single is about; those about the same go one after the other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Subject {
    Payment(Msn, Reference),
    Directory,
    Payer(PhoneNumber),
    Webhooks(KeyHolder),
    Deliveries,
    Order(Msn, OrderSubject),
    /// What is old, which nobody waits for.
    Forgetting,
}

impl Subject {
    fn of(work: &Work) -> Self {
        match work {
            Work::Payment { msn, reference, .. } | Work::Request { msn, reference, .. } => {
                Self::Payment(msn.clone(), reference.clone())
            }
            Work::Payer { number, .. } => Self::Payer(number.clone()),
            Work::Directory { .. } => Self::Directory,
            Work::Webhooks { owner, .. } => Self::Webhooks(owner.clone()),
            Work::Deliveries(DeliveriesChange::Forget { .. }) => Self::Forgetting,
            Work::Deliveries(_) => Self::Deliveries,
            Work::Order { msn, subject, .. } => Self::Order(msn.clone(), subject.clone()),
        }
    }
}

/// What waits and what is under way.
struct UnderWay {
    waiting: Queues<Msn, Waiting>,
    groups: JoinSet<Vec<Single>>,
    whose_group: HashMap<Id, Msn>,
    alone: Queues<Subject, Single>,
    singles: JoinSet<()>,
    whose_single: HashMap<Id, Subject>,
    closing: Option<oneshot::Sender<()>>,
}

impl UnderWay {
    fn has_room(&self) -> bool {
        self.waiting.len() + self.alone.len() < SORTED_MAX
    }

    fn sort(&mut self, waiting: Waiting) {
        match &waiting.intent.work {
            Work::Payment { msn, .. } => {
                let msn = msn.clone();
                self.waiting.push(&msn, waiting);
            }
            work => self.alone.push(&Subject::of(work), (waiting, None)),
        }
    }

    fn group_ended(&mut self, ended: Result<(Id, Vec<Single>), JoinError>) {
        // Of one that died whoever waited has been told by then that nobody answers.
        let (id, left) = ended.unwrap_or_else(|died| (died.id(), Vec::new()));
        if let Some(msn) = self.whose_group.remove(&id) {
            self.waiting.done(&msn);
        }
        for single in left {
            self.alone.push(&Subject::of(&single.0.intent.work), single);
        }
    }

    fn single_ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.map_or_else(|died| died.id(), |(id, ())| id);
        if let Some(subject) = self.whose_single.remove(&id) {
            self.alone.done(&subject);
        }
    }
}

#[derive(Clone)]
pub(super) struct Writers {
    pools: Pools,
    state: Arc<State>,
    announced: Announced,
    presumption: Presumption,
}

impl Writers {
    pub(super) fn new(pools: Pools, state: Arc<State>, announced: Announced) -> Self {
        Self { pools, state, announced, presumption: Presumption::default() }
    }

    /// Until everybody has gone, or one has closed, and nothing is under way any more.
    pub(super) async fn run(self, mut jobs: mpsc::Receiver<Job>) {
        let mut under_way = UnderWay {
            waiting: Queues::new(GROUPS),
            groups: JoinSet::new(),
            whose_group: HashMap::new(),
            alone: Queues::new(SINGLES),
            singles: JoinSet::new(),
            whose_single: HashMap::new(),
            closing: None,
        };
        let mut is_open = true;
        loop {
            self.begin(&mut under_way);
            tokio::select! {
                job = jobs.recv(), if is_open && under_way.has_room() => {
                    is_open = self.take(job, &mut jobs, &mut under_way);
                }
                Some(ended) = under_way.groups.join_next_with_id() => under_way.group_ended(ended),
                Some(ended) = under_way.singles.join_next_with_id() => under_way.single_ended(ended),
                else => break,
            }
        }
        self.pools.close();
        drop(jobs);
        if let Some(reply) = under_way.closing {
            let _caller_went_away = reply.send(());
        }
    }

    /// Begins what there is a place for.
    fn begin(&self, under_way: &mut UnderWay) {
        while under_way.groups.len() < GROUPS_MAX
            && let Some((msn, group)) = under_way.waiting.next()
        {
            let (writers, whose) = (self.clone(), msn.clone());
            let task = under_way.groups.spawn(async move { writers.in_one_transaction(&whose, group).await });
            under_way.whose_group.insert(task.id(), msn);
        }
        while under_way.singles.len() < SINGLES_MAX
            && let Some((subject, singles)) = under_way.alone.next()
        {
            let writers = self.clone();
            let task = under_way.singles.spawn(async move {
                for (waiting, decided) in singles {
                    let outcome = writers.on_its_own(&waiting.intent, decided).await;
                    waiting.answer(outcome);
                }
            });
            under_way.whose_single.insert(task.id(), subject);
        }
    }

    /// Takes what is there on. Answers whether more may come.
    fn take(&self, first: Option<Job>, jobs: &mut mpsc::Receiver<Job>, under_way: &mut UnderWay) -> bool {
        let Some(first) = first else { return false };
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Apply(waiting) => under_way.sort(waiting),
                Job::Probe => {
                    let (pools, state) = (self.pools.clone(), self.state.clone());
                    under_way.singles.spawn(async move { state.probe(&pools).await });
                }
                Job::Close(reply) => {
                    under_way.closing = Some(reply);
                    return false;
                }
            }
            next = if under_way.has_room() { jobs.try_recv().ok() } else { None };
        }
        true
    }

    /// Answers whom it can; those left are to be carried out on their own, with what may have come of them already.
    async fn in_one_transaction(&self, msn: &Msn, group: Vec<Waiting>) -> Vec<Single> {
        if let Err(trouble) = self.state.is_served() {
            group.into_iter().for_each(|waiting| waiting.answer(Err(trouble.clone())));
            return Vec::new();
        }
        match self.grouped(msn, &group).await {
            Ok((decided, lanes)) => {
                self.state.works();
                self.announced.tell(lanes);
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
            Err(Failed::Undone(fault)) => {
                if let Fault::Contended(_) = fault {
                    stalled::end(&self.pools).await;
                }
                group.into_iter().map(|waiting| (waiting, None)).collect()
            }
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

    /// Creations are presumed to be new: nearly all are. Where they were not of late they are looked for first.
    async fn grouped(&self, msn: &Msn, group: &[Waiting]) -> Result<(Vec<Decided>, Vec<Lane>), Failed> {
        let intents = group.iter().map(|waiting| &waiting.intent);
        let creations = self.presumption.of(msn);
        if creations == Creations::Presumed && intents.clone().any(|intent| is_creation(&intent.work)) {
            match transaction::carry_out(&self.pools, msn, intents.clone(), (LockWait::Brief, creations)).await {
                Err(Failed::Undone(Fault::Duplicate(_))) => self.presumption.was_wrong(msn),
                carried_out => return carried_out,
            }
        }
        transaction::carry_out(&self.pools, msn, intents, (LockWait::Brief, Creations::LookedFor)).await
    }

    /// Carries one intent out. `decided` is what it came to in a transaction of which it is only known that nobody is at it any more.
    async fn on_its_own(&self, intent: &Intent, mut decided: Option<Decided>) -> Result<Outcome, Trouble> {
        self.state.is_served()?;
        let (began, mut duplicates, mut last) = (Instant::now(), 0, Fault::Lost(String::new()));
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
                    gone.map_err(|reason| self.state.trouble(Fault::Refused(reason)))?;
                    decided = before.into_iter().next();
                    Fault::Lost(reason)
                }
            };
            match last {
                Fault::Lost(_) => sleep(RETRY_PAUSE).await,
                Fault::Contended(_) => stalled::end(&self.pools).await,
                Fault::Duplicate(_) => duplicates += 1,
                Fault::Refused(_) | Fault::Defect(_) => break,
            }
        }
        if let Some(outcome) = self.known_to_be_done(intent, decided).await? {
            return outcome;
        }
        match last {
            Fault::Defect(reason) => Err(self.set_aside(intent, reason).await),
            Fault::Duplicate(reason) if duplicates == TRIES_MAX => Err(self.set_aside(intent, reason).await),
            // Somebody was faster, and there was no try left to find what he made.
            Fault::Duplicate(reason) => Err(self.state.trouble(Fault::Contended(reason))),
            fault => Err(self.state.trouble(fault)),
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
            Err(fault) => Err(self.state.trouble(fault)),
        }
    }

    async fn once(&self, intent: &Intent) -> Result<Result<Outcome, Trouble>, Failed> {
        let (mut decided, lanes) = match &intent.work {
            Work::Directory { decide } => {
                directory::carry_out(&self.pools, decide, intent.now).await?;
                return Ok(self.is_done());
            }
            Work::Webhooks { owner, decide } => {
                webhooks::carry_out(&self.pools, owner, decide).await?;
                return Ok(self.is_done());
            }
            Work::Deliveries(change) => {
                deliveries::carry_out(&self.pools, &self.announced, change, intent.now).await?;
                return Ok(self.is_done());
            }
            Work::Payer { number, decide } => {
                requests::carry_out(&self.pools, number, decide).await?;
                return Ok(self.is_done());
            }
            Work::Order { msn, subject, decide } => {
                let outcome = orders::carry_out(&self.pools, msn, subject, decide).await?;
                self.state.works();
                return Ok(Ok(outcome));
            }
            Work::Payment { msn, .. } | Work::Request { msn, .. } => {
                let how = (LockWait::Patient, Creations::LookedFor);
                transaction::carry_out(&self.pools, msn, std::iter::once(intent), how).await?
            }
        };
        self.state.works();
        self.announced.tell(lanes);
        Ok(decided.pop().map_or_else(|| Err(Trouble::Broken("nothing was decided".to_owned())), |one| one.outcome))
    }

    fn is_done(&self) -> Result<Outcome, Trouble> {
        self.state.works();
        Ok(Outcome::Done(Answer::none()))
    }

    /// From now on the payment can be read but not changed.
    async fn set_aside(&self, intent: &Intent, reason: String) -> Trouble {
        decision::report(intent, &reason);
        if let Work::Payment { msn, reference, .. } | Work::Request { msn, reference, .. } = &intent.work
            && let Err(fault) = transaction::set_aside(&self.pools, msn, reference).await
        {
            return fault.into_trouble();
        }
        Trouble::Broken(reason)
    }
}
