//! What is sent of each event of a payment, byte for byte, as the delivery log shows it.

use domain::{
    merchant::Flag,
    money::MinorUnits,
    payer::{Address, Delivery},
    payment::{Approval, Command, Payment},
    text::Reference,
    time::Span,
};
use engine::{
    Answer as Kept, Outcome,
    access::{Credentials, SubscriptionKey, Tenant},
};
use serde_json::{Value, json};
use testkit::{Kasse, Shop};

use super::{PAYMENT_EVENTS, URL};

/// Every body that is sent of a payment, oldest first.
pub async fn bodies(shop: &Shop, reference: &str) -> Vec<String> {
    let list = shop.call("GET", &format!("/_kasse/webhooks/deliveries?reference={reference}"), &[], "").await.json();
    let mut bodies = Vec::new();
    for delivery in list["deliveries"].as_array().unwrap().iter().rev() {
        let id = delivery["id"].as_str().unwrap();
        let detail = shop.call("GET", &format!("/_kasse/webhooks/deliveries/{id}"), &[], "").await.json();
        assert_eq!(detail["name"], serde_json::from_str::<Value>(detail["body"].as_str().unwrap()).unwrap()["name"]);
        bodies.push(detail["body"].as_str().unwrap().to_owned());
    }
    bodies
}

