//! The published request collection's habits: numbers where texts belong, placeholders nobody filled in, the token path in its own case.

use engine::merchant::example;
use testkit::Kasse;

use super::{Headers, KEYS, send};

#[tokio::test]
async fn numbers_for_texts_keep_every_digit() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let (_, token) = send(&http, "POST", "/accessToken/get", &KEYS.to_vec(), "").await;
    let authorization = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let headers = |key: &'static str| -> Headers<'_> {
        vec![
            ("Authorization", authorization.as_str()),
            ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
            ("Merchant-Serial-Number", example::MSN),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
        ]
    };
    // Nineteen digits are more than a double keeps, twenty more than 64 bits.
    for reference in ["1234561700000000000", "99999999999999999999"] {
        let body = format!(
            r#"{{"amount":{{"currency":"NOK","value":49900}},"paymentMethod":{{"type":"WALLET"}},
                 "customer":{{"phoneNumber":4712345678}},"reference":{reference},
                 "returnUrl":"https://example.com/redirect?reference={reference}","userFlow":"WEB_REDIRECT",
                 "paymentDescription":"One pair of socks"}}"#
        );
        let (status, created) = send(&http, "POST", "/epayment/v1/payments", &headers(reference), &body).await;
        assert_eq!((status, created["reference"].as_str()), (201, Some(reference)));
        // Beside a customer nobody looks at the token, which is a placeholder that was never filled in.
        let approve = r#"{"customer":{"phoneNumber":4712345678},"token":"{{token}}"}"#;
        let path = format!("/epayment/v1/test/payments/{reference}/approve");
        assert_eq!(send(&http, "POST", &path, &headers("x"), approve).await.0, 200);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn its_other_flows_name_no_customer_and_ask_for_a_picture() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let (_, token) = send(&http, "POST", "/accessToken/get", &KEYS.to_vec(), "").await;
    let authorization = format!("Bearer {}", token["access_token"].as_str().unwrap());
    for (key, flow) in [
        ("postman-native", r#""userFlow":"NATIVE_REDIRECT""#),
        ("postman-qr", r#""userFlow":"QR","qrFormat":{"format":"IMAGE/PNG","size":1024}"#),
        ("postman-svg", r#""userFlow":"QR","qrFormat":{"format":"IMAGE/SVG+XML","size":1024}"#),
    ] {
        let headers: Headers<'_> = vec![
            ("Authorization", authorization.as_str()),
            ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
            ("Merchant-Serial-Number", example::MSN),
            ("Idempotency-Key", key),
        ];
        let body = format!(
            r#"{{"amount":{{"currency":"NOK","value":49900}},"paymentMethod":{{"type":"WALLET"}},"reference":"{key}",
                 "returnUrl":"https://example.com/",{flow},"paymentDescription":"One pair of socks"}}"#
        );
        let (status, created) = send(&http, "POST", "/epayment/v1/payments", &headers, &body).await;
        assert!(status == 201 && created["redirectUrl"].is_string(), "{key}: {created}");
    }
    kasse.finish().await;
}
