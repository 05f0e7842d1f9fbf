//! `customer`: the three ways to name a payer, and who may pay.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Setup, Shop};

async fn ask(shop: &Shop, reference: &str, flow: &str, customer: Value) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["userFlow"] = json!(flow);
    proposal["customer"] = customer;
    shop.post("/payments", reference, &proposal).await
}

async fn personal_qr(shop: &Shop, number: &str) -> String {
    let answer = shop.call("GET", &format!("/_kasse/test/wallet/{number}/personal-qr"), &[], "").await;
    answer.json()["content"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

async fn customer_token(shop: &Shop, number: &str) -> String {
    let answer = shop.call("POST", &format!("/_kasse/test/wallet/{number}/customer-token"), &[], "").await;
    answer.json()["customerToken"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

#[tokio::test]
async fn a_payer_is_named_by_the_code_in_the_wallet_for_a_minute() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let content = personal_qr(&shop, "4740000010").await;
    assert!(content.starts_with(&format!("{}/28/2/01/031/", kasse.public_url())), "{content}");
    assert!(!content.contains("4740000010"));
    for (reference, content) in [
        ("personal-qr-1", content.as_str()),
        ("personal-qr-2", "https://qr.example/28/2/01/031/4712345678?v=1"),
        ("personal-qr-3", "https://qr.example/p/4712345678"),
    ] {
        let created = ask(&shop, reference, "PUSH_MESSAGE", json!({ "personalQr": content })).await;
        assert_eq!(created.status, 201, "{content}: {}", created.text());
        let path = format!("/epayment/v1/test/payments/{reference}/approve");
        assert_eq!(shop.call("POST", &path, &[], "").await.status, 200, "the named payer approves");
    }
    kasse.clock.advance(Span::minutes(2));
    let refused = ask(&shop, "personal-qr-4", "PUSH_MESSAGE", json!({ "personalQr": content })).await;
    assert_eq!(
        (refused.outcome().as_str(), refused.json()["title"].clone()),
        ("400 4060", json!("Invalid PersonalQr"))
    );
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_no_code_of_a_wallet_is_4060_and_its_length_holds_at_both_edges() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let of = |length: usize| format!("https://qr.example/{}", "x".repeat(length - "https://qr.example/".len()));
    for content in ["xxxxx".to_owned(), of(255), "https://qr.example/p/123".to_owned()] {
        let refused = ask(&shop, "personal-qr-1", "WEB_REDIRECT", json!({ "personalQr": content })).await;
        assert_eq!(refused.outcome(), "400 4060", "{content}");
    }
    for content in [json!("xxxx"), json!(of(256)), json!({}), json!(true)] {
        let refused = ask(&shop, "personal-qr-1", "WEB_REDIRECT", json!({ "personalQr": content })).await;
        assert_eq!((refused.status, refused.violated()), (400, vec!["customer.personalQr".to_owned()]), "{content}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_payer_is_named_by_a_token_for_a_quarter_of_an_hour_to_one_sales_unit() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let other = kasse.new_shop(domain::merchant::Market::Norway).await;
    let token = customer_token(&shop, "4740000010").await;
    let named = json!({ "customerToken": token });
    assert_eq!(ask(&shop, "customer-token-1", "PUSH_MESSAGE", named.clone()).await.status, 201);
    assert_eq!(ask(&other, "customer-token-1", "PUSH_MESSAGE", named.clone()).await.outcome(), "400 4050");
    kasse.clock.advance(Span::minutes(15));
    assert_eq!(ask(&shop, "customer-token-2", "PUSH_MESSAGE", named.clone()).await.status, 201, "the last moment");
    kasse.clock.advance(Span::milliseconds(1));
    let refused = ask(&shop, "customer-token-3", "PUSH_MESSAGE", named).await;
    assert_eq!(
        (refused.outcome().as_str(), refused.json()["title"].clone()),
        ("400 4050", json!("Invalid CustomerToken"))
    );
    for token in ["", "abc", "ey%382jf8+qk3nnfdsao0i5jlalidugujnakgo9t8ghn"] {
        let refused = ask(&shop, "customer-token-3", "PUSH_MESSAGE", json!({ "customerToken": token })).await;
        assert_eq!(refused.outcome(), "400 4050", "{token}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_payer_is_named_in_one_way_at_most() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let number = json!("4712345678");
    for two in [
        json!({ "phoneNumber": number, "customerToken": "abc" }),
        json!({ "phoneNumber": number, "personalQr": "https://qr.example/p/4712345678" }),
        json!({ "personalQr": "https://qr.example/p/4712345678", "customerToken": "abc" }),
    ] {
        let refused = ask(&shop, "two-customers-1", "WEB_REDIRECT", two.clone()).await;
        assert_eq!((refused.status, refused.violated()), (400, vec!["customer".to_owned()]), "{two}");
    }
    let nobody =
        ask(&shop, "no-customer-1", "WEB_REDIRECT", json!({ "customerInteraction": "CUSTOMER_PRESENT" })).await;
    assert_eq!(nobody.status, 201);
    assert_eq!(ask(&shop, "no-customer-2", "PUSH_MESSAGE", json!({})).await.outcome(), "400 4140");
    kasse.finish().await;
}

#[tokio::test]
async fn who_may_not_pay_is_not_found_and_nobody_learns_why() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut bodies = Vec::new();
    for (number, flow, minimum_age, expected) in [
        ("4740000035", "WEB_REDIRECT", 0, "400 7010"),
        ("4740000035", "PUSH_MESSAGE", 0, "400 7010"),
        ("4740000033", "WEB_REDIRECT", 0, "400 7010"),
        ("4740000034", "WEB_REDIRECT", 18, "201"),
        ("4740000034", "PUSH_MESSAGE", 18, "400 7010"),
        ("4740000034", "PUSH_MESSAGE", 17, "201"),
        ("4740000034", "PUSH_MESSAGE", 0, "201"),
        ("4740000010", "PUSH_MESSAGE", 18, "201"),
    ] {
        let reference = format!("may-pay-{number}-{flow}-{minimum_age}").replace('_', "-");
        let mut proposal = Shop::proposal(&reference, 1000);
        proposal["userFlow"] = json!(flow);
        proposal["customer"]["phoneNumber"] = json!(number);
        proposal["minimumUserAge"] = json!(minimum_age);
        let answer = shop.post("/payments", &reference, &proposal).await;
        assert_eq!(answer.outcome(), expected, "{number} {flow} {minimum_age}");
        if answer.status == 400 {
            let mut body = answer.json();
            body["traceId"] = Value::Null;
            bodies.push(body);
        }
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same words for every reason");
    assert_eq!(bodies[0]["title"], "Customer not found");
    kasse.finish().await;
}

#[tokio::test]
async fn an_approval_in_somebodys_stead_asks_what_that_payer_could() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let danish = kasse.new_shop(domain::merchant::Market::Denmark).await;
    for (number, expected) in [
        ("4740000030", "400 10050"),
        ("4740000031", "500 10010"),
        ("4740000032", "200"),
        ("4740000033", "400 7010"),
        ("4740000035", "400 7010"),
        ("471234567", "400 4070"),
    ] {
        let reference = format!("in-stead-of-{number}");
        shop.create(&reference, 1000).await;
        let body = json!({ "customer": { "phoneNumber": number } });
        let answer = shop.post(&format!("/test/payments/{reference}/approve"), "ignored", &body).await;
        assert_eq!(answer.outcome(), expected, "{number}");
    }
    let mut proposal = Shop::proposal("blocked-source-1", 1000);
    proposal["amount"]["currency"] = json!("DKK");
    proposal["paymentMethod"]["blockedSources"] = json!(["COMMERCIAL_CARDS"]);
    assert_eq!(danish.post("/payments", "b", &proposal).await.status, 201);
    for (number, expected) in [("4520000032", "400 10040"), ("4520000010", "200")] {
        let body = json!({ "customer": { "phoneNumber": number } });
        let answer = danish.post("/test/payments/blocked-source-1/approve", "ignored", &body).await;
        assert_eq!(answer.outcome(), expected, "{number}");
    }
    let mut proposal = Shop::proposal("adults-only-1", 1000);
    proposal["minimumUserAge"] = json!(18);
    shop.post("/payments", "a", &proposal).await;
    let body = json!({ "customer": { "phoneNumber": "4740000034" } });
    let answer = shop.post("/test/payments/adults-only-1/approve", "ignored", &body).await;
    assert_eq!(answer.outcome(), "400 7010");
    kasse.finish().await;
}

#[tokio::test]
async fn where_not_any_number_works_only_the_listed_ones_do() {
    let kasse = Kasse::with(Setup { any_phone_number: false, ..Setup::default() }).await;
    let shop = kasse.shop().await;
    for (number, expected) in
        [("4712345678", "400 7010"), ("4740000010", "201"), ("4740000045", "201"), ("4740000046", "400 7010")]
    {
        let reference = format!("listed-{number}");
        let answer = ask(&shop, &reference, "PUSH_MESSAGE", json!({ "phoneNumber": number })).await;
        assert_eq!(answer.outcome(), expected, "{number}");
    }
    kasse.finish().await;
}
