//! `shipping`: payments whose payer chooses how they are delivered.

use domain::{
    merchant::Flag,
    money::MinorUnits,
    payer::{Address, Delivery},
    payment::{Approval, Payment},
    text::Reference,
};
use engine::{
    Answer as Kept, Outcome,
    access::{Credentials, SubscriptionKey},
};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

const SCOPE: &str = "name email phoneNumber address";

fn option(id: &str) -> Value {
    json!({ "id": id, "amount": { "currency": "NOK", "value": 9900 }, "name": "A-post", "isDefault": true, "priority": 1,
            "meta": "Keybox", "estimatedDelivery": "1-2 days" })
}

fn fixed() -> Value {
    json!({ "fixedOptions": [
        { "type": "HOME_DELIVERY", "brand": "POSTEN", "isDefault": true, "priority": 0, "options": [option("home-1")] },
        { "type": "PICKUP_POINT", "brand": "OTHER", "options": [option("pickup-1"), option("pickup-2")] },
    ], "allowedCountries": ["NO", "SE"] })
}

/// So many groups of one option each.
fn groups(count: usize) -> Value {
    let group =
        |number: usize| json!({ "type": "OTHER", "brand": "OTHER", "options": [option(&format!("option-{number}"))] });
    (0..count).map(group).collect()
}

fn dynamic() -> Value {
    json!({ "dynamicOptions": { "callbackUrl": "https://example.com/shipping", "callbackAuthorizationToken": "secret" } })
}

async fn ask(shop: &Shop, reference: &str, scope: &str, shipping: Value) -> Answer {
    let mut proposal = Shop::proposal(reference, 49_900);
    proposal["profile"] = json!({ "scope": scope });
    proposal["shipping"] = shipping;
    shop.post("/payments", reference, &proposal).await
}

#[tokio::test]
async fn the_payer_says_how_and_pays_for_it() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(ask(&shop, "express-1", SCOPE, fixed()).await.status, 201);
    for body in [
        json!({ "customer": { "phoneNumber": "4712345678" } }),
        json!({ "customer": { "phoneNumber": "4740000030" } }),
        json!({ "token": "x" }),
    ] {
        let approved = shop.post("/test/payments/express-1/approve", "ignored", &body).await;
        let title = approved.json()["title"].clone();
        assert_eq!((approved.outcome().as_str(), title), ("400 10060", json!("Operation not supported")), "{body}");
    }
    // The wallet that asks the payer is not there yet, so the choice is made where the wallet will make it.
    let address = Address {
        line_1: "Storgata 1".into(),
        line_2: Some("Apt 3".into()),
        city: "Oslo".into(),
        post_code: "0155".into(),
        country: "NO".into(),
    };
    let delivery = Delivery {
        address,
        cost: MinorUnits::new(9_900).unwrap(),
        option_id: "home-1".into(),
        option_name: "A-post".into(),
    };
    let subscription_key = SubscriptionKey::Sent(Some(&shop.subscription_key));
    let credentials = Credentials { subscription_key, bearer: Some(&shop.token), msn: None };
    let tenant = kasse.engine().authorize(credentials).unwrap();
    let approval = Approval { delivery: Some(Box::new(delivery)), ..Approval::default() };
    let answer = Box::new(|_: &Payment| Kept::none());
    let outcome = kasse.engine().authorize_payment(&tenant, Reference::parse("express-1").unwrap(), approval, answer);
    assert_eq!(outcome.await, Ok(Outcome::Done(Kept::none())));
    let payment = shop.get("/payments/express-1").await.json();
    assert_eq!(payment["amount"]["value"], 59_800);
    assert_eq!(payment["aggregate"]["authorizedAmount"]["value"], 59_800);
    assert_eq!(
        payment["shippingDetails"],
        json!({
            "address": { "addressLine1": "Storgata 1", "addressLine2": "Apt 3", "city": "Oslo", "country": "NO", "postCode": "0155" },
            "shippingCost": 9900,
            "shippingOptionId": "home-1",
            "shippingOptionName": "A-post",
        })
    );
    assert_eq!(shop.capture("express-1", "c", 59_800).await.status, 200);
    assert_eq!(shop.standing("express-1").await, "AUTHORIZED a=59800 c=59800 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn it_asks_for_exactly_four_claims_and_a_sales_unit_that_may() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for scope in ["", "name", "name email phoneNumber", "name email phoneNumber address birthDate"] {
        let refused = ask(&shop, "express-scope", scope, dynamic()).await;
        assert_eq!(refused.outcome(), "400 4080", "{scope}");
    }
    assert_eq!(ask(&shop, "express-scope", "address phoneNumber email name", dynamic()).await.status, 201);
    kasse.switch(&shop, Flag::ExpressAllowed, false).await;
    let refused = ask(&shop, "express-flag", SCOPE, fixed()).await;
    assert_eq!(
        (refused.outcome().as_str(), refused.json()["title"].clone()),
        ("403 5020", json!("Express payment not allowed"))
    );
    kasse.finish().await;
}

#[tokio::test]
async fn without_shipping_the_same_scope_is_plain_sharing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(ask(&shop, "no-express-1", SCOPE, Value::Null).await.status, 201);
    assert_eq!(shop.approve("no-express-1").await.status, 200);
    let payment = shop.get("/payments/no-express-1").await.json();
    assert!(payment.get("shippingDetails").is_none() && payment.get("userDetails").is_some());
    kasse.finish().await;
}

