//! Chance from a printed seed, and how much of it a run takes.

use engine::entropy::{Entropy, SystemEntropy};
use testkit::SeededEntropy;

/// Chance from a seed.
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// One of so many.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_be_bytes(bytes) % end
    }
}

/// A seed nobody chose.
pub(crate) fn new_seed() -> u64 {
    let mut bytes = [0; 4];
    SystemEntropy::new().fill(&mut bytes);
    u32::from_be_bytes(bytes).into()
}

/// The number a variable holds, if it is set.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}
