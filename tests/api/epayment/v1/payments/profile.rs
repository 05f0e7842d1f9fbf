//! `profile.scope`: what a merchant is told of a payer, and what not.

use domain::{merchant::Flag, time::Span};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

async fn ask(shop: &Shop, reference: &str, scope: &str) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["profile"] = json!({ "scope": scope });
    shop.post("/payments", reference, &proposal).await
}

/// The payment once its payer, nobody special, has approved.
async fn approved(shop: &Shop, reference: &str, scope: &str) -> Value {
    let created = ask(shop, reference, scope).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let path = format!("/payments/{reference}");
    assert_eq!(shop.get(&path).await.json()["profile"], json!({}), "nothing before the payer has approved");
    assert!(shop.get(&path).await.json().get("userDetails").is_none());
    assert_eq!(shop.approve(reference).await.status, 200);
    shop.get(&path).await.json()
}

async fn userinfo(shop: &Shop, sub: &str) -> Answer {
    let authorization = format!("Bearer {}", shop.token);
    let headers = [("authorization", authorization.as_str())];
    shop.http.send("GET", &format!("/vipps-userinfo-api/userinfo/{sub}"), &headers, "").await
}

#[tokio::test]
async fn everything_that_was_asked_for_is_told_at_the_payment_and_at_userinfo() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let payment = approved(&shop, "profile-all-1", "name email phoneNumber birthDate address").await;
    let sub = payment["profile"]["sub"].as_str().expect("an id").to_owned();
    assert_eq!(
        payment["userDetails"],
        json!({
            "email": "payer-4712345678@example.com",
            "firstName": "Hanna",
            "lastName": "Lund",
            "mobileNumber": "4712345678",
            "dateOfBirth": "1973-08-12",
            "addresses": [{ "addressLine1": "Storgata 68", "city": "Oslo", "country": "NO", "postCode": "0155" }],
        })
    );
    let answer = userinfo(&shop, &sub).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json; charset=utf-8")));
    assert_eq!(
        answer.json(),
        json!({
            "sub": sub,
            "name": "Hanna Lund",
            "given_name": "Hanna",
            "family_name": "Lund",
            "email": "payer-4712345678@example.com",
            "email_verified": true,
            "phone_number": "4712345678",
            "birthdate": "1973-08-12",
            "address": {
                "address_type": "home",
                "street_address": "Storgata 68",
                "postal_code": "0155",
                "region": "Oslo",
                "country": "NO",
                "formatted": "Storgata 68\n0155\nOslo\nNO",
            },
            "other_addresses": [],
        })
    );
    kasse.finish().await;
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_told() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let payment = approved(&shop, "profile-name-1", "name").await;
    assert_eq!(
        payment["userDetails"],
        json!({ "email": "", "firstName": "Hanna", "lastName": "Lund", "mobileNumber": "" })
    );
    let sub = payment["profile"]["sub"].as_str().unwrap();
    assert_eq!(
        userinfo(&shop, sub).await.json(),
        json!({ "sub": sub, "name": "Hanna Lund", "given_name": "Hanna", "family_name": "Lund" })
    );
    let none = approved(&shop, "profile-none-1", " ").await;
    assert_eq!((&none["profile"], none.get("userDetails")), (&json!({}), None));
    kasse.finish().await;
}

#[tokio::test]
async fn a_payer_is_the_same_at_every_payment_of_one_sales_unit_and_another_elsewhere() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let other = kasse.new_shop(domain::merchant::Market::Norway).await;
    let sub = |payment: &Value| payment["profile"]["sub"].as_str().unwrap().to_owned();
    let first = sub(&approved(&shop, "profile-sub-1", "name").await);
    let second = sub(&approved(&shop, "profile-sub-2", "email").await);
    let elsewhere = sub(&approved(&other, "profile-sub-1", "name").await);
    assert_eq!(first, second);
    assert_ne!(first, elsewhere);
    assert_eq!(userinfo(&other, &first).await.status, 404, "another sales unit's payer");
    assert_eq!(userinfo(&shop, &elsewhere).await.status, 404);
    let told = userinfo(&shop, &first).await.json();
    assert!(told.get("email").is_some() && told.get("name").is_none(), "what was shared last: {told}");
    kasse.finish().await;
}

