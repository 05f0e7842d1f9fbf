//! `/_kasse/test/listeners/…`: deliveries that are fetched by whoever is connected, instead of sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{merchant::Market, time::Span};
use engine::WebhookId;
use serde_json::{Value, json};
use store::Mode;
use testkit::{Answer, Kasse, Setup, Shop, receivers::Receiver};
use wire::webhooks::verify::{Headers, Received, Verified, verify};

use crate::{
    delivery_log::{list, registered, stream::Stream, texts, tried, until},
    webhooks::v1::PAYMENT_EVENTS,
};

const PATH: &str = "/_kasse/test/listeners";
/// Nobody could dial it.
const URL: &str = "http://shop.invalid:8443/hook?callback=webhook&shop=7";

async fn register(shop: &Shop, url: &Value) -> Answer {
    shop.call("POST", PATH, &[], json!({ "url": url }).to_string()).await
}

/// A registration that is fetched: its id and its secret.
async fn listener(shop: &Shop, url: &str) -> (String, String) {
    let answer = register(shop, &json!(url)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let [id, secret] = ["id", "secret"].map(|name| answer.json()[name].as_str().unwrap().to_owned());
    (id, secret)
}

/// Connects to it.
async fn connect(kasse: &Kasse, shop: &Shop, id: &str) -> Stream {
    let mut stream = Stream::ask_for(&format!("{PATH}/{id}"), kasse, shop).await;
    stream.until(": listening").await;
    assert!(stream.read.starts_with("HTTP/1.1 200 OK\r\n"), "{}", stream.read);
    stream
}

async fn answer(shop: &Shop, id: &str, delivery: &Value, outcome: &Value) -> Answer {
    shop.call("POST", &format!("{PATH}/{id}/deliveries/{delivery}"), &[], outcome.to_string()).await
}

/// The first delivery of the log about this payment.
async fn logged(shop: &Shop, reference: &str) -> String {
    let query = format!("?reference={reference}");
    until(async || texts(&list(shop, &query).await, "id").pop()).await
}

fn webhook_id(id: &str) -> WebhookId {
    WebhookId(u128::from_str_radix(&id.replace('-', ""), 16).unwrap().to_be_bytes())
}

async fn until_nobody_listens(kasse: &Kasse, id: &str) {
    let webhook = webhook_id(id);
    until(async || {
        tokio::task::yield_now().await;
        (!kasse.engine().is_listening_here(webhook)).then_some(())
    })
    .await;
}

/// Whether it is among the owner's registrations.
async fn is_registered(shop: &Shop, id: &str) -> bool {
    shop.webhooks().await.iter().any(|webhook| webhook["id"] == id)
}

#[tokio::test]
async fn whoever_fetches_a_delivery_gets_what_would_have_been_sent() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    registered(&shop, &receiver.url("/")).await;
    let (id, secret) = listener(&shop, URL).await;
    let listed = shop.webhooks().await;
    assert!(listed.contains(&json!({ "id": id, "url": URL, "events": PAYMENT_EVENTS })), "{listed:?}");
    let mut stream = connect(&kasse, &shop, &id).await;
    for header in ["content-type: text/event-stream\r\n", "cache-control: no-store\r\n", "x-accel-buffering: no\r\n"] {
        assert!(stream.read.to_lowercase().contains(header), "{}", stream.read);
    }
    shop.create("fetched-order-1", 1000).await;
    let handed = stream.events(1).await.remove(0);
    assert!(stream.read.contains("event: delivery\ndata: {"), "{}", stream.read);
    assert_eq!(handed["url"], URL);
    let sent = receiver.wait_for(1).await;
    let body = STANDARD.decode(handed["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, sent[0].body, "byte for byte");
    let headers: Vec<(String, String)> = serde_json::from_value(handed["headers"].clone()).unwrap();
    let names = |headers: &[(String, String)]| -> Vec<String> {
        headers.iter().map(|(name, _)| name.clone()).filter(|name| name != "Content-Length").collect()
    };
    assert_eq!(names(&headers), names(&sent[0].headers()), "in their order, with their letters");
    assert_eq!(headers[0], ("Host".to_owned(), "shop.invalid:8443".to_owned()));
    let headers = Headers::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let received = Received { url: URL, secrets: &[&secret], headers, body: &body, now: None };
    assert_eq!(verify(&received), Ok(Verified { secret: 0 }));

    let outcome = json!({ "status": 202, "body": STANDARD.encode("thanks") });
    assert_eq!(answer(&shop, &id, &handed["delivery"], &outcome).await.status, 204);
    assert_eq!(answer(&shop, &id, &handed["delivery"], &outcome).await.status, 404, "only once");
    let delivery = texts(&list(&shop, &format!("?webhookId={id}")).await, "id").pop().unwrap();
    let detail = tried(&shop, &delivery, 1).await;
    assert_eq!((&detail["state"], &detail["lastStatus"]), (&json!("delivered"), &json!(202)));
    assert_eq!(detail["attemptLog"][0]["answer"], "thanks");
    drop(stream);
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_answered_is_the_attempts_outcome() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, _) = listener(&shop, URL).await;
    let mut stream = connect(&kasse, &shop, &id).await;
    shop.create("retried-order-1", 1000).await;
    let long = STANDARD.encode(vec![b'x'; 5000]);
    let outcomes = [json!({ "status": 500, "body": long }), json!({ "error": "refused" }), json!({ "status": 200 })];
    let mut numbers = Vec::new();
    for (count, outcome) in outcomes.iter().enumerate() {
        let handed = stream.events(count + 1).await.remove(count);
        assert!(!numbers.contains(&handed["delivery"]), "each attempt has a number of its own");
        let attempt = json!(["Kasse-Attempt", (count + 1).to_string()]);
        assert!(handed["headers"].as_array().unwrap().contains(&attempt), "{handed}");
        assert_eq!(answer(&shop, &id, &handed["delivery"], outcome).await.status, 204);
        numbers.push(handed["delivery"].clone());
        let delivery = logged(&shop, "retried-order-1").await;
        tried(&shop, &delivery, count as u64 + 1).await;
        kasse.clock.advance(Span::seconds(2));
    }
    let detail = tried(&shop, &logged(&shop, "retried-order-1").await, 3).await;
    let log = detail["attemptLog"].as_array().unwrap();
    let told = |name: &str| log.iter().map(|attempt| attempt[name].clone()).collect::<Vec<_>>();
    assert_eq!(told("status"), [json!(500), Value::Null, json!(200)]);
    assert_eq!(told("error")[1], "refused");
    assert_eq!(log[0]["answer"].as_str().unwrap().len(), 1024, "no more of it is kept");
    drop(stream);
    kasse.finish().await;
}

#[tokio::test]
async fn what_came_about_before_somebody_connects_waits_and_what_is_not_answered_comes_again() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, _) = listener(&shop, URL).await;
    shop.create("waiting-order-1", 1000).await;
    let delivery = logged(&shop, "waiting-order-1").await;
    let mut first = connect(&kasse, &shop, &id).await;
    let handed = first.events(1).await.remove(0);
    drop(first);
    let detail = tried(&shop, &delivery, 1).await;
    assert_eq!(detail["lastError"], "reset", "whoever had it has gone");
    let gone = answer(&shop, &id, &handed["delivery"], &json!({ "status": 200 })).await;
    assert_eq!(gone.status, 404, "{}", gone.text());
    kasse.clock.advance(Span::seconds(2));
    let mut second = connect(&kasse, &shop, &id).await;
    let again = second.events(1).await.remove(0);
    assert_eq!(again["body"], handed["body"]);
    // Whoever connects later takes the place of the one before.
    let third = connect(&kasse, &shop, &id).await;
    second.until("\r\n0\r\n\r\n").await;
    drop((second, third));
    kasse.finish().await;
}

