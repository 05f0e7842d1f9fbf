//! `POST /accesstoken/get`.

use domain::{merchant::Market, text::Msn, time::Span};
use engine::{KeyHolder, KeyKind, merchant::example};
use serde_json::json;
use testkit::{Answer, Kasse};

const KEYS: [(&str, &str); 3] = [
    ("client_id", example::CLIENT_ID),
    ("client_secret", example::CLIENT_SECRET),
    ("ocp-apim-subscription-key", example::SUBSCRIPTION_KEY),
];

async fn ask(kasse: &Kasse, headers: &[(&str, &str)]) -> Answer {
    kasse.http().send("POST", "/accesstoken/get", headers, "").await
}

/// The published keys with one replaced, or left out where the replacement is empty.
fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    KEYS.into_iter()
        .map(|(known, own)| if known == name { (known, value) } else { (known, own) })
        .filter(|(known, value)| *known != name || !value.is_empty())
        .collect()
}

#[tokio::test]
async fn the_answer_has_seven_strings() {
    let kasse = Kasse::start().await;
    let answer = ask(&kasse, &KEYS).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
    let mut body = answer.json();
    let token = body["access_token"].take();
    assert_eq!(token.as_str().unwrap().split('.').count(), 3);
    assert_eq!(
        body,
        json!({
            "token_type": "Bearer",
            "expires_in": "3600",
            "ext_expires_in": "3600",
            "expires_on": "1768843592",
            "not_before": "1768839692",
            "resource": "00000002-0000-0000-c000-000000000000",
            "access_token": null,
        })
    );
    kasse.finish().await;
}

#[tokio::test]
async fn letter_case_body_and_other_headers_do_not_matter() {
    let kasse = Kasse::start().await;
    for path in ["/accesstoken/get", "/accessToken/get", "/AccessToken/Get", "/ACCESSTOKEN/GET"] {
        assert_eq!(kasse.http().send("POST", path, &KEYS, "").await.status, 200, "{path}");
    }
    for body in ["", "grant_type=client_credentials", "{}", "not json {"] {
        let mut headers = KEYS.to_vec();
        headers.extend([
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", "Basic Zm9vOmJhcg=="),
            ("idempotency-key", "0b5cb5ba-7a64-43e2-8e12-f3ea2a8ab1a4"),
            ("vipps-system-name", ""),
        ]);
        assert_eq!(kasse.http().send("POST", "/accesstoken/get", &headers, body).await.status, 200, "{body}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_gateway_answers_for_the_subscription_key() {
    let kasse = Kasse::start().await;
    let missing = ask(&kasse, &with("ocp-apim-subscription-key", "")).await;
    let message = "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.";
    assert_eq!((missing.status, missing.json()), (401, json!({ "statusCode": 401, "message": message })));
    let challenge = missing.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("AzureApiManagementKey realm="), "{challenge}");
    let unknown = ask(&kasse, &with("ocp-apim-subscription-key", "00000000000000000000000000000000")).await;
    let message =
        "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
    assert_eq!((unknown.status, unknown.json()), (401, json!({ "statusCode": 401, "message": message })));
    let nobody = ask(&kasse, &[]).await;
    assert_eq!(nobody.json(), missing.json(), "the gateway is asked before the identity provider");
    kasse.finish().await;
}

#[tokio::test]
async fn the_identity_provider_answers_for_id_and_secret() {
    let kasse = Kasse::start().await;
    for (name, value, status, error, code) in [
        ("client_id", "00000000-0000-0000-0000-000000000000", 400, "unauthorized_client", 700_016),
        ("client_id", "", 400, "invalid_request", 900_144),
        ("client_secret", "d3Jvbmc=", 401, "invalid_client", 7_000_215),
        ("client_secret", "", 401, "invalid_client", 7_000_216),
    ] {
        let answer = ask(&kasse, &with(name, value)).await;
        let body = answer.json();
        assert_eq!((answer.status, body["error"].as_str().unwrap()), (status, error), "{name}={value}");
        assert_eq!(body["error_codes"], json!([code]));
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")));
        assert_eq!(body["timestamp"], "2026-01-19 16:26:32Z");
        for name in ["trace_id", "correlation_id"] {
            assert!(body[name].is_string(), "{name}");
        }
        let page = body["error_uri"].as_str().unwrap().strip_prefix(kasse.public_url()).unwrap().to_owned();
        let page = kasse.http().send("GET", &page, &[], "").await;
        assert!(page.status == 200 && page.text().contains(&code.to_string()), "{}", page.text());
    }
    kasse.finish().await;
}

#[tokio::test]
async fn no_error_repeats_a_secret_sent_in_the_wrong_place() {
    let kasse = Kasse::start().await;
    let answer = ask(&kasse, &with("client_id", example::CLIENT_SECRET)).await;
    assert!(!answer.text().contains(example::CLIENT_SECRET), "{}", answer.text());
    kasse.finish().await;
}

#[tokio::test]
async fn keys_of_two_sets_do_not_mix() {
    let kasse = Kasse::start().await;
    let other = kasse.new_shop(Market::Norway).await;
    let mixed = ask(&kasse, &with("ocp-apim-subscription-key", &other.subscription_key)).await;
    assert_eq!(mixed.status, 401);
    assert!(mixed.text().contains("invalid subscription key"), "{}", mixed.text());
    kasse.finish().await;
}

#[tokio::test]
async fn a_token_serves_until_the_instant_it_lapses() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    kasse.clock.advance(Span::days(30));
    assert_eq!(shop.create("moved-clock-1", 1000).await.status, 201, "business time is not the token's time");
    kasse.clock.advance_wall(Span::milliseconds(3_599_900));
    assert_eq!(shop.get("/payments/moved-clock-1").await.status, 200);
    kasse.clock.advance_wall(Span::milliseconds(1));
    assert_eq!(shop.get("/payments/moved-clock-1").await.status, 401);
    kasse.finish().await;
}

