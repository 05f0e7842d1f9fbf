//! What is claimed and waits for a place, registration by registration, in the order in which it was claimed.

use std::collections::{HashMap, VecDeque};

use engine::{
    WebhookId,
    outbound::{CLAIM_WAIT_MAX, Job},
};

use super::lanes::Obstacle;

#[derive(Default)]
pub(super) struct Ready {
    jobs: HashMap<WebhookId, VecDeque<Job>>,
    /// Registrations that wait for something that is not theirs alone, whoever waited longest first.
    waiting: HashMap<Obstacle, VecDeque<WebhookId>>,
}

impl Ready {
    pub(super) fn add(&mut self, job: Job) {
        self.jobs.entry(job.claimed.lane.webhook).or_default().push_back(job);
    }

    pub(super) fn first(&self, webhook: WebhookId) -> Option<&Job> {
        self.jobs.get(&webhook)?.front()
    }

    pub(super) fn take(&mut self, webhook: WebhookId) -> Option<Job> {
        let jobs = self.jobs.get_mut(&webhook)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.jobs.remove(&webhook);
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
        self.jobs.retain(|_, jobs| {
            while jobs.front().is_some_and(|job| job.waiting.elapsed() > CLAIM_WAIT_MAX) {
                late.extend(jobs.pop_front());
            }
            !jobs.is_empty()
        });
        late
    }

    /// Every registration something waits for.
    pub(super) fn webhooks(&self) -> Vec<WebhookId> {
        self.jobs.keys().copied().collect()
    }

    pub(super) fn take_all(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs).into_values().flatten().collect()
    }
}
