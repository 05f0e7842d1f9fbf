//! In which order a request is judged where several things are wrong with it.

use domain::merchant::Market;
use serde_json::{Value, json};
use testkit::{Kasse, Shop};

#[tokio::test]
async fn that_there_is_no_such_payment_is_told_before_what_is_wrong_with_the_request() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("order-there-1", 1000).await;
    for (path, body, fields) in [
        ("capture", json!({}), vec!["Idempotency-Key", "modificationAmount"]),
        ("refund", json!({ "modificationAmount": 5 }), vec!["Idempotency-Key", "modificationAmount"]),
        ("cancel", json!({ "cancelTransactionOnly": 5 }), vec!["cancelTransactionOnly"]),
    ] {
        for (reference, expected) in [("order-there-1", "400"), ("order-gone-1", "404 5090"), ("x_y", "404 5090")] {
            let path = format!("/epayment/v1/payments/{reference}/{path}");
            let answer = shop.call("POST", &path, &[], body.to_string()).await;
            assert_eq!(answer.outcome(), expected, "{path}");
            if expected == "400" {
                assert_eq!(answer.violated(), fields, "{path}");
            }
        }
    }
    for (reference, expected) in [("order-there-1", "400"), ("order-gone-1", "404 5090")] {
        let answer =
            shop.post(&format!("/test/payments/{reference}/approve"), "ignored", &json!({ "customer": 5 })).await;
        assert_eq!(answer.outcome(), expected);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_sum_that_is_not_whole_has_its_number_where_nothing_else_is_wrong() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("order-sum-1", 1000).await;
    let half = |currency: &str| json!({ "modificationAmount": { "currency": currency, "value": 1.5 } });
    for operation in ["capture", "refund"] {
        let of = async |reference: &str, body: Value| {
            shop.post(&format!("/payments/{reference}/{operation}"), "k", &body).await
        };
        assert_eq!(of("order-sum-1", half("NOK")).await.outcome(), "400 4040");
        assert_eq!(of("order-gone-1", half("NOK")).await.outcome(), "404 5090");
        let both = of("order-sum-1", half("EUR")).await;
        assert_eq!(both.violated(), ["modificationAmount.currency", "modificationAmount.value"]);
    }
    assert_eq!(shop.standing("order-sum-1").await, "AUTHORIZED a=1000 c=0 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn a_way_of_paying_that_is_possible_nowhere_is_told_before_its_currency() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut proposal = Shop::proposal("order-passthrough", 1000);
    proposal["amount"]["currency"] = json!("SEK");
    assert_eq!(shop.post("/payments", "k", &proposal).await.outcome(), "400 5040");
    proposal["paymentMethod"]["type"] = json!("CARD_PASSTHROUGH");
    assert_eq!(shop.post("/payments", "k", &proposal).await.outcome(), "400 4160");
    kasse.finish().await;
}

#[tokio::test]
async fn a_member_given_twice_is_noticed_whether_or_not_it_is_needed() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (twice, path) in [
        (r#""qrFormat":{},"qrFormat":{},"#, "qrFormat"),
        (r#""cardPassthrough":{},"cardPassthrough":{},"#, "cardPassthrough"),
        (r#""Reference":"order-twice-1","#, "reference"),
    ] {
        let body = Shop::proposal("order-twice-1", 1000).to_string().replacen('{', &format!("{{{twice}"), 1);
        let answer = shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", "k")], body).await;
        assert_eq!((answer.status, answer.violated()), (400, vec![path.to_owned()]), "{path}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_header_that_says_who_asks_has_one_reading() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for name in ["authorization", "ocp-apim-subscription-key", "merchant-serial-number"] {
        let answer = shop.call("GET", "/epayment/v1/payments/order-header-1", &[(name, "another")], "").await;
        assert_eq!(answer.status, 400, "{name}");
        assert!(answer.json()["message"].as_str().unwrap().contains(name), "{}", answer.text());
    }
    kasse.finish().await;
}

#[tokio::test]
async fn elements_that_are_no_objects_are_told_as_that_and_counted() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut proposal = Shop::proposal("order-elements", 1000);
    proposal["receipt"] = json!({ "orderLines": [null], "bottomLine": { "currency": "NOK" } });
    assert_eq!(shop.post("/payments", "k", &proposal).await.violated(), ["receipt.orderLines[0]"]);
    let line = json!({ "name": "x", "id": "1", "totalAmount": -1, "totalAmountExcludingTax": -1, "totalTaxAmount": 0, "taxRate": 0 });
    proposal["receipt"]["orderLines"] = json!([line]);
    let refused = shop.post("/payments", "k", &proposal).await;
    let sums = ["totalAmount", "totalAmountExcludingTax"].map(|name| format!("receipt.orderLines[0].{name}"));
    assert_eq!(refused.violated(), sums, "worth less than nothing");
    proposal["receipt"]["orderLines"][0]["isReturn"] = json!(true);
    let given_back = shop.post("/payments", "k", &proposal).await;
    assert_eq!(given_back.violated(), sums, "also what was given back: it counts negative by itself");
    kasse.finish().await;
}

#[tokio::test]
async fn wallets_of_a_sandbox_belong_to_its_payers() {
    let kasse = Kasse::with(testkit::Setup { any_phone_number: false, ..testkit::Setup::default() }).await;
    let shop = kasse.new_shop(Market::Norway).await;
    for (number, expected) in [("4740000010", 200), ("4712345678", 404), ("471234567", 404), ("47", 400)] {
        let token = shop.call("POST", &format!("/_kasse/test/wallet/{number}/customer-token"), &[], "").await;
        let code = shop.call("GET", &format!("/_kasse/test/wallet/{number}/personal-qr"), &[], "").await;
        assert_eq!((token.status, code.status), (expected, expected), "{number}");
    }
    kasse.finish().await;
}
