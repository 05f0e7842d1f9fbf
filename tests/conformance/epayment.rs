//! The published ePayment collection, in the order its guide walks through it.

use engine::merchant::example;
use testkit::Kasse;

use crate::collection::{Collection, contracts};

#[tokio::test]
async fn the_published_collection_runs() {
    let Some(folder) = contracts() else { return };
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let mut collection = Collection::read(&folder, "epayment-postman.json");
    for (name, value) in [
        ("base_url", "http://kasse"),
        ("client_id", example::CLIENT_ID),
        ("client_secret", example::CLIENT_SECRET),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("merchantSerialNumber", example::MSN),
        ("internationalMobileNumber", example::PAYER),
        // The collection makes it of the sales unit and the time in milliseconds, and sends it as a number.
        ("reference", "1234561768839992099"),
        ("idempotency_key", "8c0f8a4e-6a0e-4d0c-9c39-f2f3d4f7f0a1"),
    ] {
        collection.set(name, value);
    }
    let token = collection.send(&http, "Get Access Token").await;
    assert_eq!(token.status, 200, "{}", token.text());
    collection.set("access_token", token.json()["access_token"].as_str().unwrap());
    for (name, expected, state) in [
        ("Create payment - Web redirect", 201, None),
        ("Get payment", 200, Some("CREATED")),
        ("Force approve payment", 200, None),
        ("Get payment", 200, Some("AUTHORIZED")),
        ("Capture payment", 200, Some("AUTHORIZED")),
        ("Refund payment", 200, Some("AUTHORIZED")),
        ("Cancel payment", 200, Some("AUTHORIZED")),
        ("Get payment event log", 200, None),
    ] {
        let answer = collection.send(&http, name).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        assert_eq!(answer.json()["state"].as_str(), state, "{name}");
    }
    let shop = kasse.shop().await;
    assert_eq!(shop.standing("1234561768839992099").await, "AUTHORIZED a=49900 c=1000 r=1000 x=48900");
    kasse.finish().await;
}
