//! Lanes in which something may be due: those that can be taken up now, in turns, and those that wait until something is out of their way.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    mem,
    sync::Arc,
};

use domain::text::Msn;
use engine::{Lane, WebhookId};

/// What a lane waits for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Obstacle {
    /// Something of the sales unit is being claimed.
    Claim(Msn),
    /// The registration has all the places it may have.
    Registration(WebhookId),
    /// All places at the origin are taken.
    Origin(Arc<str>),
    /// All places the sales unit may have are taken.
    SalesUnit(Msn),
    /// All places are taken.
    House,
    /// As many claims are under way as may be.
    Claims,
}

#[derive(Default)]
pub(super) struct Lanes {
    queue: VecDeque<Lane>,
    /// Those in the queue.
    known: HashSet<Lane>,
    waiting: HashMap<Obstacle, VecDeque<Lane>>,
    /// Those that wait, each for one thing.
    patient: HashSet<Lane>,
}

impl Lanes {
    pub(super) fn add(&mut self, lane: Lane) {
        if !self.patient.contains(&lane) && self.known.insert(lane.clone()) {
            self.queue.push_back(lane);
        }
    }

    /// The lane can be taken up once this is out of its way.
    pub(super) fn wait(&mut self, obstacle: Obstacle, lane: Lane) {
        if self.patient.insert(lane.clone()) {
            self.waiting.entry(obstacle).or_default().push_back(lane);
        }
    }

    /// Whether any can be taken up.
    pub(super) fn is_any_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// So many of those that waited for this can be taken up, whoever waited longest first.
    pub(super) fn is_gone(&mut self, obstacle: &Obstacle, for_how_many: usize) {
        let Some(waiting) = self.waiting.get_mut(obstacle) else { return };
        let freed: Vec<Lane> = waiting.drain(..for_how_many.min(waiting.len())).collect();
        if waiting.is_empty() {
            self.waiting.remove(obstacle);
        }
        for lane in freed {
            self.patient.remove(&lane);
            self.add(lane);
        }
    }

    /// Whoever waits for anything is asked again: one who was woken may have met another obstacle, and left a place to nobody.
    pub(super) fn try_all(&mut self) {
        self.patient.clear();
        for lane in mem::take(&mut self.waiting).into_values().flatten() {
            self.add(lane);
        }
    }

    /// Every lane that can be taken up, by sales unit, with how much there is room for.
    pub(super) fn take(
        &mut self,
        mut room: impl FnMut(&Lane) -> Result<u32, Obstacle>,
    ) -> BTreeMap<Msn, Vec<(Lane, u32)>> {
        self.known.clear();
        let mut taken: BTreeMap<Msn, Vec<(Lane, u32)>> = BTreeMap::new();
        for lane in mem::take(&mut self.queue) {
            match room(&lane) {
                Ok(places) => taken.entry(lane.msn.clone()).or_default().push((lane, places)),
                Err(obstacle) => self.wait(obstacle, lane),
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(msn: &str, webhook: u8) -> Lane {
        Lane { msn: Msn::parse(msn).unwrap(), webhook: WebhookId([webhook; 16]), is_fetched: false }
    }

    #[test]
    fn a_lane_is_taken_up_once_however_often_it_is_due_and_again_when_it_is_due_again() {
        let mut lanes = Lanes::default();
        for _ in 0..3 {
            lanes.add(lane("123456", 1));
        }
        assert_eq!(lanes.take(|_| Ok(2))[&lane("123456", 1).msn], [(lane("123456", 1), 2)]);
        assert!(lanes.take(|_| Ok(2)).is_empty());
        lanes.add(lane("123456", 1));
        assert_eq!(lanes.take(|_| Ok(1)).len(), 1);
    }

    #[test]
    fn what_waits_is_not_asked_again_before_its_obstacle_is_gone() {
        let mut lanes = Lanes::default();
        lanes.add(lane("123456", 1));
        lanes.add(lane("123456", 2));
        let full = |lane: &Lane| match lane.webhook.0[0] {
            1 => Err(Obstacle::Registration(lane.webhook)),
            _ => Err(Obstacle::House),
        };
        assert!(lanes.take(full).is_empty());
        assert!(lanes.take(|_| panic!("nobody is to be asked")).is_empty());
        lanes.is_gone(&Obstacle::Registration(WebhookId([2; 16])), 9);
        assert!(lanes.take(|_| panic!("nobody is to be asked")).is_empty());
        lanes.is_gone(&Obstacle::Registration(WebhookId([1; 16])), 9);
        assert_eq!(lanes.take(|_| Ok(1)).len(), 1);
        lanes.is_gone(&Obstacle::House, 9);
        assert_eq!(lanes.take(|_| Ok(1)).len(), 1);
    }

    #[test]
    fn whoever_has_waited_longest_is_taken_up_first() {
        let mut lanes = Lanes::default();
        for webhook in [3, 1, 2] {
            lanes.add(lane("123456", webhook));
        }
        assert!(lanes.take(|_| Err(Obstacle::House)).is_empty());
        for webhook in [3, 1, 2] {
            lanes.add(lane("123456", webhook));
            lanes.is_gone(&Obstacle::House, 1);
            assert_eq!(lanes.take(|_| Ok(1))[&lane("123456", 1).msn], [(lane("123456", webhook), 1)]);
        }
    }
}
