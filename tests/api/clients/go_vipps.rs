//! A Go client: an OAuth 2 library asks for the token, with a form and basic authentication beside the keys.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::merchant::example;
use serde_json::json;
use testkit::Kasse;

use super::{KEYS, send};

#[tokio::test]
async fn its_token_call_is_that_of_an_oauth_library() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let basic = format!("Basic {}", STANDARD.encode("anything:else"));
    let mut headers = KEYS.to_vec();
    headers.extend([("Authorization", basic.as_str()), ("Content-Type", "application/x-www-form-urlencoded")]);
    let (status, token) = send(&http, "POST", "/accessToken/get", &headers, "grant_type=client_credentials").await;
    assert_eq!(status, 200);
    let seconds: i64 = token["expires_in"].as_str().expect("a text").parse().expect("a number in it");
    assert_eq!((seconds, token["token_type"].as_str()), (3600, Some("Bearer")));
    let authorization = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let headers = vec![
        ("Authorization", authorization.as_str()),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("Merchant-Serial-Number", example::MSN),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "go-vipps-1"),
    ];
    let create = json!({
        "amount": { "currency": "NOK", "value": 49_900 },
        "paymentMethod": { "type": "WALLET" },
        "reference": "go-vipps-1",
        "returnUrl": "https://example.com/",
        "userFlow": "WEB_REDIRECT",
    });
    assert_eq!(send(&http, "POST", "/epayment/v1/payments", &headers, &create.to_string()).await.0, 201);
    kasse.finish().await;
}
