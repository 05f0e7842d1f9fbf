//! What can happen, and in which order it does in this run.

use crate::dice::Dice;

/// Something that happens to an installation of two nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// A node is killed and started again.
    Kill(usize),
    /// A node stands still for longer than its sessions may be idle in a transaction, and goes on.
    Freeze(usize),
    /// A node stands still for longer than its claims last, and goes on.
    FreezeBeyondClaims(usize),
    /// The database is stopped as by a crash, and started again.
    Crash,
    /// Every session of the database is ended, several times.
    Cut,
    /// The database crashes and is back before a node that stood still meanwhile goes on.
    FreezeThroughCrash(usize),
}

/// Every kind of fault in a random order, and then again in another.
pub(crate) struct Plan {
    left: Vec<fn(usize) -> Fault>,
    made: u64,
    is_long: bool,
}

const KINDS: [fn(usize) -> Fault; 5] =
    [Fault::Kill, Fault::Freeze, |_| Fault::Crash, |_| Fault::Cut, Fault::FreezeThroughCrash];

impl Plan {
    /// One that has time for everything, or not.
    pub(crate) const fn new(is_long: bool) -> Self {
        Self { left: Vec::new(), made: 0, is_long }
    }

    pub(crate) fn next(&mut self, dice: &mut Dice) -> Fault {
        if self.left.is_empty() {
            self.left.extend(KINDS);
            if self.is_long {
                self.left.push(Fault::FreezeBeyondClaims);
            }
        }
        self.made += 1;
        let kind = self.left.swap_remove(dice.index(self.left.len()));
        kind(dice.index(2))
    }

    /// How many faults there were.
    pub(crate) const fn made(&self) -> u64 {
        self.made
    }
}
