//! Deliveries that are fetched: for receivers the server cannot reach, somebody connects and carries them there.
//!
//! Whoever is connected here is handed each delivery as it would have been sent, and says what the receiver answered. A registration lives
//! as long as somebody is known to be connected somewhere, and a little longer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use domain::time::Span;
use store::{RemovalCause, Trouble, Webhook, WebhookId, WebhooksChange};
use tokio::sync::{mpsc, oneshot};

use crate::{Engine, webhook::Scope};

/// How long a registration outlives the connection that fetched its deliveries.
pub const LISTENER_GRACE: Span = Span::seconds(60);
/// How often it is noted that somebody is connected.
pub const LISTENER_NOTE_INTERVAL: Duration = Duration::from_secs(15);
/// The most deliveries that wait for whoever is connected to take them.
const HANDED_MAX: usize = 16;

/// A delivery as it would have been sent.
#[derive(Debug)]
pub struct Handed {
    /// Where to.
    pub url: Box<str>,
    /// With which headers, in order.
    pub headers: Vec<(String, String)>,
    /// What.
    pub body: Bytes,
    /// Takes what came of it.
    pub reply: oneshot::Sender<Carried>,
}

/// What came of a delivery, as whoever carried it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// The status of the answer, or what went wrong, by its class.
    pub outcome: Result<u16, &'static str>,
    /// How the answer's body began.
    pub answer: Vec<u8>,
}

type Connected = HashMap<WebhookId, (u64, mpsc::Sender<Handed>)>;

/// Who is connected here.
#[derive(Clone, Default)]
pub(crate) struct Listening(Arc<Mutex<Connected>>);

impl Listening {
    fn lock(&self) -> MutexGuard<'_, Connected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that fetches the deliveries of a registration. Whoever connects later takes its place.
pub struct Listener {
    listening: Listening,
    webhook: WebhookId,
    number: u64,
    handed: mpsc::Receiver<Handed>,
}

impl Listener {
    /// The next delivery; none once somebody else has connected.
    pub async fn next(&mut self) -> Option<Handed> {
        self.handed.recv().await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut connected = self.listening.lock();
        if connected.get(&self.webhook).is_some_and(|(number, _)| *number == self.number) {
            connected.remove(&self.webhook);
        }
    }
}

impl Engine {
    /// Connects to a registration whose deliveries are fetched; none where the scope has no such registration.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn listen(&self, scope: &Scope, webhook: WebhookId) -> Result<Option<Listener>, Trouble> {
        if !self.note_listener(scope, webhook).await? {
            return Ok(None);
        }
        let (sender, handed) = mpsc::channel(HANDED_MAX);
        let number = u64::from_be_bytes(self.entropy.bytes());
        self.listening.lock().insert(webhook, (number, sender));
        Ok(Some(Listener { listening: self.listening.clone(), webhook, number, handed }))
    }

    /// Notes that somebody is connected. Answers whether there is anything to be connected to.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn note_listener(&self, scope: &Scope, webhook: WebhookId) -> Result<bool, Trouble> {
        let until = self.clock.wall().plus(LISTENER_GRACE);
        let is_it = move |one: &Webhook| one.id == webhook && one.listens_until.is_some();
        let decide = Box::new(move |stored: &[Webhook]| {
            stored.iter().any(is_it).then_some(WebhooksChange::Listens { id: webhook, until })
        });
        Ok(self.change_webhooks(scope.owner(), decide).await?.iter().any(is_it))
    }

    /// Whether somebody is connected here who fetches deliveries of this registration.
    pub fn is_listening_here(&self, webhook: WebhookId) -> bool {
        self.listening.lock().contains_key(&webhook)
    }

    /// Hands a delivery to whoever is connected here; gives it back where nobody is, or he is behind.
    ///
    /// # Errors
    /// The delivery.
    pub fn hand_over(&self, webhook: WebhookId, handed: Handed) -> Result<(), Handed> {
        let sender = self.listening.lock().get(&webhook).map(|(_, sender)| sender.clone());
        match sender {
            Some(sender) => sender.try_send(handed).map_err(mpsc::error::TrySendError::into_inner),
            None => Err(handed),
        }
    }

    /// Ends registrations nobody has been connected to for too long.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn forget_listeners(&self) -> Result<(), Trouble> {
        let now = self.clock.wall();
        let is_over = move |webhook: &Webhook| webhook.listens_until.is_some_and(|until| until < now);
        for webhook in self.store.listeners().await? {
            // Who is connected has only not been noted: the machine slept, or the store was away.
            if is_over(&webhook) && !self.is_listening_here(webhook.id) {
                let id = webhook.id;
                let is_meant = move |webhook: &Webhook| webhook.id == id && is_over(webhook);
                self.remove_webhook(&webhook.owner, RemovalCause::NobodyListens, is_meant).await?;
            }
        }
        Ok(())
    }
}
