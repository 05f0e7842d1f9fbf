//! `POST …/deliveries/{id}/resend` and `POST …/resend`.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop, receivers::Receiver};

use super::{get, list, post, registered, texts, tried};
use crate::webhooks::v1::URL;

fn sent(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["deliveries"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn names(shop: &Shop, ids: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for id in ids {
        let detail = get(shop, &format!("/deliveries/{id}")).await.json();
        assert_eq!(detail["kind"], "resend");
        names.push(detail["name"].as_str().unwrap().to_owned());
    }
    names
}

#[tokio::test]
async fn a_delivery_is_sent_once_more_with_the_same_bytes() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    registered(&shop, &receiver.url("/hook")).await;
    shop.create("again-order-1", 1000).await;
    let first = texts(&list(&shop, "").await, "id").remove(0);
    tried(&shop, &first, 1).await;
    kasse.clock.advance_wall(Span::seconds(60));
    let again = sent(&post(&shop, &format!("/deliveries/{first}/resend"), &json!({})).await).remove(0);
    let [first, again] = [tried(&shop, &first, 1).await, tried(&shop, &again, 1).await];
    assert_eq!((&again["kind"], &again["state"]), (&json!("resend"), &json!("delivered")));
    for same in ["body", "eventId", "reference", "name", "webhookId", "contentHash"] {
        assert_eq!(again[same], first[same], "{same}");
    }
    let [one, two] = [&receiver.wait_for(2).await[0], &receiver.wait_for(2).await[1]];
    assert_eq!(one.body, two.body);
    assert_ne!(one.header("x-ms-date"), two.header("x-ms-date"));
    assert_ne!(one.header("Authorization"), two.header("Authorization"));
    assert_eq!(one.header("Kasse-Event-Id"), two.header("Kasse-Event-Id"));
    kasse.finish().await;
}

#[tokio::test]
async fn a_payment_is_told_once_more_in_its_order_and_resends_are_not() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    registered(&shop, URL).await;
    shop.create("again-order-2", 1000).await;
    kasse.clock.pass(Span::milliseconds(1));
    assert_eq!(shop.approve("again-order-2").await.status, 200);
    shop.create("again-order-3", 1000).await;
    let body = json!({ "reference": "again-order-2" });
    for _ in 0..2 {
        let ids = sent(&post(&shop, "/resend", &body).await);
        assert_eq!(names(&shop, &ids).await, ["CREATED", "AUTHORIZED"], "what is sent once more is not doubled");
    }
    assert_eq!(list(&shop, "?reference=again-order-2").await.len(), 6);
    assert_eq!(list(&shop, "?reference=again-order-3").await.len(), 1);
    kasse.finish().await;
}

#[tokio::test]
async fn a_time_of_a_registration_is_told_once_more_both_ends_included() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let [hook, _other] = [registered(&shop, URL).await, registered(&shop, URL).await];
    for reference in ["timed-order-1", "timed-order-2", "timed-order-3"] {
        shop.create(reference, 1000).await;
        kasse.clock.advance(Span::seconds(1));
    }
    let resend = async |from: &str, to: &str| {
        let ids = sent(&post(&shop, "/resend", &json!({ "webhookId": hook, "from": from, "to": to })).await);
        let mut references = Vec::new();
        for id in &ids {
            let detail = get(&shop, &format!("/deliveries/{id}")).await.json();
            assert_eq!(detail["webhookId"], json!(hook));
            references.push(detail["reference"].as_str().unwrap().to_owned());
        }
        references
    };
    let [first, second, third] = ["2026-01-19T16:26:32.099Z", "2026-01-19T16:26:33.099Z", "2026-01-19T16:26:34.099Z"];
    assert_eq!(resend(first, third).await, ["timed-order-1", "timed-order-2", "timed-order-3"]);
    assert_eq!(resend(second, second).await, ["timed-order-2"]);
    assert_eq!(resend(first, "2026-01-19T16:26:33.098Z").await, ["timed-order-1"]);
    assert_eq!(resend("2026-01-19T16:26:33.100Z", third).await, ["timed-order-3"]);
    assert_eq!(resend("2026-01-19T17:26:33.099+01:00", third).await, ["timed-order-2", "timed-order-3"]);
    assert_eq!(resend("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z").await, Vec::<String>::new());
    kasse.finish().await;
}

#[tokio::test]
async fn everything_wrong_with_what_is_asked_for_is_named() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let id = "497f6eca-6276-4993-bfeb-53cbbbba6f08";
    let [early, late] = ["2026-01-19T16:26:32Z", "2026-01-19T16:26:33Z"];
    for (body, violated) in [
        (json!({}), vec!["reference"]),
        (json!({ "reference": null, "from": null }), vec!["reference"]),
        (json!({ "reference": "acme-shop-1", "webhookId": id, "from": early, "to": late }), vec!["reference"]),
        (json!({ "reference": "x" }), vec!["reference"]),
        (json!({ "webhookId": id }), vec!["from", "to"]),
        (json!({ "webhookId": "x", "from": "yesterday", "to": 7 }), vec!["from", "to", "webhookId"]),
        (json!({ "webhookId": id, "from": late, "to": early }), vec!["to"]),
        (json!([]), vec!["$", "reference"]),
    ] {
        let answer = post(&shop, "/resend", &body).await;
        assert_eq!(
            (answer.status, answer.violated()),
            (400, violated.into_iter().map(str::to_owned).collect()),
            "{body}"
        );
    }
    for body in [json!({ "reference": "acme-shop-1" }), json!({ "webhookId": id, "from": early, "to": late })] {
        assert_eq!(post(&shop, "/resend", &body).await.status, 404, "{body}");
    }
    assert_eq!(post(&shop, &format!("/deliveries/{id}/resend"), &json!({})).await.status, 404);
    assert_eq!(post(&shop, "/deliveries/x/resend", &json!({})).await.violated(), ["id"]);
    assert_eq!(list(&shop, "").await, Vec::<Value>::new());
    kasse.finish().await;
}

#[tokio::test]
async fn nobody_has_anothers_sent_once_more_nor_what_went_to_a_registration_that_ended() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(domain::merchant::Market::Norway).await];
    let hook = registered(&shop, URL).await;
    shop.create("mine-order-1", 1000).await;
    let id = texts(&list(&shop, "").await, "id").remove(0);
    let range = json!({ "webhookId": hook, "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z" });
    assert_eq!(post(&other, &format!("/deliveries/{id}/resend"), &json!({})).await.status, 404);
    assert_eq!(post(&other, "/resend", &json!({ "reference": "mine-order-1" })).await.status, 404);
    assert_eq!(post(&other, "/resend", &range).await.status, 404);
    assert_eq!(list(&shop, "").await.len(), 1);
    shop.call("DELETE", &format!("/webhooks/v1/webhooks/{hook}"), &[], "").await;
    assert_eq!(sent(&post(&shop, &format!("/deliveries/{id}/resend"), &json!({})).await), Vec::<String>::new());
    assert_eq!(sent(&post(&shop, "/resend", &json!({ "reference": "mine-order-1" })).await), Vec::<String>::new());
    assert_eq!(post(&shop, "/resend", &range).await.status, 404, "the registration is not there any more");
    assert_eq!(list(&shop, "").await.len(), 1);
    kasse.finish().await;
}
