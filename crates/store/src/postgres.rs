//! The keeper for several machines: one PostgreSQL, any number of nodes.
//!
//! Nodes hold nothing of their own: what they share, the installation's sealed keys included, stands in the database, in the schema
//! `kasse`. Whatever is decided is decided on rows that are locked until it is committed, so it does not matter which node decides, nor how
//! long it was frozen in the middle. Intents that wait at the same moment share a transaction (`writers`, `transaction`); a commit whose
//! answer was lost is looked up (`lost_commit`). When the database is gone everything is refused until it is back, without a restart.

mod address;
mod alone;
mod claim;
mod deliveries;
mod delivery_log;
mod directory;
mod doctor;
mod fault;
mod installation;
mod lost_commit;
mod open;
mod orders;
mod presumption;
mod queues;
mod read;
mod requests;
mod rows;
mod schema;
mod session;
mod stalled;
mod state;
mod statements;
mod tls;
mod transaction;
mod verify;
mod webhooks;
mod workspace;
mod write;
mod writers;

use std::{future::Future, pin::Pin, sync::Arc};

use domain::{
    order::{Category, CategoryId, OrderName},
    payer::Sub,
    payment::{Event, Payment, ShortLink},
    text::{ImageId, Msn, OrderId, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use tokio::sync::{mpsc, oneshot};

pub use address::{Address, NoAddress};
pub use doctor::{Complaint, Weight};
pub use installation::{Installation, NewInstallation};
pub use open::OpenError;
pub use schema::{Migration, Schema};
use session::Pools;
use state::State;
use writers::{Job, QUEUE_MAX, Waiting, Writers};

use crate::{
    Announced, Answering, AskedPayment, Claimed, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, Directory,
    Finding, Image, Intent, KeyHolder, Lane, LoggedAttempt, Mode, Order, Outcome, Store, Trouble, Webhook, WebhookId,
};

/// A node's way to what all nodes share.
pub struct PostgresStore {
    pools: Pools,
    state: Arc<State>,
    jobs: mpsc::Sender<Job>,
    announced: Announced,
}

impl PostgresStore {
    /// Opens the database, migrating it where that is needed and initialising it as `new` where it is empty. Answers what it is.
    ///
    /// # Errors
    /// Whatever stands in the way, in words that say what to do; among them that it was initialised as something else than `wanted`.
    pub async fn open(
        address: &Address,
        schema: &Schema,
        wanted: Option<Mode>,
        new: NewInstallation,
    ) -> Result<(Self, Installation), OpenError> {
        let pools = Pools::new(address)?;
        let mut client = open::connect(address).await?;
        // Before anything is changed, and again of what another node may have made it meanwhile.
        if let Some(found) = open::in_time(address, installation::read_if_any(&client)).await? {
            open::refuse_another_mode(&found, wanted)?;
        }
        schema.migrate(address, &mut client, new.instance.created_at).await?;
        let installation = open::in_time(address, installation::read_or_make(&client, &new)).await?;
        open::refuse_another_mode(&installation, wanted)?;
        let state = Arc::new(State::new(schema.known()));
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let announced = Announced::default();
        tokio::spawn(Writers::new(pools.clone(), state.clone(), announced.clone()).run(queue));
        Ok((Self { pools, state, jobs, announced }, installation))
    }

    /// Applies what the schema lacks, and nothing else. Answers how many migrations that were.
    ///
    /// # Errors
    /// Whatever stands in the way.
    pub async fn migrate(address: &Address, schema: &Schema, now: Timestamp) -> Result<usize, OpenError> {
        schema.migrate(address, &mut open::connect(address).await?, now).await
    }

    /// What a database was initialised as, if it was. Only reads.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn installation_of(address: &Address) -> Result<Option<Installation>, OpenError> {
        let client = open::connect(address).await?;
        open::in_time(address, installation::read_if_any(&client)).await
    }

    /// Refuses a database that was made by an older program and not upgraded since; one with nothing in it is for others to judge.
    ///
    /// # Errors
    /// Where it is one, or cannot be read.
    pub async fn require_upgraded(address: &Address, schema: &Schema) -> Result<(), OpenError> {
        let client = open::connect(address).await?;
        match open::in_time(address, installation::read_if_any(&client)).await? {
            Some(_) => open::in_time(address, schema.require_applied(&client)).await,
            None => Ok(()),
        }
    }

    /// Every contradiction in a database. Only reads, also beside running nodes.
    ///
    /// # Errors
    /// Where there is nothing of ours in it, or it cannot be read at all.
    pub async fn examine(address: &Address) -> Result<Vec<Finding>, OpenError> {
        if Self::installation_of(address).await?.is_none() {
            return Err(OpenError::Missing(address.shown()));
        }
        let client = open::connect(address).await?;
        open::in_time(address, Schema::current().require_applied(&client)).await?;
        let pools = Pools::new(address)?;
        verify::verify(&pools).await.map_err(|fault| OpenError::Unreadable(fault.reason()))
    }

    /// Which version its server is.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub async fn server_version(address: &Address) -> Result<String, OpenError> {
        let found = open::connect(address).await?.query_one("show server_version", &[]).await?;
        Ok(found.try_get(0)?)
    }

    /// What is unsafe about a database's settings.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub async fn diagnose(address: &Address) -> Result<Vec<Complaint>, OpenError> {
        doctor::diagnose(&open::connect(address).await?).await
    }

    /// The installation's sealed keys as they are now, with their version.
    ///
    /// # Errors
    /// Where the database has no answer.
    pub async fn sealed_keys(&self) -> Result<(i64, Vec<u8>), Trouble> {
        installation::sealed_keys(&self.pools).await.map_err(fault::Fault::into_trouble)
    }

    /// Puts other sealed keys in the place of those of this version; answers whether nobody else had done so before.
    ///
    /// # Errors
    /// Where the database has no answer.
    pub async fn replace_sealed_keys(&self, version: i64, sealed: &[u8]) -> Result<bool, Trouble> {
        installation::replace_sealed_keys(&self.pools, version, sealed).await.map_err(fault::Fault::into_trouble)
    }

    fn enqueue(&self, job: Job) -> Result<(), Trouble> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Trouble::Overloaded,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })
    }
}

