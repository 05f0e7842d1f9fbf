//! The delivery log: what was sent, and sending it once more.

use bytes::Bytes;
use domain::{
    money::Currency,
    text::{Msn, Reference},
    time::Timestamp,
    webhook::EventType,
};
use store::{
    DeliveriesChange, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, DeliveryKind, Intent, KeyHolder,
    LoggedAttempt, NewDelivery, NewDeliveryOf, Removal, Trouble, WebhookId, Work,
};

use super::Scope;
use crate::Engine;

/// The most deliveries that are sent again at one request.
pub const RESENT_MAX: u32 = 1000;

/// What is to be sent again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resend {
    /// This delivery.
    Delivery(DeliveryId),
    /// Every event of a payment, to each registration that was to be told.
    Payment(Reference),
    /// Every event for a registration that came into being between these.
    Range {
        /// Which.
        webhook: WebhookId,
        /// The first moment.
        from: Timestamp,
        /// The last moment.
        to: Timestamp,
    },
}

/// What a test looks like.
pub struct TestDelivery {
    /// Of which type.
    pub event: EventType,
    /// The sales unit it is about; the owner's own, or one connected to it.
    pub msn: Msn,
    /// Its name.
    pub reference: Reference,
    /// What that sales unit is paid in.
    pub currency: Currency,
    /// The id of what did not happen.
    pub event_id: [u8; 16],
    /// When.
    pub at: Timestamp,
}

impl Engine {
    /// The owner's deliveries, the newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn deliveries(&self, scope: &Scope, filter: &DeliveryFilter) -> Result<Vec<Delivery>, Trouble> {
        self.store.deliveries(&scope.owner, filter).await
    }

    /// One of the owner's deliveries, with every attempt.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn delivery(&self, scope: &Scope, id: DeliveryId) -> Result<Option<DeliveryDetail>, Trouble> {
        self.store.delivery(&scope.owner, id).await
    }

    /// Attempts to deliver to the owner's registrations that ended at `since` or later, by the wall, the earliest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn attempts_since(
        &self,
        scope: &Scope,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<(Delivery, LoggedAttempt)>, Trouble> {
        self.store.attempts_since(&scope.owner, since, most).await
    }

    /// How a registration of the owner's ended, if it did.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn removal(&self, scope: &Scope, id: WebhookId) -> Result<Option<Removal>, Trouble> {
        let webhooks = self.store.webhooks(&scope.owner, true).await?;
        Ok(webhooks.into_iter().find(|webhook| webhook.id == id).and_then(|webhook| webhook.removal))
    }

    /// Sends again what is asked for; `None` where the owner has nothing like it. Answers the new deliveries, at most [`RESENT_MAX`]. What
    /// was sent to a registration that has ended is not sent again.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn resend(&self, scope: &Scope, what: &Resend) -> Result<Option<Vec<DeliveryId>>, Trouble> {
        let found = match what {
            Resend::Delivery(id) => self.store.delivery(&scope.owner, *id).await?.map(|found| vec![found.delivery]),
            Resend::Payment(reference) => {
                let filter = DeliveryFilter { reference: Some(reference.clone()), ..events() };
                Some(self.store.deliveries(&scope.owner, &filter).await?).filter(|found| !found.is_empty())
            }
            Resend::Range { webhook, from, to } => {
                if self.webhooks(scope).await?.iter().all(|one| one.id != *webhook) {
                    return Ok(None);
                }
                let before = DeliveryId::earliest_of(to.plus(domain::time::Span::milliseconds(1)));
                let from = Some(DeliveryId::earliest_of(*from));
                let filter = DeliveryFilter { webhook: Some(*webhook), from, before: Some(before), ..events() };
                Some(self.store.deliveries(&scope.owner, &filter).await?)
            }
        };
        let Some(mut found) = found else { return Ok(None) };
        let webhooks = self.webhooks(scope).await?;
        found.retain(|delivery| webhooks.iter().any(|webhook| webhook.id == delivery.webhook));
        // They were the newest first; they are sent as they came about.
        found.reverse();
        let new: Vec<NewDelivery> =
            (0_u16..).zip(&found).map(|(place, delivery)| self.once_more(delivery, place)).collect();
        self.send(&scope.owner, new).await.map(Some)
    }

    /// Ids are in the order in which they are sent.
    fn once_more(&self, delivery: &Delivery, place: u16) -> NewDelivery {
        let mut chance: [u8; 10] = self.entropy.bytes();
        for (to, from) in chance.iter_mut().zip(place.to_be_bytes()) {
            *to = from;
        }
        let id = DeliveryId::new(self.now_of(&delivery.msn), chance);
        let (msn, webhook) = (delivery.msn.clone(), delivery.webhook);
        NewDelivery { id, msn, webhook, of: NewDeliveryOf::Delivery(delivery.id) }
    }

    /// Sends a test to one of the owner's registrations; `None` where it has no such registration, or no sales unit to be told of.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn send_test(
        &self,
        scope: &Scope,
        webhook: WebhookId,
        event: EventType,
        body: impl FnOnce(&TestDelivery) -> Bytes,
    ) -> Result<Option<DeliveryId>, Trouble> {
        if self.webhooks(scope).await?.iter().all(|one| one.id != webhook) {
            return Ok(None);
        }
        let msn = match &scope.owner {
            KeyHolder::SalesUnit(msn) => Some(msn.clone()),
            KeyHolder::Partner(partner) => self.access.any_connected_to(partner),
        };
        let Some(unit) = msn.and_then(|msn| self.sales_unit(&msn)) else { return Ok(None) };
        let (msn, currency) = (unit.msn.clone(), unit.market.currency());
        let at = self.now_of(&msn);
        let reference = Reference::parse(&format!("kasse-test-{}", at.milliseconds()))
            .map_err(|_| Trouble::Broken("a test has no name".to_owned()))?;
        let test = TestDelivery { event, msn: msn.clone(), reference, currency, event_id: self.entropy.uuid(), at };
        let body = body(&test);
        let TestDelivery { event, reference, event_id, .. } = test;
        let id = DeliveryId::new(at, self.entropy.bytes());
        let of = NewDeliveryOf::Test { reference, event, event_id, body };
        let sent = self.send(&scope.owner, vec![NewDelivery { id, msn, webhook, of }]).await?;
        Ok(sent.first().copied())
    }

    async fn send(&self, owner: &KeyHolder, new: Vec<NewDelivery>) -> Result<Vec<DeliveryId>, Trouble> {
        let ids = new.iter().map(|new| new.id).collect();
        if !new.is_empty() {
            let now = match (owner, new.first()) {
                (KeyHolder::SalesUnit(msn), _) => self.now_of(msn),
                (KeyHolder::Partner(_), first) => first.map_or_else(|| self.clock.wall(), |new| self.now_of(&new.msn)),
            };
            self.apply(Intent { now, work: Work::Deliveries(DeliveriesChange::Send(new)) }).await?;
        }
        Ok(ids)
    }
}

fn events() -> DeliveryFilter {
    DeliveryFilter { kind: Some(DeliveryKind::Event), most: RESENT_MAX, ..DeliveryFilter::default() }
}
