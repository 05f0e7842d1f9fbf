//! The SDK for Node and Deno: a UUID as key and an empty token on every call, headers that may be empty, repetition after 5xx.

use engine::merchant::example;
use serde_json::{Value, json};
use testkit::Kasse;

use super::{Headers, send};

/// The headers of every call.
fn headers<'a>(authorization: &'a str, key: &'a str) -> Headers<'a> {
    vec![
        ("Authorization", authorization),
        ("Content-Type", "application/json"),
        ("client_id", example::CLIENT_ID),
        ("client_secret", example::CLIENT_SECRET),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("Merchant-Serial-Number", example::MSN),
        ("Vipps-System-Name", ""),
        ("Vipps-System-Version", ""),
        ("Vipps-System-Plugin-Name", ""),
        ("Vipps-System-Plugin-Version", ""),
        ("Idempotency-Key", key),
    ]
}

#[tokio::test]
async fn it_runs_with_an_empty_token_on_the_token_call_and_keys_on_reads() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let key = "9f2d3a8e-9b8f-4f6e-8f0a-0d6f5f1c7b10";
    let (status, token) = send(&http, "POST", "/accesstoken/get", &headers("Bearer ", key), "").await;
    assert_eq!(status, 200);
    let authorization = format!("Bearer {}", token["access_token"].as_str().unwrap());
    // It fills in a UUID where the caller gave no reference.
    let reference = "3b241101-e2bb-4255-8caf-4136c566a962";
    let create = json!({
        "amount": { "currency": "NOK", "value": 1000 },
        "paymentMethod": { "type": "WALLET" },
        "customer": { "phoneNumber": "4712345678" },
        "returnUrl": "https://example.com/",
        "userFlow": "WEB_REDIRECT",
        "paymentDescription": "One pair of socks",
        "reference": reference,
    });
    let (payments, body, keyed) = ("/epayment/v1/payments", create.to_string(), headers(&authorization, "key-1"));
    let (status, created) = send(&http, "POST", payments, &keyed, &body).await;
    assert_eq!(status, 201);
    let again = send(&http, "POST", payments, &keyed, &body).await;
    assert_eq!(again, (201, created.clone()), "what it repeats after a 5xx is answered as before");
    let path = format!("/epayment/v1/payments/{reference}");
    assert_eq!(send(&http, "GET", &path, &headers(&authorization, "key-2"), "").await.0, 200, "a key on a read");
    let token = created["redirectUrl"].as_str().unwrap().rsplit("token=").next().unwrap();
    let both = json!({ "customer": { "phoneNumber": "4712345678" }, "token": token }).to_string();
    let approve = format!("/epayment/v1/test/payments/{reference}/approve");
    assert_eq!(send(&http, "POST", &approve, &headers(&authorization, "key-3"), &both).await, (200, Value::Null));
    let cancel = send(&http, "POST", &format!("{path}/cancel"), &headers(&authorization, "key-4"), "").await;
    assert_eq!((cancel.0, cancel.1["aggregate"]["cancelledAmount"]["value"].as_i64()), (200, Some(1000)), "no body");
    kasse.finish().await;
}

#[tokio::test]
async fn it_reads_an_error_of_the_token_call_field_by_field() {
    let kasse = Kasse::start().await;
    let mut wrong = headers("Bearer ", "key");
    wrong[2] = ("client_id", "00000000-0000-0000-0000-000000000000");
    let (status, error) = send(&kasse.http(), "POST", "/accesstoken/get", &wrong, "").await;
    assert_eq!(
        (status, &error["error"], &error["error_codes"]),
        (400, &json!("unauthorized_client"), &json!([700016]))
    );
    for text in ["error_description", "timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(error[text].is_string(), "{text}");
    }
    assert!(error["error_description"].as_str().unwrap().starts_with("AADSTS700016: "));
    kasse.finish().await;
}
