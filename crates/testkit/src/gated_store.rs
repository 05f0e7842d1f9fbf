//! The real store behind a gate of the test's, so that the order in which things come about can be chosen.

use std::{future::Future, pin::Pin, sync::Arc};

use domain::{
    order::{Category, CategoryId, OrderName},
    payer::Sub,
    payment::{Event, Payment, ShortLink},
    text::{ImageId, Msn, OrderId, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use store::{
    Answering, AskedPayment, Claimed, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, Directory, Finding, Image,
    Intent, KeyHolder, Lane, LoggedAttempt, Order, Outcome, Store, Webhook, WebhookId,
};

/// Something to wait for.
pub type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a store is made to wait for; nothing, unless said otherwise.
pub trait Gate: Send + Sync + 'static {
    /// Before a change is handed to the store.
    fn before_change(&self) -> Waiting {
        Box::pin(std::future::ready(()))
    }

    /// After the directory was read, before whoever asked is told.
    fn after_directory(&self) -> Waiting {
        Box::pin(std::future::ready(()))
    }
}

/// A store behind a gate.
pub struct GatedStore<G> {
    store: Arc<dyn Store>,
    gate: Arc<G>,
}

impl<G: Gate> GatedStore<G> {
    /// The store behind the gate.
    pub const fn new(store: Arc<dyn Store>, gate: Arc<G>) -> Self {
        Self { store, gate }
    }
}

impl<G: Gate> Store for GatedStore<G> {
    fn apply(&self, intent: Intent) -> Answering<'_, Outcome> {
        let waiting = self.gate.before_change();
        Box::pin(async move {
            waiting.await;
            self.store.apply(intent).await
        })
    }

    fn directory(&self) -> Answering<'_, Directory> {
        let waiting = self.gate.after_directory();
        Box::pin(async move {
            let read = self.store.directory().await;
            waiting.await;
            read
        })
    }

    fn asked_payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<AskedPayment>> {
        self.store.asked_payment(msn, reference)
    }

    fn waiting_for(
        &self,
        payer: &PhoneNumber,
        of: Option<&Msn>,
        now: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<AskedPayment>> {
        self.store.waiting_for(payer, of, now, most)
    }

    fn asked_of(&self, payer: &PhoneNumber, before: Option<Timestamp>, most: u32) -> Answering<'_, Vec<AskedPayment>> {
        self.store.asked_of(payer, before, most)
    }

    fn next_planned(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        self.store.next_planned()
    }

    fn planned(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        self.store.planned(msn, until, most)
    }

    fn versions(&self, payments: &[(Msn, Reference)]) -> Answering<'_, Vec<u64>> {
        self.store.versions(payments)
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn payer(&self, number: &PhoneNumber) -> Answering<'_, Option<Payer>> {
        self.store.payer(number)
    }

    fn payers(&self, most: u32) -> Answering<'_, Vec<Payer>> {
        self.store.payers(most)
    }

    fn payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<Payment>> {
        self.store.payment(msn, reference)
    }

    fn payment_with_events(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<(Payment, Vec<Event>)>> {
        self.store.payment_with_events(msn, reference)
    }

    fn payment_of_short_link(&self, msn: &Msn, link: ShortLink) -> Answering<'_, Option<Reference>> {
        self.store.payment_of_short_link(msn, link)
    }

    fn last_shared(&self, msn: &Msn, sub: Sub) -> Answering<'_, Option<Payment>> {
        self.store.last_shared(msn, sub)
    }

    fn next_due(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        self.store.next_due()
    }

    fn due(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        self.store.due(msn, until, most)
    }

    fn directory_version(&self) -> Answering<'_, u64> {
        self.store.directory_version()
    }

    fn webhooks(&self, owner: &KeyHolder, with_ended: bool) -> Answering<'_, Vec<Webhook>> {
        self.store.webhooks(owner, with_ended)
    }

    fn listeners(&self) -> Answering<'_, Vec<Webhook>> {
        self.store.listeners()
    }

    fn waiting_lanes(&self) -> Answering<'_, Vec<(Lane, Timestamp)>> {
        self.store.waiting_lanes()
    }

    fn claim(&self, msn: &Msn, wanted: &[(WebhookId, u32)], until: Timestamp) -> Answering<'_, Vec<Claimed>> {
        self.store.claim(msn, wanted, until)
    }

    fn give_back(&self, claims: &[Claimed]) -> Answering<'_, ()> {
        self.store.give_back(claims)
    }

    fn announced(&self) -> Pin<Box<dyn Future<Output = Vec<Lane>> + Send>> {
        self.store.announced()
    }

    fn deliveries(&self, owner: &KeyHolder, filter: &DeliveryFilter) -> Answering<'_, Vec<Delivery>> {
        self.store.deliveries(owner, filter)
    }

    fn delivery(&self, owner: &KeyHolder, id: DeliveryId) -> Answering<'_, Option<DeliveryDetail>> {
        self.store.delivery(owner, id)
    }

    fn attempts_since(
        &self,
        owner: &KeyHolder,
        since: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<(Delivery, LoggedAttempt)>> {
        self.store.attempts_since(owner, since, most)
    }

    fn order(&self, msn: &Msn, order: &OrderName) -> Answering<'_, Order> {
        self.store.order(msn, order)
    }

    fn categories(&self, msn: &Msn, order: &OrderId) -> Answering<'_, Vec<Category>> {
        self.store.categories(msn, order)
    }

    fn category(&self, msn: &Msn, id: CategoryId) -> Answering<'_, Option<Category>> {
        self.store.category(msn, id)
    }

    fn image(&self, msn: &Msn, id: &ImageId) -> Answering<'_, Option<Image>> {
        self.store.image(msn, id)
    }

    fn verify(&self) -> Answering<'_, Vec<Finding>> {
        self.store.verify()
    }

    fn is_writable(&self) -> bool {
        self.store.is_writable()
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        self.store.failed()
    }

    fn close(&self) -> Answering<'_, ()> {
        self.store.close()
    }
}
