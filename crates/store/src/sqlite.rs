//! The keeper inside the process: SQLite in a directory of its own.
//!
//! One thread writes and commits whatever is waiting together; readers stand beside it. Durability is full: an answer is given after the
//! log is synced. The directory belongs to one process at a time.

mod claims;
mod deliveries;
mod migrate;
mod open;
mod orders;
mod read;
mod readers;
mod requests;
mod rows;
mod write;
mod writer;

use std::{
    future::Future,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{
    order::{Category, CategoryId, OrderName},
    payer::Sub,
    payment::{Event, Payment, ShortLink},
    text::{ImageId, Msn, OrderId, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot, watch};

use claims::Claims;
pub use open::{DATABASE_FILE, DataLock, OpenError, is_on_network_file_system};
use readers::Readers;
use rows::RowError;
use writer::{Ending, Job, QUEUE_MAX, Writer};

use crate::{
    Announced, Answering, AskedPayment, Claimed, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, Directory,
    Finding, Image, Instance, Intent, KeyHolder, Lane, LoggedAttempt, Mode, Order, Outcome, Store, Trouble, Webhook,
    WebhookId,
};

/// A store in a data directory.
pub struct SqliteStore {
    jobs: mpsc::Sender<Job>,
    readers: Arc<Readers>,
    writable: Arc<AtomicBool>,
    ending: watch::Receiver<Option<Ending>>,
    announced: Announced,
    claims: Claims,
}

impl SqliteStore {
    /// Opens the store in the directory of `lock`, initialising it as `new` if it is empty. Answers what it is.
    ///
    /// # Errors
    /// Whatever stands in the way, in words that say what to do.
    pub fn open(directory: &Path, lock: DataLock, new: Instance) -> Result<(Self, Instance), OpenError> {
        open::check_library()?;
        let database = directory.join(DATABASE_FILE);
        let mut connection = open::writer(&database)?;
        migrate::migrate(&mut connection, new.created_at)?;
        let instance = instance(&connection, new)?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let (ended, ending) = watch::channel(None);
        let writable = Arc::new(AtomicBool::new(true));
        let readers = Arc::new(Readers::new(database));
        let (announced, claims) = (Announced::default(), Claims::default());
        let writer = Writer {
            connection,
            readers: readers.clone(),
            jobs: queue,
            writable: writable.clone(),
            ending: ended,
            announced: announced.clone(),
            claims: claims.clone(),
            lock,
        };
        std::thread::Builder::new()
            .name("kasse-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| OpenError::Io { path: directory.to_owned(), error })?;
        Ok((Self { jobs, readers, writable, ending, announced, claims }, instance))
    }

    /// What the store in a directory is, and every contradiction in it. Only reads, also beside a running server.
    ///
    /// # Errors
    /// Where there is no store or it cannot be read at all.
    pub fn examine(directory: &Path) -> Result<Vec<Finding>, OpenError> {
        open::check_library()?;
        let database = directory.join(DATABASE_FILE);
        if !database.exists() {
            return Err(OpenError::Missing(directory.to_owned()));
        }
        let connection = open::reader(&database)?;
        migrate::require_current(&connection)?;
        read::verify(&connection).map_err(|error| match error {
            RowError::Sql(error) => error.into(),
            RowError::Unreadable(what) => OpenError::Unreadable(what),
        })
    }

    /// What the store in a directory was initialised as, if there is one. Only reads.
    ///
    /// # Errors
    /// Where there is one and it cannot be read.
    pub fn mode_of(directory: &Path) -> Result<Option<Mode>, OpenError> {
        let database = directory.join(DATABASE_FILE);
        if !database.exists() {
            return Ok(None);
        }
        let name: Option<String> =
            open::reader(&database)?.query_row("select mode from instance", [], |row| row.get(0)).optional()?;
        Ok(name.as_deref().and_then(Mode::from_name))
    }

    /// Whether the directory holds an initialised store, as far as can be seen: one that may not be looked into is for opening to refuse.
    pub fn exists(directory: &Path) -> bool {
        directory.join(DATABASE_FILE).try_exists().unwrap_or(true)
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, RowError>) -> Answering<'_, T>
    where
        T: Send + 'static,
    {
        let result = self.readers.read(read);
        Box::pin(std::future::ready(result))
    }

    fn enqueue(&self, job: Job) -> Result<(), Trouble> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Trouble::Overloaded,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })
    }
}

