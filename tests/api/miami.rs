//! `POST /miami/v1/token`: a short-lived token that is used without a subscription key.

use domain::time::Span;
use engine::merchant::example;
use serde_json::json;
use testkit::{Answer, Kasse};

/// `fb492b5e-…:Y8Kteew6GE3ZmeycEt6egg==`, the published example keys.
const BASIC: &str = "Basic ZmI0OTJiNWUtNzkwNy00ZDgzLWJjMjAtYzdmYjYwY2EzNWRlOlk4S3RlZXc2R0UzWm1leWNFdDZlZ2c9PQ==";
const FORM: &str = "grant_type=client_credentials";

async fn ask(kasse: &Kasse, authorization: &str, body: &'static str) -> Answer {
    kasse.http().send("POST", "/miami/v1/token", &[("authorization", authorization)], body).await
}

#[tokio::test]
async fn it_lives_a_quarter_of_an_hour_and_needs_no_subscription_key() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("acme-shop-1", 1000).await;
    let answer = ask(&kasse, BASIC, FORM).await;
    let mut body = answer.json();
    let token = format!("Bearer {}", body["access_token"].take().as_str().unwrap());
    assert_eq!(
        (answer.status, body),
        (200, json!({ "token_type": "Bearer", "expires_in": "900", "access_token": null }))
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let read = async |headers: &[(&str, &str)]| {
        kasse.http().send("GET", "/epayment/v1/payments/acme-shop-1", headers, "").await.status
    };
    assert_eq!(read(&[("authorization", &token)]).await, 200);
    assert_eq!(read(&[("authorization", &token), ("ocp-apim-subscription-key", example::SUBSCRIPTION_KEY)]).await, 200);
    assert_eq!(
        read(&[("authorization", &token), ("ocp-apim-subscription-key", "ffffffffffffffffffffffffffffffff")]).await,
        401
    );
    assert_eq!(read(&[("authorization", &token), ("merchant-serial-number", "654321")]).await, 403);
    let ordinary = format!("Bearer {}", shop.token);
    assert_eq!(read(&[("authorization", &ordinary)]).await, 401, "an ordinary token still needs its key");
    kasse.clock.advance_wall(Span::milliseconds(15 * 60 * 1000 - 100));
    assert_eq!(read(&[("authorization", &token)]).await, 200);
    kasse.clock.advance_wall(Span::milliseconds(1));
    assert_eq!(read(&[("authorization", &token)]).await, 401);
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_as_oauth_has_it() {
    let kasse = Kasse::start().await;
    for body in ["", "grant_type=password", "grant=client_credentials", "{}"] {
        let answer = ask(&kasse, BASIC, body).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str().unwrap()),
            (400, "unsupported_grant_type"),
            "{body}"
        );
    }
    for authorization in
        ["", "Basic", "Basic !!!", "Basic Zm9v", "Basic Zm9vOmJhcg==", &BASIC.replace("Basic", "Bearer")]
    {
        let answer = ask(&kasse, authorization, FORM).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str().unwrap()),
            (401, "invalid_client"),
            "{authorization}"
        );
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic"));
    }
    assert_eq!(ask(&kasse, BASIC, "scope=x&grant_type=client_credentials").await.status, 200);
    kasse.finish().await;
}
