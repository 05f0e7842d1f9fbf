//! The desk: what is claimed is handed out here to whoever attempts it, and what came of it is handed in.
//!
//! Whoever hands an attempt in takes the next one along, so that a place that is freed is taken at once and nobody is woken for it. Those
//! who claim and record hear of what is theirs to do, and only then. An attempt whose task dies or is stopped comes back by itself.

#[cfg(test)]
pub(super) mod tests;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{
    Claimed as Claim, Lane, WebhookId,
    clock::Stopwatch,
    outbound::{Job, Made, Tried},
};
use tokio::sync::Notify;

use super::{
    lanes::{Lanes, Obstacle},
    places::{Places, Went},
    ready::Ready,
};

/// So many attempts are worth being recorded at once; fewer wait a little for company, while any are under way.
pub(super) const RECORDED_TOGETHER_MIN: usize = 256;

#[derive(Default)]
pub(super) struct Desk {
    books: Mutex<Books>,
    news: Notify,
}

/// What the desk knows.
#[derive(Default)]
pub(super) struct Books {
    pub(super) places: Places,
    pub(super) lanes: Lanes,
    /// Claimed, and not yet attempted.
    pub(super) ready: Ready,
    /// What has a place, and nobody yet who attempts it.
    begun: VecDeque<Begun>,
    /// What is to be recorded.
    tried: Vec<Tried>,
    /// Since when it waits for company.
    lonely: Option<Stopwatch>,
    /// What was claimed and is not attempted.
    broken_off: Vec<Claim>,
}

/// An attempt that has a place.
pub(super) struct Begun {
    pub(super) job: Job,
    origin: Arc<str>,
}

/// An attempt in somebody's hands. Dropped without being handed in, it has broken off.
pub(super) struct Held {
    desk: Arc<Desk>,
    begun: Option<Begun>,
}

impl Desk {
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        // Nobody panics who holds it: what may, which is signing and carrying, is done without.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves once there is something to be claimed, begun, recorded or given back.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    fn hand_in(&self, begun: Begun, made: Option<Made>) -> Option<Begun> {
        let mut books = self.books();
        books.has_ended(begun, made);
        let next = books.begun.pop_front();
        let has_news = books.has_news();
        drop(books);
        if has_news {
            self.news.notify_one();
        }
        next
    }
}

impl Held {
    pub(super) const fn new(desk: Arc<Desk>, begun: Begun) -> Self {
        Self { desk, begun: Some(begun) }
    }

    pub(super) fn job(&self) -> Option<&Job> {
        self.begun.as_ref().map(|begun| &begun.job)
    }

    /// Says what came of it, if anything did, and takes the next one along.
    pub(super) fn hand_in(mut self, made: Option<Made>) -> Option<Self> {
        self.begun = self.desk.hand_in(self.begun.take()?, made);
        self.begun.is_some().then_some(self)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            let mut books = self.desk.books();
            books.has_ended(begun, None);
            drop(books);
            self.desk.news.notify_one();
        }
    }
}

impl Books {
    /// Whether those who claim, begin, record and give back have anything to do that they do not know of. It is asked after each attempt,
    /// so the first to be recorded and the one that makes them enough are met as such.
    fn has_news(&self) -> bool {
        let is_to_be_recorded = self.tried.len() == 1 || self.tried.len() == RECORDED_TOGETHER_MIN;
        is_to_be_recorded || !self.begun.is_empty() || !self.broken_off.is_empty() || self.lanes.is_any_queued()
    }

    /// The lanes of a sales unit were looked through: so much was wanted of each, and this was found.
    pub(super) fn have_claimed(&mut self, wanted: &[(Lane, u32)], jobs: Vec<Job>) {
        let mut counts: HashMap<WebhookId, u32> = HashMap::new();
        for job in &jobs {
            *counts.entry(job.claimed.recipient.lane.webhook).or_default() += 1;
        }
        for (lane, count) in wanted {
            let found = counts.get(&lane.webhook).copied().unwrap_or(0);
            self.unclaim(lane.webhook, count.saturating_sub(found));
            if found >= *count {
                self.lanes.add(lane.clone());
            }
        }
        for job in jobs {
            self.ready.add(job);
        }
        for (lane, _) in wanted {
            self.begin(lane.webhook);
        }
    }

