//! `/_kasse/order-management/{paymentType}/{orderId}/findings`: what does not add up is taken, and told.

use serde_json::{Value, json};
use testkit::{Kasse, Shop};

use super::{ask, call, invalid, receipt};

async fn findings(shop: &Shop, order: &str) -> Value {
    let answer = shop.call("GET", &format!("/_kasse/order-management/{order}/findings"), &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn line(total: i64, excluding_tax: i64, tax: i64) -> Value {
    json!({ "name": "Socks", "id": "1", "totalAmount": total, "totalAmountExcludingTax": excluding_tax, "totalTaxAmount": tax,
            "taxRate": 2500 })
}

fn of(lines: Vec<Value>) -> Value {
    json!({ "orderLines": lines, "bottomLine": { "currency": "NOK" } })
}

#[tokio::test]
async fn a_receipt_that_does_not_add_up_is_taken_and_what_does_not_is_told() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/order-1", &of(vec![line(1000, 800, 200)])).await.status, 201);
    assert_eq!(findings(&shop, "ecom/order-1").await, json!({ "findings": [] }));
    let mut priced = line(1000, 800, 200);
    priced["unitInfo"] = json!({ "unitPrice": 300, "quantity": "3" });
    priced["discount"] = json!(100);
    let lines = of(vec![line(1001, 800, 200), line(1000, 800, 250), priced]);
    assert_eq!(call(&shop, "POST", "/v2/recurring/receipts/order-1", &lines).await.status, 201);
    let expected = json!({ "findings": [
        { "kind": "line_total", "line": 1, "difference": 50 },
        { "kind": "line_tax", "line": 1, "difference": -50 },
        { "kind": "line_price", "line": 2, "difference": -200 },
    ] });
    assert_eq!(findings(&shop, "Recurring/order-1").await, expected);
    kasse.finish().await;
}

#[tokio::test]
async fn the_payment_is_compared_once_it_is_there() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let two = of(vec![line(1000, 800, 200), line(500, 400, 100)]);
    for (reference, amount, difference) in [
        ("compared-1", 1500, None),
        ("compared-2", 1502, None),
        ("compared-3", 1498, None),
        ("compared-4", 1503, Some(-3)),
        ("compared-5", 1497, Some(3)),
    ] {
        assert_eq!(call(&shop, "POST", &format!("/v2/ecom/receipts/{reference}"), &two).await.status, 201);
        let order = format!("ecom/{reference}");
        assert_eq!(findings(&shop, &order).await, json!({ "findings": [] }), "there is none yet");
        assert_eq!(shop.create(reference, amount).await.status, 201);
        let expected: Vec<Value> =
            difference.iter().map(|difference| json!({ "kind": "payment_amount", "difference": difference })).collect();
        assert_eq!(findings(&shop, &order).await, json!({ "findings": expected }), "{reference}");
    }
    let mut tipped = two.clone();
    tipped["bottomLine"] = json!({ "currency": "NOK", "tipAmount": 100, "giftCardAmount": 600 });
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/compared-6", &tipped).await.status, 201);
    assert_eq!(shop.create("compared-6", 1000).await.status, 201);
    assert_eq!(findings(&shop, "ecom/compared-6").await, json!({ "findings": [] }), "what is left to be paid here");
    let mut other = two;
    other["bottomLine"]["currency"] = json!("DKK");
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/compared-7", &other).await.status, 201);
    assert_eq!(shop.create("compared-7", 9900).await.status, 201);
    let expected = json!({ "findings": [{ "kind": "payment_currency", "difference": 0 }] });
    assert_eq!(findings(&shop, "ecom/compared-7").await, expected);
    kasse.finish().await;
}

#[tokio::test]
async fn the_receipt_of_a_payment_has_findings_too() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut proposal = Shop::proposal("of-payment-1", 7000);
    proposal["receipt"] = receipt();
    assert_eq!(shop.post("/payments", "k", &proposal).await.status, 201);
    assert_eq!(findings(&shop, "ecom/of-payment-1").await, json!({ "findings": [] }), "the published example adds up");
    proposal["reference"] = json!("of-payment-2");
    proposal["amount"]["value"] = json!(9000);
    assert_eq!(shop.post("/payments", "l", &proposal).await.status, 201);
    let expected = json!({ "findings": [{ "kind": "payment_amount", "difference": -2000 }] });
    assert_eq!(findings(&shop, "ecom/of-payment-2").await, expected);
    kasse.finish().await;
}

#[tokio::test]
async fn without_a_receipt_there_is_nothing_to_find() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let path = |order: &str| format!("/_kasse/order-management/{order}/findings");
    assert_eq!(call(&shop, "PUT", "/v2/ecom/categories/order-1", &super::category()).await.status, 200);
    assert_eq!(ask(&shop, "GET", "/v2/ecom/order-1").await.status, 200);
    for order in ["ecom/order-1", "ecom/order-2"] {
        let answer = shop.call("GET", &path(order), &[], "").await;
        assert_eq!((answer.status, answer.json()["title"].as_str()), (404, Some("Not Found")), "{order}");
    }
    let wrong = shop.call("GET", &path("card/a%20b"), &[], "").await;
    assert_eq!((wrong.status, invalid(&wrong)), (400, ["orderId", "paymentType"].map(str::to_owned).to_vec()));
    kasse.finish().await;
}