#[tokio::test]
async fn a_key_made_anew_replaces_the_old_at_once_and_tokens_run_out_by_themselves() {
    let kasse = Kasse::start().await;
    let mut shop = kasse.shop().await;
    shop.create("key-rotation-1", 1000).await;
    let holder = KeyHolder::SalesUnit(Msn::parse(&shop.msn).unwrap());
    let renew = async |key| kasse.engine().regenerate_key(&holder, key).await.unwrap().unwrap().to_string();
    let secondary = renew(KeyKind::SecondarySubscriptionKey).await;
    assert_eq!(shop.get("/payments/key-rotation-1").await.status, 200, "the primary key is another");
    let primary = std::mem::replace(&mut shop.subscription_key, secondary);
    assert_eq!(shop.get("/payments/key-rotation-1").await.status, 200, "either key serves the token");
    let new_primary = renew(KeyKind::PrimarySubscriptionKey).await;
    shop.subscription_key = primary;
    assert_eq!(shop.get("/payments/key-rotation-1").await.status, 401);
    shop.subscription_key = new_primary;
    let secret = renew(KeyKind::ClientSecret).await;
    assert_eq!(shop.get("/payments/key-rotation-1").await.status, 200, "the token outlives the secret it was got with");
    let headers = |secret: &str| {
        [
            ("client_id", shop.client_id.clone()),
            ("client_secret", secret.to_owned()),
            ("ocp-apim-subscription-key", shop.subscription_key.clone()),
        ]
    };
    for (secret, expected) in [(shop.client_secret.clone(), 401), (secret.clone(), 200)] {
        let headers = headers(&secret);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(ask(&kasse, &headers).await.status, expected);
    }
    let nobody = KeyHolder::SalesUnit(Msn::parse("999999").unwrap());
    assert!(kasse.engine().regenerate_key(&nobody, KeyKind::ClientSecret).await.unwrap().is_none());
    kasse.finish().await;
}

#[tokio::test]
async fn a_new_key_signs_every_thirty_days_and_no_token_is_lost_to_it() {
    let key_of = |token: &str| token.split('.').next().unwrap().to_owned();
    let kasse = Kasse::start().await;
    let mut shop = kasse.shop().await;
    let first_key = key_of(&shop.token);
    shop.create("key-renewal-1", 1000).await;
    for round in 0..10 {
        kasse.clock.advance_wall(Span::days(10));
        // Time enough that the key before the present one is let go.
        assert_eq!(kasse.renew_signing_keys().await, round > 0);
        kasse.clock.advance_wall(Span::days(20).minus(Span::minutes(30)));
        shop.token = shop.new_token().await;
        assert!(!kasse.renew_signing_keys().await, "round {round}: not before its time");
        kasse.clock.advance_wall(Span::minutes(30));
        assert!(kasse.renew_signing_keys().await, "round {round}");
        // Asked for the first time now, when its key has a successor.
        assert_eq!(shop.get("/payments/key-renewal-1").await.status, 200, "round {round}");
        let still = shop.new_token().await;
        assert_eq!(key_of(&still), key_of(&shop.token), "round {round}: every node is to know the new one first");
        kasse.clock.advance_wall(Span::minutes(1));
        let successor = shop.new_token().await;
        assert_ne!(key_of(&successor), key_of(&shop.token), "round {round}");
    }
    assert_ne!(key_of(&shop.token), first_key);
    let kasse = kasse.restart(|_| {}).await;
    let mut restarted = kasse.shop().await;
    restarted.token = shop.token;
    assert_eq!(restarted.get("/payments/key-renewal-1").await.status, 200);
    kasse.finish().await;
}

#[tokio::test]
async fn many_tokens_are_good_at_once_and_after_a_restart() {
    let kasse = Kasse::start().await;
    let first = kasse.shop().await;
    kasse.clock.advance_wall(Span::seconds(5));
    let second = kasse.shop().await;
    assert_ne!(first.token, second.token);
    assert_eq!(first.create("two-tokens-1", 1000).await.status, 201);
    let token = second.token.clone();
    let kasse = kasse.restart(|_| {}).await;
    let mut shop = kasse.shop().await;
    shop.token = token;
    assert_eq!(shop.get("/payments/two-tokens-1").await.status, 200);
    kasse.finish().await;
}
