//! The published rate limits.

use domain::{merchant::Market, text::SalesUnitName, time::Span};
use serde_json::json;
use testkit::{Kasse, Setup, Shop};

async fn limited() -> Kasse {
    Kasse::with(Setup { rate_limits: true, ..Setup::default() }).await
}

#[tokio::test]
async fn five_changes_a_minute_of_each_kind_and_payment() {
    let kasse = limited().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    for count in 0..5 {
        assert_eq!(shop.capture("acme-shop-1", &format!("c{count}"), 10).await.status, 200);
    }
    kasse.clock.pass(Span::seconds(18));
    let refused = shop.capture("acme-shop-1", "c5", 10).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("42"));
    assert_eq!(
        refused.json(),
        json!({ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 42 seconds." })
    );
    assert_eq!(shop.refund("acme-shop-1", "r", 10).await.status, 200, "another kind has a count of its own");
    shop.authorized("acme-shop-2", 1000).await;
    assert_eq!(shop.capture("acme-shop-2", "c", 10).await.status, 200, "another payment too");
    kasse.clock.pass(Span::seconds(42));
    assert_eq!(shop.capture("acme-shop-1", "c5", 10).await.status, 200);
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=60 r=10 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn create_is_counted_by_what_was_written_and_repetitions_count() {
    let kasse = limited().await;
    let shop = kasse.shop().await;
    for _ in 0..5 {
        assert_eq!(shop.create("acme-shop-1", 1000).await.status, 201);
    }
    assert_eq!(shop.create("acme-shop-1", 1000).await.status, 429);
    let nameless = json!({ "referense": "acme-shop-2" });
    for _ in 0..5 {
        assert_eq!(shop.post("/payments", "k", &nameless).await.status, 400);
    }
    assert_eq!(shop.post("/payments", "k", &nameless).await.status, 429, "what has no reference shares a count");
    assert_eq!(shop.post("/payments", "k", &Shop::proposal("acme-shop-2", 1000)).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn a_hundred_and_twenty_reads_a_minute_and_approval_is_not_counted() {
    let kasse = limited().await;
    let shop = kasse.shop().await;
    shop.create("acme-shop-1", 1000).await;
    for _ in 0..120 {
        assert_eq!(shop.get("/payments/acme-shop-1").await.status, 200);
    }
    assert_eq!(shop.get("/payments/acme-shop-1").await.status, 429);
    assert_eq!(shop.get("/payments/acme-shop-1/events").await.status, 200);
    for _ in 0..10 {
        assert!(shop.approve("acme-shop-1").await.status != 429);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn five_refunds_a_minute_and_captures_are_not_among_them() {
    let kasse = limited().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    for count in 0..5 {
        assert_eq!(shop.capture("acme-shop-1", &format!("c{count}"), 10).await.status, 200);
    }
    for count in 0..5 {
        assert_eq!(shop.refund("acme-shop-1", &format!("r{count}"), 5).await.status, 200, "{count}");
    }
    assert_eq!(shop.refund("acme-shop-1", "r5", 5).await.status, 429);
    assert_eq!(shop.capture("acme-shop-1", "c5", 10).await.status, 429);
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=50 r=25 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn five_cancels_a_minute_repetitions_included() {
    let kasse = limited().await;
    let shop = kasse.shop().await;
    shop.create("acme-shop-1", 1000).await;
    for count in 0..5 {
        assert_eq!(shop.cancel("acme-shop-1", "x").await.status, 200, "{count}");
    }
    assert_eq!(shop.cancel("acme-shop-1", "x").await.status, 429);
    assert_eq!(shop.capture("acme-shop-1", "c", 10).await.outcome(), "400 6070", "counted by itself");
    kasse.finish().await;
}

#[tokio::test]
async fn a_hundred_and_twenty_reads_of_events_by_subscription_key() {
    let kasse = limited().await;
    let name = SalesUnitName::parse("Two keys").unwrap();
    let (msn, keys) = kasse.engine().create_sales_unit(name, Market::Norway).await.unwrap();
    let [primary, secondary] = [0, 1].map(|key: usize| keys.subscription_keys[key].as_str().to_owned());
    let shop = Shop::with_keys(kasse.http(), msn.as_str(), &keys.client_id, &keys.client_secret, &primary).await;
    let other = Shop { subscription_key: secondary, ..shop.clone() };
    shop.create("acme-shop-1", 1000).await;
    for path in ["/payments/acme-shop-1/events", "/payments/acme-shop-1"] {
        for count in 0..120 {
            assert_eq!(shop.get(path).await.status, 200, "{path} {count}");
        }
        assert_eq!(shop.get(path).await.status, 429, "{path}");
        assert_eq!(other.get(path).await.status, 200, "{path}: the other key has a count of its own");
    }
    for count in 0..4 {
        assert_eq!(other.create("acme-shop-1", 1000).await.status, 201, "{count}");
    }
    assert_eq!(shop.create("acme-shop-1", 1000).await.status, 429, "changes are counted whichever key they came with");
    kasse.finish().await;
}
