//! `/order-management`: the folders below are those of the paths.

mod errors;
mod findings;
mod payments;
mod v1;
mod v2;
mod v3;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use testkit::{Answer, Shop};

/// A call below the API.
pub async fn call(shop: &Shop, method: &str, path: &str, body: &Value) -> Answer {
    shop.call(method, &format!("/order-management{path}"), &[], body.to_string()).await
}

/// The same without a body.
pub async fn ask(shop: &Shop, method: &str, path: &str) -> Answer {
    shop.call(method, &format!("/order-management{path}"), &[], "").await
}

/// The names of the violated fields, sorted.
pub fn invalid(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let params = json["invalidParams"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> = params.iter().map(|param| param["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

pub fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap_or_else(|| panic!("no detail: {}", answer.text())).to_owned()
}

/// The id that a bare text is.
pub fn bare_id(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let id = answer.json().as_str().unwrap_or_else(|| panic!("no bare text: {}", answer.text())).to_owned();
    assert!(id.len() == 36 && id.split('-').map(str::len).eq([8, 4, 4, 4, 12]), "{id}");
    id
}

/// The body that adds an image.
pub fn image(id: &str, file: &[u8]) -> Value {
    json!({ "imageId": id, "src": STANDARD.encode(file), "type": "base64" })
}

/// Adds a small picture under this name.
pub async fn add_image(shop: &Shop, id: &str) {
    let added = call(shop, "POST", "/v1/images", &image(id, &testkit::pictures::png(200, 200))).await;
    assert_eq!((added.status, added.json()), (200, json!({ "imageId": id })), "{}", added.text());
}

/// The receipt of the published example, with a barcode and every source.
pub fn receipt() -> Value {
    json!({
        "orderLines": [
            { "name": "socks", "id": "line_item_1", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 200,
              "taxRate": 2500, "unitInfo": { "unitPrice": 400, "quantity": "2.5", "quantityUnit": "KG" }, "discount": 0,
              "productUrl": "https://example.com/store/socks", "isReturn": false, "isShipping": false },
            { "name": "flip-flops", "id": "line_item_2", "totalAmount": 5000, "totalAmountExcludingTax": 4000,
              "totalTaxAmount": 1000, "taxPercentage": 25,
              "unitInfo": { "unitPrice": 2500, "quantity": "3", "quantityUnit": "PCS" }, "discount": 2500 },
            { "name": "Home delivery", "id": "delivery", "totalAmount": 1000, "totalAmountExcludingTax": 800,
              "totalTaxAmount": 200, "taxRate": 2500, "discount": 0, "isShipping": true },
        ],
        "bottomLine": {
            "currency": "NOK", "tipAmount": 0, "posId": "pos_122",
            "paymentSources": { "giftCard": 0, "card": 0, "voucher": 0, "cash": 0 },
            "barcode": { "format": "CODE 39", "data": "SC0527013501" }, "receiptNumber": "0527013501",
        },
    })
}

/// The category of the published example.
pub fn category() -> Value {
    json!({ "category": "GENERAL", "orderDetailsUrl": "https://example.com/orders/2486791691" })
}
