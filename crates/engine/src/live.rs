//! Who looks at what right now, and is told when it changes: pages that show how a payment stands, wallets that wait for requests.
//!
//! What is told is only that something changed; whoever is told reads it from the store. What this node changes is told at once. What other
//! nodes change is seen by asking the store, a few times a second and only for what somebody looks at: no commit waits for anybody who
//! looks. A word too many is possible, a word too few is not.

use std::{
    collections::HashMap,
    future::Future,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::text::{Msn, PhoneNumber, Reference};
use store::{Trouble, Work};
use tokio::sync::Notify;

use crate::{Engine, request::Asked};

/// After so long whoever looks is let go to say that nothing has changed.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How often it is asked what other nodes changed.
const LOOK_INTERVAL: Duration = Duration::from_millis(300);
/// How many payments are asked for at a time.
const ASKED_TOGETHER: usize = 500;

/// Something that can be looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// A payment and its request.
    Payment(Msn, Reference),
    /// What a payer is asked for.
    Payer(PhoneNumber),
    /// The landing page of a payment: that somebody looks at it is all there is to know.
    Landing(Msn, Reference),
}

/// Everybody who looks.
#[derive(Clone, Default)]
pub(crate) struct Live(Arc<Inner>);

#[derive(Default)]
struct Inner {
    watchers: Mutex<HashMap<Topic, Vec<Arc<Notify>>>>,
    /// How many topics there are, so that nobody has to wait to learn that nobody looks.
    topics: AtomicUsize,
}

/// A look that goes on until it is dropped.
pub struct Watching {
    live: Live,
    word: Arc<Notify>,
    topics: Vec<Topic>,
}

impl Watching {
    /// Waits until something has changed since this was asked last, but not for ever: answers whether something did.
    pub async fn changed(&self) -> bool {
        tokio::time::timeout(SILENCE_MAX, self.word.notified()).await.is_ok()
    }

    /// Looks at these from now on, and at nothing else.
    pub fn look_at(&mut self, topics: Vec<Topic>) {
        let mut watchers = self.live.watchers();
        for topic in topics.iter().filter(|topic| !self.topics.contains(topic)) {
            watchers.entry(topic.clone()).or_default().push(self.word.clone());
        }
        self.forget(&mut watchers, |topic| !topics.contains(topic));
        self.live.0.topics.store(watchers.len(), Ordering::Release);
        drop(watchers);
        self.topics = topics;
    }

    fn forget(&self, watchers: &mut HashMap<Topic, Vec<Arc<Notify>>>, is_over: impl Fn(&Topic) -> bool) {
        for topic in self.topics.iter().filter(|topic| is_over(topic)) {
            let Some(words) = watchers.get_mut(topic) else { continue };
            words.retain(|word| !Arc::ptr_eq(word, &self.word));
            if words.is_empty() {
                watchers.remove(topic);
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut watchers = self.live.watchers();
        self.forget(&mut watchers, |_| true);
        self.live.0.topics.store(watchers.len(), Ordering::Release);
    }
}

impl Live {
    fn watchers(&self) -> MutexGuard<'_, HashMap<Topic, Vec<Arc<Notify>>>> {
        self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_unwatched(&self) -> bool {
        self.0.topics.load(Ordering::Acquire) == 0
    }

    fn watch(&self, topics: Vec<Topic>) -> Watching {
        let mut watching = Watching { live: self.clone(), word: Arc::default(), topics: Vec::new() };
        watching.look_at(topics);
        watching
    }

    /// Something about it has changed.
    pub(crate) fn tell(&self, topic: &Topic) {
        if self.is_unwatched() {
            return;
        }
        for word in self.watchers().get(topic).into_iter().flatten() {
            word.notify_one();
        }
    }

    /// The payment an intent changes. Whether anybody looks is asked once it is done: somebody may begin to meanwhile.
    pub(crate) fn concerned(work: &Work) -> Option<Topic> {
        match work {
            Work::Payment { msn, reference, .. } | Work::Request { msn, reference, .. } => {
                Some(Topic::Payment(msn.clone(), reference.clone()))
            }
            _ => None,
        }
    }

    fn topics(&self) -> Vec<Topic> {
        self.watchers().keys().cloned().collect()
    }
}

impl Engine {
    /// Looks at these until what is answered is dropped. To be begun before they are read, so that nothing happens unseen between.
    pub fn watch(&self, topics: Vec<Topic>) -> Watching {
        self.live.watch(topics)
    }

    /// Whether anybody looks at this, here.
    pub fn is_watched(&self, topic: &Topic) -> bool {
        self.live.watchers().contains_key(topic)
    }
}

/// Tells of what other nodes change, until `stop` resolves. Nothing to do where nobody else changes anything.
pub async fn keep_up(engine: Arc<Engine>, stop: impl Future<Output = ()> + Send) {
    tokio::pin!(stop);
    if !engine.store.is_shared() {
        return stop.await;
    }
    let mut seen = HashMap::new();
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
        if let Err(trouble) = engine.look(&mut seen).await {
            tracing::debug!(%trouble, "what other nodes changed could not be seen; it is asked again");
        }
    }
}

impl Engine {
    /// Compares what is looked at with what was seen before; what was not seen before counts as changed.
    async fn look(&self, seen: &mut HashMap<Topic, u64>) -> Result<(), Trouble> {
        let topics = self.live.topics();
        let is_looked_at: std::collections::HashSet<&Topic> = topics.iter().collect();
        seen.retain(|topic, _| is_looked_at.contains(topic));
        let names: Vec<(Msn, Reference)> = topics.iter().filter_map(payment_of).collect();
        for chunk in names.chunks(ASKED_TOGETHER) {
            let versions = self.store.versions(chunk).await?;
            for ((msn, reference), version) in chunk.iter().cloned().zip(versions) {
                self.compare(seen, Topic::Payment(msn, reference), version);
            }
        }
        for topic in &topics {
            if let Topic::Payer(number) = topic {
                let waiting = self.waiting_for(number).await?;
                let requests = waiting
                    .iter()
                    .map(|Asked { payment, request, .. }| (&payment.msn, &payment.reference, request.version));
                let news = self.news_of(number).await?;
                let news = news.iter().map(|news| news.at.milliseconds());
                self.compare(seen, topic.clone(), digest(requests, news));
            }
        }
        Ok(())
    }

