//! The same key, the same answer: whatever is repeated, at most one thing happens.

use serde_json::{Value, json};
use testkit::{Kasse, Shop};

const REPLAYED: &str = "kasse-idempotent-replay";

#[tokio::test]
async fn a_repetition_is_answered_with_the_very_bytes() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = shop.create("acme-shop-1", 1000).await;
    let again = shop.create("acme-shop-1", 1000).await;
    assert_eq!((created.status, &created.bytes), (again.status, &again.bytes));
    assert_eq!((created.header(REPLAYED), again.header(REPLAYED)), (None, Some("true")));
    shop.approve("acme-shop-1").await;
    let first = shop.capture("acme-shop-1", "k", 400).await;
    shop.capture("acme-shop-1", "l", 100).await;
    let second = shop.capture("acme-shop-1", "k", 400).await;
    assert_eq!(first.bytes, second.bytes, "the answer of then, not of now");
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=500 r=0 x=0");
    let kasse = kasse.restart(|_| {}).await;
    let shop = kasse.shop().await;
    assert_eq!(shop.capture("acme-shop-1", "k", 400).await.bytes, first.bytes);
    assert_eq!(shop.log("acme-shop-1").await, "CREATED AUTHORIZED CAPTURED CAPTURED");
    kasse.finish().await;
}

#[tokio::test]
async fn one_key_serves_every_operation_of_every_payment() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for reference in ["one-key-a1", "one-key-b1"] {
        shop.create(reference, 1000).await;
        shop.approve(reference).await;
        assert_eq!(shop.capture(reference, "1", 500).await.status, 200);
        assert_eq!(shop.refund(reference, "1", 500).await.status, 200);
        assert_eq!(shop.cancel(reference, "1").await.status, 200);
        assert_eq!(shop.standing(reference).await, "AUTHORIZED a=1000 c=500 r=500 x=500");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_same_key_for_something_else_is_a_conflict_with_its_number() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.post("/payments", "k", &Shop::proposal("acme-shop-1", 1000)).await;
    assert_eq!(shop.post("/payments", "k", &Shop::proposal("acme-shop-2", 1000)).await.outcome(), "409 4020");
    assert_eq!(shop.post("/payments", "k", &Shop::proposal("acme-shop-1", 1001)).await.outcome(), "409 4020");
    assert_eq!(shop.post("/payments", "l", &Shop::proposal("acme-shop-1", 1000)).await.outcome(), "409 4150");
    shop.approve("acme-shop-1").await;
    shop.capture("acme-shop-1", "k", 500).await;
    let conflict = shop.capture("acme-shop-1", "k", 499).await;
    assert_eq!(
        (conflict.outcome().as_str(), conflict.json()["title"].as_str().unwrap()),
        ("409 4010", "Capture idempotency conflict")
    );
    shop.refund("acme-shop-1", "k", 100).await;
    assert_eq!(shop.refund("acme-shop-1", "k", 99).await.outcome(), "409 4150");
    shop.cancel("acme-shop-1", "k").await;
    let path = "/payments/acme-shop-1/cancel";
    assert_eq!(shop.post(path, "k", &json!({ "cancelTransactionOnly": true })).await.outcome(), "409 4020");
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=500 r=100 x=500");
    kasse.finish().await;
}

#[tokio::test]
async fn order_and_white_space_are_the_same_request_an_unknown_field_is_not() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    let path = "/epayment/v1/payments/acme-shop-1/capture";
    let post = |body: &'static str| {
        let shop = shop.clone();
        async move { shop.call("POST", path, &[("idempotency-key", "k")], body).await.outcome() }
    };
    assert_eq!(post(r#"{"modificationAmount":{"currency":"NOK","value":5}}"#).await, "200");
    assert_eq!(post("{ \"modificationAmount\" : {\"value\":5,\n\"currency\":\"NO\\u004b\"} }").await, "200");
    assert_eq!(post(r#"{"modificationAmount":{"currency":"NOK","value":5},"note":1}"#).await, "409 4010");
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=5 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn an_address_written_differently_is_the_same_request() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    let first = shop.capture("acme-shop-1", "k", 100).await;
    let again = shop.capture("%61cme-shop%2D1", "k", 100).await;
    assert_eq!((again.status, &again.bytes), (200, &first.bytes), "{}", again.text());
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=100 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn two_keys_are_none() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    let headers = [("idempotency-key", "one"), ("idempotency-key", "two")];
    let path = "/epayment/v1/payments/acme-shop-1/capture";
    let answer = shop.call("POST", path, &headers, Shop::modification(1).to_string()).await;
    assert_eq!((answer.status, answer.violated()), (400, vec!["Idempotency-Key".to_owned()]));
    kasse.finish().await;
}

#[tokio::test]
async fn a_cancelled_payment_cancelled_again_under_its_key_is_a_repetition() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("acme-shop-1", 1000).await;
    let first = shop.cancel("acme-shop-1", "k").await;
    let again = shop.cancel("acme-shop-1", "k").await;
    assert_eq!((again.status, &first.bytes), (200, &again.bytes));
    assert_eq!(shop.cancel("acme-shop-1", "other").await.outcome(), "400 6190");
    assert_eq!(shop.log("acme-shop-1").await, "CREATED TERMINATED");
    kasse.finish().await;
}

#[tokio::test]
async fn a_refusal_leaves_the_key_unused() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let bad = Shop::proposal("acme-shop-1", 99);
    assert_eq!(shop.post("/payments", "k", &bad).await.outcome(), "400 6010");
    let worse: Value = json!({ "reference": "acme-shop-1" });
    assert_eq!(shop.post("/payments", "k", &worse).await.status, 400);
    assert_eq!(shop.post("/payments", "k", &Shop::proposal("acme-shop-1", 100)).await.status, 201);
    kasse.finish().await;
}