#[tokio::test]
async fn what_nobody_takes_any_more_is_not_attempted() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, _) = listener(&shop, URL).await;
    let mut first = connect(&kasse, &shop, &id).await;
    shop.create("taken-order-1", 1000).await;
    first.events(1).await;
    shop.create("waiting-order-2", 1000).await;
    drop(first);
    // With what came of the first comes the turn of the second, though nobody is there.
    tried(&shop, &logged(&shop, "taken-order-1").await, 1).await;
    until_nobody_listens(&kasse, &id).await;
    let mut second = connect(&kasse, &shop, &id).await;
    let handed = second.events(1).await.remove(0);
    let headers = handed["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["Kasse-Attempt", "1"])), "{handed}");
    let body = STANDARD.decode(handed["body"].as_str().unwrap()).unwrap();
    assert!(String::from_utf8(body).unwrap().contains("waiting-order-2"));
    drop(second);
    kasse.finish().await;
}

#[tokio::test]
async fn nobody_elses_deliveries_can_be_fetched_or_answered() {
    let kasse = Kasse::start().await;
    let [ours, theirs] = [kasse.shop().await, kasse.new_shop(Market::Norway).await];
    let (id, _) = listener(&ours, URL).await;
    let mut stream = connect(&kasse, &ours, &id).await;
    ours.create("our-own-order-1", 1000).await;
    let handed = stream.events(1).await.remove(0);
    let path = format!("{PATH}/{id}");
    assert_eq!(theirs.call("GET", &path, &[], "").await.status, 404);
    assert_eq!(answer(&theirs, &id, &handed["delivery"], &json!({ "status": 200 })).await.status, 404);
    let sent = registered(&ours, "http://127.0.0.1:9/").await;
    let missing = "497f6eca-6276-4993-bfeb-53cbbbba6f08";
    for other in [sent.as_str(), missing] {
        let refused = ours.call("GET", &format!("{PATH}/{other}"), &[], "").await;
        assert_eq!(refused.status, 404, "only those that are fetched: {}", refused.text());
        assert_eq!(answer(&ours, other, &handed["delivery"], &json!({ "status": 200 })).await.status, 404);
    }
    assert_eq!(ours.call("GET", &format!("{PATH}/nonsense"), &[], "").await.violated(), ["id"]);
    assert_eq!(
        answer(&ours, &id, &handed["delivery"], &json!({ "status": 200 })).await.status,
        204,
        "it is still there"
    );
    drop(stream);
    kasse.finish().await;
}

