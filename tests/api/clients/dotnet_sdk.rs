//! The SDK for .NET: never says for which sales unit, looks into the token, and stumbles over `null` and over words it does not know.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engine::merchant::example;
use serde_json::{Value, json};
use testkit::Kasse;

use super::{Headers, KEYS, send};

/// Its model of a payment: these must be there, and nothing anywhere may be `null`.
const REQUIRED: [&str; 7] = ["aggregate", "amount", "state", "paymentMethod", "profile", "pspReference", "reference"];

fn assert_no_null(value: &Value, path: &str) {
    assert!(!value.is_null(), "{path} is null");
    for (name, member) in value.as_object().into_iter().flatten() {
        assert_no_null(member, &format!("{path}.{name}"));
    }
    for element in value.as_array().into_iter().flatten() {
        assert_no_null(element, &format!("{path}[]"));
    }
}

#[tokio::test]
async fn it_needs_no_sales_unit_header_and_reads_strictly() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let (_, token) = send(&http, "POST", "/accesstoken/get", &KEYS.to_vec(), "").await;
    for (name, value) in token.as_object().unwrap() {
        assert!(value.is_string(), "{name} is no text");
    }
    let token = token["access_token"].as_str().unwrap();
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    // It drops a token two minutes before its `exp`.
    assert!(claims["exp"].as_i64().expect("a number") > 1_768_839_992 + 120);
    let authorization = format!("Bearer {token}");
    let headers: Headers<'_> = vec![
        ("Authorization", authorization.as_str()),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Idempotency-Key", "dotnet-1"),
    ];
    let create = json!({
        "amount": { "currency": "NOK", "value": 1000 },
        "paymentMethod": { "type": "WALLET" },
        "customer": { "phoneNumber": "4712345678" },
        "reference": "dotnet-sdk-1",
        "returnUrl": "https://example.com/",
        "userFlow": "WEB_REDIRECT",
        "profile": { "scope": "name email" },
    });
    let (status, created) = send(&http, "POST", "/epayment/v1/payments", &headers, &create.to_string()).await;
    assert_eq!(status, 201);
    assert_no_null(&created, "created");
    let push = json!({ "amount": { "currency": "NOK", "value": 1000 }, "paymentMethod": { "type": "WALLET" },
                       "customer": { "phoneNumber": "4712345678" }, "reference": "dotnet-sdk-2", "userFlow": "PUSH_MESSAGE" });
    let mut other = headers.clone();
    other[3] = ("Idempotency-Key", "dotnet-2");
    let (_, pushed) = send(&http, "POST", "/epayment/v1/payments", &other, &push.to_string()).await;
    assert_eq!(pushed, json!({ "reference": "dotnet-sdk-2" }), "absent, not null");
    for reference in ["dotnet-sdk-1", "dotnet-sdk-2"] {
        for approve in [false, true] {
            if approve {
                let path = format!("/epayment/v1/test/payments/{reference}/approve");
                assert_eq!(send(&http, "POST", &path, &headers, "").await.0, 200);
            }
            let (_, payment) = send(&http, "GET", &format!("/epayment/v1/payments/{reference}"), &headers, "").await;
            assert_no_null(&payment, reference);
            assert!(REQUIRED.iter().all(|member| payment.get(member).is_some()), "{payment}");
            assert_eq!(payment["aggregate"].as_object().unwrap().len(), 4);
            assert!(["CREATED", "AUTHORIZED"].contains(&payment["state"].as_str().unwrap()));
            assert!(["WALLET", "CARD"].contains(&payment["paymentMethod"]["type"].as_str().unwrap()));
        }
        let (_, events) = send(&http, "GET", &format!("/epayment/v1/payments/{reference}/events"), &headers, "").await;
        assert_no_null(&events, reference);
    }
    kasse.finish().await;
}
