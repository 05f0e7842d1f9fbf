//! `POST …/{webhookId}/test`: something is sent to one registration, so that its owner sees whether it arrives.

use domain::{merchant::Market, webhook::EventType};
use serde_json::{Value, json};
use testkit::{Kasse, Shop, receivers::Receiver};

use super::{get, list, post, registered, tried};
use crate::{
    partner_keys::{connect, new_partner},
    webhooks::v1::{CAPTURED, URL},
};

async fn test(shop: &Shop, hook: &str, event: &str) -> Value {
    let answer = post(shop, &format!("/{hook}/test"), &json!({ "event": event })).await;
    assert_eq!(answer.status, 202, "{event}: {}", answer.text());
    let ids = answer.json()["deliveries"].as_array().unwrap().clone();
    assert_eq!(ids.len(), 1);
    get(shop, &format!("/deliveries/{}", ids[0].as_str().unwrap())).await.json()
}

#[tokio::test]
async fn a_test_looks_like_the_real_thing_whatever_its_type() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let hook = registered(&shop, URL).await;
    for event in EventType::ALL {
        let delivery = test(&shop, &hook, event.name()).await;
        assert_eq!((&delivery["kind"], &delivery["webhookId"]), (&json!("test"), &json!(hook)));
        let reference = delivery["reference"].as_str().unwrap();
        assert!(reference.starts_with("kasse-test-"), "{reference}");
        let body: Value = serde_json::from_str(delivery["body"].as_str().unwrap()).unwrap();
        let (name, words): (&str, &[&str]) = match event.name().split_once('.').unwrap().0 {
            "epayments" => ("name", &["msn", "reference", "pspReference", "amount", "timestamp", "success"]),
            "recurring" => ("eventType", &["msn", "agreementId", "occurred"]),
            "user" => ("", &["customerToken", "merchantQrId", "msn", "initiatedAt"]),
            _ => ("", &["auth_req_id"]),
        };
        assert!(words.iter().all(|word| !body[*word].is_null()), "{body}");
        if name.is_empty() {
            assert_eq!(delivery["name"], event.name());
        } else {
            assert_eq!(body[name], delivery["name"]);
        }
        assert!(delivery["body"].as_str().unwrap().contains(reference) || event.name().starts_with("user"));
        assert_eq!(body["captureGuaranteedUntil"].is_string(), *event == EventType::PaymentAuthorized);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_body_of_a_capture() {
    let kasse = Kasse::start().await;
    let shop = kasse.new_shop(Market::Denmark).await;
    let receiver = Receiver::start().await;
    let hook = registered(&shop, &receiver.url("/")).await;
    let delivery = test(&shop, &hook, CAPTURED).await;
    let delivery = tried(&shop, delivery["id"].as_str().unwrap(), 1).await;
    let expected = format!(
        concat!(
            r#"{{"msn":"{}","reference":"{}","pspReference":"{}","name":"CAPTURED","#,
            r#""amount":{{"currency":"DKK","value":100}},"timestamp":"{}","success":true}}"#
        ),
        shop.msn,
        delivery["reference"].as_str().unwrap(),
        delivery["eventId"].as_str().unwrap(),
        delivery["createdAt"].as_str().unwrap(),
    );
    assert_eq!(delivery["body"].as_str().unwrap(), expected);
    assert_eq!(receiver.wait_for(1).await[0].body, expected.as_bytes());
    assert_eq!(delivery["state"], "delivered");
    kasse.finish().await;
}

#[tokio::test]
async fn it_goes_to_this_registration_only_whatever_that_is_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let hook = shop.register(URL, &[CAPTURED]).await.json()["id"].as_str().unwrap().to_owned();
    registered(&shop, URL).await;
    test(&shop, &hook, "epayments.payment.expired.v1").await;
    assert_eq!(list(&shop, "").await.len(), 1);
    kasse.finish().await;
}

#[tokio::test]
async fn a_partners_test_is_about_a_sales_unit_of_its_own() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, partner) = new_partner(&kasse).await;
    let hook = registered(&partner, URL).await;
    let path = format!("/{hook}/test");
    let nobody = post(&partner, &path, &json!({ "event": CAPTURED })).await;
    assert_eq!(nobody.status, 404, "it has none to be told of");
    assert!(connect(&kasse, &shop, &id).await);
    assert_eq!(test(&partner, &hook, CAPTURED).await["msn"], json!(shop.msn));
    assert_eq!(post(&shop, &path, &json!({ "event": CAPTURED })).await.status, 404, "it is not the sales unit's");
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_no_type_or_no_registration_is_refused() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let hook = registered(&shop, URL).await;
    for (body, violated) in [
        (json!({}), vec!["event"]),
        (json!({ "event": "CAPTURED" }), vec!["event"]),
        (json!({ "event": [CAPTURED] }), vec!["event"]),
        (json!("x"), vec!["$", "event"]),
    ] {
        let answer = post(&shop, &format!("/{hook}/test"), &body).await;
        assert_eq!(
            (answer.status, answer.violated()),
            (400, violated.into_iter().map(str::to_owned).collect()),
            "{body}"
        );
    }
    let good = json!({ "event": CAPTURED });
    assert_eq!(post(&shop, "/497f6eca-6276-4993-bfeb-53cbbbba6f08/test", &good).await.status, 404);
    assert_eq!(post(&shop, "/x/test", &good).await.violated(), ["id"]);
    assert_eq!(list(&shop, "").await, Vec::<Value>::new());
    kasse.finish().await;
}
