//! Whether the creations of a sales unit are worth presuming new. A shop that repeats itself would have every group undone for one of its
//! intents, so after each time that it was wrong the next groups look first.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::text::Msn;

use super::transaction::Creations;

/// How many groups of a sales unit look first, after one that presumed wrongly.
const GROUPS_LOOKING: u32 = 16;

/// By sales unit, how many groups are still to look first; nothing where none is.
#[derive(Clone, Default)]
pub(super) struct Presumption(Arc<Mutex<HashMap<Msn, u32>>>);

impl Presumption {
    /// What the next group does.
    pub(super) fn of(&self, msn: &Msn) -> Creations {
        let mut looking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left) = looking.get_mut(msn) else { return Creations::Presumed };
        *left -= 1;
        if *left == 0 {
            looking.remove(msn);
        }
        Creations::LookedFor
    }

    /// A group presumed what was not so.
    pub(super) fn was_wrong(&self, msn: &Msn) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(msn.clone(), GROUPS_LOOKING);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_repeats_himself_is_looked_for_a_while_and_nobody_else() {
        let presumption = Presumption::default();
        let [shop, other] = ["123456", "654321"].map(|msn| Msn::parse(msn).unwrap());
        assert_eq!(presumption.of(&shop), Creations::Presumed);
        presumption.was_wrong(&shop);
        for _ in 0..GROUPS_LOOKING {
            assert_eq!(presumption.of(&shop), Creations::LookedFor);
            assert_eq!(presumption.of(&other), Creations::Presumed);
        }
        assert_eq!(presumption.of(&shop), Creations::Presumed);
        assert!(presumption.0.lock().unwrap().is_empty(), "nothing is kept of who does not");
    }
}
