//! `GET /{msisdn}/history/{reference}`.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Kasse, Shop};

use super::{ADA, BOB, act, asked, create, wallet};

async fn history(shop: &Shop, number: &str, reference: &str) -> Value {
    let answer = wallet(shop, "GET", &format!("{number}/history/{reference}"), &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn nok(value: i64) -> Value {
    json!({ "currency": "NOK", "value": value })
}

/// What moved: `kind sign sum text`.
fn transactions(item: &Value) -> Vec<String> {
    let all = item["transactions"].as_array().unwrap();
    let line = |one: &Value| format!("{} {}{} {}", one["kind"], one["sign"], one["amount"]["value"], one["text"]);
    all.iter().map(|one| line(one).replace('"', "")).collect()
}

#[tokio::test]
async fn what_is_approved_in_anothers_stead_is_in_that_payers_history_alone() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "in-stead-1", 1000).await;
    let body = json!({ "customer": { "phoneNumber": BOB } });
    assert_eq!(shop.post("/test/payments/in-stead-1/approve", "ignored", &body).await.status, 200);
    assert_eq!(transactions(&history(&shop, BOB, "in-stead-1").await), ["reserved 1000 h_reserved"]);
    let of_ada = wallet(&shop, "GET", &format!("{ADA}/history/in-stead-1"), &Value::Null).await;
    assert_eq!(of_ada.status, 404, "{}", of_ada.text());
    asked(&shop, ADA, "in-stead-2", 1000).await;
    let body = json!({ "customer": { "phoneNumber": ADA } });
    assert_eq!(shop.post("/test/payments/in-stead-2/approve", "ignored", &body).await.status, 200);
    assert_eq!(transactions(&history(&shop, ADA, "in-stead-2").await), ["reserved 1000 h_reserved"]);
    kasse.finish().await;
}

#[tokio::test]
async fn what_moved_is_told_the_newest_first_and_the_sums_follow() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "it-moved-1", 1000).await;
    kasse.clock.pass(Span::seconds(1));
    act(&shop, ADA, "it-moved-1", "approve").await;
    let reserved = history(&shop, ADA, "it-moved-1").await;
    assert_eq!(reserved["header"]["amount"], nok(1000));
    assert_eq!(reserved["header"]["isReserved"], true);
    assert_eq!(transactions(&reserved), ["reserved 1000 h_reserved"]);
    assert_eq!(reserved["transactions"][0]["at"], "2026-01-19T16:26:33.099Z");
    for (key, value) in [("c1", 500), ("c2", 200)] {
        kasse.clock.pass(Span::seconds(1));
        assert_eq!(shop.capture("it-moved-1", key, value).await.status, 200);
    }
    assert_eq!(shop.refund("it-moved-1", "r1", 123).await.status, 400, "the bank refuses that");
    assert_eq!(shop.refund("it-moved-1", "r2", 100).await.status, 200);
    assert_eq!(shop.cancel("it-moved-1", "x").await.status, 200);
    let item = history(&shop, ADA, "it-moved-1").await;
    let header = json!({ "name": "Acme Demo Shop", "amount": nok(600), "isReserved": false, "reserved": nok(1000),
                         "captured": nok(700), "refunded": nok(100), "released": nok(300) });
    assert_eq!(item["header"], header);
    assert_eq!(
        transactions(&item),
        [
            "released 300 h_released",
            "refunded +100 h_refunded",
            "failed 123 h_refunded",
            "captured -200 h_captured",
            "captured -500 h_captured",
            "reserved 1000 h_reserved"
        ]
    );
    assert_eq!(item["help"], json!({ "name": "Acme Demo Shop", "msn": shop.msn, "reference": "it-moved-1" }));
    assert!(item["paidWith"].as_str().unwrap().starts_with("Visa "), "{item}");
    kasse.finish().await;
}

#[tokio::test]
async fn the_receipt_is_the_merchants_own_words() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let line =
        r#"{"name":"Sokker \u00e6","id":"1","totalAmount":1000,"totalAmountExcludingTax":800,"totalTaxAmount":200,"#;
    let receipt = format!(r#"{{"orderLines":[{line}"taxRate":2500,"x":1.50}}],"bottomLine":{{"currency":"NOK"}}}}"#);
    let proposal = Shop::proposal("receipt-1", 1000).to_string();
    let body = format!(r#"{{"receiptUrl":"https://example.com/r/1","receipt":{receipt},{}"#, &proposal[1..]);
    let created = shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", "k")], body).await;
    assert_eq!(created.status, 201, "{}", created.text());
    act(&shop, ADA, "receipt-1", "open").await;
    let answer = wallet(&shop, "GET", &format!("{ADA}/history/receipt-1"), &Value::Null).await;
    let as_stored = receipt.replace("\\u00e6", "æ");
    assert!(answer.text().contains(&format!(r#""receipt":{as_stored}"#)), "{}", answer.text());
    assert_eq!(answer.json()["receiptUrl"], "https://example.com/r/1");
    create(&shop, "bare-0001", 1000, |_| ()).await;
    act(&shop, ADA, "bare-0001", "reject").await;
    let bare = history(&shop, ADA, "bare-0001").await;
    assert_eq!((&bare["state"], &bare["header"]["amount"]), (&json!("ABORTED"), &nok(0)));
    assert!(bare.get("receipt").is_none() && bare.get("receiptUrl").is_none() && bare.get("paidWith").is_none());
    assert!(transactions(&bare).is_empty());
    kasse.finish().await;
}

#[tokio::test]
async fn nobody_has_what_another_was_asked_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "of-ada-1", 1000).await;
    create(&shop, "of-nobody-1", 1000, |_| ()).await;
    for (number, reference, status) in
        [(ADA, "of-ada-1", 200), (BOB, "of-ada-1", 404), (ADA, "of-nobody-1", 404), (ADA, "no-such-payment", 404)]
    {
        let answer = wallet(&shop, "GET", &format!("{number}/history/{reference}"), &Value::Null).await;
        assert_eq!(answer.status, status, "{number} {reference}");
    }
    shop.approve("of-nobody-1").await;
    let payer = engine::merchant::example::PAYER;
    assert_eq!(transactions(&history(&shop, payer, "of-nobody-1").await), ["reserved 1000 h_reserved"]);
    shop.cancel("of-ada-1", "c").await;
    let terminated = history(&shop, ADA, "of-ada-1").await;
    assert_eq!((&terminated["state"], &terminated["header"]["released"]), (&json!("TERMINATED"), &nok(0)));
    kasse.finish().await;
}
