//! `POST`, `GET` and `DELETE /webhooks/v1/webhooks`: what is registered, what is refused, what is told.

use serde_json::{Value, json};
use store::Mode;
use testkit::{Answer, Kasse, Setup, Shop};

use super::{CAPTURED, PAYMENT_EVENTS, URL};

const PATH: &str = "/webhooks/v1/webhooks";

async fn post(shop: &Shop, body: impl Into<Vec<u8>>) -> Answer {
    shop.call("POST", PATH, &[], body.into()).await
}

async fn delete(shop: &Shop, id: &str) -> Answer {
    shop.call("DELETE", &format!("{PATH}/{id}"), &[], "").await
}

fn is_uuid(text: &str) -> bool {
    let form: String = text.chars().map(|character| if character == '-' { '-' } else { 'x' }).collect();
    form == "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
}

#[tokio::test]
async fn what_is_registered_is_listed_without_its_secret_until_it_is_deleted() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let list = shop.call("GET", PATH, &[], "").await;
    assert_eq!((list.status, list.text().as_str()), (200, r#"{"webhooks":[]}"#));
    let registered = shop.register(URL, &PAYMENT_EVENTS).await;
    assert_eq!((registered.status, registered.header("content-type")), (201, Some("application/json; charset=utf-8")));
    let body = registered.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let (id, secret) = (body["id"].as_str().unwrap(), body["secret"].as_str().unwrap());
    assert!(is_uuid(id), "{id}");
    assert!(secret.len() == 88 && secret.ends_with("=="), "64 bytes in base64: {secret}");
    let list = shop.call("GET", PATH, &[], "").await;
    assert_eq!(list.json(), json!({ "webhooks": [{ "id": id, "url": URL, "events": PAYMENT_EVENTS }] }));
    assert!(!list.text().contains(secret));
    let deleted = delete(&shop, id).await;
    assert_eq!((deleted.status, deleted.bytes.len(), deleted.header("content-type")), (204, 0, None));
    assert_eq!(shop.webhooks().await, Vec::<Value>::new());
    assert_eq!(delete(&shop, id).await.status, 404, "it is gone");
    kasse.finish().await;
}

#[tokio::test]
async fn the_same_address_twice_is_two_registrations_listed_oldest_first() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut made = Vec::new();
    for events in [&PAYMENT_EVENTS[..1], &PAYMENT_EVENTS[..1], &PAYMENT_EVENTS[1..3]] {
        kasse.clock.advance_wall(domain::time::Span::milliseconds(1));
        made.push(shop.register(URL, events).await.json());
    }
    let distinct = |name: &str| {
        let mut values: Vec<&str> = made.iter().map(|one| one[name].as_str().unwrap()).collect();
        values.sort_unstable();
        values.dedup();
        values.len()
    };
    assert_eq!((distinct("id"), distinct("secret")), (3, 3));
    let listed = shop.webhooks().await;
    let ids = |list: &[Value]| list.iter().map(|one| one["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&listed), ids(&made));
    delete(&shop, made[1]["id"].as_str().unwrap()).await;
    let kept = [made[0].clone(), made[2].clone()];
    assert_eq!(ids(&shop.webhooks().await), ids(&kept));
    kasse.finish().await;
}

#[tokio::test]
async fn everything_wrong_with_a_body_is_named_in_one_answer() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let good = json!([CAPTURED]);
    for (body, violated) in [
        (json!({}), vec!["events", "url"]),
        (json!({ "url": null, "events": null }), vec!["events", "url"]),
        (json!({ "url": "", "events": [] }), vec!["events", "url"]),
        (json!({ "url": 7, "events": CAPTURED }), vec!["events", "url"]),
        (json!({ "url": [URL], "events": { "0": CAPTURED } }), vec!["events", "url"]),
        (
            json!({ "url": URL, "events": ["CAPTURED", CAPTURED, null, 1, "donations.created.v1"] }),
            vec!["events[0]", "events[2]", "events[3]", "events[4]"],
        ),
        (json!({ "url": "example.com/hook", "events": [""] }), vec!["events[0]", "url"]),
        (json!({ "url": "ftp://example.com/", "events": good }), vec!["url"]),
        (json!({ "url": "https://", "events": good }), vec!["url"]),
        (json!({ "url": "https://user:password@example.com/", "events": good }), vec!["url"]),
        (json!({ "url": "https://example.com/#top", "events": good }), vec!["url"]),
        (json!({ "url": "https://example.com/\u{e6}", "events": good }), vec!["url"]),
        (json!({ "url": "https://example.com/a b", "events": good }), vec!["url"]),
        (json!({ "url": "https://example.com:0/", "events": good }), vec!["url"]),
        (json!({ "url": "http://169.254.169.254/latest", "events": good }), vec!["url"]),
        (json!({ "url": "http://2130706433/", "events": good }), vec!["url"]),
        (json!([]), vec!["$", "events", "url"]),
    ] {
        let answer = post(&shop, body.to_string()).await;
        assert_eq!(
            (answer.status, answer.violated()),
            (400, violated.iter().map(|name| (*name).to_owned()).collect()),
            "{body}"
        );
    }
    let twice = format!(r#"{{"url":"{URL}","url":"{URL}","events":["{CAPTURED}"]}}"#);
    assert_eq!(post(&shop, twice).await.violated(), ["url"]);
    assert_eq!(shop.webhooks().await, Vec::<Value>::new(), "nothing was registered");
    kasse.finish().await;
}

#[tokio::test]
async fn a_refusal_has_the_published_shape() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let answer = post(&shop, json!({ "url": "gopher://example.com", "events": [CAPTURED] }).to_string()).await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json; charset=utf-8"));
    let mut body = answer.json();
    assert!(body["traceId"].take().as_str().unwrap().starts_with("00-"));
    assert_eq!(
        body,
        json!({
            "type": "https://httpstatuses.io/400",
            "title": "Bad Request",
            "status": 400,
            "detail": "One or more validation errors occurred.",
            "instance": "/v1/webhooks",
            "traceId": null,
            "extraDetails": [{ "name": "url", "reason": "The URL's scheme must be http or https." }],
        })
    );
    let forbidden = shop.call("GET", PATH, &[("merchant-serial-number", "654321")], "").await;
    assert_eq!(forbidden.status, 400, "two headers have two readings");
    let authorization = format!("Bearer {}", shop.token);
    let headers = [
        ("authorization", authorization.as_str()),
        ("ocp-apim-subscription-key", &shop.subscription_key),
        ("merchant-serial-number", "654321"),
    ];
    let forbidden = kasse.http().send("GET", PATH, &headers, "").await.json();
    assert_eq!((forbidden["status"].as_u64(), forbidden["instance"].as_str()), (Some(403), Some("/v1/webhooks")));
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_no_json_is_named_by_its_place_whatever_the_content_type() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for body in ["", "{", "url=x", "{'url':1}", "{\"url\":}"] {
        let answer = post(&shop, body).await;
        assert_eq!((answer.status, answer.violated()), (400, vec!["$".to_owned()]), "{body}");
    }
    let body = json!({ "url": URL, "events": [CAPTURED], "name": "mine", "active": [1] }).to_string();
    let authorization = format!("Bearer {}", shop.token);
    for content_type in ["application/x-www-form-urlencoded", "text/plain", ""] {
        let headers = [
            ("authorization", authorization.as_str()),
            ("ocp-apim-subscription-key", &shop.subscription_key),
            ("content-type", content_type),
            ("idempotency-key", "the same every time"),
        ];
        let answer = kasse.http().send("POST", PATH, &headers, body.clone()).await;
        assert_eq!(answer.status, 201, "{content_type}: {}", answer.text());
    }
    assert_eq!(shop.webhooks().await.len(), 3, "an Idempotency-Key is not looked at");
    kasse.finish().await;
}

#[tokio::test]
async fn types_named_twice_are_kept_once_in_the_order_they_came() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let [a, b] = ["user.checked-in.v1", CAPTURED];
    assert_eq!(shop.register(URL, &[b, a, b, a, b]).await.status, 201);
    assert_eq!(shop.webhooks().await[0]["events"], json!([b, a]));
    kasse.finish().await;
}

