//! What a caller sees when something inside gives way.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use api::{Api, Links};
use axum::{body::Body, http::Request, routing::get};
use domain::{
    payment::{Event, Payment},
    text::{Msn, Reference},
    time::Timestamp,
};
use engine::{Engine, Policy, STORE_WAIT_MAX, keys::KeyMaterial, keys::Keys};
use store::{Answering, Directory, Finding, Intent, Mode, Outcome, Store, Trouble};
use testkit::{Kasse, SeededEntropy, VirtualClock};
use tower::ServiceExt as _;

async fn panics() -> &'static str {
    panic!("with a secret in its message")
}

#[tokio::test]
async fn a_handler_that_panics_costs_its_request_and_no_other() {
    let kasse = Kasse::start().await;
    let links = Links { public_url: kasse.public_url().to_owned(), native_scheme: "kassemt".to_owned() };
    let api = Api::new(kasse.engine().clone(), links, false);
    let routes = api::routes(&api).route("/panics", get(panics));
    let app = api::surround(routes, &api);
    let ask = |path: &str| app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    let response = ask("/panics").await.unwrap();
    assert_eq!(response.status(), 500);
    let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains(r#""title":"Internal error""#) && body.contains(r#""reason":"3010""#), "{body}");
    assert!(!body.contains("secret") && !body.contains(".rs"), "{body}");
    assert_eq!(ask("/livez").await.unwrap().status(), 200);
    kasse.finish().await;
}

/// A store that takes everything on and answers no change. Reads are the real store's.
struct Stalled(Arc<dyn Store>);

impl Store for Stalled {
    fn apply(&self, _: Intent) -> Answering<'_, Outcome> {
        Box::pin(std::future::pending())
    }
    fn payment(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<Payment>> {
        self.0.payment(msn, reference)
    }
    fn payment_with_events(&self, msn: &Msn, reference: &Reference) -> Answering<'_, Option<(Payment, Vec<Event>)>> {
        self.0.payment_with_events(msn, reference)
    }
    fn next_due(&self) -> Answering<'_, Vec<(Msn, Timestamp)>> {
        self.0.next_due()
    }
    fn due(&self, msn: &Msn, until: Timestamp, most: u32) -> Answering<'_, Vec<Reference>> {
        self.0.due(msn, until, most)
    }
    fn directory(&self) -> Answering<'_, Directory> {
        self.0.directory()
    }
    fn verify(&self) -> Answering<'_, Vec<Finding>> {
        self.0.verify()
    }
    fn is_writable(&self) -> bool {
        self.0.is_writable()
    }
    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        self.0.failed()
    }
    fn close(&self) -> Answering<'_, ()> {
        self.0.close()
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_waited_for_five_seconds_and_no_longer() {
    let kasse = Kasse::start().await;
    let entropy = Arc::new(SeededEntropy::new(1));
    let keys = Keys::new(&KeyMaterial::generate(&*entropy, Timestamp::from_milliseconds(0))).unwrap();
    let store = Arc::new(Stalled(kasse.store().clone()));
    let engine =
        Engine::new(store, Arc::new(VirtualClock::new()), entropy, keys, Policy::of(Mode::Sandbox)).await.unwrap();
    tokio::time::pause();
    let asked = tokio::time::Instant::now();
    let outcome = engine.seed_example_sales_unit().await;
    assert!(matches!(outcome, Err(Trouble::Unavailable(_))), "{outcome:?}");
    let waited = asked.elapsed();
    tokio::time::resume();
    assert!(waited >= STORE_WAIT_MAX && waited < STORE_WAIT_MAX + Duration::from_millis(50), "{waited:?}");
    kasse.finish().await;
}
