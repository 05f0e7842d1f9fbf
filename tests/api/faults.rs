//! What a caller sees when something inside gives way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{Api, Links, Switches};
use axum::{body::Body, http::Request, routing::get};
use domain::{
    money::{Currency, MinorUnits, Money},
    payment::{Command, Payment},
    text::{IdempotencyKey, Reference},
};
use engine::{
    Engine, STORE_WAIT_MAX,
    access::{Credentials, SubscriptionKey, Tenant},
    payment::Keyed,
};
use store::{Answer, Outcome, Trouble};
use testkit::{Gate, GatedStore, Kasse, Shop, Waiting};
use tower::ServiceExt as _;

async fn panics() -> &'static str {
    panic!("with a secret in its message")
}

#[tokio::test]
async fn a_handler_that_panics_costs_its_request_and_no_other() {
    let kasse = Kasse::start().await;
    let links = Links { public_url: kasse.public_url().to_owned(), native_scheme: "kassemt".to_owned() };
    let api = Api::new(kasse.engine().clone(), links, Switches { rate_limits: false, docs: true });
    let routes = api::routes(&api).route("/panics", get(panics));
    let app = api::surround(routes, &api, Arc::new(|_| None));
    let ask = |path: &str| app.clone().oneshot(Request::get(path).header("host", "x").body(Body::empty()).unwrap());
    let response = ask("/panics").await.unwrap();
    assert_eq!(response.status(), 500);
    let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains(r#""title":"Internal error""#) && body.contains(r#""reason":"3010""#), "{body}");
    assert!(!body.contains("secret") && !body.contains(".rs"), "{body}");
    assert_eq!(ask("/livez").await.unwrap().status(), 200);
    kasse.finish().await;
}

/// Once told to, takes every change on and answers none. Reads are the real store's.
struct Stalling(Arc<AtomicBool>);

impl Gate for Stalling {
    fn before_change(&self) -> Waiting {
        match self.0.load(Ordering::SeqCst) {
            true => Box::pin(std::future::pending()),
            false => Box::pin(std::future::ready(())),
        }
    }
}

/// A server whose store stalls when the flag is raised.
async fn about_to_stall() -> (Kasse, Arc<AtomicBool>) {
    let has_stalled = Arc::new(AtomicBool::new(false));
    let flag = has_stalled.clone();
    let kasse = Kasse::with_store(move |store| Arc::new(GatedStore::new(store, Arc::new(Stalling(flag))))).await;
    (kasse, has_stalled)
}

/// Captures under a key, without HTTP in between, so that time can be paused.
async fn capture(engine: &Engine, tenant: &Tenant, key: &str) -> Result<Outcome, Trouble> {
    let amount = Money { value: MinorUnits::new(100).unwrap(), currency: Currency::Nok };
    let keyed = Keyed { key: IdempotencyKey::parse(key).unwrap(), fingerprint: [0; 32] };
    let answer = Box::new(|_: &Payment| Answer { status: 200, body: "captured".into() });
    engine
        .command(tenant, Reference::parse("acme-shop-1").unwrap(), Command::Capture(amount), Some(keyed), answer)
        .await
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_waited_for_five_seconds_and_no_longer() {
    let (kasse, has_stalled) = about_to_stall().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    let tenant = tenant(&kasse, &shop);
    has_stalled.store(true, Ordering::SeqCst);
    tokio::time::pause();
    let asked = tokio::time::Instant::now();
    let first = capture(kasse.engine(), &tenant, "one").await;
    assert!(matches!(first, Err(Trouble::Unavailable(_))), "{first:?}");
    let waited = asked.elapsed();
    assert!(waited >= STORE_WAIT_MAX && waited < STORE_WAIT_MAX + Duration::from_millis(50), "{waited:?}");
    // The first is still at work. Whoever comes with its key waits as long for it, and is told that nothing was begun.
    let asked = tokio::time::Instant::now();
    assert_eq!(capture(kasse.engine(), &tenant, "one").await, Err(Trouble::InProgress));
    let waited = asked.elapsed();
    assert!(waited >= STORE_WAIT_MAX && waited < STORE_WAIT_MAX + Duration::from_millis(50), "{waited:?}");
    // Time runs again: paused, it would run ahead of the writer's own thread.
    tokio::time::resume();
    has_stalled.store(false, Ordering::SeqCst);
    let other = capture(kasse.engine(), &tenant, "two").await;
    assert!(matches!(other, Ok(Outcome::Done(_))), "another key is nobody's: {other:?}");
    kasse.finish().await;
}

fn tenant(kasse: &Kasse, shop: &Shop) -> Tenant {
    let subscription_key = SubscriptionKey::Sent(Some(&shop.subscription_key));
    let credentials = Credentials { subscription_key, bearer: Some(&shop.token), msn: None };
    kasse.engine().authorize(credentials).unwrap()
}
