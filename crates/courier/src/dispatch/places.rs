//! How many attempts may be under way: of a registration, to an origin, about a sales unit, in all.
//!
//! A registration begins with one place, has twice as many after each success and one again after a failure, so that receivers that hang
//! never fill the house.

use std::collections::HashMap;

use domain::text::Msn;
use engine::{Lane, WebhookId};

use super::lanes::Obstacle;

/// The most attempts under way to one registration.
pub const IN_FLIGHT_OF_REGISTRATION_MAX: u32 = 8;
/// The most attempts under way to one origin: scheme, host and port.
pub const IN_FLIGHT_OF_ORIGIN_MAX: u32 = 16;
/// The most attempts under way about one sales unit, so that none fills the house with its own receivers.
pub const IN_FLIGHT_OF_SALES_UNIT_MAX: u32 = 64;
/// The most attempts under way in all.
pub const IN_FLIGHT_MAX: u32 = 256;
/// Of the places that are left a registration is given at most one in so many, and one at least: what it was given and does not need is
/// nobody's until its claim has come back.
const SHARERS: u32 = 16;
/// Registrations nobody has been sent anything for are forgotten beyond so many.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Places {
    registrations: HashMap<WebhookId, Registration>,
    origins: HashMap<Box<str>, u32>,
    units: HashMap<Msn, u32>,
    in_flight: u32,
}

struct Registration {
    allowed: u32,
    in_flight: u32,
    /// Known once something was claimed for it.
    origin: Option<Box<str>>,
    /// Places it was given at its origin and has not used yet.
    reserved: u32,
}

impl Registration {
    const NEW: Self = Self { allowed: 1, in_flight: 0, origin: None, reserved: 0 };
}

impl Places {
    /// Takes as many places for a registration as it may have now, at least one; or says what is in the way.
    pub(super) fn take(&mut self, lane: &Lane) -> Result<u32, Obstacle> {
        let webhook = lane.webhook;
        if self.registrations.len() > REMEMBERED_MAX {
            self.registrations.retain(|_, registration| registration.in_flight > 0);
        }
        let registration = self.registrations.entry(webhook).or_insert(Registration::NEW);
        let at_registration = registration.allowed.saturating_sub(registration.in_flight);
        if at_registration == 0 {
            return Err(Obstacle::Registration(webhook));
        }
        let mut taken = at_registration;
        if let Some(origin) = &registration.origin {
            let at_origin = self.origins.get(origin).copied().unwrap_or(0);
            taken = taken.min(IN_FLIGHT_OF_ORIGIN_MAX.saturating_sub(at_origin));
            if taken == 0 {
                return Err(Obstacle::Origin(origin.clone()));
            }
        }
        let of_unit = self.units.get(&lane.msn).copied().unwrap_or(0);
        taken = taken.min(IN_FLIGHT_OF_SALES_UNIT_MAX.saturating_sub(of_unit));
        if taken == 0 {
            return Err(Obstacle::SalesUnit(lane.msn.clone()));
        }
        let left = IN_FLIGHT_MAX.saturating_sub(self.in_flight);
        if left == 0 {
            return Err(Obstacle::House);
        }
        taken = taken.min((left / SHARERS).max(1));
        if let Some(origin) = &registration.origin {
            *self.origins.entry(origin.clone()).or_insert(0) += taken;
            registration.reserved += taken;
        }
        registration.in_flight += taken;
        *self.units.entry(lane.msn.clone()).or_insert(0) += taken;
        self.in_flight += taken;
        Ok(taken)
    }

    /// A place that was taken is for this origin. False where there is no room at it; then it is as if it had not been taken.
    pub(super) fn is_for(&mut self, lane: &Lane, origin: &str) -> bool {
        if let Some(registration) = self.registrations.get_mut(&lane.webhook) {
            if registration.reserved > 0 {
                registration.reserved -= 1;
                return true;
            }
            registration.origin.get_or_insert_with(|| origin.into());
        }
        let at_origin = self.origins.entry(origin.into()).or_insert(0);
        if *at_origin >= IN_FLIGHT_OF_ORIGIN_MAX {
            self.free(lane, 1);
            return false;
        }
        *at_origin += 1;
        true
    }

    /// Places that were taken and came to nothing. Answers at which origin there is room again, if that was known.
    pub(super) fn give_back(&mut self, lane: &Lane, places: u32) -> Option<Box<str>> {
        self.free(lane, places);
        let registration = self.registrations.get_mut(&lane.webhook)?;
        let reserved = registration.reserved.min(places);
        registration.reserved -= reserved;
        let origin = registration.origin.clone().filter(|_| reserved > 0)?;
        self.free_at(&origin, reserved);
        Some(origin)
    }

    /// The attempt at this origin is over.
    pub(super) fn leave(&mut self, lane: &Lane, origin: &str) {
        self.free_at(origin, 1);
        self.free(lane, 1);
    }

    fn free_at(&mut self, origin: &str, places: u32) {
        if let Some(at_origin) = self.origins.get_mut(origin) {
            *at_origin = at_origin.saturating_sub(places);
            if *at_origin == 0 {
                self.origins.remove(origin);
            }
        }
    }

    fn free(&mut self, lane: &Lane, places: u32) {
        self.in_flight = self.in_flight.saturating_sub(places);
        if let Some(of_unit) = self.units.get_mut(&lane.msn) {
            *of_unit = of_unit.saturating_sub(places);
            if *of_unit == 0 {
                self.units.remove(&lane.msn);
            }
        }
        if let Some(registration) = self.registrations.get_mut(&lane.webhook) {
            registration.in_flight = registration.in_flight.saturating_sub(places);
        }
    }

