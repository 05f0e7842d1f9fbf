//! A JavaScript client: plain `fetch`, one key for everything that is done to a payment.

use engine::merchant::example;
use serde_json::{Value, json};
use testkit::Kasse;

use super::{Headers, KEYS, send};

#[tokio::test]
async fn it_creates_approves_captures_refunds_and_cancels() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let (status, token) = send(&http, "POST", "/accesstoken/get", &KEYS.to_vec(), "").await;
    assert_eq!(status, 200);
    // It renews a minute before `expires_on`, a text of seconds.
    let expires_on: i64 = token["expires_on"].as_str().expect("a text").parse().expect("seconds");
    assert!(expires_on > 1_768_839_992 + 60);
    let authorization = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let with_key = |key: &'static str| -> Headers<'_> {
        vec![
            ("Authorization", authorization.as_str()),
            ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
            ("Merchant-Serial-Number", example::MSN),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
        ]
    };
    let payments = "/epayment/v1/payments";
    let create = |reference: &str| {
        json!({
            "amount": { "currency": "NOK", "value": 1000 },
            "paymentMethod": { "type": "WALLET" },
            "customer": { "phoneNumber": "4712345678" },
            "reference": reference,
            "returnUrl": format!("https://example.com/redirect?reference={reference}"),
            "userFlow": "WEB_REDIRECT",
            "paymentDescription": "One pair of socks",
            "metadata": { "order": "one" },
        })
        .to_string()
    };

    let (status, created) = send(&http, "POST", payments, &with_key("vipps-js-1"), &create("vipps-js-1")).await;
    assert_eq!(status, 201);
    assert!(created["redirectUrl"].is_string() && created["reference"] == "vipps-js-1");
    let (_, read) = send(&http, "GET", "/epayment/v1/payments/vipps-js-1", &with_key("vipps-js-1"), "").await;
    assert_eq!(
        (&read["state"], &read["profile"], &read["metadata"]),
        (&json!("CREATED"), &json!({}), &json!({ "order": "one" }))
    );
    for sum in ["authorizedAmount", "cancelledAmount", "capturedAmount", "refundedAmount"] {
        assert_eq!(read["aggregate"][sum], json!({ "currency": "NOK", "value": 0 }), "{sum}");
    }

    let approve = json!({ "customer": { "phoneNumber": "4712345678" } }).to_string();
    let path = "/epayment/v1/test/payments/vipps-js-1/approve";
    assert_eq!(send(&http, "POST", path, &with_key("vipps-js-1"), &approve).await, (200, Value::Null), "an empty body");
    let (_, read) = send(&http, "GET", "/epayment/v1/payments/vipps-js-1", &with_key("vipps-js-1"), "").await;
    assert_eq!((&read["state"], read["paymentMethod"]["cardBin"].is_string()), (&json!("AUTHORIZED"), true));

    let move_some = |value: i64| json!({ "modificationAmount": { "currency": "NOK", "value": value } }).to_string();
    let path = "/epayment/v1/payments/vipps-js-1/capture";
    let (status, captured) = send(&http, "POST", path, &with_key("vipps-js-1"), &move_some(600)).await;
    assert_eq!((status, captured["aggregate"]["capturedAmount"]["value"].as_i64()), (200, Some(600)));
    let path = "/epayment/v1/payments/vipps-js-1/refund";
    let (status, refunded) = send(&http, "POST", path, &with_key("vipps-js-1"), &move_some(200)).await;
    assert_eq!((status, refunded["aggregate"]["refundedAmount"]["value"].as_i64()), (200, Some(200)));

    send(&http, "POST", payments, &with_key("vipps-js-2"), &create("vipps-js-2")).await;
    let mut bare = with_key("vipps-js-2");
    bare.retain(|(name, _)| *name != "Content-Type");
    let (status, cancelled) = send(&http, "POST", "/epayment/v1/payments/vipps-js-2/cancel", &bare, "").await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("TERMINATED")));
    assert_eq!(cancelled["aggregate"]["cancelledAmount"]["value"], 1000);
    assert_eq!(cancelled["aggregate"]["authorizedAmount"]["value"], 0);

    let (status, unknown) = send(&http, "GET", "/epayment/v1/payments/vipps-js-3", &with_key("x"), "").await;
    assert!(status == 404 && unknown.is_object(), "a refusal is JSON");
    kasse.finish().await;
}