#[tokio::test]
async fn every_published_type_may_be_registered_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let every: Vec<&str> = domain::webhook::EventType::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(every.len(), 20);
    assert_eq!(shop.register(URL, &every).await.status, 201);
    assert_eq!(shop.webhooks().await[0]["events"], json!(every));
    kasse.finish().await;
}

#[tokio::test]
async fn production_tells_only_who_listens_in_the_open() {
    let kasse = Kasse::with(Setup { mode: Mode::Production, ..Setup::default() }).await;
    let shop = kasse.new_shop(domain::merchant::Market::Norway).await;
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://example.com:8443/",
    ] {
        let answer = shop.register(url, &[CAPTURED]).await;
        assert_eq!((answer.status, answer.violated()), (400, vec!["url".to_owned()]), "{url}");
    }
    for url in ["https://example.com/", "https://example.com:8080/hook?a=%2F", "https://example.com:80"] {
        assert_eq!(shop.register(url, &[CAPTURED]).await.status, 201, "{url}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn an_id_that_is_none_is_told_from_one_that_is_not_there() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let id = shop.register(URL, &[CAPTURED]).await.json()["id"].as_str().unwrap().to_owned();
    for none in ["x", "497f6eca", &id.replace('-', ""), &format!("%7B{id}%7D"), "%FF", &format!("{id}0")] {
        let answer = delete(&shop, none).await;
        assert_eq!((answer.status, answer.violated()), (400, vec!["id".to_owned()]), "{none}");
    }
    let missing = delete(&shop, "497f6eca-6276-4993-bfeb-53cbbbba6f08").await;
    assert_eq!((missing.status, missing.json()["title"].as_str()), (404, Some("Not Found")));
    assert_eq!(missing.json()["instance"], "/v1/webhooks/497f6eca-6276-4993-bfeb-53cbbbba6f08");
    assert_eq!(delete(&shop, &id.to_uppercase()).await.status, 204, "letter case is nobody's business");
    kasse.finish().await;
}

#[tokio::test]
async fn a_slash_behind_the_collection_is_forgiven_and_there_is_no_other_method() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.call("GET", &format!("{PATH}/"), &[], "").await.status, 200);
    let id = "497f6eca-6276-4993-bfeb-53cbbbba6f08";
    for (method, path) in [("PUT", PATH.to_owned()), ("GET", format!("{PATH}/{id}")), ("PATCH", format!("{PATH}/{id}"))]
    {
        assert_eq!(shop.call(method, &path, &[], "{}").await.status, 404, "{method} {path}");
    }
    kasse.finish().await;
}
