//! The published Order Management collection. It opens its order by an API that is not served, so a creation of ePayment stands in for that
//! one request; and its picture is 32 pixels high, which is too little unless it is allowed.

use engine::merchant::example;
use serde_json::json;
use testkit::{Kasse, Setup};

use crate::collection::{Collection, contracts};

const ORDER: &str = "1234561768839992099";
const IMAGE: &str = "imageid_8c0f8a4e-6a0e-4d0c-9c39-f2f3d4f7f0a1";

async fn opened(kasse: &Kasse) -> Option<Collection> {
    let folder = contracts()?;
    let mut collection = Collection::read(&folder, "order-management-postman.json");
    for (name, value) in [
        ("base_url", "http://kasse"),
        ("client_id", example::CLIENT_ID),
        ("client_secret", example::CLIENT_SECRET),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("merchantSerialNumber", example::MSN),
        // Made by the scripts of the collection.
        ("orderId", ORDER),
        ("imageId", IMAGE),
    ] {
        collection.set(name, value);
    }
    let token = collection.send(&kasse.http(), "Get Access Token").await;
    assert_eq!(token.status, 200, "{}", token.text());
    collection.set("access_token", token.json()["access_token"].as_str().unwrap());
    Some(collection)
}

#[tokio::test]
async fn the_published_collection_runs() {
    let kasse = Kasse::with(Setup { image_height_min: 0, ..Setup::default() }).await;
    let Some(collection) = opened(&kasse).await else { return kasse.finish().await };
    let http = kasse.http();
    let shop = kasse.shop().await;
    assert_eq!(shop.create(ORDER, 7000).await.status, 201, "the payment step");
    for (name, expected) in [
        ("Upload an image", 200),
        ("Add category to an order", 200),
        ("Add receipt to an order", 201),
        ("Get order with category and receipt", 200),
    ] {
        let answer = collection.send(&http, name).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
    }
    let order = collection.send(&http, "Get order with category and receipt").await.json();
    let link = format!("https://example.com/{ORDER}");
    assert_eq!(order["category"], json!({ "category": "GENERAL", "orderDetailsUrl": link, "imageId": IMAGE }));
    assert_eq!(order["receipt"]["orderLines"].as_array().map(Vec::len), Some(3));
    assert_eq!(order["receipt"]["bottomLine"]["receiptNumber"], "123456789");
    assert_eq!(collection.send(&http, "Upload an image").await.status, 409);
    assert_eq!(collection.send(&http, "Add receipt to an order").await.status, 409);
    assert_eq!(collection.send(&http, "Add category to an order").await.status, 200);
    kasse.finish().await;
}

#[tokio::test]
async fn its_picture_is_too_low_unless_it_is_allowed() {
    let kasse = Kasse::start().await;
    let Some(collection) = opened(&kasse).await else { return kasse.finish().await };
    let refused = collection.send(&kasse.http(), "Upload an image").await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.json()["detail"].as_str().unwrap().contains("height"), "{}", refused.text());
    let without = collection.send(&kasse.http(), "Add category to an order").await;
    assert_eq!(without.status, 404, "and so its category shows what is not there");
    kasse.finish().await;
}
