//! What is different where real payments are served.

use engine::merchant::example;
use store::Mode;
use testkit::{Kasse, Setup, Shop};

async fn production() -> Kasse {
    Kasse::with(Setup { mode: Mode::Production, ..Setup::default() }).await
}

#[tokio::test]
async fn the_published_example_keys_are_nobodys() {
    let kasse = production().await;
    let headers = [
        ("client_id", example::CLIENT_ID),
        ("client_secret", example::CLIENT_SECRET),
        ("ocp-apim-subscription-key", example::SUBSCRIPTION_KEY),
    ];
    let answer = kasse.http().send("POST", "/accesstoken/get", &headers, "").await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("invalid subscription key"));
    assert!(kasse.engine().sales_units().await.unwrap().is_empty());
    kasse.finish().await;
}

#[tokio::test]
async fn force_approve_is_one_fixed_refusal_and_nothing_happens() {
    let kasse = production().await;
    let shop = kasse.new_shop(domain::merchant::Market::Norway).await;
    assert_eq!(shop.create("production-1", 1000).await.status, 201);
    for reference in ["production-1", "no-such-payment", "x"] {
        assert_eq!(shop.approve(reference).await.outcome(), "403 10020");
    }
    assert_eq!(shop.standing("production-1").await, "CREATED a=0 c=0 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn tokens_live_a_day() {
    let kasse = production().await;
    let shop = kasse.new_shop(domain::merchant::Market::Finland).await;
    let headers = [
        ("client_id", shop.client_id.as_str()),
        ("client_secret", &shop.client_secret),
        ("ocp-apim-subscription-key", &shop.subscription_key),
    ];
    let answer = kasse.http().send("POST", "/accesstoken/get", &headers, "").await;
    assert_eq!(answer.json()["expires_in"], "86400");
    kasse.finish().await;
}

#[tokio::test]
async fn payers_are_sent_to_https_only() {
    let kasse = production().await;
    let shop = kasse.new_shop(domain::merchant::Market::Norway).await;
    let mut proposal = Shop::proposal("insecure-url-1", 1000);
    proposal["returnUrl"] = "http://127.0.0.1:3000/".into();
    assert_eq!(shop.post("/payments", "insecure-url-1", &proposal).await.outcome(), "400 4090");
    kasse.finish().await;
}

#[tokio::test]
async fn a_token_of_a_sandbox_is_none_here() {
    let sandbox = Kasse::start().await;
    let token = sandbox.shop().await.token;
    let kasse = production().await;
    let mut shop = kasse.new_shop(domain::merchant::Market::Norway).await;
    shop.token = token;
    assert_eq!(shop.get("/payments/acme-shop-1").await.status, 401);
    sandbox.finish().await;
    kasse.finish().await;
}
