//! The published Webhooks collection, from the first request to the last.

use engine::merchant::example;
use testkit::Kasse;

use crate::collection::{Collection, contracts};

#[tokio::test]
async fn the_published_collection_runs() {
    let Some(folder) = contracts() else { return };
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let mut collection = Collection::read(&folder, "webhooks-postman.json");
    for (name, value) in [
        ("base_url", "http://kasse"),
        ("client_id", example::CLIENT_ID),
        ("client_secret", example::CLIENT_SECRET),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("merchantSerialNumber", example::MSN),
    ] {
        collection.set(name, value);
    }
    let token = collection.send(&http, "Get Access Token").await;
    assert_eq!(token.status, 200, "{}", token.text());
    collection.set("access_token", token.json()["access_token"].as_str().unwrap());
    let registered = collection.send(&http, "Register").await;
    assert_eq!(registered.status, 201, "{}", registered.text());
    let id = registered.json()["id"].as_str().unwrap().to_owned();
    collection.set("webhook_id", &id);
    for (name, status, listed) in
        [("Get All", 200, Some(1)), ("Delete All", 200, Some(1)), ("Delete Last", 204, None), ("Get All", 200, Some(0))]
    {
        let answer = collection.send(&http, name).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert_eq!(answer.json()["webhooks"].as_array().map(Vec::len), listed, "{name}");
    }
    kasse.finish().await;
}