#[tokio::test]
async fn userinfo_lasts_168_hours_after_the_approval() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let payment = approved(&shop, "profile-week-1", "name").await;
    let sub = payment["profile"]["sub"].as_str().unwrap();
    // The approval lies a millisecond after the creation, as every event after the one before it.
    kasse.clock.advance(Span::days(7));
    assert_eq!(userinfo(&shop, sub).await.status, 200, "the last moment");
    kasse.clock.advance(Span::milliseconds(1));
    let over = userinfo(&shop, sub).await;
    assert_eq!((over.status, over.header("content-type")), (404, Some("application/problem+json; charset=utf-8")));
    assert_eq!(over.json()["instance"], format!("/userinfo/{sub}"));
    assert_eq!(shop.get("/payments/profile-week-1").await.json()["userDetails"]["firstName"], "Hanna");
    kasse.finish().await;
}

#[tokio::test]
async fn userinfo_needs_a_token_and_looks_at_no_subscription_key() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let payment = approved(&shop, "profile-token-1", "name").await;
    let path = format!("/vipps-userinfo-api/userinfo/{}", payment["profile"]["sub"].as_str().unwrap());
    let good = format!("Bearer {}", shop.token);
    for (headers, expected) in [
        (vec![("authorization", good.as_str())], 200),
        (vec![("authorization", good.as_str()), ("ocp-apim-subscription-key", "nobody's")], 200),
        (vec![("authorization", good.as_str()), ("merchant-serial-number", shop.msn.as_str())], 200),
        (vec![("authorization", good.as_str()), ("merchant-serial-number", "654321")], 403),
        (vec![("authorization", "Bearer x")], 401),
        (vec![("ocp-apim-subscription-key", shop.subscription_key.as_str())], 401),
        (vec![], 401),
    ] {
        assert_eq!(kasse.http().send("GET", &path, &headers, "").await.status, expected, "{headers:?}");
    }
    for sub in ["x", "00000000-0000-4000-8000-000000000000", "%00"] {
        assert_eq!(userinfo(&shop, sub).await.status, 404, "{sub}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_scope_of_unknown_words_is_4080_and_a_restricted_one_needs_permission() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for scope in ["openid", "name Email", "name,email", "name surname"] {
        let refused = ask(&shop, "scope-refused-1", scope).await;
        assert_eq!((refused.outcome().as_str(), refused.json()["title"].clone()), ("400 4080", json!("Invalid scope")));
    }
    assert_eq!(ask(&shop, "scope-nin-1", "name nin").await.status, 201);
    kasse.switch(&shop, Flag::RestrictedScopesAllowed, false).await;
    for scope in ["nin", "name accountNumbers"] {
        let refused = ask(&shop, "scope-refused-1", scope).await;
        assert_eq!((refused.outcome().as_str(), refused.json()["title"].clone()), ("403 5030", json!("Illegal scope")));
    }
    assert_eq!(ask(&shop, "scope-plain-1", "name").await.status, 201);
    let mut proposal = Shop::proposal("scope-refused-1", 1000);
    proposal["profile"] = json!({ "scope": ["name"] });
    assert_eq!(shop.post("/payments", "s", &proposal).await.violated(), ["profile.scope"]);
    proposal["profile"] = json!("name");
    assert_eq!(shop.post("/payments", "s", &proposal).await.violated(), ["profile"]);
    kasse.finish().await;
}

#[tokio::test]
async fn payers_of_whom_something_is_special_say_so() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, path, expected) in [
        ("4740000037", "/address/country", json!("DE")),
        ("4740000038", "/email_verified", json!(false)),
        ("4740000039", "/other_addresses/1/address_type", json!("other")),
    ] {
        let reference = format!("special-{number}");
        ask(&shop, &reference, "name email address").await;
        let body = json!({ "customer": { "phoneNumber": number } });
        shop.post(&format!("/test/payments/{reference}/approve"), "ignored", &body).await;
        let payment = shop.get(&format!("/payments/{reference}")).await.json();
        let told = userinfo(&shop, payment["profile"]["sub"].as_str().unwrap()).await.json();
        assert_eq!(told.pointer(path), Some(&expected), "{number}: {told}");
    }
    kasse.finish().await;
}
