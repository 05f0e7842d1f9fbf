//! `POST /epayment/v1/payments/{reference}/capture`.

use serde_json::json;
use testkit::{Kasse, Shop};

#[tokio::test]
async fn parts_add_up_and_the_answer_has_exactly_five_members() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 49_900).await;
    let answer = shop.capture("acme-shop-1", "one", 10_000).await;
    let payment = shop.get("/payments/acme-shop-1").await.json();
    assert_eq!(
        answer.json(),
        json!({
            "amount": { "currency": "NOK", "value": 49_900 },
            "state": "AUTHORIZED",
            "aggregate": payment["aggregate"],
            "pspReference": payment["pspReference"],
            "reference": "acme-shop-1",
        })
    );
    assert_eq!(shop.capture("acme-shop-1", "two", 20_000).await.status, 200);
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=49900 c=30000 r=0 x=0");
    assert_eq!(shop.capture("acme-shop-1", "three", 19_901).await.outcome(), "400 6090");
    assert_eq!(shop.capture("acme-shop-1", "three", 19_900).await.status, 200, "a refused key is still unused");
    assert_eq!(shop.capture("acme-shop-1", "four", 1).await.outcome(), "400 6170");
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=49900 c=49900 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn each_state_refuses_it_with_its_own_number() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.capture("no-such-payment", "k", 1).await.outcome(), "404 5090");
    shop.create("only-created", 1000).await;
    let early = shop.capture("only-created", "k", 1000).await;
    assert_eq!(
        (early.outcome().as_str(), early.json()["title"].as_str().unwrap()),
        ("400 6080", "Cannot capture before reservation")
    );
    assert_eq!(early.json()["instance"], "/v1/payments/only-created/capture");
    shop.create("terminated", 1000).await;
    shop.cancel("terminated", "c").await;
    assert_eq!(shop.capture("terminated", "k", 1).await.outcome(), "400 6070");
    shop.authorized("cancelled-1", 1000).await;
    shop.cancel("cancelled-1", "c").await;
    assert_eq!(shop.capture("cancelled-1", "k", 1).await.outcome(), "400 6070");
    kasse.finish().await;
}

#[tokio::test]
async fn a_capture_that_came_too_early_succeeds_later_under_the_same_key() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("too-early", 1000).await;
    assert_eq!(shop.capture("too-early", "k", 1000).await.outcome(), "400 6080");
    shop.approve("too-early").await;
    assert_eq!(shop.capture("too-early", "k", 1000).await.status, 200);
    assert_eq!(shop.log("too-early").await, "CREATED AUTHORIZED CAPTURED");
    kasse.finish().await;
}

#[tokio::test]
async fn the_sum_is_judged_as_on_create() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    for (body, expected, named) in [
        (json!({ "modificationAmount": { "currency": "NOK", "value": 0 } }), "400 6010", None),
        (json!({ "modificationAmount": { "currency": "NOK", "value": -1 } }), "400", Some("modificationAmount.value")),
        (
            json!({ "modificationAmount": { "currency": "NOK", "value": 65_000_001 } }),
            "400",
            Some("modificationAmount.value"),
        ),
        (json!({ "modificationAmount": { "currency": "NOK", "value": 65_000_000 } }), "400 6090", None),
        (json!({ "modificationAmount": { "currency": "NOK", "value": 1.5 } }), "400 4040", None),
        (json!({ "modificationAmount": { "currency": "NOK", "value": "1" } }), "400 4040", None),
        (
            json!({ "modificationAmount": { "currency": "EUR", "value": 1 } }),
            "400",
            Some("modificationAmount.currency"),
        ),
        (json!({ "modificationAmount": { "value": 1 } }), "400", Some("modificationAmount.currency")),
        (json!({ "modificationAmount": { "currency": "NOK" } }), "400", Some("modificationAmount.value")),
        (json!({ "modificationAmount": 100 }), "400", Some("modificationAmount")),
        (json!({}), "400", Some("modificationAmount")),
        (json!([]), "400", None),
    ] {
        for operation in ["capture", "refund"] {
            if operation == "refund" && expected == "400 6090" {
                continue;
            }
            let answer = shop.post(&format!("/payments/acme-shop-1/{operation}"), "k", &body).await;
            assert_eq!(answer.outcome(), expected, "{operation} {body}: {}", answer.text());
            if let Some(named) = named {
                assert_eq!(answer.violated(), [named], "{operation} {body}");
            }
        }
    }
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=0 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn the_key_is_required() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    for operation in ["capture", "refund"] {
        let path = format!("/epayment/v1/payments/acme-shop-1/{operation}");
        let body = Shop::modification(100).to_string();
        for headers in [vec![], vec![("idempotency-key", "")]] {
            let answer = shop.call("POST", &path, &headers, body.clone()).await;
            assert_eq!(answer.violated(), ["Idempotency-Key"], "{operation}");
        }
        let long = "k".repeat(51);
        assert_eq!(
            shop.call("POST", &path, &[("idempotency-key", &long)], body.clone()).await.violated(),
            ["Idempotency-Key"]
        );
    }
    assert_eq!(shop.capture("acme-shop-1", &"k".repeat(50), 100).await.status, 200);
    kasse.finish().await;
}