#[tokio::test]
async fn an_empty_list_has_a_number_of_its_own() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let empty = json!({ "type": "OTHER", "brand": "OTHER", "options": [] });
    for options in [json!([]), json!([empty])] {
        let refused = ask(&shop, "express-empty", SCOPE, json!({ "fixedOptions": options })).await;
        assert_eq!(
            (refused.outcome().as_str(), refused.json()["detail"].clone()),
            ("400 4140", json!("Missing static shipping details"))
        );
    }
    let mut unsaid = fixed();
    unsaid["fixedOptions"][0]["options"][0]["meta"] = json!("");
    unsaid["fixedOptions"][0]["options"][0]["estimatedDelivery"] = json!("");
    assert_eq!(ask(&shop, "express-unsaid", SCOPE, unsaid).await.status, 201, "what is only shown may be empty");
    kasse.finish().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_called_is_4090() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (url, expected) in [
        ("https://example.com/a", "201"),
        ("http://127.0.0.1:3000/a", "201"),
        ("http://example.com/a", "201"),
        ("myapp://callback", "400 4090"),
        ("example.com", "400 4090"),
        ("https://user@example.com/", "400 4090"),
        (&format!("https://example.com/{}", "a".repeat(2480)), "201"),
        (&format!("https://example.com/{}", "a".repeat(2481)), "400 4090"),
    ] {
        let reference = format!("express-url-{}", url.len());
        let shipping = json!({ "dynamicOptions": { "callbackUrl": url } });
        let answer = ask(&shop, &reference, SCOPE, shipping).await;
        assert_eq!(answer.outcome(), expected, "{url}");
        if answer.status == 400 {
            assert!(answer.json()["detail"].as_str().unwrap().contains("shipping.dynamicOptions.callbackUrl"));
        }
    }
    kasse.finish().await;
}

#[tokio::test]
async fn every_field_is_judged_and_every_violation_named() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let of = |change: fn(&mut Value)| {
        let mut shipping = fixed();
        change(&mut shipping);
        shipping
    };
    let cases: [(Value, &[&str]); 17] = [
        (json!({}), &["shipping"]),
        (json!("express"), &["shipping"]),
        (of(|shipping| shipping["dynamicOptions"] = dynamic()["dynamicOptions"].clone()), &["shipping"]),
        (of(|shipping| shipping["fixedOptions"] = json!({})), &["shipping.fixedOptions"]),
        (of(|shipping| shipping["fixedOptions"][0]["type"] = json!("DRONE")), &["shipping.fixedOptions[0].type"]),
        (of(|shipping| shipping["fixedOptions"][0]["brand"] = Value::Null), &["shipping.fixedOptions[0].brand"]),
        (of(|shipping| shipping["fixedOptions"][1]["options"] = Value::Null), &["shipping.fixedOptions[1].options"]),
        (
            of(|shipping| shipping["fixedOptions"][1]["isDefault"] = json!("yes")),
            &["shipping.fixedOptions[1].isDefault"],
        ),
        (of(|shipping| shipping["fixedOptions"][1]["priority"] = json!(1.5)), &["shipping.fixedOptions[1].priority"]),
        (
            of(|shipping| shipping["fixedOptions"][1]["options"][1]["id"] = json!("home-1")),
            &["shipping.fixedOptions[1].options[1].id"],
        ),
        (
            of(|shipping| shipping["fixedOptions"][0]["options"][0] = json!({})),
            &[
                "shipping.fixedOptions[0].options[0].amount",
                "shipping.fixedOptions[0].options[0].id",
                "shipping.fixedOptions[0].options[0].name",
            ],
        ),
        (
            of(|shipping| shipping["fixedOptions"][0]["options"][0]["amount"]["value"] = json!(-1)),
            &["shipping.fixedOptions[0].options[0].amount.value"],
        ),
        (
            of(|shipping| shipping["fixedOptions"][0]["options"][0]["amount"]["currency"] = json!("DKK")),
            &["shipping.fixedOptions[0].options[0].amount.currency"],
        ),
        (
            of(|shipping| shipping["fixedOptions"][0]["options"][0]["name"] = json!("x".repeat(256))),
            &["shipping.fixedOptions[0].options[0].name"],
        ),
        (of(|shipping| shipping["fixedOptions"] = groups(101)), &["shipping.fixedOptions"]),
        (
            of(|shipping| shipping["allowedCountries"] = json!(["NO", "Sweden", 7])),
            &["shipping.allowedCountries[1]", "shipping.allowedCountries[2]"],
        ),
        (json!({ "dynamicOptions": {} }), &["shipping.dynamicOptions.callbackUrl"]),
    ];
    for (shipping, expected) in cases {
        let refused = ask(&shop, "express-bad-1", SCOPE, shipping.clone()).await;
        assert_eq!(
            (refused.status, refused.violated()),
            (400, expected.iter().map(|name| (*name).to_owned()).collect()),
            "{shipping}"
        );
    }
    assert_eq!(shop.get("/payments/express-bad-1").await.status, 404, "nothing was created");
    for (of, good) in [("x".repeat(255), true), (String::new(), false)] {
        let mut shipping = fixed();
        shipping["fixedOptions"][0]["options"][0]["name"] = json!(of);
        let answer = ask(&shop, "express-edge-1", SCOPE, shipping).await;
        assert_eq!(answer.status == 201, good, "{} characters", of.len());
    }
    kasse.finish().await;
}
