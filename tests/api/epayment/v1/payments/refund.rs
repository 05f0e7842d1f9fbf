//! `POST /epayment/v1/payments/{reference}/refund`.

use domain::time::Span;
use testkit::Kasse;

#[tokio::test]
async fn no_more_comes_back_than_was_taken() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 49_900).await;
    assert_eq!(shop.refund("acme-shop-1", "r0", 1).await.outcome(), "400 6150", "nothing was captured yet");
    shop.capture("acme-shop-1", "c1", 10_000).await;
    assert_eq!(shop.refund("acme-shop-1", "r1", 20_000).await.outcome(), "400 6150");
    assert_eq!(shop.refund("acme-shop-1", "r1", 4_000).await.status, 200);
    assert_eq!(shop.refund("acme-shop-1", "r2", 6_001).await.outcome(), "400 6150");
    assert_eq!(shop.refund("acme-shop-1", "r2", 6_000).await.status, 200);
    assert_eq!(shop.refund("acme-shop-1", "r3", 1).await.outcome(), "400 6180");
    assert_eq!(
        shop.capture("acme-shop-1", "c2", 39_900).await.status,
        200,
        "a refund reopens nothing and closes nothing"
    );
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=49900 c=49900 r=10000 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn each_state_refuses_it_with_its_own_number() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.refund("no-such-payment", "k", 1).await.outcome(), "404 5090");
    shop.create("only-created", 1000).await;
    assert_eq!(shop.refund("only-created", "k", 1).await.outcome(), "400 6020");
    shop.create("terminated", 1000).await;
    shop.cancel("terminated", "c").await;
    assert_eq!(shop.refund("terminated", "k", 1).await.outcome(), "400 6210");
    kasse.clock.advance(Span::minutes(10));
    assert_eq!(shop.refund("only-created", "k", 1).await.outcome(), "400 6210");
    kasse.finish().await;
}

#[tokio::test]
async fn after_a_year_it_is_too_late() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    shop.capture("acme-shop-1", "c", 1000).await;
    kasse.clock.advance(Span::days(365));
    assert_eq!(shop.refund("acme-shop-1", "early", 1).await.status, 200, "approved a millisecond after it was created");
    kasse.clock.advance(Span::milliseconds(1));
    assert_eq!(shop.refund("acme-shop-1", "late", 1).await.outcome(), "400 6220");
    kasse.finish().await;
}

#[tokio::test]
async fn the_sums_published_for_it_are_refused_by_the_bank_and_logged() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("bank-refuses-1", 1000).await;
    shop.capture("bank-refuses-1", "c", 1000).await;
    for (value, outcome, title) in
        [(123, "400 5100", "Refund not possible"), (124, "400 6220", "Refund period expired")]
    {
        let refused = shop.refund("bank-refuses-1", "r", value).await;
        assert_eq!((refused.outcome().as_str(), refused.json()["title"].as_str().unwrap()), (outcome, title));
    }
    assert_eq!(shop.standing("bank-refuses-1").await, "AUTHORIZED a=1000 c=1000 r=0 x=0");
    assert_eq!(shop.refund("bank-refuses-1", "r", 125).await.status, 200, "the key was not used up");
    let events = shop.get("/payments/bank-refuses-1/events").await.json();
    let told: Vec<_> = events.as_array().unwrap().iter().skip(3).collect();
    for (event, (value, success)) in told.iter().zip([(123, false), (124, false), (125, true)]) {
        assert_eq!((event["name"].as_str(), event["idempotencyKey"].as_str()), (Some("REFUNDED"), Some("r")));
        assert_eq!((event["amount"]["value"].as_i64(), event["success"].as_bool()), (Some(value), Some(success)));
    }
    assert_eq!(told.len(), 3);
    assert_eq!(shop.refund("bank-refuses-1", "r2", 876).await.outcome(), "400 6150", "rules come before the bank");
    kasse.finish().await;
}
