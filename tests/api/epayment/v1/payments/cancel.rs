//! `POST /epayment/v1/payments/{reference}/cancel`.

use domain::time::Span;
use testkit::{Answer, Kasse, Shop};

async fn cancel(shop: &Shop, reference: &str, body: &'static str) -> Answer {
    shop.call("POST", &format!("/epayment/v1/payments/{reference}/cancel"), &[], body).await
}

#[tokio::test]
async fn before_approval_it_ends_the_payment() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (reference, body) in [
        ("no-body-at-all", ""),
        ("empty-object-1", "{}"),
        ("said-so-true-1", r#"{"cancelTransactionOnly":true}"#),
        ("said-so-false-1", r#"{"cancelTransactionOnly":false}"#),
        ("said-null-1", r#"{"cancelTransactionOnly":null}"#),
    ] {
        shop.create(reference, 1000).await;
        let answer = cancel(&shop, reference, body).await;
        assert_eq!((answer.status, answer.json()["state"].as_str().unwrap()), (200, "TERMINATED"), "{body}");
        assert_eq!(shop.standing(reference).await, "TERMINATED a=0 c=0 r=0 x=1000");
        assert_eq!(shop.log(reference).await, "CREATED TERMINATED");
        assert_eq!(cancel(&shop, reference, body).await.outcome(), "400 6190");
        assert_eq!(shop.approve(reference).await.outcome(), "400 10010");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn after_approval_it_releases_what_is_left() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    shop.capture("acme-shop-1", "c", 250).await;
    assert_eq!(cancel(&shop, "acme-shop-1", r#"{"cancelTransactionOnly":true}"#).await.outcome(), "400 6060");
    assert_eq!(cancel(&shop, "acme-shop-1", "").await.status, 200);
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=250 r=0 x=750");
    assert_eq!(cancel(&shop, "acme-shop-1", "").await.outcome(), "400 6190");
    assert_eq!(cancel(&shop, "acme-shop-1", r#"{"cancelTransactionOnly":true}"#).await.outcome(), "400 6060");
    shop.authorized("acme-shop-2", 1000).await;
    shop.capture("acme-shop-2", "c", 1000).await;
    assert_eq!(cancel(&shop, "acme-shop-2", "").await.outcome(), "400 6040");
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_gone_cannot_be_cancelled() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(cancel(&shop, "no-such-payment", "").await.outcome(), "404 5090");
    shop.create("will-expire", 1000).await;
    kasse.clock.advance(Span::minutes(10));
    let late = cancel(&shop, "will-expire", "").await;
    assert_eq!(late.outcome(), "400 6190");
    assert!(late.json()["detail"].as_str().unwrap().contains("EXPIRED"));
    kasse.finish().await;
}

#[tokio::test]
async fn a_bad_body_is_named() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("acme-shop-1", 1000).await;
    assert_eq!(
        cancel(&shop, "acme-shop-1", r#"{"cancelTransactionOnly":"yes"}"#).await.violated(),
        ["cancelTransactionOnly"]
    );
    assert_eq!(cancel(&shop, "acme-shop-1", "[]").await.violated(), ["$"]);
    assert_eq!(cancel(&shop, "acme-shop-1", "{").await.violated(), ["$"]);
    assert_eq!(shop.log("acme-shop-1").await, "CREATED");
    kasse.finish().await;
}