impl Store for PostgresStore {
    fn apply(&self, intent: Intent) -> Answering<'_, Outcome> {
        let (reply, answer) = oneshot::channel();
        let queued = self.enqueue(Job::Apply(Waiting { intent, reply }));
        Box::pin(async move {
            queued?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        })
    }

    fn payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<Payment>> {
        Box::pin(read::payment(self.pools.clone(), msn.clone(), reference.clone()))
    }

    fn payment_with_events(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<(Payment, Vec<Event>)>> {
        Box::pin(read::payment_with_events(self.pools.clone(), msn.clone(), reference.clone()))
    }

    fn payment_of_short_link(&self, msn: &Msn, link: ShortLink) -> Answering<'_, Option<Reference>> {
        Box::pin(read::payment_of_short_link(self.pools.clone(), msn.clone(), link))
    }

    fn last_shared(&self, msn: &Msn, sub: Sub) -> Answering<'_, Option<Payment>> {
        Box::pin(read::last_shared(self.pools.clone(), msn.clone(), sub))
    }

    fn next_due(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        Box::pin(read::next_due(self.pools.clone()))
    }

    fn due(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        Box::pin(read::due(self.pools.clone(), msn.clone(), until, most))
    }

    fn asked_payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<AskedPayment>> {
        Box::pin(read::asked_payment(self.pools.clone(), msn.clone(), reference.clone()))
    }

    fn waiting_for(
        &self,
        payer: &PhoneNumber,
        of: Option<&Msn>,
        now: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<AskedPayment>> {
        Box::pin(read::waiting_for(self.pools.clone(), payer.clone(), of.cloned(), now, most))
    }

    fn asked_of(&self, payer: &PhoneNumber, before: Option<Timestamp>, most: u32) -> Answering<'_, Vec<AskedPayment>> {
        Box::pin(read::asked_of(self.pools.clone(), payer.clone(), before, most))
    }

    fn next_planned(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        Box::pin(read::next_planned(self.pools.clone()))
    }

    fn planned(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        Box::pin(read::planned(self.pools.clone(), msn.clone(), until, most))
    }

    fn versions(&self, payments: &[(Msn, Reference)]) -> Answering<'_, Vec<u64>> {
        Box::pin(read::versions(self.pools.clone(), payments.to_vec()))
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn payer(&self, number: &PhoneNumber) -> Answering<'_, Option<Payer>> {
        Box::pin(read::payer(self.pools.clone(), number.clone()))
    }

    fn payers(&self, most: u32) -> Answering<'_, Vec<Payer>> {
        Box::pin(read::payers(self.pools.clone(), most))
    }

    fn directory(&self) -> Answering<'_, Directory> {
        Box::pin(read::directory(self.pools.clone()))
    }

    fn directory_version(&self) -> Answering<'_, u64> {
        Box::pin(self.state.look(&self.pools))
    }

    fn webhooks(&self, owner: &KeyHolder, with_ended: bool) -> Answering<'_, Vec<Webhook>> {
        Box::pin(read::webhooks(self.pools.clone(), owner.clone(), with_ended))
    }

    fn listeners(&self) -> Answering<'_, Vec<Webhook>> {
        Box::pin(read::listeners(self.pools.clone()))
    }

    fn waiting_lanes(&self) -> Answering<'_, Vec<(Lane, Timestamp)>> {
        Box::pin(read::waiting_lanes(self.pools.clone()))
    }

    fn claim(&self, msn: &Msn, wanted: &[(WebhookId, u32)], until: Timestamp) -> Answering<'_, Vec<Claimed>> {
        let claiming = claim::claim(self.pools.clone(), msn.clone(), wanted.to_vec(), until);
        Box::pin(async move { claiming.await.map_err(fault::Fault::into_trouble) })
    }

    fn give_back(&self, claims: &[Claimed]) -> Answering<'_, ()> {
        let claims = claims.iter().map(|claim| (claim.recipient.lane.msn.clone(), claim.id, claim.fence)).collect();
        let giving = claim::give_back(self.pools.clone(), claims);
        Box::pin(async move { giving.await.map_err(fault::Fault::into_trouble) })
    }

    fn announced(&self) -> Pin<Box<dyn Future<Output = Vec<Lane>> + Send>> {
        self.announced.hear()
    }

    fn deliveries(&self, owner: &KeyHolder, filter: &DeliveryFilter) -> Answering<'_, Vec<Delivery>> {
        Box::pin(read::deliveries(self.pools.clone(), owner.clone(), filter.clone()))
    }

    fn delivery(&self, owner: &KeyHolder, id: DeliveryId) -> Answering<'_, Option<DeliveryDetail>> {
        Box::pin(read::delivery(self.pools.clone(), owner.clone(), id))
    }

    fn attempts_since(
        &self,
        owner: &KeyHolder,
        since: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<(Delivery, LoggedAttempt)>> {
        Box::pin(read::attempts_since(self.pools.clone(), owner.clone(), since, most))
    }

    fn order(&self, msn: &Msn, order: &OrderName) -> Answering<'_, Order> {
        Box::pin(read::order(self.pools.clone(), msn.clone(), order.clone()))
    }

    fn categories(&self, msn: &Msn, order: &OrderId) -> Answering<'_, Vec<Category>> {
        Box::pin(read::categories(self.pools.clone(), msn.clone(), order.clone()))
    }

    fn category(&self, msn: &Msn, id: CategoryId) -> Answering<'_, Option<Category>> {
        Box::pin(read::category(self.pools.clone(), msn.clone(), id))
    }

    fn image(&self, msn: &Msn, id: &ImageId) -> Answering<'_, Option<Image>> {
        Box::pin(read::image(self.pools.clone(), msn.clone(), id.clone()))
    }

    fn verify(&self) -> Answering<'_, Vec<Finding>> {
        let pools = self.pools.clone();
        Box::pin(async move {
            // In a task of its own, which ends its transaction whoever goes away.
            let verifying = tokio::spawn(async move { verify::verify(&pools).await });
            let verified = verifying.await.map_err(|died| Trouble::Unavailable(died.to_string()))?;
            verified.map_err(fault::Fault::into_trouble)
        })
    }

    fn is_writable(&self) -> bool {
        let is_writable = self.state.is_writable() && !self.jobs.is_closed();
        if !is_writable {
            // Whoever asks again learns whether it works again, though nobody dares to write meanwhile.
            let _busy_or_closed = self.jobs.try_send(Job::Probe);
        }
        is_writable
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        // What ails a database is mended there, and then service goes on.
        Box::pin(std::future::pending())
    }

    fn close(&self) -> Answering<'_, ()> {
        let (reply, closed) = oneshot::channel();
        Box::pin(async move {
            if self.jobs.send(Job::Close(reply)).await.is_ok() {
                let _stopped_already = closed.await;
            }
            Ok(())
        })
    }
}

fn stopped() -> Trouble {
    Trouble::Unavailable("it has stopped".to_owned())
}
