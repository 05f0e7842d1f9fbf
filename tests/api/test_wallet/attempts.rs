//! `GET /_kasse/test/payments/{reference}/attempts`.

use domain::time::Span;
use serde_json::json;
use testkit::Kasse;

use super::{ADA, act, approve_with, asked, create};

#[tokio::test]
async fn what_was_declined_is_listed_first_to_last_with_when_and_why() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let read = async |reference: &str| {
        let answer = shop.call("GET", &format!("/_kasse/test/payments/{reference}/attempts"), &[], "").await;
        (answer.status, answer.json())
    };
    create(&shop, "declined-1", 182, |_| ()).await;
    assert_eq!(read("declined-1").await, (200, json!({ "attempts": [] })));
    act(&shop, ADA, "declined-1", "approve").await;
    kasse.clock.pass(Span::seconds(2));
    act(&shop, ADA, "declined-1", "approve").await;
    approve_with(&shop, ADA, "declined-1", &json!({ "source": "card-2" })).await;
    let first = json!({ "at": "2026-01-19T16:26:32.099Z", "source": "card-1", "reason": "decl_issuer" });
    let second = json!({ "at": "2026-01-19T16:26:34.099Z", "source": "card-1", "reason": "decl_issuer" });
    assert_eq!(read("declined-1").await, (200, json!({ "attempts": [first, second] })));
    assert_eq!(read("no-such-payment").await.0, 404);
    assert_eq!(read("short").await.0, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn of_a_payment_by_card_there_are_none_yet() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    create(&shop, "by-card-1", 182, |proposal| proposal["paymentMethod"]["type"] = json!("CARD")).await;
    let answer = shop.call("GET", "/_kasse/test/payments/by-card-1/attempts", &[], "").await;
    assert_eq!(answer.json(), json!({ "attempts": [] }));
    asked(&shop, ADA, "undeclined-1", 1000).await;
    let answer = shop.call("GET", "/_kasse/test/payments/undeclined-1/attempts", &[], "").await;
    assert_eq!(answer.json(), json!({ "attempts": [] }), "what else happened is no attempt");
    kasse.finish().await;
}
