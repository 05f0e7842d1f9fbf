//! 423 with 6160: a request under a key whose first request is still being carried out after five seconds.
//!
//! Five seconds pass at once here, so nothing goes over a socket: the router is asked as the front door asks it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{Api, Links, Switches};
use axum::{Router, body::Body, http::Request};
use engine::STORE_WAIT_MAX;
use serde_json::{Value, json};
use testkit::{Answer, Gate, GatedStore, Kasse, Shop, Waiting};
use tokio::time::Instant;
use tower::ServiceExt as _;

/// While it is shut, every change is taken on and none is answered.
struct Valve(Arc<AtomicBool>);

impl Gate for Valve {
    fn before_change(&self) -> Waiting {
        match self.0.load(Ordering::SeqCst) {
            true => Box::pin(std::future::pending()),
            false => Box::pin(std::future::ready(())),
        }
    }
}

/// Sends this under a key, in process.
async fn post(app: &Router, shop: &Shop, path: &str, key: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/epayment/v1{path}"))
        .header("host", "x")
        .header("authorization", format!("Bearer {}", shop.token))
        .header("ocp-apim-subscription-key", &shop.subscription_key)
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 64 * 1024).await.unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
}

#[tokio::test]
async fn whoever_comes_second_is_told_after_five_seconds_to_come_again() {
    let is_shut = Arc::new(AtomicBool::new(false));
    let valve = Arc::new(Valve(is_shut.clone()));
    let kasse = Kasse::with_store(move |store| Arc::new(GatedStore::new(store, valve))).await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    let links = Links { public_url: kasse.public_url().to_owned(), native_scheme: "kassemt".to_owned() };
    let api = Api::new(kasse.engine().clone(), links, Switches { rate_limits: false, docs: false });
    let app = api::surround(api::routes(&api), &api, Arc::new(|_| None));
    is_shut.store(true, Ordering::SeqCst);
    tokio::time::pause();
    for (path, key, body) in [
        ("/payments/acme-shop-1/capture", "c", Shop::modification(100)),
        ("/payments/acme-shop-1/refund", "r", Shop::modification(100)),
        ("/payments/acme-shop-1/cancel", "x", json!({})),
        ("/payments", "n", Shop::proposal("acme-shop-2", 1000)),
    ] {
        let first = post(&app, &shop, path, key, &body).await;
        assert_eq!(first.outcome(), "503 3010", "{path}: whether it was done, nobody knows");
        let asked = Instant::now();
        let second = post(&app, &shop, path, key, &body).await;
        let waited = asked.elapsed();
        assert!(waited >= STORE_WAIT_MAX && waited < STORE_WAIT_MAX + Duration::from_millis(50), "{path}: {waited:?}");
        assert_eq!((second.status, second.header("retry-after")), (423, Some("1")), "{path}");
        assert_eq!(second.header("content-type"), Some("application/problem+json; charset=utf-8"));
        let mut told = second.json();
        let trace = told["traceId"].take();
        assert!(trace.as_str().unwrap().contains(second.header("x-request-id").unwrap()), "{trace}");
        assert_eq!(
            told,
            json!({
                "type": "https://httpstatuses.io/423",
                "title": "Order processing",
                "detail": "A request under this Idempotency-Key is being carried out. Repeat it with the same key.",
                "instance": format!("/v1{path}"),
                "status": 423,
                "traceId": null,
                "extraDetails": [{ "name": "ErrorCode", "reason": "6160" }],
            })
        );
    }
    // Time runs again: paused, it would run ahead of the writer's own thread.
    tokio::time::resume();
    is_shut.store(false, Ordering::SeqCst);
    assert_eq!(shop.log("acme-shop-1").await, "CREATED AUTHORIZED", "nothing of it was begun");
    assert_eq!(shop.capture("acme-shop-1", "another", 100).await.status, 200);
    kasse.finish().await;
}