    /// How an attempt went says how many there may be at once.
    pub(super) fn learn(&mut self, webhook: WebhookId, has_succeeded: bool) {
        if let Some(registration) = self.registrations.get_mut(&webhook) {
            registration.allowed =
                if has_succeeded { (registration.allowed * 2).min(IN_FLIGHT_OF_REGISTRATION_MAX) } else { 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn webhook(number: u8) -> WebhookId {
        WebhookId([number; 16])
    }

    /// Of a sales unit of its own for every registration.
    fn lane(id: WebhookId) -> Lane {
        let number = u32::from_be_bytes([id.0[0], id.0[1], id.0[2], id.0[3]]);
        Lane { msn: Msn::parse(&format!("{number:010}")).unwrap(), webhook: id, is_fetched: false }
    }

    #[test]
    fn a_registration_has_one_place_then_two_four_and_eight_and_one_again_after_a_failure() {
        let mut places = Places::default();
        for allowed in [1, 2, 4, 8, 8] {
            assert_eq!(places.take(&lane(webhook(1))), Ok(allowed));
            assert_eq!(places.take(&lane(webhook(1))), Err(Obstacle::Registration(webhook(1))), "all are taken");
            places.give_back(&lane(webhook(1)), allowed);
            places.learn(webhook(1), true);
        }
        places.learn(webhook(1), false);
        assert_eq!(places.take(&lane(webhook(1))), Ok(1));
    }

    #[test]
    fn after_a_failure_nothing_is_taken_before_those_under_way_have_ended() {
        let mut places = Places::default();
        for allowed in [1, 2, 4] {
            assert_eq!(places.take(&lane(webhook(1))), Ok(allowed));
            places.give_back(&lane(webhook(1)), allowed);
            places.learn(webhook(1), true);
        }
        assert_eq!(places.take(&lane(webhook(1))), Ok(8));
        places.learn(webhook(1), false);
        places.give_back(&lane(webhook(1)), 7);
        assert_eq!(places.take(&lane(webhook(1))), Err(Obstacle::Registration(webhook(1))));
        places.give_back(&lane(webhook(1)), 1);
        assert_eq!(places.take(&lane(webhook(1))), Ok(1));
    }

    #[test]
    fn an_origin_has_sixteen_places_whoever_shares_it() {
        let mut places = Places::default();
        for number in 0..16 {
            assert_eq!(places.take(&lane(webhook(number))), Ok(1));
            assert!(places.is_for(&lane(webhook(number)), "http://one:80"));
        }
        assert_eq!(places.take(&lane(webhook(16))), Ok(1), "its origin is not known yet");
        assert!(!places.is_for(&lane(webhook(16)), "http://one:80"));
        assert_eq!(places.take(&lane(webhook(16))), Err(Obstacle::Origin("http://one:80".into())), "now it is");
        assert_eq!(places.take(&lane(webhook(17))), Ok(1));
        assert!(places.is_for(&lane(webhook(17)), "http://another:80"));
        places.leave(&lane(webhook(3)), "http://one:80");
        assert_eq!(places.take(&lane(webhook(16))), Ok(1));
        let full = Err(Obstacle::Origin("http://one:80".into()));
        assert_eq!(places.take(&lane(webhook(3))), full, "the one place is taken");
        assert!(places.is_for(&lane(webhook(16)), "http://one:80"));
        places.leave(&lane(webhook(16)), "http://one:80");
        assert_eq!(places.take(&lane(webhook(3))), Ok(1));
        assert_eq!(places.give_back(&lane(webhook(3)), 1), Some("http://one:80".into()), "it came to nothing");
        assert_eq!(places.take(&lane(webhook(16))), Ok(1));
    }

    #[test]
    fn there_are_so_many_places_in_all() {
        let mut places = Places::default();
        let id = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            WebhookId(id)
        };
        for number in 0..IN_FLIGHT_MAX {
            assert_eq!(places.take(&lane(id(number))), Ok(1));
        }
        assert_eq!(places.take(&lane(id(IN_FLIGHT_MAX))), Err(Obstacle::House));
        places.give_back(&lane(id(0)), 1);
        assert_eq!(places.take(&lane(id(IN_FLIGHT_MAX))), Ok(1));
    }

    #[test]
    fn a_sales_unit_has_sixty_four_places_however_many_registrations_it_has() {
        let mut places = Places::default();
        let of_one =
            |number: u8| Lane { msn: Msn::parse("123456").unwrap(), webhook: webhook(number), is_fetched: false };
        for number in 0..64 {
            assert_eq!(places.take(&of_one(number)), Ok(1));
        }
        assert_eq!(places.take(&of_one(64)), Err(Obstacle::SalesUnit(of_one(64).msn)));
        assert_eq!(places.take(&lane(webhook(65))), Ok(1), "another has its own");
        places.give_back(&of_one(3), 1);
        assert_eq!(places.take(&of_one(64)), Ok(1));
    }

    #[test]
    fn the_fewer_places_are_left_the_fewer_a_registration_is_given_at_once() {
        let mut places = Places::default();
        for allowed in [1, 2, 4] {
            assert_eq!(places.take(&lane(webhook(1))), Ok(allowed));
            places.give_back(&lane(webhook(1)), allowed);
            places.learn(webhook(1), true);
        }
        places.in_flight = IN_FLIGHT_MAX - 5 * SHARERS;
        assert_eq!(places.take(&lane(webhook(1))), Ok(5));
        places.give_back(&lane(webhook(1)), 5);
        places.in_flight = IN_FLIGHT_MAX - 1;
        assert_eq!(places.take(&lane(webhook(1))), Ok(1));
    }
}
