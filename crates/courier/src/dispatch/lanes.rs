//! Lanes in which something may be due, in turns, so that none waits for ever behind those before it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use domain::text::Msn;
use engine::Lane;

#[derive(Default)]
pub(super) struct Lanes {
    due: BTreeSet<Lane>,
    /// Where the last turn ended.
    last: Option<Lane>,
}

impl Lanes {
    pub(super) fn add(&mut self, lane: Lane) {
        self.due.insert(lane);
    }

    /// Every lane that `wants` anything, by sales unit, with how much; they are not due any more.
    pub(super) fn take(&mut self, mut wants: impl FnMut(&Lane) -> u32) -> BTreeMap<Msn, Vec<(Lane, u32)>> {
        let mut taken: BTreeMap<Msn, Vec<(Lane, u32)>> = BTreeMap::new();
        let after = self.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let in_turn: Vec<Lane> = self.due.range((after, Bound::Unbounded)).cloned().collect();
        let before: Vec<Lane> = match &self.last {
            Some(last) => self.due.range(..=last).cloned().collect(),
            None => Vec::new(),
        };
        for lane in in_turn.into_iter().chain(before) {
            let wanted = wants(&lane);
            if wanted > 0 {
                self.due.remove(&lane);
                self.last = Some(lane.clone());
                taken.entry(lane.msn.clone()).or_default().push((lane, wanted));
            }
        }
        taken
    }
}
