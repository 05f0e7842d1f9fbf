//! What is claimed and waits for a place, registration by registration, in the order in which it was claimed.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use engine::{
    Claimed as Claim, WebhookId,
    outbound::{CLAIM_WAIT_MAX, Job},
};

use super::lanes::Obstacle;

#[derive(Default)]
pub(super) struct Ready {
    queues: HashMap<WebhookId, Queue>,
    /// Registrations that wait for something that is not theirs alone, whoever waited longest first.
    waiting: HashMap<Obstacle, VecDeque<WebhookId>>,
}

/// What waits for a registration; it is never empty.
struct Queue {
    /// Scheme, host and port it goes to.
    origin: Arc<str>,
    jobs: VecDeque<Job>,
}

impl Ready {
    pub(super) fn add(&mut self, job: Job) {
        let queue = self.queues.entry(job.claimed.recipient.lane.webhook);
        let queue = queue.or_insert_with(|| Queue { origin: origin_of(&job), jobs: VecDeque::new() });
        queue.jobs.push_back(job);
    }

    /// What is next for a registration, and the origin it goes to.
    pub(super) fn first(&self, webhook: WebhookId) -> Option<(&Job, &Arc<str>)> {
        let queue = self.queues.get(&webhook)?;
        Some((queue.jobs.front()?, &queue.origin))
    }

    pub(super) fn take(&mut self, webhook: WebhookId) -> Option<Job> {
        let queue = self.queues.get_mut(&webhook)?;
        let job = queue.jobs.pop_front();
        if queue.jobs.is_empty() {
            self.queues.remove(&webhook);
        }
        job
    }

    /// The registration can go on once this is out of its way.
    pub(super) fn wait(&mut self, obstacle: Obstacle, webhook: WebhookId) {
        let waiting = self.waiting.entry(obstacle).or_default();
        if !waiting.contains(&webhook) {
            waiting.push_back(webhook);
        }
    }

    /// Who waited longest for this.
    pub(super) fn next_for(&mut self, obstacle: &Obstacle) -> Option<WebhookId> {
        let waiting = self.waiting.get_mut(obstacle)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(obstacle);
        }
        next
    }

    /// What has waited so long that others should have it.
    pub(super) fn take_late(&mut self) -> Vec<Job> {
        let mut late = Vec::new();
        self.queues.retain(|_, Queue { jobs, .. }| {
            while jobs.front().is_some_and(|job| job.waiting.elapsed() > CLAIM_WAIT_MAX) {
                late.extend(jobs.pop_front());
            }
            !jobs.is_empty()
        });
        late
    }

    /// Every registration something waits for.
    pub(super) fn webhooks(&self) -> Vec<WebhookId> {
        self.queues.keys().copied().collect()
    }

    pub(super) fn take_all(&mut self) -> Vec<Claim> {
        let queues = std::mem::take(&mut self.queues).into_values();
        queues.flat_map(|queue| queue.jobs).map(|job| job.claimed).collect()
    }
}

/// What cannot be signed goes nowhere.
fn origin_of(job: &Job) -> Arc<str> {
    job.addressee.as_ref().map_or_else(|| "".into(), |addressee| addressee.target.origin().into())
}
