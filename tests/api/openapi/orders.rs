//! What the Order Management API answers is what its document says.

use serde_json::json;
use testkit::{Answer, Kasse};

use super::{
    documents,
    schema::{described, unlike},
};
use crate::order_management::{ask, call, category, image, receipt};

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let documents = documents(&kasse).await;
    let (_, document) = documents.iter().find(|(base, _)| *base == "/order-management").unwrap();
    let mut found = Vec::new();
    let mut check = |method: &str, path: &str, answer: &Answer| {
        let schema = described(document, method, path, answer.status);
        let unlike = unlike(document, &schema, &answer.json());
        found.extend(unlike.into_iter().map(|line| format!("{method} {path} {}: {line}", answer.status)));
    };
    let picture = image("described", &testkit::pictures::png(200, 200));
    let mut shown = category();
    shown["imageId"] = json!("described");
    let mut whole = receipt();
    for (name, value) in [("giftCardAmount", json!(0)), ("terminalId", json!("1")), ("totalAmount", json!(1))] {
        whole["bottomLine"][name] = value;
    }
    whole["bottomLine"]["shippingInfo"] =
        json!({ "amount": 0, "amountExcludingTax": 0, "taxAmount": 0, "taxPercentage": 0 });
    let v3 = json!({ "orderId": "described-1", "paymentType": "ECOM", "type": "TICKET", "url": "https://example.com",
                     "imageId": "described" });
    for body in [&picture, &picture, &json!({})] {
        check("post", "/v1/images", &call(&shop, "POST", "/v1/images", body).await);
    }
    let (of_category, of_receipt) = ("/v2/{paymentType}/categories/{orderId}", "/v2/{paymentType}/receipts/{orderId}");
    let mut missing = shown.clone();
    missing["imageId"] = json!("nowhere");
    for body in [&shown, &json!({}), &missing] {
        check("put", of_category, &call(&shop, "PUT", "/v2/ecom/categories/described-1", body).await);
    }
    for body in [&whole, &whole, &json!({})] {
        check("post", of_receipt, &call(&shop, "POST", "/v2/ecom/receipts/described-1", body).await);
    }
    for path in ["/v2/ecom/described-1", "/v2/ecom/described-2", "/v2/card/x"] {
        check("get", "/v2/{paymentType}/{orderId}", &ask(&shop, "GET", path).await);
    }
    let added = call(&shop, "POST", "/v3/categories", &v3).await;
    check("post", "/v3/categories", &added);
    check("post", "/v3/categories", &call(&shop, "POST", "/v3/categories", &json!({})).await);
    for query in ["?orderId=described-1", ""] {
        check("get", "/v3/categories", &ask(&shop, "GET", &format!("/v3/categories{query}")).await);
    }
    let id = added.json()["categoryId"].as_str().unwrap().to_owned();
    for id in [id.as_str(), "497f6eca-6276-4993-bfeb-53cbbbba6f08", "x"] {
        check("get", "/v3/categories/{categoryId}", &ask(&shop, "GET", &format!("/v3/categories/{id}")).await);
    }
    for id in ["497f6eca-6276-4993-bfeb-53cbbbba6f08", "x"] {
        check("delete", "/v3/categories/{categoryId}", &ask(&shop, "DELETE", &format!("/v3/categories/{id}")).await);
    }
    let nobody = shop.http.send("GET", "/order-management/v2/ecom/described-1", &[], "").await;
    check("get", "/v2/{paymentType}/{orderId}", &nobody);
    assert_eq!(found, Vec::<String>::new());
    kasse.finish().await;
}
