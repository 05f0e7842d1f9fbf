//! `/order-management/v2/{paymentType}/{orderId}`: what is shown, and how an order is named.

use domain::merchant::Market;
use serde_json::json;
use testkit::Kasse;

use crate::order_management::{add_image, ask, call, category, detail, invalid, receipt};

#[tokio::test]
async fn the_halves_that_are_there_are_shown_as_they_were_sent() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let nothing = ask(&shop, "GET", "/v2/ecom/order-1").await;
    assert_eq!((nothing.status, nothing.json()["title"].as_str()), (404, Some("Not Found")), "{}", nothing.text());
    assert_eq!(call(&shop, "PUT", "/v2/ecom/categories/order-1", &category()).await.status, 200);
    assert_eq!(ask(&shop, "GET", "/v2/ecom/order-1").await.json(), json!({ "category": category() }));
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/order-1", &receipt()).await.status, 201);
    let both = ask(&shop, "GET", "/v2/ecom/order-1").await;
    assert_eq!((both.status, both.json()), (200, json!({ "category": category(), "receipt": receipt() })));
    assert_eq!(both.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/order-2", &receipt()).await.status, 201);
    assert_eq!(ask(&shop, "GET", "/v2/ecom/order-2").await.json(), json!({ "receipt": receipt() }));
    kasse.finish().await;
}

#[tokio::test]
async fn the_type_of_payment_is_read_in_any_letter_case_and_the_id_in_its_own() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(call(&shop, "PUT", "/v2/eCom/categories/Order-1", &category()).await.status, 200);
    for payment_type in ["ECOM", "ecom", "eCom", "Ecom"] {
        for slash in ["", "/"] {
            let path = format!("/v2/{payment_type}/Order-1{slash}");
            assert_eq!(ask(&shop, "GET", &path).await.status, 200, "{path}");
        }
    }
    for path in ["/v2/ecom/order-1", "/v2/recurring/Order-1"] {
        assert_eq!(ask(&shop, "GET", path).await.status, 404, "{path}: another order");
    }
    for payment_type in ["RECURRING", "recurring", "Recurring"] {
        let put = call(&shop, "PUT", &format!("/v2/{payment_type}/categories/chr-Xy_9.z/"), &category()).await;
        assert_eq!(put.status, 200, "an id no payment could have: {}", put.text());
        let posted = call(&shop, "POST", &format!("/v2/{payment_type}/receipts/chr-{payment_type}/"), &receipt()).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_payment_and_a_charge_of_the_same_id_are_two_orders() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut of_charge = receipt();
    of_charge["bottomLine"]["receiptNumber"] = json!("charge");
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/order-1", &receipt()).await.status, 201);
    assert_eq!(call(&shop, "POST", "/v2/recurring/receipts/order-1", &of_charge).await.status, 201);
    assert_eq!(ask(&shop, "GET", "/v2/ecom/order-1").await.json()["receipt"], receipt());
    assert_eq!(ask(&shop, "GET", "/v2/recurring/order-1").await.json()["receipt"], of_charge);
    kasse.finish().await;
}

#[tokio::test]
async fn what_names_no_order_is_told_before_anything_else() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let longest = "o".repeat(128);
    let longer = "o".repeat(129);
    for (payment_type, id, expected) in [
        ("ecomm", "order-1", &["paymentType"][..]),
        ("EPAYMENT", "order-1", &["paymentType"]),
        ("ecom%20", "order-1", &["paymentType"]),
        ("ecom", "a%20b", &["orderId"]),
        ("ecom", "a%2Fb", &["orderId"]),
        ("ecom", "%C3%A6", &["orderId"]),
        ("ecom", ".", &["orderId"]),
        ("ecom", "%2e%2e", &["orderId"]),
        ("ecom", "a:b", &["orderId"]),
        ("ecom", longer.as_str(), &["orderId"]),
        ("card", "a:b", &["orderId", "paymentType"]),
    ] {
        for (method, path) in [
            ("GET", format!("/v2/{payment_type}/{id}")),
            ("PUT", format!("/v2/{payment_type}/categories/{id}")),
            ("POST", format!("/v2/{payment_type}/receipts/{id}")),
        ] {
            let refused = call(&shop, method, &path, &json!({})).await;
            assert_eq!(
                (refused.status, invalid(&refused)),
                (400, expected.iter().map(ToString::to_string).collect()),
                "{path}"
            );
        }
    }
    for id in [longest.as_str(), "...", "_", "%41bc", "0"] {
        let posted = call(&shop, "POST", &format!("/v2/ecom/receipts/{id}"), &receipt()).await;
        assert_eq!(posted.status, 201, "{id}: {}", posted.text());
        assert_eq!(ask(&shop, "GET", &format!("/v2/ecom/{id}")).await.status, 200, "{id}");
    }
    assert_eq!(ask(&shop, "GET", "/v2/ecom/Abc").await.status, 200, "what is escaped is the same");
    kasse.finish().await;
}

#[tokio::test]
async fn another_sales_unit_sees_nothing_of_it() {
    let kasse = Kasse::start().await;
    let (ours, theirs) = (kasse.shop().await, kasse.new_shop(Market::Norway).await);
    add_image(&ours, "ours").await;
    let mut shown = category();
    shown["imageId"] = json!("ours");
    assert_eq!(call(&ours, "PUT", "/v2/ecom/categories/order-1", &shown).await.status, 200);
    assert_eq!(call(&ours, "POST", "/v2/ecom/receipts/order-1", &receipt()).await.status, 201);
    let (foreign, missing) =
        (ask(&theirs, "GET", "/v2/ecom/order-1").await, ask(&theirs, "GET", "/v2/ecom/order-9").await);
    assert_eq!((foreign.status, detail(&foreign)), (missing.status, detail(&missing)));
    assert_eq!(foreign.status, 404);
    let findings = "/_kasse/order-management/ecom/order-1/findings";
    assert_eq!(theirs.call("GET", findings, &[], "").await.status, 404);
    let mut other = receipt();
    other["bottomLine"]["receiptNumber"] = json!("theirs");
    assert_eq!(call(&theirs, "POST", "/v2/ecom/receipts/order-1", &other).await.status, 201, "their own order");
    assert_eq!(call(&theirs, "PUT", "/v2/ecom/categories/order-1", &category()).await.status, 200);
    assert_eq!(ask(&ours, "GET", "/v2/ecom/order-1").await.json(), json!({ "category": shown, "receipt": receipt() }));
    kasse.finish().await;
}