impl Store for SqliteStore {
    fn apply(&self, intent: Intent) -> Answering<'_, Outcome> {
        let (reply, answer) = oneshot::channel();
        let queued = self.enqueue(Job::Apply { intent, reply });
        Box::pin(async move {
            queued?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        })
    }

    fn payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<Payment>> {
        self.read(|connection| read::payment(connection, msn, reference))
    }

    fn payment_with_events(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<(Payment, Vec<Event>)>> {
        self.read(|connection| read::payment_with_events(connection, msn, reference))
    }

    fn payment_of_short_link(&self, msn: &Msn, link: ShortLink) -> Answering<'_, Option<Reference>> {
        self.read(|connection| read::payment_of_short_link(connection, msn, link))
    }

    fn last_shared(&self, msn: &Msn, sub: Sub) -> Answering<'_, Option<Payment>> {
        self.read(|connection| read::last_shared(connection, msn, sub))
    }

    fn next_due(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        self.read(read::next_due)
    }

    fn due(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        self.read(|connection| read::due(connection, msn, until, most))
    }

    fn asked_payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<AskedPayment>> {
        self.read(|connection| requests::asked_payment(connection, msn, reference))
    }

    fn waiting_for(
        &self,
        payer: &PhoneNumber,
        of: Option<&Msn>,
        now: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<AskedPayment>> {
        self.read(|connection| requests::waiting_for(connection, payer, of, now, most))
    }

    fn asked_of(&self, payer: &PhoneNumber, before: Option<Timestamp>, most: u32) -> Answering<'_, Vec<AskedPayment>> {
        self.read(|connection| requests::asked_of(connection, payer, before, most))
    }

    fn next_planned(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        self.read(requests::next_planned)
    }

    fn planned(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        self.read(|connection| requests::planned(connection, msn, until, most))
    }

    fn versions(&self, payments: &[(Msn, Reference)]) -> Answering<'_, Vec<u64>> {
        self.read(|connection| requests::versions(connection, payments))
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn payer(&self, number: &PhoneNumber) -> Answering<'_, Option<Payer>> {
        self.read(|connection| requests::payer(connection, number))
    }

    fn payers(&self, most: u32) -> Answering<'_, Vec<Payer>> {
        self.read(|connection| requests::payers(connection, most))
    }

    fn directory(&self) -> Answering<'_, Directory> {
        self.read(read::directory)
    }

    fn directory_version(&self) -> Answering<'_, u64> {
        Box::pin(std::future::ready(Ok(read::DIRECTORY_VERSION)))
    }

    fn webhooks(&self, owner: &KeyHolder, with_ended: bool) -> Answering<'_, Vec<Webhook>> {
        self.read(|connection| deliveries::select_webhooks(connection, owner, with_ended))
    }

    fn listeners(&self) -> Answering<'_, Vec<Webhook>> {
        self.read(deliveries::listeners)
    }

    fn waiting_lanes(&self) -> Answering<'_, Vec<(Lane, Timestamp)>> {
        self.read(deliveries::waiting_lanes)
    }

    fn claim(&self, msn: &Msn, wanted: &[(WebhookId, u32)], until: Timestamp) -> Answering<'_, Vec<Claimed>> {
        let turn = self.claims.take_turn();
        self.read(|connection| deliveries::claim(connection, &turn, msn, wanted, until))
    }

    fn give_back(&self, claims: &[Claimed]) -> Answering<'_, ()> {
        self.claims.give_back(claims.iter().map(|claim| (&claim.recipient.lane.msn, claim.id, claim.fence)));
        Box::pin(std::future::ready(Ok(())))
    }

    fn announced(&self) -> Pin<Box<dyn Future<Output = Vec<Lane>> + Send>> {
        self.announced.hear()
    }

    fn deliveries(&self, owner: &KeyHolder, filter: &DeliveryFilter) -> Answering<'_, Vec<Delivery>> {
        self.read(|connection| deliveries::deliveries(connection, owner, filter))
    }

    fn delivery(&self, owner: &KeyHolder, id: DeliveryId) -> Answering<'_, Option<DeliveryDetail>> {
        self.read(|connection| deliveries::detail(connection, owner, id))
    }

    fn attempts_since(
        &self,
        owner: &KeyHolder,
        since: Timestamp,
        most: u32,
    ) -> Answering<'_, Vec<(Delivery, LoggedAttempt)>> {
        self.read(|connection| deliveries::attempts_since(connection, owner, since, most))
    }

    fn order(&self, msn: &Msn, order: &OrderName) -> Answering<'_, Order> {
        self.read(|connection| orders::order(connection, msn, order))
    }

    fn categories(&self, msn: &Msn, order: &OrderId) -> Answering<'_, Vec<Category>> {
        self.read(|connection| orders::categories(connection, msn, order))
    }

    fn category(&self, msn: &Msn, id: CategoryId) -> Answering<'_, Option<Category>> {
        self.read(|connection| orders::category(connection, msn, id))
    }

    fn image(&self, msn: &Msn, id: &ImageId) -> Answering<'_, Option<Image>> {
        self.read(|connection| orders::image(connection, msn, id))
    }

    fn verify(&self) -> Answering<'_, Vec<Finding>> {
        let database = self.readers.database().to_owned();
        Box::pin(async move {
            let unavailable = |error: &dyn std::fmt::Display| Trouble::Unavailable(error.to_string());
            let work = tokio::task::spawn_blocking(move || {
                let connection = open::reader(&database).map_err(|error| unavailable(&error))?;
                read::verify(&connection).map_err(|error| match error {
                    RowError::Sql(error) => unavailable(&error),
                    RowError::Unreadable(what) => Trouble::Broken(what),
                })
            });
            work.await.unwrap_or_else(|_| Err(stopped()))
        })
    }

    fn is_writable(&self) -> bool {
        let is_writable = self.writable.load(Ordering::Acquire) && !self.jobs.is_closed();
        if !is_writable {
            // Whoever asks again learns whether it works again, though nobody dares to write meanwhile.
            let _busy_or_closed = self.jobs.try_send(Job::Probe);
        }
        is_writable
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        let mut ending = self.ending.clone();
        Box::pin(async move {
            let ended = ending.wait_for(Option::is_some).await.ok().and_then(|ending| ending.clone());
            match ended {
                Some(Ending::Failed(reason)) => reason,
                Some(Ending::Closed) => std::future::pending().await,
                None => "the writer died".to_owned(),
            }
        })
    }

    fn close(&self) -> Answering<'_, ()> {
        let (reply, closed) = oneshot::channel();
        Box::pin(async move {
            self.readers.close();
            if self.jobs.send(Job::Close { reply }).await.is_ok() {
                let _stopped_already = closed.await;
            }
            Ok(())
        })
    }
}

fn stopped() -> Trouble {
    Trouble::Unavailable("it has stopped".to_owned())
}

/// What the store says it is; says it now if nobody has yet.
fn instance(connection: &Connection, new: Instance) -> Result<Instance, OpenError> {
    connection.execute(
        "insert into instance (one, id, mode, created_at) values (1, ?1, ?2, ?3) on conflict do nothing",
        params![new.id, new.mode.name(), new.created_at.milliseconds()],
    )?;
    let found = connection
        .query_row("select id, mode, created_at from instance", [], |row| {
            let mode: String = row.get(1)?;
            Ok(Mode::from_name(&mode).map(|mode| (row.get(0), mode, row.get(2))))
        })
        .optional()?
        .flatten();
    match found {
        Some((id, mode, created_at)) => {
            Ok(Instance { id: id?, mode, created_at: Timestamp::from_milliseconds(created_at?) })
        }
        None => Err(OpenError::Damaged(rusqlite::Error::QueryReturnedNoRows)),
    }
}
