//! How many attempts may be under way (of a registration, to an origin, about a sales unit, in all), and how many may be claimed ahead.
//!
//! A registration begins with one place, has twice as many after each success and one again after a failure, so that receivers that hang
//! never fill the house. For one that answers more is claimed than is under way, so that it need not wait while what it has answered is
//! recorded; for any other, and where much is claimed already, nothing is claimed that cannot be attempted at once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::text::Msn;
use engine::{Lane, WebhookId, outbound::Tried};

use super::lanes::Obstacle;

/// The most attempts under way to one registration.
pub const IN_FLIGHT_OF_REGISTRATION_MAX: u32 = 8;
/// The most attempts under way to one origin: scheme, host and port.
pub const IN_FLIGHT_OF_ORIGIN_MAX: u32 = 16;
/// The most attempts under way about one sales unit, so that none fills the house with its own receivers.
pub const IN_FLIGHT_OF_SALES_UNIT_MAX: u32 = 64;
/// The most attempts under way in all.
pub const IN_FLIGHT_MAX: u32 = 256;
/// The most that is claimed of a registration that answers, until it is recorded.
const CLAIMED_OF_REGISTRATION_MAX: u32 = 64;
/// The same of one that answers quickly.
const CLAIMED_OF_QUICK_MAX: u32 = 256;
/// Who answers within this is quick: as much as is claimed for it is sent sooner than the less that is claimed for anybody else.
const QUICK: Duration = Duration::from_millis(5);
/// The most that is claimed ahead in all: so much is held in memory, and sent later where this process dies.
const CLAIMED_AHEAD_MAX: u32 = 8192;
/// Registrations nobody has been sent anything for are forgotten beyond so many.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Places {
    registrations: HashMap<WebhookId, Registration>,
    origins: HashMap<Arc<str>, u32>,
    units: HashMap<Msn, u32>,
    in_flight: u32,
    claimed: u32,
}

struct Registration {
    allowed: u32,
    in_flight: u32,
    claimed: u32,
    is_quick: bool,
    /// Known once something was attempted.
    origin: Option<Arc<str>>,
}

/// How an attempt went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Went {
    Badly,
    Well,
    Quickly,
}

impl Went {
    pub(super) fn of(tried: &Tried) -> Self {
        match tried.has_succeeded() {
            false => Self::Badly,
            true if tried.made.took > QUICK => Self::Well,
            true => Self::Quickly,
        }
    }
}

impl Registration {
    const NEW: Self = Self { allowed: 1, in_flight: 0, claimed: 0, is_quick: false, origin: None };

    /// How much more may be claimed now, ahead or not.
    const fn claimable(&self, may_be_ahead: bool) -> u32 {
        if !may_be_ahead || self.allowed < IN_FLIGHT_OF_REGISTRATION_MAX {
            return self.allowed.saturating_sub(self.claimed);
        }
        let most = if self.is_quick { CLAIMED_OF_QUICK_MAX } else { CLAIMED_OF_REGISTRATION_MAX };
        let left = most.saturating_sub(self.claimed);
        // Half of it or nothing: to claim is to read past all that is claimed already.
        if left < most / 2 { 0 } else { left }
    }
}

impl Places {
    /// How much of a lane is to be claimed, at least one; or what is in the way. It counts as claimed from now on.
    pub(super) fn claim(&mut self, lane: &Lane) -> Result<u32, Obstacle> {
        if self.registrations.len() > REMEMBERED_MAX {
            self.registrations.retain(|_, registration| registration.claimed > 0);
        }
        let registration = self.registrations.entry(lane.webhook).or_insert(Registration::NEW);
        let count = registration.claimable(self.claimed <= CLAIMED_AHEAD_MAX - CLAIMED_OF_QUICK_MAX);
        if count == 0 {
            return Err(Obstacle::Registration(lane.webhook));
        }
        let origin = registration.origin.clone();
        self.is_room(lane, origin.as_ref())?;
        if let Some(registration) = self.registrations.get_mut(&lane.webhook) {
            registration.claimed += count;
            self.claimed += count;
        }
        Ok(count)
    }

