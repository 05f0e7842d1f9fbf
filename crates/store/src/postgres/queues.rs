//! Who waits to be carried out, by sales unit, and whose turn it is.
//!
//! A group is of one sales unit. Sales units take turns, and each has few groups under way at once: so none keeps the others waiting, and
//! what waits meanwhile makes the next group larger.

use std::collections::{HashMap, VecDeque};

use domain::text::Msn;

/// The most intents that share a commit.
pub(super) const GROUP_MAX: usize = 256;
/// How many groups of one sales unit are carried out at once: while one commits the next is loaded and decided.
const GROUPS_OF_ONE_MAX: usize = 2;

pub(super) struct Queues<T> {
    waiting: HashMap<Msn, VecDeque<T>>,
    /// Those who have somebody waiting and may begin a group, in the order of their turn.
    turns: VecDeque<Msn>,
    at_work: HashMap<Msn, usize>,
    count: usize,
}

impl<T> Queues<T> {
    pub(super) fn new() -> Self {
        Self { waiting: HashMap::new(), turns: VecDeque::new(), at_work: HashMap::new(), count: 0 }
    }

    /// How many wait.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, msn: &Msn, one: T) {
        let queue = self.waiting.entry(msn.clone()).or_default();
        queue.push_back(one);
        self.count += 1;
        if queue.len() == 1 && self.at_work.get(msn).is_none_or(|groups| *groups < GROUPS_OF_ONE_MAX) {
            self.turns.push_back(msn.clone());
        }
    }

    /// The next group, in the order in which they came. It is under way until [`Self::done`].
    pub(super) fn next(&mut self) -> Option<(Msn, Vec<T>)> {
        let msn = self.turns.pop_front()?;
        let queue = self.waiting.get_mut(&msn)?;
        let group: Vec<T> = queue.drain(..queue.len().min(GROUP_MAX)).collect();
        let is_empty = queue.is_empty();
        self.count -= group.len();
        let groups = self.at_work.entry(msn.clone()).or_default();
        *groups += 1;
        if is_empty {
            self.waiting.remove(&msn);
        } else if *groups < GROUPS_OF_ONE_MAX {
            self.turns.push_back(msn.clone());
        }
        Some((msn, group))
    }

    /// A group of this sales unit is not under way any more.
    pub(super) fn done(&mut self, msn: &Msn) {
        let Some(groups) = self.at_work.get_mut(msn) else { return };
        let was_full = *groups == GROUPS_OF_ONE_MAX;
        *groups -= 1;
        if *groups == 0 {
            self.at_work.remove(msn);
        }
        if was_full && self.waiting.contains_key(msn) {
            self.turns.push_back(msn.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn msn(number: u32) -> Msn {
        Msn::parse(&number.to_string()).unwrap()
    }

    #[test]
    fn sales_units_take_turns_and_a_group_is_of_one() {
        let mut queues = Queues::new();
        for number in 0..600 {
            queues.push(&msn(111_111), number);
        }
        queues.push(&msn(222_222), 1000);
        let (whose, group) = queues.next().unwrap();
        assert_eq!((whose, group), (msn(111_111), (0..256).collect()));
        assert_eq!(queues.next().unwrap(), (msn(222_222), vec![1000]));
        assert_eq!(queues.next().unwrap(), (msn(111_111), (256..512).collect()));
        assert_eq!(queues.len(), 88);
        assert!(queues.next().is_none(), "two are under way");
        queues.push(&msn(222_222), 1001);
        assert_eq!(queues.next().unwrap(), (msn(222_222), vec![1001]), "others are not kept waiting");
        queues.done(&msn(111_111));
        assert_eq!(queues.next().unwrap(), (msn(111_111), (512..600).collect()));
        assert!(queues.next().is_none() && queues.len() == 0);
    }

    #[test]
    fn nothing_is_left_behind_however_they_come_and_go() {
        let mut queues = Queues::new();
        let (mut pushed, mut taken, mut under_way) = (0, 0, Vec::new());
        // A walk that every remainder steers.
        for step in 0..10_000_u32 {
            match step.wrapping_mul(2_654_435_761) >> 30 {
                0 | 1 => {
                    queues.push(&msn(1000 + step % 7), step);
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
