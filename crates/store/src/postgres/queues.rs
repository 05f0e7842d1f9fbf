//! Who waits to be carried out, sorted by whom it concerns, and whose turn it is.
//!
//! Whoever is concerned (a sales unit, a payment) takes turns with the others, and has few groups under way at once: so none keeps the
//! others waiting, and what waits meanwhile makes the next group larger.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

pub(super) struct Queues<K, T> {
    limits: Limits,
    waiting: HashMap<K, VecDeque<T>>,
    /// Those who have somebody waiting and may begin a group, in the order of their turn.
    turns: VecDeque<K>,
    at_work: HashMap<K, usize>,
    count: usize,
}

/// How much goes on at once.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The most that make a group.
    pub(super) group_max: usize,
    /// The most groups of one that are under way.
    pub(super) groups_of_one_max: usize,
}

impl<K: Clone + Eq + Hash, T> Queues<K, T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, waiting: HashMap::new(), turns: VecDeque::new(), at_work: HashMap::new(), count: 0 }
    }

    /// How many wait.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, whom: &K, one: T) {
        let queue = self.waiting.entry(whom.clone()).or_default();
        queue.push_back(one);
        self.count += 1;
        let may_begin = self.at_work.get(whom).is_none_or(|groups| *groups < self.limits.groups_of_one_max);
        if queue.len() == 1 && may_begin {
            self.turns.push_back(whom.clone());
        }
    }

    /// The next group, in the order in which they came. It is under way until [`Self::done`].
    pub(super) fn next(&mut self) -> Option<(K, Vec<T>)> {
        let whom = self.turns.pop_front()?;
        let queue = self.waiting.get_mut(&whom)?;
        let group: Vec<T> = queue.drain(..queue.len().min(self.limits.group_max)).collect();
        let is_empty = queue.is_empty();
        self.count -= group.len();
        let groups = self.at_work.entry(whom.clone()).or_default();
        *groups += 1;
        if is_empty {
            self.waiting.remove(&whom);
        } else if *groups < self.limits.groups_of_one_max {
            self.turns.push_back(whom.clone());
        }
        Some((whom, group))
    }

    /// A group of this one is not under way any more.
    pub(super) fn done(&mut self, whom: &K) {
        let Some(groups) = self.at_work.get_mut(whom) else { return };
        let was_full = *groups == self.limits.groups_of_one_max;
        *groups -= 1;
        if *groups == 0 {
            self.at_work.remove(whom);
        }
        if was_full && self.waiting.contains_key(whom) {
            self.turns.push_back(whom.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { group_max: 256, groups_of_one_max: 2 };

    #[test]
    fn they_take_turns_and_a_group_is_of_one() {
        let mut queues = Queues::new(LIMITS);
        for number in 0..600 {
            queues.push(&1, number);
        }
        queues.push(&2, 1000);
        let (whose, group) = queues.next().unwrap();
        assert_eq!((whose, group), (1, (0..256).collect()));
        assert_eq!(queues.next().unwrap(), (2, vec![1000]));
        assert_eq!(queues.next().unwrap(), (1, (256..512).collect()));
        assert_eq!(queues.len(), 88);
        assert!(queues.next().is_none(), "two are under way");
        queues.push(&2, 1001);
        assert_eq!(queues.next().unwrap(), (2, vec![1001]), "others are not kept waiting");
        queues.done(&1);
        assert_eq!(queues.next().unwrap(), (1, (512..600).collect()));
        assert!(queues.next().is_none() && queues.len() == 0);
    }

    #[test]
    fn nothing_is_left_behind_however_they_come_and_go() {
        let mut queues = Queues::new(LIMITS);
        let (mut pushed, mut taken, mut under_way) = (0, 0, Vec::new());
        // A walk that every remainder steers.
        for step in 0..10_000_u32 {
            match step.wrapping_mul(2_654_435_761) >> 30 {
                0 | 1 => {
                    queues.push(&(step % 7), step);
                    pushed += 1;
                }
                2 => {
                    if let Some((whose, group)) = queues.next() {
                        taken += group.len();
                        under_way.push(whose);
                    }
                }
                _ => under_way.pop().into_iter().for_each(|whose| queues.done(&whose)),
            }
        }
        under_way.drain(..).for_each(|whose| queues.done(&whose));
        while let Some((whose, group)) = queues.next() {
            taken += group.len();
            queues.done(&whose);
        }
        assert_eq!((pushed, queues.len()), (taken, 0));
        assert!(queues.waiting.is_empty() && queues.turns.is_empty() && queues.at_work.is_empty());
    }
}