#[tokio::test]
async fn an_answer_and_an_address_must_be_ones() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for bad in [json!(null), json!(7), json!("shop.example"), json!("ftp://shop.example/"), json!("http://a b/")] {
        assert_eq!(register(&shop, &bad).await.violated(), ["url"], "{bad}");
    }
    let (id, _) = listener(&shop, URL).await;
    let mut stream = connect(&kasse, &shop, &id).await;
    shop.create("answered-order-1", 1000).await;
    let number = stream.events(1).await[0]["delivery"].clone();
    for (outcome, violated) in [
        (json!({}), "status"),
        (json!({ "status": 99 }), "status"),
        (json!({ "status": 600 }), "status"),
        (json!({ "status": "200" }), "status"),
        (json!({ "status": 200, "error": "dns" }), "status"),
        (json!({ "error": "status 500" }), "error"),
        (json!({ "status": 200, "body": "no base64!" }), "body"),
        (json!([]), "$"),
    ] {
        let refused = answer(&shop, &id, &number, &outcome).await;
        assert!(refused.violated().contains(&violated.to_owned()), "{outcome}: {}", refused.text());
    }
    for number in ["0", "x", "-1", "99999999999999999999"] {
        let path = format!("{PATH}/{id}/deliveries/{number}");
        assert_eq!(shop.call("POST", &path, &[], r#"{"status":200}"#).await.status, 404, "{number}");
    }
    assert_eq!(answer(&shop, &id, &number, &json!({ "status": 100 })).await.status, 204);
    drop(stream);
    kasse.finish().await;
}

#[tokio::test]
async fn a_registration_ends_a_minute_after_the_last_connection_and_not_before() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, _) = listener(&shop, URL).await;
    let pass = async |seconds: i64| {
        kasse.clock.advance_wall(Span::seconds(seconds));
        kasse.engine().forget_listeners().await.unwrap();
    };
    pass(59).await;
    let stream = connect(&kasse, &shop, &id).await;
    pass(59).await;
    assert!(is_registered(&shop, &id).await, "the minute begins anew");
    drop(stream);
    until_nobody_listens(&kasse, &id).await;
    pass(2).await;
    assert!(!is_registered(&shop, &id).await);
    assert_eq!(shop.call("GET", &format!("{PATH}/{id}"), &[], "").await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn a_connection_ends_when_the_server_stops_and_another_one_finds_the_registration_afterwards() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, _) = listener(&shop, URL).await;
    let mut stream = connect(&kasse, &shop, &id).await;
    let (kasse, ()) = tokio::join!(kasse.restart(|_| {}), async { while stream.more().await {} });
    assert!(stream.read.ends_with("0\r\n\r\n"), "in order: {}", stream.read);
    let shop = Shop { http: kasse.http(), ..shop };
    let mut stream = connect(&kasse, &shop, &id).await;
    shop.create("after-restart-1", 1000).await;
    let number = stream.events(1).await[0]["delivery"].clone();
    assert_eq!(answer(&shop, &id, &number, &json!({ "status": 200 })).await.status, 204);
    drop(stream);
    kasse.finish().await;
}

#[tokio::test]
async fn in_production_there_is_none_of_it() {
    let kasse = Kasse::with(Setup { mode: Mode::Production, ..Setup::default() }).await;
    let shop = kasse.new_shop(Market::Norway).await;
    let answer = register(&shop, &json!("https://shop.example/")).await;
    assert_eq!((answer.status, &answer.json()["message"]), (404, &json!("Resource not found")));
    kasse.finish().await;
}