    /// Begins attempts of a registration for which there are places.
    pub(super) fn begin(&mut self, webhook: WebhookId) {
        while let Some((job, origin)) = self.ready.first(webhook) {
            let origin = origin.clone();
            match self.places.enter(&job.claimed.recipient.lane, &origin) {
                Ok(()) => {}
                // Its own attempts end, and then it is asked again.
                Err(Obstacle::Registration(_)) => return,
                Err(obstacle) => return self.ready.wait(obstacle, webhook),
            }
            let Some(job) = self.ready.take(webhook) else { return };
            self.begun.push_back(Begun { job, origin });
        }
    }

    /// What nobody attempts yet.
    pub(super) fn take_begun(&mut self) -> VecDeque<Begun> {
        std::mem::take(&mut self.begun)
    }

    fn has_ended(&mut self, begun: Begun, made: Option<Made>) {
        let Begun { job: Job { claimed, .. }, origin } = begun;
        let recipient = claimed.recipient.clone();
        let lane = &recipient.lane;
        let tried = match made {
            Some(made) => Ok(Tried { claimed, made }),
            None => Err(claimed),
        };
        self.places.leave(lane, &origin, tried.as_ref().ok().map(Went::of));
        // Whoever waits for a place that is shared comes before whoever had it, however much that one has claimed.
        for obstacle in [Obstacle::Origin(origin), Obstacle::SalesUnit(lane.msn.clone()), Obstacle::House] {
            if self.places.is_full(&obstacle) {
                continue;
            }
            if let Some(next) = self.ready.next_for(&obstacle) {
                self.begin(next);
            }
            self.lanes.is_gone(&obstacle, 1);
        }
        self.begin(lane.webhook);
        match tried {
            // It is not under way any more, though it stays claimed until it is recorded.
            Ok(tried) => {
                self.tried.push(tried);
                self.lonely.get_or_insert_with(Stopwatch::start);
            }
            Err(claim) => self.break_off(claim),
        }
    }

    /// It was claimed and is not attempted. It is found again by a look: one whose attempts die would otherwise be at work without a pause.
    pub(super) fn break_off(&mut self, claim: Claim) {
        self.places.unclaim(claim.recipient.lane.webhook, 1);
        self.broken_off.push(claim);
    }

    /// The same of all that is ready.
    pub(super) fn break_off_ready(&mut self) -> &Self {
        for claim in self.ready.take_all() {
            self.break_off(claim);
        }
        self
    }

    pub(super) fn take_broken_off(&mut self) -> Vec<Claim> {
        std::mem::take(&mut self.broken_off)
    }

    /// Everything that is claimed and in nobody's hands.
    pub(super) fn take_all(&mut self) -> Vec<Claim> {
        let mut all = self.take_broken_off();
        all.extend(self.ready.take_all());
        all.extend(self.take_begun().into_iter().map(|begun| begun.job.claimed));
        all
    }

    fn unclaim(&mut self, webhook: WebhookId, count: u32) {
        if count > 0 {
            self.places.unclaim(webhook, count);
            self.lanes.is_gone(&Obstacle::Registration(webhook), usize::MAX);
        }
    }

    /// How many attempts are to be recorded, and since when the first of them waits for company.
    pub(super) const fn unrecorded(&self) -> (usize, Option<Stopwatch>) {
        (self.tried.len(), self.lonely)
    }

    /// The first of what is to be recorded.
    pub(super) fn take_tried(&mut self, most: usize) -> Vec<Tried> {
        let tried = self.tried.drain(..most.min(self.tried.len())).collect();
        self.lonely = (!self.tried.is_empty()).then(Stopwatch::start);
        tried
    }

    /// What comes next of the same payments could not be claimed before.
    pub(super) fn have_recorded(&mut self, recorded: &[Tried]) {
        let mut lanes = HashSet::new();
        for tried in recorded {
            let lane = &tried.claimed.recipient.lane;
            self.unclaim(lane.webhook, 1);
            if lanes.insert(lane) {
                self.lanes.add(lane.clone());
            }
        }
    }
}
