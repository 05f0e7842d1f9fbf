//! `receipt` of a create: every member with its rule, no sum.

use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

fn receipt() -> Value {
    json!({
        "orderLines": [{
            "name": "Socks", "id": "1", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 250, "taxRate": 2500,
            "unitInfo": { "unitPrice": 1000, "quantity": "1.5", "quantityUnit": "PCS" },
            "discount": 0, "productUrl": "https://example.com/socks", "isReturn": false, "isShipping": false,
        }],
        "bottomLine": {
            "currency": "NOK", "tipAmount": 0, "posId": "1", "receiptNumber": "2",
            "paymentSources": { "giftCard": 0, "card": 1000, "voucher": null, "cash": 0 },
            "barcode": { "format": "EAN-13", "data": "1234567890128" },
        },
    })
}

async fn with(shop: &Shop, reference: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["receipt"] = receipt();
    change(&mut proposal["receipt"]);
    shop.post("/payments", reference, &proposal).await
}

#[tokio::test]
async fn one_that_does_not_add_up_is_taken_as_it_is() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(with(&shop, "receipt-good-1", |_| {}).await.status, 201);
    let lines = with(&shop, "receipt-good-2", |receipt| {
        let line = receipt["orderLines"][0].clone();
        receipt["orderLines"] = Value::Array(vec![line; 1000]);
    });
    assert_eq!(lines.await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn every_member_keeps_its_rule() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let line = "/orderLines/0";
    for (count, (place, name, value)) in [
        ("", "orderLines", Value::Null),
        ("", "orderLines", json!([])),
        ("", "orderLines", json!({})),
        ("", "bottomLine", Value::Null),
        ("", "bottomLine", json!([])),
        (line, "name", Value::Null),
        (line, "name", json!("n".repeat(2049))),
        (line, "id", json!("i".repeat(256))),
        (line, "totalAmount", json!("1000")),
        (line, "totalAmountExcludingTax", json!(1.5)),
        (line, "totalTaxAmount", Value::Null),
        (line, "taxRate", Value::Null),
        (line, "taxRate", json!(10_001)),
        (line, "taxRate", json!(-1)),
        (line, "taxPercentage", json!(101)),
        (line, "discount", json!(-1)),
        (line, "isReturn", json!("no")),
        (line, "unitInfo", json!([])),
        ("/orderLines/0/unitInfo", "unitPrice", json!(-1)),
        ("/orderLines/0/unitInfo", "quantity", Value::Null),
        ("/orderLines/0/unitInfo", "quantity", json!("1.123456789")),
        ("/orderLines/0/unitInfo", "quantity", json!("12345678901")),
        ("/orderLines/0/unitInfo", "quantity", json!("1,5")),
        ("/orderLines/0/unitInfo", "quantity", json!(".5")),
        ("/orderLines/0/unitInfo", "quantityUnit", json!("MILE")),
        ("/bottomLine", "currency", json!("XXX")),
        ("/bottomLine", "currency", Value::Null),
        ("/bottomLine", "tipAmount", json!(-1)),
        ("/bottomLine", "posId", json!([])),
        ("/bottomLine/paymentSources", "cash", json!("0")),
        ("/bottomLine/barcode", "format", json!("QR")),
        ("/bottomLine/barcode", "data", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = with(&shop, &format!("receipt-bad-{count}"), |receipt| {
            receipt.pointer_mut(place).unwrap()[name] = value.clone()
        })
        .await;
        let path = format!("receipt{place}/{name}").replace("/0", "[0]").replace('/', ".");
        assert_eq!((answer.status, answer.violated()), (400, vec![path.clone()]), "{path} = {value}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn all_that_is_wrong_with_two_lines_is_told_at_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let answer = with(&shop, "receipt-bad-all", |receipt| receipt["orderLines"] = json!([{}, 7])).await;
    let mut expected: Vec<String> =
        ["id", "name", "taxRate", "totalAmount", "totalAmountExcludingTax", "totalTaxAmount"]
            .map(|name| format!("receipt.orderLines[0].{name}"))
            .to_vec();
    expected.push("receipt.orderLines[1]".to_owned());
    assert_eq!(answer.violated(), expected);
    kasse.finish().await;
}
