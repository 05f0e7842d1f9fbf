//! Registrations: whom of a merchant's systems to tell of what.
//!
//! A registration belongs to a sales unit or to a partner, and then is told of every sales unit connected to it. Its secret is here only
//! sealed. One that was removed stays as a tombstone, so that what was sent to it can still be read about, and is told nothing any more.

use domain::{time::Timestamp, webhook::EventType};

use crate::KeyHolder;

/// The id of a registration; not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WebhookId(pub [u8; 16]);

/// A registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub owner: KeyHolder,
    /// Where to, byte for byte as it was registered.
    pub url: Box<str>,
    /// Of what, in the order it was registered.
    pub events: Vec<EventType>,
    /// What deliveries are signed with, sealed.
    pub sealed_secret: Vec<u8>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Until when, by the wall, somebody is known to fetch deliveries, who then are not sent to the address; `None` where they are sent.
    pub listens_until: Option<Timestamp>,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
    /// How it ended, if it did.
    pub removal: Option<Removal>,
}

impl Webhook {
    /// Whether it is told of events of this type.
    pub fn is_for(&self, event: EventType) -> bool {
        self.events.contains(&event)
    }
}

/// How a registration ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removal {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: RemovalCause,
    /// What went wrong last, if anything had.
    pub last_error: Option<Box<str>>,
    /// Since when it had been failing as far as whoever ended it knew: if that is not so any more, it does not end.
    pub judged_by: Option<Timestamp>,
}

/// Why a registration ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RemovalCause {
    /// Its owner deleted it.
    Deleted,
    /// Nothing had reached it for too long.
    Failing,
    /// Nobody fetched deliveries any more.
    NobodyListens,
}

impl RemovalCause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::Deleted, Self::Failing, Self::NobodyListens];

    /// Its name in the store and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Failing => "failing",
            Self::NobodyListens => "nobody_listens",
        }
    }

    /// The cause of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// A pure function from an owner's present registrations, oldest first, to what shall become of them; `None` leaves things as they are.
pub type WebhooksDecision = Box<dyn Fn(&[Webhook]) -> Option<WebhooksChange> + Send + Sync>;

/// What becomes of an owner's registrations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WebhooksChange {
    /// One more.
    Register(Webhook),
    /// One less, and whatever waits to be sent to it is dropped.
    Remove {
        /// Which.
        id: WebhookId,
        /// How.
        removal: Removal,
    },
    /// Somebody is known to fetch its deliveries until later than before.
    Listens {
        /// Which.
        id: WebhookId,
        /// Until when, by the wall.
        until: Timestamp,
    },
}
