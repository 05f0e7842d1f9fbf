//! Webhooks: what merchants may be told of, and what comes of an attempt to tell one.
//!
//! A registration names [`EventType`]s; each event is then sent until it is [`Next::Delivered`] or
//! [`Next::GivenUp`]. Here is only when: how it is sent, signed and kept belongs to others.

mod attempt;
mod event_type;

pub use attempt::{ATTEMPT_TIME_MAX, GIVE_UP_AFTER, Next, REMOVE_AFTER, after_attempt, delay_before, is_to_be_removed};
pub use event_type::{Api, EventType};

/// The most registrations a scope may have of one type of event; of some types fewer, see [`EventType::registrations_max`].
pub const REGISTRATIONS_MAX: usize = 25;
/// The most types of events a registration may name, as it names them.
pub const EVENTS_MAX: usize = 50;
/// The most characters of the address a registration names.
pub const URL_CHARACTERS_MAX: usize = 2048;