    /// So much of what was claimed is not any more: it is recorded, or came to nothing.
    pub(super) fn unclaim(&mut self, webhook: WebhookId, count: u32) {
        if let Some(registration) = self.registrations.get_mut(&webhook) {
            let count = count.min(registration.claimed);
            registration.claimed -= count;
            self.claimed -= count;
        }
    }

    /// Takes a place for an attempt; or says what is in the way.
    pub(super) fn enter(&mut self, lane: &Lane, origin: &Arc<str>) -> Result<(), Obstacle> {
        let registration = self.registrations.entry(lane.webhook).or_insert(Registration::NEW);
        registration.origin.get_or_insert_with(|| origin.clone());
        if registration.in_flight >= registration.allowed {
            return Err(Obstacle::Registration(lane.webhook));
        }
        self.is_room(lane, Some(origin))?;
        if let Some(registration) = self.registrations.get_mut(&lane.webhook) {
            registration.in_flight += 1;
        }
        *self.origins.entry(origin.clone()).or_insert(0) += 1;
        *self.units.entry(lane.msn.clone()).or_insert(0) += 1;
        self.in_flight += 1;
        Ok(())
    }

    /// Whether all places are taken where registrations share them.
    pub(super) fn is_full(&self, obstacle: &Obstacle) -> bool {
        match obstacle {
            Obstacle::Origin(origin) => self.origins.get(origin).is_some_and(|count| *count >= IN_FLIGHT_OF_ORIGIN_MAX),
            Obstacle::SalesUnit(msn) => self.units.get(msn).is_some_and(|count| *count >= IN_FLIGHT_OF_SALES_UNIT_MAX),
            Obstacle::House => self.in_flight >= IN_FLIGHT_MAX,
            Obstacle::Claim(_) | Obstacle::Registration(_) | Obstacle::Claims => false,
        }
    }

    fn is_room(&self, lane: &Lane, origin: Option<&Arc<str>>) -> Result<(), Obstacle> {
        let origin = origin.map(|origin| Obstacle::Origin(origin.clone()));
        let places = origin.into_iter().chain([Obstacle::SalesUnit(lane.msn.clone()), Obstacle::House]);
        places.into_iter().find(|place| self.is_full(place)).map_or(Ok(()), Err)
    }

    /// The attempt is over, and how it went says how many there may be at once; of one that was not made nothing is known.
    pub(super) fn leave(&mut self, lane: &Lane, origin: &str, went: Option<Went>) {
        if let Some(registration) = self.registrations.get_mut(&lane.webhook) {
            registration.in_flight = registration.in_flight.saturating_sub(1);
            if let Some(went) = went {
                registration.is_quick = went == Went::Quickly;
                registration.allowed = match went {
                    Went::Well | Went::Quickly => (registration.allowed * 2).min(IN_FLIGHT_OF_REGISTRATION_MAX),
                    Went::Badly => 1,
                };
            }
        }
        count_down(&mut self.origins, origin);
        count_down(&mut self.units, &lane.msn);
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}

fn count_down<K: std::borrow::Borrow<Q> + Eq + std::hash::Hash, Q: Eq + std::hash::Hash + ?Sized>(
    counts: &mut HashMap<K, u32>,
    key: &Q,
) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;
    use engine::outbound::Made;

    use super::*;

