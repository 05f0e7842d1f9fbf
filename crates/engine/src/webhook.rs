//! Webhooks: registering them, and what became of what was sent to them.
//!
//! A [`Scope`] is proof that a request may act for an owner of registrations: a sales unit, or a partner with all that are connected to it.
//! A secret is told once, to whoever registered; what is kept is sealed for its registration and opens for no other.

mod log;
mod secret;

use std::sync::Arc;

use domain::{
    merchant::SalesUnit,
    target,
    text::{Msn, PartnerId},
    time::Timestamp,
    webhook::EventType,
};
pub use log::{RESENT_MAX, Resend, TestDelivery};
pub(crate) use secret::open;
use store::{
    Intent, KeyHolder, Removal, RemovalCause, Trouble, Webhook, WebhookId, WebhooksChange, WebhooksDecision, Work,
};
use zeroize::Zeroizing;

use crate::{Engine, STORE_WAIT_MAX};

/// Proof that a request may act for an owner of registrations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    owner: KeyHolder,
    unit: Option<Arc<SalesUnit>>,
}

impl Scope {
    pub(crate) fn of_unit(unit: Arc<SalesUnit>) -> Self {
        Self { owner: KeyHolder::SalesUnit(unit.msn.clone()), unit: Some(unit) }
    }

    pub(crate) const fn of_partner(partner: PartnerId) -> Self {
        Self { owner: KeyHolder::Partner(partner), unit: None }
    }

    /// Whose registrations they are.
    pub const fn owner(&self) -> &KeyHolder {
        &self.owner
    }

    /// The sales unit it is about, unless it is about all of a partner.
    pub const fn unit(&self) -> Option<&Arc<SalesUnit>> {
        self.unit.as_ref()
    }
}

/// A registration that has just been made.
pub struct Registered {
    /// Its id.
    pub id: WebhookId,
    /// What its deliveries are signed with; told this once.
    pub secret: Zeroizing<String>,
}

/// The owner has as many registrations of this type as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooMany(pub EventType);

/// How deliveries reach a registration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// They are sent to its address.
    Sent,
    /// Somebody fetches them, and is known to until then, by the wall.
    Fetched {
        /// Until when, unless heard of again.
        until: Timestamp,
    },
}

impl Engine {
    /// Whether a receiver may be at this address, as far as can be seen without looking anything up.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn judge_receiver(&self, url: &str) -> Result<(), target::Refusal> {
        self.telling.targets.judge(url).map(drop)
    }

    /// Registers an address for events from now on.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn register_webhook(
        &self,
        scope: &Scope,
        url: &str,
        events: Vec<EventType>,
        way: Way,
    ) -> Result<Result<Registered, TooMany>, Trouble> {
        let (id, secret) = (WebhookId(self.entropy.uuid()), secret::draw(&*self.entropy));
        let webhook = Webhook {
            id,
            owner: scope.owner.clone(),
            url: url.into(),
            events: events.clone(),
            sealed_secret: secret::seal(&self.keys, &*self.entropy, &scope.owner, id, &secret)?,
            created_at: self.clock.wall(),
            listens_until: match way {
                Way::Sent => None,
                Way::Fetched { until } => Some(until),
            },
            failing_since: None,
            removal: None,
        };
        let decide = Box::new(move |stored: &[Webhook]| {
            let is_new = stored.iter().all(|stored| stored.id != id);
            (is_new && one_too_many(stored, &webhook.events).is_none())
                .then(|| WebhooksChange::Register(webhook.clone()))
        });
        let webhooks = self.change_webhooks(&scope.owner, decide).await?;
        Ok(match one_too_many(&webhooks, &events) {
            _ if webhooks.iter().any(|webhook| webhook.id == id) => Ok(Registered { id, secret }),
            Some(event) => Err(TooMany(event)),
            None => return Err(Trouble::Unavailable("it was removed at the same moment".to_owned())),
        })
    }

    /// The owner's registrations, oldest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn webhooks(&self, scope: &Scope) -> Result<Vec<Webhook>, Trouble> {
        self.store.webhooks(&scope.owner, false).await
    }

    /// Ends a registration at once, with whatever waits for it. Answers whether there was one.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn delete_webhook(&self, scope: &Scope, id: WebhookId) -> Result<bool, Trouble> {
        self.remove_webhook(&scope.owner, RemovalCause::Deleted, move |webhook| webhook.id == id).await
    }

    /// Ends the owner's registration that is meant, if it still is when that is decided. Answers whether there was one.
    pub(crate) async fn remove_webhook(
        &self,
        owner: &KeyHolder,
        cause: RemovalCause,
        is_meant: impl Fn(&Webhook) -> bool + Send + Sync + 'static,
    ) -> Result<bool, Trouble> {
        if !self.store.webhooks(owner, false).await?.iter().any(&is_meant) {
            return Ok(false);
        }
        let removal = Removal { at: self.clock.wall(), cause, last_error: None, judged_by: None };
        let decide = Box::new(move |stored: &[Webhook]| {
            let meant = stored.iter().find(|webhook| is_meant(webhook))?;
            Some(WebhooksChange::Remove { id: meant.id, removal: removal.clone() })
        });
        self.change_webhooks(owner, decide).await?;
        Ok(true)
    }

    /// Lets the store decide, and answers the owner's registrations as they are afterwards.
    pub(crate) async fn change_webhooks(
        &self,
        owner: &KeyHolder,
        decide: WebhooksDecision,
    ) -> Result<Vec<Webhook>, Trouble> {
        let (store, owner, now) = (self.store.clone(), owner.clone(), self.clock.wall());
        // The change goes on when whoever asked has gone away.
        let changing = tokio::spawn(async move {
            store.apply(Intent { now, work: Work::Webhooks { owner: owner.clone(), decide } }).await?;
            store.webhooks(&owner, false).await
        });
        match tokio::time::timeout(STORE_WAIT_MAX, changing).await {
            Ok(Ok(changed)) => changed,
            Ok(Err(_)) => Err(Trouble::Broken("the change was broken off".to_owned())),
            Err(_) => Err(Trouble::Unavailable("the store has not answered in time".to_owned())),
        }
    }

    /// The time a sales unit lives by.
    pub(crate) fn now_of(&self, msn: &Msn) -> Timestamp {
        self.sales_unit(msn).map_or_else(|| self.clock.wall(), |unit| self.clock.now(&unit.space))
    }
}

/// The first type of which there are as many registrations as there may be.
fn one_too_many(stored: &[Webhook], events: &[EventType]) -> Option<EventType> {
    let count = |event: EventType| stored.iter().filter(|webhook| webhook.is_for(event)).count();
    events.iter().copied().find(|event| count(*event) >= event.registrations_max())
}
