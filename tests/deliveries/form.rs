//! What an attempt looks like, byte for byte.

use domain::time::Span;
use testkit::{Kasse, receivers::Receiver};

use crate::merchant::{ALL, body, is_signed, register, told, wall};

#[tokio::test]
async fn an_attempt_has_the_published_headers_and_no_others_and_is_signed() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    let url = receiver.url("/hooks/../kasse%2f?callback=webhook&shop=7");
    let registration = register(&shop, &url, &ALL).await;
    assert_eq!(shop.create("order-0001", 49_900).await.status, 201);
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].request_line(), "POST /hooks/../kasse%2f?callback=webhook&shop=7 HTTP/1.1", "byte for byte");
    let names: Vec<String> = received[0].headers().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "Host",
            "Content-Type",
            "Content-Length",
            "User-Agent",
            "x-ms-date",
            "x-ms-content-sha256",
            "Authorization",
            "X-Vipps-Authorization",
            "Kasse-Event-Id",
            "Kasse-Attempt",
        ]
    );
    let header = |name: &str| received[0].header(name).unwrap();
    assert_eq!(header("Host"), receiver.address().to_string(), "with its port");
    assert_eq!(header("Content-Type"), "application/json; charset=utf-8");
    assert_eq!(header("x-ms-date"), "Mon, 19 Jan 2026 16:26:32 GMT");
    assert_eq!(header("Authorization"), header("X-Vipps-Authorization"));
    assert_eq!(header("Kasse-Attempt"), "1");
    let body = body(&received[0]);
    assert_eq!(
        header("Kasse-Event-Id"),
        body["pspReference"].as_str().unwrap(),
        "the event's id, which the log has too"
    );
    assert!(is_signed(&received[0], &registration, wall(&kasse)));
    kasse.finish().await;
}

#[tokio::test]
async fn the_date_is_that_of_the_attempt_outside_however_business_time_was_moved() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    let registration = register(&shop, &receiver.url("/"), &ALL).await;
    kasse.clock.advance(Span::days(100));
    kasse.clock.advance_wall(Span::seconds(61));
    assert_eq!(shop.create("order-0001", 100).await.status, 201);
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].header("x-ms-date").unwrap(), "Mon, 19 Jan 2026 16:27:33 GMT");
    assert_eq!(body(&received[0])["timestamp"], "2026-04-29T16:26:32.099Z", "the event's own");
    assert!(is_signed(&received[0], &registration, wall(&kasse)));
    kasse.finish().await;
}

#[tokio::test]
async fn every_event_of_a_payment_arrives_in_order_with_what_the_log_says_of_it() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    let registration = register(&shop, &receiver.url("/"), &ALL).await;
    shop.authorized("order-0001", 49_900).await;
    shop.capture("order-0001", "c", 10_000).await;
    shop.refund("order-0001", "r", 5_000).await;
    shop.cancel("order-0001", "x").await;
    let received = receiver.wait_for(5).await;
    let names: Vec<String> = received.iter().map(|received| told(received)).collect();
    let expected = ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED", "CANCELLED"];
    assert_eq!(names, expected.map(|name| format!("order-0001 {name}")));
    let log = shop.get("/payments/order-0001/events").await.json();
    for (received, event) in received.iter().zip(log.as_array().unwrap()) {
        let body = body(received);
        assert_eq!(body["msn"], shop.msn);
        for member in ["reference", "pspReference", "name", "amount", "timestamp", "idempotencyKey", "success"] {
            assert_eq!(body.get(member), event.get(member), "{member} of {}", body["name"]);
        }
        assert!(is_signed(received, &registration, wall(&kasse)));
    }
    kasse.finish().await;
}

#[tokio::test]
async fn whoever_registers_for_a_type_hears_of_nothing_else_and_two_hear_the_same_bytes() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (one, other, captures) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    register(&shop, &one.url("/"), &ALL).await;
    register(&shop, &other.url("/"), &ALL).await;
    register(&shop, &captures.url("/"), &["epayments.payment.captured.v1", "user.checked-in.v1"]).await;
    shop.authorized("order-0001", 1_000).await;
    shop.capture("order-0001", "c", 400).await;
    let (one, other) = (one.wait_for(3).await, other.wait_for(3).await);
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one.body, other.body);
        assert_ne!(one.header("Authorization"), other.header("Authorization"), "each has a secret of its own");
        assert_eq!(one.header("Kasse-Event-Id"), other.header("Kasse-Event-Id"));
    }
    let captures = captures.wait_for(1).await;
    assert_eq!(captures.iter().map(|received| told(received)).collect::<Vec<_>>(), ["order-0001 CAPTURED"]);
    assert_eq!(captures[0].body, one[2].body);
    kasse.finish().await;
}

#[tokio::test]
async fn a_repeated_request_and_a_refused_one_tell_nobody_anything() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    register(&shop, &receiver.url("/"), &ALL).await;
    for _ in 0..2 {
        shop.create("order-0001", 1_000).await;
    }
    shop.capture("order-0001", "c", 400).await;
    shop.approve("order-0001").await;
    for key in ["c", "c", "too-much"] {
        shop.capture("order-0001", key, 1_000).await;
    }
    // The last event of the same payment: what was told of it before is complete when this one arrives.
    shop.refund("order-0001", "r", 100).await;
    let received = receiver.wait_until(|received| received.iter().any(|one| told(one) == "order-0001 REFUNDED")).await;
    let names: Vec<String> = received.iter().map(|received| told(received)).collect();
    assert_eq!(names, ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED"].map(|name| format!("order-0001 {name}")));
    kasse.finish().await;
}