    fn webhook(number: u32) -> WebhookId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        WebhookId(id)
    }

    /// Of a sales unit of its own for every registration.
    fn lane(number: u32) -> Lane {
        Lane { msn: Msn::parse(&format!("{number:010}")).unwrap(), webhook: webhook(number), is_fetched: false }
    }

    fn origin(number: u32) -> Arc<str> {
        format!("http://{number}:80").into()
    }

    /// One that is shared.
    fn one() -> Arc<str> {
        "http://one:80".into()
    }

    /// As many attempts as can be under way.
    fn fill(places: &mut Places, lane: &Lane, origin: &Arc<str>) -> (u32, Obstacle) {
        let mut count = 0;
        loop {
            match places.enter(lane, origin) {
                Ok(()) => count += 1,
                Err(obstacle) => return (count, obstacle),
            }
        }
    }

    #[test]
    fn a_registration_has_one_place_then_two_four_and_eight_and_one_again_after_a_failure() {
        let mut places = Places::default();
        let full = Obstacle::Registration(webhook(1));
        for allowed in [1, 2, 4, 8, 8] {
            assert_eq!(fill(&mut places, &lane(1), &one()), (allowed, full.clone()));
            for _ in 0..allowed {
                places.leave(&lane(1), &one(), Some(Went::Badly));
            }
            // As after so many successes.
            places.registrations.get_mut(&webhook(1)).unwrap().allowed = allowed;
            assert_eq!(places.enter(&lane(1), &one()), Ok(()));
            places.leave(&lane(1), &one(), Some(Went::Well));
        }
        assert_eq!(fill(&mut places, &lane(1), &one()).0, 8);
        places.leave(&lane(1), &one(), Some(Went::Badly));
        for _ in 0..7 {
            assert_eq!(places.enter(&lane(1), &one()), Err(full.clone()), "those under way have to end first");
            places.leave(&lane(1), &one(), Some(Went::Badly));
        }
        assert_eq!(fill(&mut places, &lane(1), &one()), (1, full));
    }

    #[test]
    fn an_attempt_that_was_not_made_says_nothing_of_its_receiver() {
        let mut places = Places::default();
        for _ in 0..3 {
            assert_eq!(places.enter(&lane(1), &one()), Ok(()));
            places.leave(&lane(1), &one(), Some(Went::Well));
        }
        assert_eq!(places.enter(&lane(1), &one()), Ok(()));
        places.leave(&lane(1), &one(), None);
        assert_eq!(fill(&mut places, &lane(1), &one()).0, 8);
    }

    #[test]
    fn nothing_is_claimed_ahead_but_for_a_registration_that_answers() {
        let mut places = Places::default();
        let full = Err(Obstacle::Registration(webhook(1)));
        for allowed in [1, 2, 4] {
            assert_eq!(places.claim(&lane(1)), Ok(allowed));
            assert_eq!(places.claim(&lane(1)), full);
            places.unclaim(webhook(1), allowed);
            assert_eq!(places.enter(&lane(1), &one()), Ok(()));
            places.leave(&lane(1), &one(), Some(Went::Well));
        }
        assert_eq!(places.enter(&lane(1), &one()), Ok(()));
        let half = CLAIMED_OF_REGISTRATION_MAX / 2;
        assert_eq!(places.claim(&lane(1)), Ok(2 * half));
        places.unclaim(webhook(1), half - 1);
        assert_eq!(places.claim(&lane(1)), full, "it is not worth the while");
        places.unclaim(webhook(1), 1);
        assert_eq!(places.claim(&lane(1)), Ok(half));
        places.leave(&lane(1), &one(), Some(Went::Quickly));
        assert_eq!(places.claim(&lane(1)), Ok(CLAIMED_OF_QUICK_MAX - 2 * half), "now it answers quickly");
        assert_eq!(places.enter(&lane(1), &one()), Ok(()));
        places.leave(&lane(1), &one(), Some(Went::Well));
        places.unclaim(webhook(1), CLAIMED_OF_QUICK_MAX - half);
        assert_eq!(places.claim(&lane(1)), Ok(half), "and now it does not");
    }

    #[test]
    fn who_answers_in_time_is_quick_and_who_refuses_never_is() {
        let tried = |status: u16, took: Duration| {
            let (at, outcome) = (Timestamp::from_milliseconds(0), Ok(status));
            let made = Made { at, took, outcome, answer: Vec::new(), signature: "".into() };
            Went::of(&Tried { claimed: crate::dispatch::desk::tests::claim(&lane(1)), made })
        };
        assert_eq!(tried(200, QUICK), Went::Quickly);
        assert_eq!(tried(200, QUICK + Duration::from_nanos(1)), Went::Well);
        assert_eq!(tried(500, QUICK), Went::Badly);
    }

    #[test]
    fn where_much_is_claimed_already_nothing_is_claimed_ahead() {
        let mut places = Places::default();
        let answers = |places: &mut Places, number| {
            for _ in 0..3 {
                assert_eq!(places.enter(&lane(number), &origin(number)), Ok(()));
                places.leave(&lane(number), &origin(number), Some(Went::Quickly));
            }
        };
        let full_after = CLAIMED_AHEAD_MAX / CLAIMED_OF_QUICK_MAX;
        for number in 0..full_after {
            answers(&mut places, number);
            assert_eq!(places.claim(&lane(number)), Ok(CLAIMED_OF_QUICK_MAX));
        }
        answers(&mut places, full_after);
        assert_eq!(places.claim(&lane(full_after)), Ok(IN_FLIGHT_OF_REGISTRATION_MAX));
        assert_eq!(places.claim(&lane(full_after)), Err(Obstacle::Registration(webhook(full_after))));
        places.unclaim(webhook(full_after), u32::MAX);
        places.unclaim(webhook(0), CLAIMED_OF_QUICK_MAX - 1);
        assert_eq!(places.claim(&lane(full_after)), Ok(IN_FLIGHT_OF_REGISTRATION_MAX), "one too many");
        places.unclaim(webhook(full_after), u32::MAX);
        places.unclaim(webhook(0), 1);
        assert_eq!(places.claim(&lane(full_after)), Ok(CLAIMED_OF_QUICK_MAX));
    }

    #[test]
    fn an_origin_has_sixteen_places_whoever_shares_it() {
        let mut places = Places::default();
        for number in 0..16 {
            assert_eq!(places.enter(&lane(number), &one()), Ok(()));
        }
        let full = Obstacle::Origin(one());
        assert_eq!(places.claim(&lane(16)), Ok(1), "its origin is not known yet");
        assert_eq!(places.enter(&lane(16), &one()), Err(full.clone()));
        places.unclaim(webhook(16), 1);
        assert_eq!(places.claim(&lane(16)), Err(full), "now it is");
        assert_eq!(places.enter(&lane(17), &"http://another:80".into()), Ok(()));
        places.leave(&lane(3), &one(), Some(Went::Well));
        assert_eq!(places.claim(&lane(16)), Ok(1));
        assert_eq!(places.enter(&lane(16), &one()), Ok(()));
    }

    #[test]
    fn a_sales_unit_has_sixty_four_places_however_many_registrations_it_has() {
        let mut places = Places::default();
        let of_one = |number| Lane { msn: Msn::parse("123456").unwrap(), ..lane(number) };
        for number in 0..64 {
            assert_eq!(places.enter(&of_one(number), &origin(number)), Ok(()));
        }
        let full = Err(Obstacle::SalesUnit(of_one(0).msn));
        assert_eq!(places.enter(&of_one(64), &origin(64)), full);
        assert_eq!(places.claim(&of_one(65)), Err(Obstacle::SalesUnit(of_one(0).msn)));
        assert_eq!(places.enter(&lane(66), &origin(66)), Ok(()), "another has its own");
        assert_eq!(places.claim(&of_one(3)), Err(Obstacle::SalesUnit(of_one(3).msn)), "it makes room for others too");
        places.leave(&of_one(3), &origin(3), Some(Went::Well));
        assert_eq!(places.enter(&of_one(64), &origin(64)), Ok(()));
    }

    #[test]
    fn there_are_so_many_places_in_all() {
        let mut places = Places::default();
        for number in 0..IN_FLIGHT_MAX {
            assert_eq!(places.enter(&lane(number), &origin(number)), Ok(()));
        }
        assert_eq!(places.enter(&lane(IN_FLIGHT_MAX), &origin(IN_FLIGHT_MAX)), Err(Obstacle::House));
        assert_eq!(places.claim(&lane(IN_FLIGHT_MAX + 1)), Err(Obstacle::House));
        places.leave(&lane(0), &origin(0), Some(Went::Well));
        assert_eq!(places.enter(&lane(IN_FLIGHT_MAX), &origin(IN_FLIGHT_MAX)), Ok(()));
    }
}