    fn compare(&self, seen: &mut HashMap<Topic, u64>, topic: Topic, version: u64) {
        if seen.get(&topic) != Some(&version) {
            self.live.tell(&topic);
            seen.insert(topic, version);
        }
    }
}

/// Another number for other requests, or for the same after they have changed: one may go in the moment another comes.
fn digest<'a>(waiting: impl Iterator<Item = (&'a Msn, &'a Reference, u32)>, news: impl Iterator<Item = i64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    waiting.for_each(|request| request.hash(&mut hasher));
    news.for_each(|at| at.hash(&mut hasher));
    hasher.finish()
}

fn payment_of(topic: &Topic) -> Option<(Msn, Reference)> {
    match topic {
        Topic::Payment(msn, reference) => Some((msn.clone(), reference.clone())),
        Topic::Payer(_) | Topic::Landing(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(number: &str) -> Topic {
        Topic::Payer(PhoneNumber::parse(number).unwrap())
    }

    fn is_told(watching: &Watching) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(watching.word.notified()).poll(&mut context).is_ready()
    }

    #[test]
    fn whoever_looks_is_told_and_nobody_else() {
        let live = Live::default();
        let (one, other) = (live.watch(vec![topic("4740000010")]), live.watch(vec![topic("4740000012")]));
        live.tell(&topic("4740000010"));
        assert!(is_told(&one) && !is_told(&other));
        assert!(!is_told(&one), "once");
    }

    #[test]
    fn what_happened_before_it_was_waited_for_is_not_lost() {
        let live = Live::default();
        let watching = live.watch(vec![topic("4740000010")]);
        live.tell(&topic("4740000010"));
        live.tell(&topic("4740000010"));
        assert!(is_told(&watching));
    }

    #[test]
    fn one_that_goes_in_the_moment_another_comes_is_seen() {
        let msn = Msn::parse("123456").unwrap();
        let [one, other] = ["payment-1", "payment-2"].map(|name| Reference::parse(name).unwrap());
        let seen = |reference, version| digest([(&msn, reference, version)].into_iter(), std::iter::empty());
        assert_ne!(seen(&one, 1), seen(&other, 1));
        assert_ne!(seen(&one, 1), seen(&one, 2));
        assert_eq!(seen(&one, 1), seen(&one, 1));
    }

    #[test]
    fn a_look_can_be_moved_and_leaves_nothing_behind() {
        let live = Live::default();
        let mut watching = live.watch(vec![topic("4740000010"), topic("4740000011")]);
        watching.look_at(vec![topic("4740000011"), topic("4740000012")]);
        live.tell(&topic("4740000010"));
        assert!(!is_told(&watching));
        for number in ["4740000011", "4740000012"] {
            live.tell(&topic(number));
            assert!(is_told(&watching), "{number}");
        }
        drop(watching);
        assert!(live.topics().is_empty() && live.is_unwatched());
    }
}
