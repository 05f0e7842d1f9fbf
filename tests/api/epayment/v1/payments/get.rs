//! `GET /epayment/v1/payments/{reference}` and its `/events`.

use serde_json::{Value, json};
use testkit::{Kasse, Shop};

fn amount(value: i64) -> Value {
    json!({ "currency": "NOK", "value": value })
}

#[tokio::test]
async fn a_new_payment_has_everything_clients_require() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = shop.create("acme-shop-1", 49_900).await.json();
    let answer = shop.get("/payments/acme-shop-1").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json; charset=utf-8")));
    let mut body = answer.json();
    let id = body["pspReference"].take();
    assert_eq!(id.as_str().unwrap().len(), 36);
    assert_eq!(
        body,
        json!({
            "aggregate": {
                "authorizedAmount": amount(0), "cancelledAmount": amount(0), "capturedAmount": amount(0), "refundedAmount": amount(0),
            },
            "amount": amount(49_900),
            "state": "CREATED",
            "paymentMethod": { "type": "WALLET" },
            "profile": {},
            "pspReference": null,
            "reference": "acme-shop-1",
            "redirectUrl": created["redirectUrl"],
        })
    );
    assert!(!answer.text().contains("null"), "null is never written");
    kasse.finish().await;
}

#[tokio::test]
async fn an_approved_payment_shows_its_card_and_guarantee_and_no_link() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 6000).await;
    let body = shop.get("/payments/acme-shop-1").await.json();
    assert_eq!(body["state"], "AUTHORIZED");
    assert_eq!(body["aggregate"]["authorizedAmount"], amount(6000));
    assert_eq!(body["paymentMethod"], json!({ "type": "WALLET", "cardBin": "429198" }));
    assert_eq!(body["captureGuaranteedUntil"], "2026-01-26T16:26:32.100+00:00");
    assert!(body.get("redirectUrl").is_none());
    kasse.finish().await;
}

#[tokio::test]
async fn the_log_tells_the_whole_life() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 49_900).await;
    shop.capture("acme-shop-1", "capture-1", 10_000).await;
    shop.refund("acme-shop-1", "refund-1", 3_000).await;
    shop.call("POST", "/epayment/v1/payments/acme-shop-1/cancel", &[], "").await;
    let payment = shop.get("/payments/acme-shop-1").await.json();
    let log = shop.get("/payments/acme-shop-1/events").await.json();
    let lines: Vec<Value> = log.as_array().unwrap().clone();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["name"].clone(),
                line["amount"].clone(),
                line["timestamp"].clone(),
                line.get("idempotencyKey").cloned(),
            )
        })
        .collect();
    let line = |name: &str, value: i64, milliseconds: u32, key: Option<&str>| {
        (
            json!(name),
            amount(value),
            json!(format!("2026-01-19T16:26:32.{milliseconds:03}Z")),
            key.map(|key| json!(key)),
        )
    };
    assert_eq!(
        seen,
        [
            line("CREATED", 49_900, 99, Some("acme-shop-1")),
            line("AUTHORIZED", 49_900, 100, Some("acme-shop-1")),
            line("CAPTURED", 10_000, 101, Some("capture-1")),
            line("REFUNDED", 3_000, 102, Some("refund-1")),
            line("CANCELLED", 39_900, 103, None),
        ]
    );
    assert_eq!(lines[0]["pspReference"], payment["pspReference"], "a payment is named by its first event");
    let mut ids: Vec<_> = lines.iter().map(|line| line["pspReference"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "every event has an id of its own");
    assert!(lines.iter().all(|line| line["success"] == json!(true) && line["reference"] == "acme-shop-1"));
    kasse.finish().await;
}

#[tokio::test]
async fn a_reference_that_is_not_there_is_a_404_with_its_number() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("Case-Matters-1", 1000).await;
    for reference in [
        "no-such-payment",
        "case-matters-1",
        "x",
        "with_underscore",
        "a%20b%20c%20d",
        "%F0%9F%92%B8%F0%9F%92%B8",
        "%ff",
        "%c3%28abcdefgh",
    ] {
        for path in [format!("/payments/{reference}"), format!("/payments/{reference}/events")] {
            let answer = shop.get(&path).await;
            assert_eq!(answer.outcome(), "404 5090", "{path}");
            assert_eq!(answer.json()["title"], "Reference not found");
        }
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_link_is_the_same_in_create_replay_and_read() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let first = shop.create("same-link-1", 1000).await.json()["redirectUrl"].clone();
    let second =
        shop.post("/payments", "same-link-1", &Shop::proposal("same-link-1", 1000)).await.json()["redirectUrl"].clone();
    let read = shop.get("/payments/same-link-1").await.json()["redirectUrl"].clone();
    assert_eq!((&first, &first), (&second, &read));
    kasse.finish().await;
}
