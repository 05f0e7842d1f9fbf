//! The addresses of names, with a bound on how many look-ups go on.
//!
//! The system's resolver cannot be stopped: whoever gives up waiting leaves it at work in a thread. So a look-up keeps its place until it
//! has really ended, and whoever asks for a name that is already being looked up waits for the same answer. Nothing is remembered.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Most look-ups at once.
pub const LOOK_UPS_MAX: usize = 64;

/// A look-up under way.
pub type LookedUp<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Somebody who knows the addresses of names.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a name, the best first.
    fn look_up<'a>(&'a self, name: &'a str) -> LookedUp<'a>;
}

/// The system's resolver, with everything it asks: files, name servers.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn look_up<'a>(&'a self, name: &'a str) -> LookedUp<'a> {
        Box::pin(async move {
            // The port does not matter to anybody who is asked.
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What a look-up came to; nothing where it failed.
type Answer = Option<Arc<[IpAddr]>>;
/// What those who wait for it watch; nothing until it has ended.
type Watched = watch::Receiver<Option<Answer>>;

/// Look-ups, of each name one.
pub(super) struct LookUps {
    resolver: Arc<dyn Resolve>,
    places: Arc<Semaphore>,
    under_way: Arc<Mutex<HashMap<Arc<str>, Watched>>>,
}

impl LookUps {
    pub(super) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, places: Arc::new(Semaphore::new(LOOK_UPS_MAX)), under_way: Arc::default() }
    }

    /// The addresses of a name, if it has any. May take for ever.
    pub(super) async fn look_up(&self, name: &str) -> Answer {
        let joined = lock(&self.under_way).get(name).cloned();
        let mut watched = match joined {
            Some(watched) => watched,
            None => {
                let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
                self.begin(name, place)
            }
        };
        watched.wait_for(Option::is_some).await.ok()?.clone().flatten()
    }

    /// Begins a look-up that goes on whether or not anybody waits, unless somebody else has begun it meanwhile.
    fn begin(&self, name: &str, place: OwnedSemaphorePermit) -> Watched {
        let mut under_way = lock(&self.under_way);
        if let Some(watched) = under_way.get(name) {
            return watched.clone();
        }
        let name: Arc<str> = name.into();
        let (sender, watched) = watch::channel(None);
        under_way.insert(Arc::clone(&name), watched.clone());
        let entry = Entry { name, under_way: Arc::clone(&self.under_way) };
        let resolver = Arc::clone(&self.resolver);
        tokio::spawn(async move {
            let found = resolver.look_up(&entry.name).await;
            // Whoever asks from here on gets an answer of their own.
            drop(entry);
            sender.send_replace(Some(found.ok().map(Arc::from)));
            drop(place);
        });
        watched
    }
}

/// A name in the list of those being looked up, until this is dropped.
struct Entry {
    name: Arc<str>,
    under_way: Arc<Mutex<HashMap<Arc<str>, Watched>>>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.name);
    }
}

fn lock(under_way: &Mutex<HashMap<Arc<str>, Watched>>) -> MutexGuard<'_, HashMap<Arc<str>, Watched>> {
    // Nothing in here can be left half done by a panic.
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        net::Ipv4Addr,
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        time::Duration,
    };
    use tokio::{task::JoinSet, time::timeout};

    /// Never answers before it is let, and counts who is at work.
    struct Held {
        gate: Semaphore,
        at_work: AtomicUsize,
        asked: AtomicUsize,
    }

    impl Resolve for Held {
        fn look_up<'a>(&'a self, _: &'a str) -> LookedUp<'a> {
            Box::pin(async {
                self.asked.fetch_add(1, SeqCst);
                self.at_work.fetch_add(1, SeqCst);
                self.gate.acquire().await.unwrap().forget();
                self.at_work.fetch_sub(1, SeqCst);
                Ok(vec![Ipv4Addr::LOCALHOST.into()])
            })
        }
    }

    fn held() -> (Arc<Held>, Arc<LookUps>) {
        let held = Arc::new(Held { gate: Semaphore::new(0), at_work: AtomicUsize::new(0), asked: AtomicUsize::new(0) });
        let look_ups = Arc::new(LookUps::new(Arc::clone(&held) as Arc<dyn Resolve>));
        (held, look_ups)
    }

    async fn give_up_on(look_ups: &Arc<LookUps>, names: impl Iterator<Item = String>) {
        let mut waiting = JoinSet::new();
        for name in names {
            let look_ups = Arc::clone(look_ups);
            waiting.spawn(async move { timeout(Duration::from_secs(2), look_ups.look_up(&name)).await });
        }
        while let Some(ended) = waiting.join_next().await {
            assert!(ended.unwrap().is_err(), "it was answered");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn look_ups_that_hang_keep_their_places_and_take_no_more() {
        let (held, look_ups) = held();
        give_up_on(&look_ups, (0..2 * LOOK_UPS_MAX).map(|number| format!("{number}.example"))).await;
        assert_eq!((held.at_work.load(SeqCst), held.asked.load(SeqCst)), (LOOK_UPS_MAX, LOOK_UPS_MAX));
        give_up_on(&look_ups, ["another.example".to_owned()].into_iter()).await;
        held.gate.add_permits(LOOK_UPS_MAX + 1);
        let found = look_ups.look_up("another.example").await;
        assert_eq!(found.as_deref(), Some([IpAddr::from(Ipv4Addr::LOCALHOST)].as_slice()));
        assert_eq!(lock(&look_ups.under_way).len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_looked_up_once_for_all_who_ask_at_the_same_time() {
        let (held, look_ups) = held();
        give_up_on(&look_ups, std::iter::repeat_n("a.example".to_owned(), 100)).await;
        assert_eq!(held.asked.load(SeqCst), 1);
        held.gate.add_permits(2);
        assert!(look_ups.look_up("a.example").await.is_some());
        assert!(look_ups.look_up("a.example").await.is_some());
        assert_eq!(held.asked.load(SeqCst), 2);
    }

    #[tokio::test]
    async fn a_look_up_that_fails_or_panics_is_no_answer_and_leaves_nothing_behind() {
        struct Bad;
        impl Resolve for Bad {
            fn look_up<'a>(&'a self, name: &'a str) -> LookedUp<'a> {
                Box::pin(async move { if name == "a" { panic!("as it is told") } else { Err(io::Error::other("no")) } })
            }
        }
        let look_ups = LookUps::new(Arc::new(Bad));
        for name in ["a", "b"] {
            assert_eq!(look_ups.look_up(name).await, None);
        }
        assert_eq!(lock(&look_ups.under_way).len(), 0);
        assert_eq!(look_ups.places.available_permits(), LOOK_UPS_MAX);
    }
}
