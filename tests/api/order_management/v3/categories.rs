//! `/order-management/v3/categories`: several categories for an order, of which the newest is shown.

use domain::merchant::Market;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

use crate::order_management::{add_image, ask, call, category, detail, invalid};

const PATH: &str = "/v3/categories";

fn button(payment_type: &str, number: u32) -> Value {
    let url = format!("https://example.com/{number}");
    json!({ "orderId": "PaymentReference123", "paymentType": payment_type, "type": "RECEIPT", "url": url })
}

async fn add(shop: &Shop, body: &Value) -> String {
    let added = call(shop, "POST", PATH, body).await;
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()["categoryId"].as_str().unwrap().to_owned()
}

async fn list(shop: &Shop, id: &str) -> Vec<Value> {
    let listed = ask(shop, "GET", &format!("{PATH}?orderId={id}")).await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    listed.json()["categories"].as_array().cloned().unwrap()
}

fn ids(list: &[Value]) -> Vec<&str> {
    list.iter().map(|one| one["categoryId"].as_str().unwrap()).collect()
}

async fn one(shop: &Shop, method: &str, id: &str) -> Answer {
    ask(shop, method, &format!("{PATH}/{id}")).await
}

#[tokio::test]
async fn they_are_added_one_to_the_other_and_the_newest_is_shown() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    add_image(&shop, "socks").await;
    assert_eq!(list(&shop, "PaymentReference123").await, [] as [Value; 0]);
    let mut with_image = button("ECOM", 1);
    with_image["imageId"] = json!("socks");
    let first = add(&shop, &with_image).await;
    let of_charge = add(&shop, &button("recurring", 2)).await;
    let newest = add(&shop, &button("eCom", 3)).await;
    let listed = list(&shop, "PaymentReference123").await;
    assert_eq!(ids(&listed), [&first, &of_charge, &newest], "of both types, the oldest first");
    let mut expected = with_image.clone();
    expected["categoryId"] = json!(first);
    assert_eq!(listed[0], expected);
    assert_eq!(one(&shop, "GET", &first).await.json(), expected, "without anything around it");
    assert_eq!(listed[1]["paymentType"], "RECURRING", "however it was written");
    assert!(listed[1].get("imageId").is_none());
    let shown = async |payment_type: &str| {
        let order = ask(&shop, "GET", &format!("/v2/{payment_type}/PaymentReference123")).await.json();
        order["category"]["orderDetailsUrl"].as_str().map(str::to_owned)
    };
    assert_eq!(shown("ecom").await.as_deref(), Some("https://example.com/3"));
    assert_eq!(shown("recurring").await.as_deref(), Some("https://example.com/2"));
    let removed = one(&shop, "DELETE", &newest).await;
    assert_eq!((removed.status, removed.bytes.len()), (200, 0));
    assert_eq!(shown("ecom").await.as_deref(), Some("https://example.com/1"), "the one before it");
    let order = ask(&shop, "GET", "/v2/ecom/PaymentReference123").await.json();
    assert_eq!(
        order["category"],
        json!({ "category": "RECEIPT", "orderDetailsUrl": "https://example.com/1", "imageId": "socks" })
    );
    for method in ["GET", "DELETE"] {
        let gone = one(&shop, method, &newest).await;
        assert_eq!((gone.status, gone.json()["title"].as_str()), (404, Some("Not Found")), "{method}");
    }
    assert_eq!(call(&shop, "PUT", "/v2/ecom/categories/PaymentReference123", &category()).await.status, 200);
    let listed = list(&shop, "PaymentReference123").await;
    assert_eq!(
        (listed.len(), ids(&listed)[0]),
        (2, of_charge.as_str()),
        "in place of all of the payment's, not the charge's"
    );
    assert_eq!(one(&shop, "GET", &first).await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn every_field_keeps_its_rule() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (name, value) in [
        ("orderId", Value::Null),
        ("orderId", json!("")),
        ("orderId", json!("a b")),
        ("orderId", json!("..")),
        ("orderId", json!("o".repeat(129))),
        ("paymentType", Value::Null),
        ("paymentType", json!("CARD")),
        ("paymentType", json!(true)),
        ("type", Value::Null),
        ("type", json!("RECIEPT")),
        ("url", Value::Null),
        ("url", json!("javascript://x")),
        ("imageId", json!("a/b")),
    ] {
        let mut body = button("ECOM", 1);
        body[name] = value.clone();
        let refused = call(&shop, "POST", PATH, &body).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec![name.to_owned()]), "{name} = {value}");
    }
    let nothing = call(&shop, "POST", PATH, &json!({})).await;
    assert_eq!(invalid(&nothing), ["orderId", "paymentType", "type", "url"]);
    let mut unknown = button("ECOM", 1);
    unknown["imageId"] = json!("nowhere");
    let refused = call(&shop, "POST", PATH, &unknown).await;
    assert!(refused.status == 404 && detail(&refused).contains("nowhere"), "{}", refused.text());
    let longest = json!("o".repeat(128));
    let mut body = button("ECOM", 1);
    body["orderId"] = longest.clone();
    add(&shop, &body).await;
    assert_eq!(list(&shop, longest.as_str().unwrap()).await.len(), 1);
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_asked_for_has_to_be_said_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for query in ["", "?", "?orderid=a", "?orderId=", "?orderId=a%20b", "?orderId=a&orderId=a", "?orderId=.."] {
        let refused = ask(&shop, "GET", &format!("{PATH}{query}")).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec!["orderId".to_owned()]), "{query}");
    }
    assert_eq!(ask(&shop, "GET", &format!("{PATH}/?orderId=a&x=y")).await.json(), json!({ "categories": [] }));
    add(&shop, &button("ECOM", 1)).await;
    assert_eq!(list(&shop, "PaymentReference12%33").await.len(), 1, "what is escaped is the same");
    for id in ["x", "337f5e5d288b40d5be14901cc3acacc0", "{337f5e5d-288b-40d5-be14-901cc3acacc0}"] {
        for method in ["GET", "DELETE"] {
            let refused = one(&shop, method, id).await;
            assert_eq!((refused.status, invalid(&refused)), (400, vec!["categoryId".to_owned()]), "{method} {id}");
        }
    }
    let id = add(&shop, &button("ECOM", 1)).await;
    assert_eq!(one(&shop, "GET", &format!("{}/", id.to_uppercase())).await.status, 200);
    kasse.finish().await;
}

#[tokio::test]
async fn another_sales_unit_neither_sees_nor_removes_them() {
    let kasse = Kasse::start().await;
    let (ours, theirs) = (kasse.shop().await, kasse.new_shop(Market::Norway).await);
    let id = add(&ours, &button("ECOM", 1)).await;
    for method in ["GET", "DELETE"] {
        assert_eq!(one(&theirs, method, &id).await.status, 404, "{method}");
    }
    assert_eq!(list(&theirs, "PaymentReference123").await, [] as [Value; 0]);
    let own = add(&theirs, &button("ECOM", 2)).await;
    assert_eq!(call(&theirs, "PUT", "/v2/ecom/categories/PaymentReference123", &category()).await.status, 200);
    assert_eq!(one(&theirs, "GET", &own).await.status, 404);
    assert_eq!(ids(&list(&ours, "PaymentReference123").await), [&id]);
    kasse.finish().await;
}