/// The same, made of the payment's log by hand.
async fn expected(shop: &Shop, reference: &str) -> Vec<String> {
    let events = shop.get(&format!("/payments/{reference}/events")).await.json();
    let payment = shop.get(&format!("/payments/{reference}")).await.json();
    let guaranteed = payment["captureGuaranteedUntil"].as_str();
    let of = |event: &Value| {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let key = event["idempotencyKey"].as_str().map_or(String::new(), |key| format!(r#""idempotencyKey":"{key}","#));
        let guaranteed = guaranteed.filter(|_| event["name"] == "AUTHORIZED");
        let guaranteed = guaranteed.map_or(String::new(), |at| format!(r#","captureGuaranteedUntil":"{at}""#));
        format!(
            concat!(
                r#"{{"msn":"{}","reference":"{}","pspReference":"{}","name":"{}","#,
                r#""amount":{{"currency":"NOK","value":{}}},"timestamp":"{}",{}"success":true{}}}"#
            ),
            shop.msn,
            reference,
            text("pspReference"),
            text("name"),
            event["amount"]["value"],
            text("timestamp"),
            key,
            guaranteed,
        )
    };
    events.as_array().unwrap().iter().map(of).collect()
}

fn said(body: &str) -> (String, i64, Option<String>) {
    let body: Value = serde_json::from_str(body).unwrap();
    let key = body["idempotencyKey"].as_str().map(str::to_owned);
    (body["name"].as_str().unwrap().to_owned(), body["amount"]["value"].as_i64().unwrap(), key)
}

fn tenant(kasse: &Kasse, shop: &Shop) -> Tenant {
    let subscription_key = SubscriptionKey::Sent(Some(&shop.subscription_key));
    kasse.engine().authorize(Credentials { subscription_key, bearer: Some(&shop.token), msn: None }).unwrap()
}

#[tokio::test]
async fn all_eight_events_are_sent_as_the_log_has_them() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.register(URL, &PAYMENT_EVENTS).await.status, 201);
    // Only what happened at different moments has an order in the delivery log.
    let later = || kasse.clock.pass(Span::seconds(1));
    shop.create("told-captured-1", 49_900).await;
    later();
    assert_eq!(shop.approve("told-captured-1").await.status, 200);
    later();
    assert_eq!(shop.capture("told-captured-1", "capture", 10_000).await.status, 200);
    later();
    assert_eq!(shop.capture("told-captured-1", "capture", 10_000).await.status, 200, "a repetition is told nobody");
    assert_eq!(shop.refund("told-captured-1", "refund", 5_000).await.status, 200);
    later();
    assert_eq!(shop.cancel("told-captured-1", "cancel").await.status, 200);
    shop.create("told-terminated-1", 49_900).await;
    later();
    assert_eq!(shop.cancel("told-terminated-1", "cancel").await.status, 200);
    shop.create("told-aborted-1", 49_900).await;
    later();
    let answer = Box::new(|_: &Payment| Kept::none());
    let aborted = Reference::parse("told-aborted-1").unwrap();
    let aborted = kasse.engine().command(&tenant(&kasse, &shop), aborted, Command::Abort, None, answer).await;
    assert_eq!(aborted, Ok(Outcome::Done(Kept::none())));
    shop.create("told-expired-1", 49_900).await;
    kasse.clock.advance(Span::minutes(10));
    assert_eq!(shop.standing("told-expired-1").await, "EXPIRED a=0 c=0 r=0 x=0");
    let keyed = |name: &str, value: i64, key: &str| (name.to_owned(), value, Some(key.to_owned()));
    for (reference, told) in [
        (
            "told-captured-1",
            vec![
                keyed("CREATED", 49_900, "told-captured-1"),
                keyed("AUTHORIZED", 49_900, "told-captured-1"),
                keyed("CAPTURED", 10_000, "capture"),
                keyed("REFUNDED", 5_000, "refund"),
                keyed("CANCELLED", 39_900, "cancel"),
            ],
        ),
        (
            "told-terminated-1",
            vec![keyed("CREATED", 49_900, "told-terminated-1"), keyed("TERMINATED", 49_900, "told-terminated-1")],
        ),
        (
            "told-aborted-1",
            vec![keyed("CREATED", 49_900, "told-aborted-1"), keyed("ABORTED", 49_900, "told-aborted-1")],
        ),
        (
            "told-expired-1",
            vec![keyed("CREATED", 49_900, "told-expired-1"), keyed("EXPIRED", 49_900, "told-expired-1")],
        ),
    ] {
        let bodies = bodies(&shop, reference).await;
        assert_eq!(bodies, expected(&shop, reference).await);
        assert_eq!(bodies.iter().map(|body| said(body)).collect::<Vec<_>>(), told);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn only_what_was_registered_for_is_told_and_only_from_then_on() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("told-late-1", 1000).await;
    assert_eq!(shop.register(URL, &[PAYMENT_EVENTS[1], PAYMENT_EVENTS[5]]).await.status, 201);
    assert_eq!(shop.approve("told-late-1").await.status, 200);
    kasse.clock.pass(Span::seconds(1));
    assert_eq!(shop.capture("told-late-1", "c", 400).await.status, 200);
    assert_eq!(shop.refund("told-late-1", "r", 400).await.status, 200);
    let names: Vec<String> = bodies(&shop, "told-late-1").await.iter().map(|body| said(body).0).collect();
    assert_eq!(names, ["AUTHORIZED", "CAPTURED"]);
    kasse.finish().await;
}

#[tokio::test]
async fn an_approval_that_shares_a_profile_tells_it_and_nothing_else_does() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.register(URL, &PAYMENT_EVENTS).await.status, 201);
    let mut proposal = Shop::proposal("told-profile-1", 1000);
    proposal["profile"] = json!({ "scope": "name email phoneNumber address birthDate" });
    assert_eq!(shop.post("/payments", "told-profile-1", &proposal).await.status, 201);
    kasse.clock.pass(Span::seconds(1));
    assert_eq!(shop.approve("told-profile-1").await.status, 200);
    kasse.clock.pass(Span::seconds(1));
    assert_eq!(shop.capture("told-profile-1", "c", 1000).await.status, 200);
    let payment = shop.get("/payments/told-profile-1").await.json();
    let bodies = bodies(&shop, "told-profile-1").await;
    let approved: Value = serde_json::from_str(&bodies[1]).unwrap();
    assert_eq!(approved["sub"], payment["profile"]["sub"]);
    assert_eq!(approved["userDetails"], payment["userDetails"]);
    assert!(approved["sub"].is_string() && approved["userDetails"]["email"].is_string(), "{approved}");
    assert_eq!(approved["shippingDetails"], Value::Null);
    assert!(bodies[1].ends_with(r#"+00:00"}"#), "{}", bodies[1]);
    for other in [&bodies[0], &bodies[2]] {
        for shared in ["\"sub\"", "userDetails", "captureGuaranteedUntil", "null"] {
            assert!(!other.contains(shared), "{other}");
        }
    }
    kasse.finish().await;
}

#[tokio::test]
async fn an_express_approval_tells_how_it_is_to_be_delivered() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    kasse.switch(&shop, Flag::ExpressAllowed, true).await;
    assert_eq!(shop.register(URL, &PAYMENT_EVENTS).await.status, 201);
    let mut proposal = Shop::proposal("told-express-1", 49_900);
    proposal["profile"] = json!({ "scope": "name email phoneNumber address" });
    proposal["shipping"] = json!({ "dynamicOptions": { "callbackUrl": "https://example.com/shipping" } });
    let created = shop.post("/payments", "told-express-1", &proposal).await;
    assert_eq!(created.status, 201, "{}", created.text());
    kasse.clock.pass(Span::seconds(1));
    let address = Address {
        line_1: "Robert Levins gate 5".into(),
        line_2: None,
        city: "Oslo".into(),
        post_code: "0154".into(),
        country: "NO".into(),
    };
    let (option_id, option_name) = ("posten-servicepakke-1".into(), "A-post".into());
    let delivery = Delivery { address, cost: MinorUnits::new(9_900).unwrap(), option_id, option_name };
    let approval = Approval { delivery: Some(Box::new(delivery)), ..Approval::default() };
    let answer = Box::new(|_: &Payment| Kept::none());
    let reference = Reference::parse("told-express-1").unwrap();
    let outcome = kasse.engine().authorize_payment(&tenant(&kasse, &shop), reference, approval, answer).await;
    assert_eq!(outcome, Ok(Outcome::Done(Kept::none())));
    let approved = bodies(&shop, "told-express-1").await.remove(1);
    let shipping = concat!(
        r#""shippingDetails":{"address":{"addressLine1":"Robert Levins gate 5","city":"Oslo","country":"NO","postCode":"0154"},"#,
        r#""shippingCost":9900,"shippingOptionId":"posten-servicepakke-1","shippingOptionName":"A-post"}"#
    );
    assert!(approved.contains(shipping), "{approved}");
    assert!(approved.contains(r#""amount":{"currency":"NOK","value":59800}"#), "{approved}");
    kasse.finish().await;
}
