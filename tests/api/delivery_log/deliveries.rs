//! `GET /_kasse/webhooks/deliveries` and one of them.

use domain::time::Span;
use serde_json::{Value, json};
use store::Mode;
use testkit::{
    Kasse, Setup,
    receivers::{Receiver, Reply},
};

use super::{get, list, registered, texts, tried};
use crate::{
    partner_keys::{connect, new_partner},
    webhooks::v1::URL,
};

#[tokio::test]
async fn every_event_is_a_delivery_to_each_registration_the_newest_first() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(get(&shop, "/deliveries").await.text(), r#"{"deliveries":[]}"#);
    let hooks = [registered(&shop, URL).await, registered(&shop, "http://127.0.0.1:9/other").await];
    shop.create("in-the-log-1", 1000).await;
    kasse.clock.pass(Span::milliseconds(1));
    assert_eq!(shop.approve("in-the-log-1").await.status, 200);
    let deliveries = list(&shop, "").await;
    assert_eq!(texts(&deliveries, "name"), ["AUTHORIZED", "AUTHORIZED", "CREATED", "CREATED"]);
    let events = shop.get("/payments/in-the-log-1/events").await.json();
    for delivery in &deliveries {
        let event = events.as_array().unwrap().iter().find(|event| event["name"] == delivery["name"]).unwrap();
        let hook = hooks.iter().position(|hook| delivery["webhookId"] == **hook).unwrap();
        assert_eq!(delivery["url"], [URL, "http://127.0.0.1:9/other"][hook]);
        assert_eq!((&delivery["msn"], &delivery["reference"]), (&json!(shop.msn), &json!("in-the-log-1")));
        assert_eq!(delivery["createdAt"], event["timestamp"]);
        assert_eq!((&delivery["kind"], &delivery["state"]), (&json!("event"), &json!("pending")));
        assert!(delivery["attempts"].is_u64() && delivery["nextAttemptAt"].is_string(), "{delivery}");
        assert!(!delivery.to_string().contains("null"), "{delivery}");
    }
    let ids_of = |name: &str| {
        let of_name: Vec<Value> = deliveries.iter().filter(|one| one["name"] == name).cloned().collect();
        texts(&of_name, "eventId")
    };
    let [created, authorized] = [ids_of("CREATED"), ids_of("AUTHORIZED")];
    assert!(created[0] == created[1] && authorized[0] == authorized[1] && created[0] != authorized[0]);
    kasse.finish().await;
}

