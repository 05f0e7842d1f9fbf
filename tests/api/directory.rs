//! Who may call, while it is being changed: what is stored counts, whoever goes away meanwhile and in whatever order things are read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{merchant::Flag, text::Msn};
use engine::{
    KeyHolder, KeyKind,
    access::{AccessRefusal, Credentials, SubscriptionKey, Tenant},
};
use store::Trouble;
use testkit::{Gate, GatedStore, Kasse, Shop, Waiting};
use tokio::sync::Notify;

/// What holds up the next change or the next reading of the directory.
#[derive(Default)]
struct Gates {
    holds_next_change: AtomicBool,
    change: Arc<Notify>,
    holds_next_reading: AtomicBool,
    reading: Arc<Notify>,
}

impl Gate for Gates {
    fn before_change(&self) -> Waiting {
        held(self.holds_next_change.swap(false, Ordering::SeqCst), &self.change)
    }
    fn after_directory(&self) -> Waiting {
        held(self.holds_next_reading.swap(false, Ordering::SeqCst), &self.reading)
    }
}

/// Waits, if it is held, until the gate opens.
fn held(is_held: bool, gate: &Arc<Notify>) -> Waiting {
    let gate = gate.clone();
    Box::pin(async move {
        if is_held {
            gate.notified().await;
        }
    })
}

async fn gated() -> (Kasse, Arc<Gates>) {
    let gates = Arc::new(Gates::default());
    let kept = gates.clone();
    let kasse = Kasse::with_store(move |store| Arc::new(GatedStore::new(store, kept))).await;
    (kasse, gates)
}

fn authorize(kasse: &Kasse, shop: &Shop) -> Result<Tenant, AccessRefusal> {
    let (key, token) = (Some(shop.subscription_key.as_str()), Some(shop.token.as_str()));
    kasse.engine().authorize(Credentials { subscription_key: SubscriptionKey::Sent(key), bearer: token, msn: None })
}

/// Lets everybody else go on until this holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(waited.is_ok(), "never: {what}");
}

#[tokio::test]
async fn a_revocation_goes_on_and_counts_though_whoever_asked_has_gone() {
    let (kasse, gates) = gated().await;
    let shop = kasse.shop().await;
    let holder = KeyHolder::SalesUnit(Msn::parse(&shop.msn).unwrap());
    gates.holds_next_change.store(true, Ordering::SeqCst);
    let engine = kasse.engine().clone();
    let asking = tokio::spawn(async move { engine.revoke_key(&holder, KeyKind::ClientSecret).await.is_ok() });
    until("the change is on its way", async || !gates.holds_next_change.load(Ordering::SeqCst)).await;
    asking.abort();
    assert!(asking.await.is_err(), "it went away");
    assert!(authorize(&kasse, &shop).is_ok(), "nothing has happened yet");
    gates.change.notify_one();
    until("the token is dead", async || authorize(&kasse, &shop).is_err()).await;
    assert_eq!(authorize(&kasse, &shop).unwrap_err(), AccessRefusal::TokenInvalid);
    kasse.finish().await;
}

#[tokio::test]
async fn a_revocation_that_takes_too_long_counts_when_it_is_done() {
    let (kasse, gates) = gated().await;
    let shop = kasse.shop().await;
    let holder = KeyHolder::SalesUnit(Msn::parse(&shop.msn).unwrap());
    gates.holds_next_change.store(true, Ordering::SeqCst);
    tokio::time::pause();
    let answer = kasse.engine().revoke_key(&holder, KeyKind::PrimarySubscriptionKey).await;
    assert!(matches!(answer, Err(Trouble::Unavailable(_))), "{answer:?}");
    tokio::time::resume();
    assert!(authorize(&kasse, &shop).is_ok(), "nothing has happened yet");
    gates.change.notify_one();
    until("the key is dead", async || authorize(&kasse, &shop).is_err()).await;
    kasse.finish().await;
}

#[tokio::test]
async fn what_was_read_first_does_not_replace_what_was_read_later() {
    let (kasse, gates) = gated().await;
    let shop = kasse.shop().await;
    let msn = Msn::parse(&shop.msn).unwrap();
    let switch = |flag| {
        let (engine, msn) = (kasse.engine().clone(), msn.clone());
        tokio::spawn(async move { engine.set_flags(&msn, &[(flag, false)]).await.unwrap().unwrap() })
    };
    gates.holds_next_reading.store(true, Ordering::SeqCst);
    let first = switch(Flag::CardAllowed);
    until("the first has been read", async || !gates.holds_next_reading.load(Ordering::SeqCst)).await;
    let second = switch(Flag::LateCapture);
    let is_stored = async || {
        let directory = kasse.store().directory().await.unwrap();
        directory.unit(&msn).is_some_and(|unit| !unit.flags.has(Flag::LateCapture))
    };
    until("the second is stored", is_stored).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    gates.reading.notify_one();
    first.await.unwrap();
    second.await.unwrap();
    let flags = authorize(&kasse, &shop).unwrap().unit().flags;
    assert!(!flags.has(Flag::CardAllowed) && !flags.has(Flag::LateCapture));
    kasse.finish().await;
}
