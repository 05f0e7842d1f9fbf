//! A merchant with registrations, and what its receivers make of what comes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    text::Msn,
    time::{Span, Timestamp},
};
use engine::{DeliveryFilter, KeyHolder, clock::Clock as _, merchant::example};
use serde_json::{Value, json};
use testkit::{
    Kasse, Shop,
    receivers::{Received, Receiver},
};
use wire::webhooks::verify::{Headers, Received as Signed, verify};

/// Every type of event of payments.
pub const ALL: [&str; 8] = [
    "epayments.payment.created.v1",
    "epayments.payment.authorized.v1",
    "epayments.payment.aborted.v1",
    "epayments.payment.expired.v1",
    "epayments.payment.terminated.v1",
    "epayments.payment.captured.v1",
    "epayments.payment.refunded.v1",
    "epayments.payment.cancelled.v1",
];

/// A registration as its owner knows it.
#[derive(Clone, Debug)]
pub struct Registration {
    pub id: String,
    pub secret: String,
    pub url: String,
}

/// Registers an address for these events.
pub async fn register(shop: &Shop, url: &str, events: &[&str]) -> Registration {
    let body = json!({ "url": url, "events": events }).to_string();
    let answer = shop.call("POST", "/webhooks/v1/webhooks", &[], body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let told = answer.json();
    let text = |name: &str| told[name].as_str().expect(name).to_owned();
    Registration { id: text("id"), secret: text("secret"), url: url.to_owned() }
}

/// The ids of the shop's registrations.
pub async fn registered(shop: &Shop) -> Vec<String> {
    let listed = shop.call("GET", "/webhooks/v1/webhooks", &[], "").await.json();
    let ids = listed["webhooks"].as_array().unwrap().iter();
    ids.map(|webhook| webhook["id"].as_str().unwrap().to_owned()).collect()
}

pub async fn delete(shop: &Shop, registration: &Registration) {
    let answer = shop.call("DELETE", &format!("/webhooks/v1/webhooks/{}", registration.id), &[], "").await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// Whether it is signed for this registration, as a receiver asks.
pub fn is_signed(received: &Received, registration: &Registration, now: Timestamp) -> bool {
    let headers = received.headers();
    let signed = Signed {
        url: &registration.url,
        secrets: &[&registration.secret],
        headers: Headers::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        body: &received.body,
        now: Some(now.seconds()),
    };
    verify(&signed).is_ok()
}

/// What stands in the body.
pub fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).expect("a body is JSON")
}

/// Payment and event in one line: `order-1 CAPTURED`.
pub fn told(received: &Received) -> String {
    let body = body(received);
    format!("{} {}", body["reference"].as_str().unwrap(), body["name"].as_str().unwrap())
}

pub fn all_told(received: &[Arc<Received>]) -> Vec<String> {
    received.iter().map(|received| told(received)).collect()
}

/// Business time passes, as far as it takes for what is tried next, and whoever waits for it is told.
pub fn pass(kasse: &Kasse, seconds: i64) {
    kasse.clock.advance(Span::seconds(seconds));
}

pub fn wall(kasse: &Kasse) -> Timestamp {
    kasse.clock.wall()
}

/// How many attempts to reach what lies below this address are recorded for the example shop.
pub async fn recorded_attempts(kasse: &Kasse, url: &str) -> usize {
    let owner = KeyHolder::SalesUnit(Msn::parse(example::MSN).unwrap());
    let filter = DeliveryFilter { most: 1_000, ..DeliveryFilter::default() };
    let deliveries = kasse.store().deliveries(&owner, &filter).await.expect("the store answers");
    let to_it = deliveries.iter().filter(|delivery| delivery.url.starts_with(url));
    to_it.map(|delivery| delivery.attempts as usize).sum()
}

/// Once what the example shop's receiver has answered is recorded: time may pass.
pub async fn recorded(kasse: &Kasse, receiver: &Receiver) {
    let began = Instant::now();
    loop {
        let attempts = recorded_attempts(kasse, &receiver.url("/")).await;
        if attempts >= receiver.received().len() {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "of {} attempts {attempts} are recorded",
            receiver.received().len()
        );
        // real time: attempts are made on real connections.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Long enough for what should not happen.
pub async fn a_while() {
    // real time: nothing tells that nothing will happen.
    tokio::time::sleep(Duration::from_millis(60)).await;
}
