//! How much goes on at once: more is refused at once instead of piling up.
//!
//! All in all [`IN_FLIGHT_MAX`] requests; of one sales unit no more than half of that while others are being served, so that one
//! merchant's rush is not every merchant's wait.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{merchant::SalesUnit, text::Msn};

/// The most requests that are served at once.
pub const IN_FLIGHT_MAX: usize = 512;
/// The most requests of one sales unit while others are served.
pub const IN_FLIGHT_OF_ONE_MAX: usize = IN_FLIGHT_MAX / 2;

/// What goes on.
#[derive(Clone, Default)]
pub(crate) struct Admission(Arc<Counts>);

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    of_units: Mutex<OfUnits>,
}

#[derive(Default)]
struct OfUnits {
    all: usize,
    /// What is not served any more stays as a zero: there are no more than sales units.
    by_unit: HashMap<Msn, usize>,
}

/// A place among the requests being served; given back when dropped.
pub(crate) struct Place {
    admission: Admission,
    unit: Option<Arc<SalesUnit>>,
}

impl Admission {
    /// A place for a request, if there is one.
    pub(crate) fn enter(&self) -> Option<Place> {
        let one_more = |requests: usize| (requests < IN_FLIGHT_MAX).then_some(requests + 1);
        self.0.requests.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Place { admission: self.clone(), unit: None })
    }

    /// A place for a sales unit's request, unless it has its share and others are waiting.
    pub(crate) fn enter_for(&self, unit: &Arc<SalesUnit>) -> Option<Place> {
        let mut of_units = self.lock();
        let OfUnits { all, by_unit } = &mut *of_units;
        if !by_unit.contains_key(&unit.msn) {
            by_unit.insert(unit.msn.clone(), 0);
        }
        let own = by_unit.get_mut(&unit.msn)?;
        if *own >= IN_FLIGHT_OF_ONE_MAX && *all > *own {
            return None;
        }
        *all += 1;
        *own += 1;
        Some(Place { admission: self.clone(), unit: Some(unit.clone()) })
    }

    fn lock(&self) -> MutexGuard<'_, OfUnits> {
        self.0.of_units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(unit) = &self.unit else {
            self.admission.0.requests.fetch_sub(1, Ordering::Relaxed);
            return;
        };
        let mut of_units = self.admission.lock();
        of_units.all -= 1;
        if let Some(own) = of_units.by_unit.get_mut(&unit.msn) {
            *own -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        merchant::{Flags, Market},
        text::{SalesUnitName, Space},
    };

    use super::*;

    #[test]
    fn all_in_all_there_are_so_many_places() {
        let admission = Admission::default();
        let mut places: Vec<Place> = (0..IN_FLIGHT_MAX).map(|_| admission.enter().unwrap()).collect();
        assert!(admission.enter().is_none());
        places.pop();
        assert!(admission.enter().is_some());
    }

    #[test]
    fn one_sales_unit_has_half_of_them_while_others_are_served() {
        let admission = Admission::default();
        let unit = |number| {
            Arc::new(SalesUnit {
                msn: Msn::parse(number).unwrap(),
                name: SalesUnitName::parse("Shop").unwrap(),
                market: Market::Norway,
                space: Space::parse("default").unwrap(),
                flags: Flags::NEW,
            })
        };
        let (busy, quiet) = (unit("1111"), unit("2222"));
        let mut places: Vec<Place> = (0..IN_FLIGHT_OF_ONE_MAX).map(|_| admission.enter_for(&busy).unwrap()).collect();
        places.push(admission.enter_for(&busy).expect("alone it may have more"));
        places.pop();
        let other = admission.enter_for(&quiet).expect("the other is let in");
        assert!(admission.enter_for(&busy).is_none());
        places.pop();
        assert!(admission.enter_for(&busy).is_some(), "one less and it has room again");
        drop(other);
        drop(places);
        assert!(admission.lock().by_unit.values().all(|own| *own == 0), "nothing is left behind");
    }
}
