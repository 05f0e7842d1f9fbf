//! What happens: the use cases, on top of a store and two doors.
//!
//! An [`Engine`] turns a request that has been read and authorized into one intent for the store, and lets time do its part: whatever is
//! due becomes an event at its instant. Time comes from [`clock`] only, chance from [`entropy`] only, so that a run can be replayed.
//!
//! Never here: SQL, HTTP, JSON of an API, HTML, the environment.

pub mod access;
pub mod clock;
mod directory;
pub mod entropy;
pub mod expiry;
pub mod history;
mod in_flight;
pub mod key_sets;
pub mod keys;
pub mod link;
pub mod listening;
pub mod live;
pub mod merchant;
pub mod news;
pub mod order;
pub mod outbound;
pub mod pages;
pub mod partner;
pub mod payer;
pub mod payment;
pub mod request;
pub mod seal;
mod wallet;
pub mod webhook;

use std::{sync::Arc, time::Duration};

use domain::{order::image::HEIGHT_MIN, time::Span};

pub use store::{
    Announce, Answer, Claimed, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, DeliveryKind, DeliveryState,
    Idempotency, Image, KeyHolder, KeyKind, Lane, LoggedAttempt, Mode, Operation, Order, OrderReceipt, Outcome,
    Partner, Recipient, Removal, RemovalCause, Trouble, Webhook, WebhookId,
};
use store::{Intent, Store};
use tokio::sync::Notify;

use crate::{
    access::Access,
    clock::Clock,
    entropy::Entropy,
    in_flight::InFlight,
    keys::{KeyMaterial, Keys, NoSigningKey},
    listening::Listening,
    live::Live,
    outbound::{Complaints, Telling},
};

/// How long a caller waits for the store before it is told to come back.
pub const STORE_WAIT_MAX: Duration = Duration::from_secs(5);

/// What this installation allows beyond the published rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// What the installation is for.
    pub mode: Mode,
    /// Payers may be sent to plain `http` on this machine.
    pub insecure_return_urls_allowed: bool,
    /// Whether every well-formed telephone number is a payer of a sandbox, not only the listed ones.
    pub any_number_is_a_payer: bool,
    /// The least height of a picture, in pixels.
    pub image_height_min: u32,
    /// How a bank behaves that does not answer at once.
    pub slow_bank: SlowBank,
}

/// A bank that does not say at once whether it reserves the money: the published test amount has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlowBank {
    /// How long it takes.
    pub takes: Span,
    /// Whether it reserves the money then.
    pub reserves: bool,
}

impl SlowBank {
    /// The published one.
    pub const PUBLISHED: Self = Self { takes: Span::minutes(60), reserves: false };
}

impl Policy {
    /// What a mode allows unless settings say otherwise.
    pub const fn of(mode: Mode) -> Self {
        let is_sandbox = matches!(mode, Mode::Sandbox);
        Self {
            mode,
            insecure_return_urls_allowed: is_sandbox,
            any_number_is_a_payer: is_sandbox,
            image_height_min: HEIGHT_MIN,
            slow_bank: SlowBank::PUBLISHED,
        }
    }
}

/// The use cases.
pub struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    keys: Keys,
    policy: Policy,
    telling: Telling,
    access: Arc<Access>,
    in_flight: InFlight,
    listening: Listening,
    complaints: Complaints,
    live: Live,
    /// Something was planned that may be due at once.
    planned_now: Notify,
}

impl Engine {
    /// An engine on a store, with everything it must not find out for itself.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        keys: Keys,
        policy: Policy,
        telling: Telling,
    ) -> Result<Self, Trouble> {
        let access = Arc::new(Access::new(&store.directory().await?));
        Ok(Self {
            store,
            clock,
            entropy,
            keys,
            policy,
            telling,
            access,
            in_flight: InFlight::default(),
            listening: Listening::default(),
            complaints: Complaints::default(),
            live: Live::default(),
            planned_now: Notify::new(),
        })
    }

    /// What this installation allows.
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// The door to time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The door to chance.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// Signs and accepts tokens by these keys from now on.
    ///
    /// # Errors
    /// Where there is none among them; then everything stays as it was.
    pub fn replace_signing_keys(&self, material: &KeyMaterial) -> Result<(), NoSigningKey> {
        self.keys.replace_signing(&material.signing)
    }

    /// Whether a write would be taken now.
    pub fn is_ready(&self) -> bool {
        self.store.is_writable()
    }

    /// Hands an intent to the store and waits for it, but not for ever. The store finishes it either way, and until it has, its key is
    /// nobody else's.
    async fn apply(&self, intent: Intent) -> Result<Outcome, Trouble> {
        let turn = tokio::time::timeout(STORE_WAIT_MAX, self.in_flight.turn(&intent));
        let turn = turn.await.map_err(|_| Trouble::InProgress)?;
        let (store, live) = (self.store.clone(), self.live.clone());
        let concerned = Live::concerned(&intent.work);
        let mut applying = Box::pin(async move {
            let outcome = store.apply(intent).await;
            // Whatever came of it: an attempt that failed is in the log too, and what is not known may have been done.
            if let Some(topic) = &concerned {
                live.tell(topic);
            }
            outcome
        });
        match tokio::time::timeout(STORE_WAIT_MAX, &mut applying).await {
            Ok(outcome) => outcome,
            Err(_) => {
                tokio::spawn(async move {
                    let _nobody_waits_any_more = applying.await;
                    drop(turn);
                });
                Err(Trouble::Unavailable("the store has not answered in time".to_owned()))
            }
        }
    }
}
