//! Payments that stay open longer than ten minutes: `expiresAt`.

use domain::{
    merchant::{Flag, Market},
    time::Span,
};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

/// Every test begins at 2026-01-19T16:26:32.099Z.
async fn until(shop: &Shop, currency: &str, expires_at: Value) -> Answer {
    let mut proposal = Shop::proposal("long-living-1", 1000);
    proposal["amount"]["currency"] = json!(currency);
    proposal["expiresAt"] = expires_at;
    proposal["receipt"] = json!({
        "orderLines": [{ "name": "Socks", "id": "1", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 200,
                         "taxPercentage": 25 }],
        "bottomLine": { "currency": currency },
    });
    shop.post("/payments", "long-living-1", &proposal).await
}

#[tokio::test]
async fn the_window_holds_at_both_edges_in_each_market() {
    let kasse = Kasse::start().await;
    for (market, currency, last, too_late) in [
        (Market::Norway, "NOK", "2026-01-20T16:26:32.098Z", "2026-01-20T16:26:32.099Z"),
        (Market::Denmark, "DKK", "2026-03-20T16:26:32.098Z", "2026-03-20T16:26:32.099Z"),
        (Market::Finland, "EUR", "2026-03-20T18:26:32.098+02:00", "2026-03-20T18:26:32.099+02:00"),
    ] {
        for (expires_at, expected) in [
            ("2026-01-19T16:36:32.099Z", "400 6120"),
            ("2026-01-01T00:00:00Z", "400 6120"),
            (too_late, "400 6110"),
            ("2026-01-19T16:36:32.100Z", "201"),
        ] {
            let shop = kasse.new_shop(market).await;
            assert_eq!(until(&shop, currency, json!(expires_at)).await.outcome(), expected, "{market:?} {expires_at}");
        }
        let shop = kasse.new_shop(market).await;
        assert_eq!(until(&shop, currency, json!(last)).await.outcome(), "201", "{market:?} {last}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn it_lapses_at_its_own_instant() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(until(&shop, "NOK", json!("2026-01-19T17:26:32.099Z")).await.status, 201);
    kasse.clock.pass(Span::milliseconds(60 * 60 * 1000 - 1));
    assert_eq!(shop.log("long-living-1").await, "CREATED");
    kasse.clock.pass(Span::milliseconds(1));
    assert_eq!(shop.log("long-living-1").await, "CREATED EXPIRED");
    kasse.finish().await;
}

#[tokio::test]
async fn it_needs_permission_and_a_receipt_and_a_time_that_is_one() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut bare = Shop::proposal("long-living-2", 1000);
    bare["expiresAt"] = json!("2026-01-19T17:26:32Z");
    assert_eq!(shop.post("/payments", "k", &bare).await.outcome(), "400 6130");
    for bad in [
        json!("tomorrow"),
        json!("2026-01-19"),
        json!("2026-01-19T17:26:32"),
        json!(1_768_843_592),
        json!(true),
        json!(""),
    ] {
        let answer = until(&shop, "NOK", bad.clone()).await;
        assert_eq!((answer.outcome().as_str(), answer.violated()), ("400", vec!["expiresAt".to_owned()]), "{bad}");
    }
    assert_eq!(until(&shop, "NOK", Value::Null).await.status, 201, "null is not there");
    kasse.switch(&shop, Flag::LongLivingAllowed, false).await;
    assert_eq!(shop.post("/payments", "k", &bare).await.outcome(), "403 5050");
    kasse.finish().await;
}
