//! What an order has to do with payments: it attaches to one whenever both are there, and a payment's receipt is its order's.

use std::time::Duration;

use domain::{merchant::Market, time::Span};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

use super::{ask, call, category, detail, receipt};

async fn create(shop: &Shop, reference: &str, key: &str, receipt: &Value) -> Answer {
    let mut proposal = Shop::proposal(reference, 7000);
    proposal["receipt"] = receipt.clone();
    shop.post("/payments", key, &proposal).await
}

async fn shown(shop: &Shop, reference: &str) -> Value {
    ask(shop, "GET", &format!("/v2/ecom/{reference}")).await.json()
}

#[tokio::test]
async fn a_payments_receipt_is_its_orders_and_a_later_one_a_conflict() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = create(&shop, "with-receipt-1", "k", &receipt()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(shown(&shop, "with-receipt-1").await, json!({ "receipt": receipt() }));
    let later = call(&shop, "POST", "/v2/ecom/receipts/with-receipt-1", &receipt()).await;
    assert_eq!(later.status, 409);
    assert_eq!(detail(&later), "A receipt already exists for this order and can not be overwritten.");
    let of_charge = call(&shop, "POST", "/v2/recurring/receipts/with-receipt-1", &receipt()).await;
    assert_eq!(of_charge.status, 201, "of a charge it is not");
    let replayed = create(&shop, "with-receipt-1", "k", &receipt()).await;
    assert_eq!((replayed.status, replayed.header("kasse-idempotent-replay")), (201, Some("true")));
    assert_eq!(shop.create("without-receipt-1", 1000).await.status, 201);
    assert_eq!(ask(&shop, "GET", "/v2/ecom/without-receipt-1").await.status, 404);
    let kasse = kasse.restart(|_| ()).await;
    let shop = kasse.shop().await;
    assert_eq!(shown(&shop, "with-receipt-1").await, json!({ "receipt": receipt() }), "whenever it is asked");
    kasse.finish().await;
}

#[tokio::test]
async fn a_receipt_that_was_there_before_stays() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut other = receipt();
    other["bottomLine"]["receiptNumber"] = json!("of the payment");
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/receipt-first-1", &receipt()).await.status, 201);
    assert_eq!(create(&shop, "receipt-first-1", "k", &other).await.status, 201);
    assert_eq!(shown(&shop, "receipt-first-1").await["receipt"], receipt());
    kasse.finish().await;
}

#[tokio::test]
async fn a_payment_that_does_not_come_about_leaves_no_receipt() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut bad = receipt();
    bad["orderLines"][0]["totalAmount"] = json!(1000.0);
    let refused = create(&shop, "refused-one-1", "k", &bad).await;
    assert_eq!(
        (refused.status, refused.violated()),
        (400, vec!["receipt.orderLines[0].totalAmount".to_owned()]),
        "stricter here"
    );
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json; charset=utf-8"),
        "in the words of that API"
    );
    let mut too_little = Shop::proposal("refused-one-1", 1);
    too_little["receipt"] = receipt();
    assert_eq!(shop.post("/payments", "k", &too_little).await.outcome(), "400 6010");
    assert_eq!(ask(&shop, "GET", "/v2/ecom/refused-one-1").await.status, 404);
    assert_eq!(shop.create("taken-one-1", 1000).await.status, 201);
    assert_eq!(create(&shop, "taken-one-1", "another key", &receipt()).await.outcome(), "409 4150");
    assert_eq!(ask(&shop, "GET", "/v2/ecom/taken-one-1").await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_shown_may_come_before_beside_and_long_after_the_payment() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(call(&shop, "PUT", "/v2/ecom/categories/any-time-1", &category()).await.status, 200);
    shop.authorized("any-time-1", 1000).await;
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/any-time-1", &receipt()).await.status, 201);
    let whole = json!({ "category": category(), "receipt": receipt() });
    assert_eq!(shown(&shop, "any-time-1").await, whole);
    assert_eq!(shop.capture("any-time-1", "c", 1000).await.status, 200);
    assert_eq!(shop.refund("any-time-1", "r", 1000).await.status, 200);
    assert_eq!(shown(&shop, "any-time-1").await, whole, "whatever becomes of the money");
    for (reference, ending) in [("ended-by-cancel", "cancel"), ("ended-by-time", "expiry")] {
        assert_eq!(shop.create(reference, 1000).await.status, 201);
        if ending == "cancel" {
            assert_eq!(shop.cancel(reference, "x").await.status, 200);
        } else {
            kasse.clock.advance(Span::minutes(11));
        }
        assert_eq!(call(&shop, "POST", &format!("/v2/ecom/receipts/{reference}"), &receipt()).await.status, 201);
        assert_eq!(call(&shop, "PUT", &format!("/v2/ecom/categories/{reference}"), &category()).await.status, 200);
    }
    assert_eq!(shop.get("/payments/ended-by-time").await.json()["state"], "EXPIRED");
    kasse.finish().await;
}

#[tokio::test]
async fn a_receipt_of_another_sales_unit_is_no_conflict() {
    let kasse = Kasse::start().await;
    let (ours, theirs) = (kasse.shop().await, kasse.new_shop(Market::Norway).await);
    assert_eq!(create(&ours, "shared-reference-1", "k", &receipt()).await.status, 201);
    assert_eq!(ask(&theirs, "GET", "/v2/ecom/shared-reference-1").await.status, 404);
    assert_eq!(call(&theirs, "POST", "/v2/ecom/receipts/shared-reference-1", &receipt()).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn creations_and_receipts_at_the_same_moment_agree_on_one() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut asking = Vec::new();
    for count in 0..10 {
        let (shop, reference) = (shop.clone(), format!("same-moment-{count}"));
        asking.push(tokio::spawn(async move {
            let mut posted = receipt();
            posted["bottomLine"]["receiptNumber"] = json!("posted");
            let path = format!("/v2/ecom/receipts/{reference}");
            let (own, body) = (receipt(), posted.clone());
            let (created, answer) =
                tokio::join!(create(&shop, &reference, &reference, &own), call(&shop, "POST", &path, &body));
            assert_eq!(created.status, 201, "{}", created.text());
            let kept = shown(&shop, &reference).await["receipt"].clone();
            assert_eq!((answer.status, kept), if answer.status == 201 { (201, posted) } else { (409, receipt()) });
        }));
    }
    for one in asking {
        tokio::time::timeout(Duration::from_secs(60), one).await.unwrap().unwrap();
    }
    kasse.finish().await;
}