#[tokio::test]
async fn filters_hold_alone_and_together_and_pages_hold_everything_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let [first, second] = [registered(&shop, URL).await, registered(&shop, URL).await];
    for reference in ["paged-order-1", "paged-order-2", "paged-order-3"] {
        shop.create(reference, 1000).await;
    }
    let deleted = shop.call("DELETE", &format!("/webhooks/v1/webhooks/{second}"), &[], "").await;
    assert_eq!(deleted.status, 204);
    let all = list(&shop, "").await;
    assert_eq!(all.len(), 6);
    for (query, count) in [
        ("?reference=paged-order-2".to_owned(), 2),
        ("?reference=paged-order-9".to_owned(), 0),
        (format!("?webhookId={first}"), 3),
        ("?state=pending".to_owned(), 3),
        ("?state=dropped".to_owned(), 3),
        ("?state=delivered".to_owned(), 0),
        ("?state=given_up".to_owned(), 0),
        (format!("?state=dropped&webhookId={second}&reference=paged-order-1"), 1),
        (format!("?state=dropped&webhookId={first}"), 0),
        ("?webhookId=497f6eca-6276-4993-bfeb-53cbbbba6f08&unknown=x".to_owned(), 0),
    ] {
        assert_eq!(list(&shop, &query).await.len(), count, "{query}");
    }
    for limit in [1, 2, 3, 5, 6, 7] {
        let (mut paged, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = get(&shop, &format!("/deliveries?limit={limit}{after}")).await.json();
            let found = page["deliveries"].as_array().unwrap().clone();
            assert!(found.len() <= limit);
            paged.extend(texts(&found, "id"));
            pages += 1;
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(paged, texts(&all, "id"), "{limit}");
        assert_eq!(pages, 6_usize.div_ceil(limit), "no page is empty: {limit}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn everything_wrong_with_the_parameters_is_named_in_one_answer() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (query, violated) in [
        ("?limit=0", vec!["limit"]),
        ("?limit=101", vec!["limit"]),
        ("?limit=-1", vec!["limit"]),
        ("?limit=ten", vec!["limit"]),
        ("?limit=", vec!["limit"]),
        ("?limit=1&limit=2", vec!["limit"]),
        ("?after=x", vec!["after"]),
        ("?after=%00", vec!["after"]),
        ("?state=PENDING", vec!["state"]),
        ("?webhookId=x", vec!["webhookId"]),
        ("?reference=a%20b", vec!["reference"]),
        ("?limit=0&after=x&state=x&webhookId=x&reference=x", vec!["after", "limit", "reference", "state", "webhookId"]),
    ] {
        let answer = get(&shop, &format!("/deliveries{query}")).await;
        assert_eq!(
            (answer.status, answer.violated()),
            (400, violated.into_iter().map(str::to_owned).collect()),
            "{query}"
        );
    }
    for query in ["?limit=1", "?limit=100"] {
        assert_eq!(get(&shop, &format!("/deliveries{query}")).await.status, 200, "{query}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn one_delivery_shows_what_was_sent_and_what_was_signed_but_not_with_what() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let answer = |_, _: &_| Reply::status(503).body("Bl\u{e5}b\u{e6}r: come back later".as_bytes());
    let receiver = Receiver::start_with(answer).await;
    let url = receiver.url("/hook?callback=webhook&shop=7");
    let hook = shop.register(&url, &crate::webhooks::v1::PAYMENT_EVENTS).await.json();
    shop.create("shown-order-1", 1000).await;
    let id = texts(&list(&shop, "").await, "id").remove(0);
    let detail = tried(&shop, &id, 1).await;
    let received = receiver.wait_for(1).await[0].clone();
    assert_eq!(detail["body"].as_str().unwrap().as_bytes(), received.body);
    assert_eq!(
        (&detail["state"], &detail["lastStatus"], &detail["lastError"]),
        (&json!("pending"), &json!(503), &json!("status 503"))
    );
    let attempt = &detail["attemptLog"][0];
    assert_eq!((&attempt["number"], &attempt["status"]), (&json!(1), &json!(503)));
    assert_eq!(attempt["answer"], "Bl\u{e5}b\u{e6}r: come back later");
    assert!(attempt["ms"].is_u64() && attempt["time"].is_string(), "{attempt}");
    assert_eq!(attempt["nextAttemptAt"], detail["nextAttemptAt"]);
    let shown: Vec<(String, String)> = attempt["requestHeaders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| (header["name"].as_str().unwrap().to_owned(), header["value"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(shown, received.headers(), "all of them, in their order");
    let header = |name: &str| received.header(name).unwrap();
    let hash = header("x-ms-content-sha256");
    let signed = format!("POST\n/hook?callback=webhook&shop=7\n{};{};{hash}", header("x-ms-date"), header("Host"));
    assert_eq!(
        (attempt["stringToSign"].as_str().unwrap(), attempt["contentHash"].as_str().unwrap()),
        (&*signed, &*hash)
    );
    assert_eq!(detail["contentHash"], hash);
    assert_eq!(detail["webhookRemoved"], Value::Null);
    let secret = hook["secret"].as_str().unwrap();
    assert!(!detail.to_string().contains(secret));
    assert_eq!(header("Kasse-Event-Id"), detail["eventId"].as_str().unwrap());
    kasse.finish().await;
}

#[tokio::test]
async fn an_attempt_that_reached_nobody_has_the_class_of_its_error() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    registered(&shop, URL).await;
    shop.create("refused-order-1", 1000).await;
    let id = texts(&list(&shop, "").await, "id").remove(0);
    let detail = tried(&shop, &id, 1).await;
    let attempt = &detail["attemptLog"][0];
    assert_eq!(
        (&attempt["error"], &attempt["status"], &attempt["answer"]),
        (&json!("refused"), &Value::Null, &json!(""))
    );
    assert_eq!((&detail["lastError"], &detail["lastStatus"]), (&json!("refused"), &Value::Null));
    assert_eq!(attempt["requestHeaders"], json!([]), "nothing was sent");
    kasse.finish().await;
}

#[tokio::test]
async fn what_was_sent_to_a_registration_that_ended_can_still_be_read() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let hook = registered(&shop, URL).await;
    shop.create("ended-order-1", 1000).await;
    shop.call("DELETE", &format!("/webhooks/v1/webhooks/{hook}"), &[], "").await;
    let delivery = list(&shop, "").await.remove(0);
    assert_eq!((&delivery["state"], &delivery["url"]), (&json!("dropped"), &json!(URL)));
    let detail = get(&shop, &format!("/deliveries/{}", delivery["id"].as_str().unwrap())).await.json();
    assert_eq!(detail["webhookRemoved"]["cause"], "deleted");
    assert!(detail["webhookRemoved"]["at"].is_string());
    kasse.finish().await;
}

#[tokio::test]
async fn anothers_delivery_is_as_unknown_as_one_that_never_was() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(domain::merchant::Market::Norway).await];
    let (id, partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &shop, &id).await);
    let mut for_the_shop = partner.clone();
    for_the_shop.msn.clone_from(&shop.msn);
    registered(&shop, URL).await;
    registered(&partner, URL).await;
    shop.create("whose-order-1", 1000).await;
    let [of_shop, of_partner] = [list(&shop, "").await, list(&partner, "").await];
    assert_eq!((of_shop.len(), of_partner.len()), (1, 1), "each registration is told for itself");
    assert_eq!(of_partner[0]["msn"], json!(shop.msn));
    assert_eq!(of_partner[0]["eventId"], of_shop[0]["eventId"]);
    assert_eq!(texts(&list(&for_the_shop, "").await, "id"), texts(&of_shop, "id"));
    assert_eq!(list(&other, "?reference=whose-order-1").await, Vec::<Value>::new());
    let path = |delivery: &Value| format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    for (who, delivery, status) in [
        (&shop, &of_shop[0], 200),
        (&for_the_shop, &of_shop[0], 200),
        (&partner, &of_partner[0], 200),
        (&shop, &of_partner[0], 404),
        (&for_the_shop, &of_partner[0], 404),
        (&partner, &of_shop[0], 404),
        (&other, &of_shop[0], 404),
        (&other, &of_partner[0], 404),
    ] {
        assert_eq!(get(who, &path(delivery)).await.status, status);
    }
    let never = get(&shop, "/deliveries/497f6eca-6276-4993-bfeb-53cbbbba6f08").await;
    let foreign = get(&other, &path(&of_shop[0])).await;
    assert_eq!((never.json()["detail"].clone(), never.status), (foreign.json()["detail"].clone(), foreign.status));
    let none = get(&shop, "/deliveries/x").await;
    assert_eq!((none.status, none.violated()), (400, vec!["id".to_owned()]));
    kasse.finish().await;
}

#[tokio::test]
async fn production_has_a_log_too() {
    let kasse = Kasse::with(Setup { mode: Mode::Production, ..Setup::default() }).await;
    let shop = kasse.new_shop(domain::merchant::Market::Norway).await;
    // A name that no resolver knows.
    registered(&shop, "https://receiver.invalid/").await;
    shop.create("production-order-1", 1000).await;
    assert_eq!(texts(&list(&shop, "?reference=production-order-1").await, "name"), ["CREATED"]);
    kasse.finish().await;
}
