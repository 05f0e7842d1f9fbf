//! `POST /epayment/v1/test/payments/{reference}/approve`.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

async fn approve(shop: &Shop, reference: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    shop.call("POST", &format!("/epayment/v1/test/payments/{reference}/approve"), &[], body).await
}

#[tokio::test]
async fn payer_or_link_approves_and_the_answer_is_empty() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let link =
        |created: Answer| created.json()["redirectUrl"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
    let first = link(shop.create("by-customer-1", 1000).await);
    let second = link(shop.create("by-token-1", 1000).await);
    shop.create("by-both-1", 1000).await;
    shop.create("by-default-1", 1000).await;
    for (reference, body) in [
        ("by-customer-1", json!({ "customer": { "phoneNumber": "4712345678" } })),
        ("by-token-1", json!({ "token": second })),
        ("by-both-1", json!({ "customer": { "phoneNumber": 4_712_345_678_i64 }, "token": "{{payment_token}}" })),
        ("by-default-1", Value::Null),
    ] {
        let answer = approve(&shop, reference, &body).await;
        assert_eq!((answer.status, answer.bytes.len()), (200, 0), "{reference}: {}", answer.text());
        assert_eq!(shop.standing(reference).await, "AUTHORIZED a=1000 c=0 r=0 x=0");
        assert_eq!(shop.log(reference).await, "CREATED AUTHORIZED");
    }
    shop.create("other-link-1", 1000).await;
    assert_eq!(
        approve(&shop, "other-link-1", &json!({ "token": first })).await.outcome(),
        "400 10010",
        "another payment's link"
    );
    kasse.finish().await;
}

#[tokio::test]
async fn it_happens_once_and_only_to_what_waits() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let every_way =
        [json!({ "customer": { "phoneNumber": "4712345678" } }), json!({ "token": "x" }), json!({}), Value::Null];
    for body in &every_way {
        for reference in ["no-such-payment", "%ff"] {
            assert_eq!(approve(&shop, reference, body).await.outcome(), "404 5090", "{reference} {body}");
        }
    }
    shop.authorized("approved-1", 1000).await;
    for body in every_way.iter().filter(|body| **body != json!({})) {
        assert_eq!(approve(&shop, "approved-1", body).await.outcome(), "400 6230", "{body}");
    }
    assert_eq!(approve(&shop, "approved-1", &json!({})).await.violated(), ["customer.phoneNumber"], "names nobody");
    shop.create("will-expire", 1000).await;
    kasse.clock.advance(Span::minutes(10));
    assert_eq!(shop.approve("will-expire").await.outcome(), "400 10010");
    kasse.finish().await;
}

#[tokio::test]
async fn nobody_named_or_nobody_possible_is_refused() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut proposal = Shop::proposal("without-payer-1", 1000);
    proposal.as_object_mut().unwrap().remove("customer");
    shop.post("/payments", "k", &proposal).await;
    for (body, expected) in [
        (Value::Null, "400"),
        (json!({}), "400"),
        (json!({ "customer": {} }), "400"),
        (json!({ "customer": { "phoneNumber": "123" } }), "400"),
        (json!({ "customer": { "phoneNumber": "471234567" } }), "400 4070"),
        (json!({ "customer": "4712345678" }), "400"),
        (json!({ "token": "" }), "400"),
        (json!({ "token": "junk" }), "400 10010"),
        (json!({ "token": 5.5 }), "400"),
        (json!([]), "400"),
    ] {
        assert_eq!(approve(&shop, "without-payer-1", &body).await.outcome(), expected, "{body}");
    }
    assert_eq!(shop.log("without-payer-1").await, "CREATED");
    kasse.finish().await;
}
