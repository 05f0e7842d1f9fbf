//! `POST …/approve`: with which source, what declines, and who comes first.

use domain::{merchant::Market, time::Span};
use engine::SlowBank;
use serde_json::{Value, json};
use testkit::{Kasse, Setup, Shop};

use super::{ADA, act, approve_with, asked, attempts, create, inbox, payer_of, put, state, wallet};
use crate::delivery_log::{list, registered, texts};

const LIFETIME_BUT_A_MOMENT: Span = Span::milliseconds(10 * 60 * 1000 - 1);
const MOMENT: Span = Span::milliseconds(1);

/// A card of this id with so much on it.
fn card(id: &str, balance: i64) -> Value {
    json!({ "id": id, "kind": "card", "brand": "Visa", "last4": "1111", "expiry": "12/30", "balance": balance })
}

#[tokio::test]
async fn each_published_amount_declines_with_its_reason_and_another_source_pays() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    registered(&shop, "http://127.0.0.1:9/hook").await;
    for (value, reason) in [
        (151, "decl_funds"),
        (182, "decl_issuer"),
        (183, "decl_issuer"),
        (184, "decl_limit"),
        (186, "decl_expired"),
        (187, "decl_invalid"),
        (197, "decl_auth"),
    ] {
        let reference = format!("amount-of-{value}");
        asked(&shop, ADA, &reference, value).await;
        let declined = format!("422 W2 {reason}");
        assert_eq!(act(&shop, ADA, &reference, "approve").await, declined, "{value}");
        assert_eq!(act(&shop, ADA, &reference, "approve").await, declined, "{value}, with the same card");
        assert_eq!(shop.log(&reference).await, "CREATED", "{value}");
        let deliveries = list(&shop, &format!("?reference={reference}")).await;
        assert_eq!(texts(&deliveries, "name"), ["CREATED"], "{value}");
        assert_eq!(inbox(&shop, ADA).await, [format!("{reference} W2")]);
        let second = json!({ "source": "card-2" });
        assert_eq!(approve_with(&shop, ADA, &reference, &second).await, "200 AUTHORIZED", "{value}");
        assert_eq!(attempts(&shop, &reference).await, [format!("card-1 {reason}"), format!("card-1 {reason}")]);
        assert_eq!(shop.get(&format!("/payments/{reference}")).await.json()["paymentMethod"]["cardBin"], "545721");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn of_201_the_bank_says_nothing_for_an_hour_and_then_no() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    registered(&shop, "http://127.0.0.1:9/hook").await;
    asked(&shop, ADA, "unanswered-1", 201).await;
    assert_eq!(act(&shop, ADA, "unanswered-1", "approve").await, "422 W2 processing");
    let second = json!({ "source": "card-2" });
    assert_eq!(approve_with(&shop, ADA, "unanswered-1", &second).await, "422 W2 processing", "no second chance");
    assert_eq!(act(&shop, ADA, "unanswered-1", "reject").await, "422 W2 processing");
    assert_eq!(shop.approve("unanswered-1").await.outcome(), "423 6160");
    for wait in [LIFETIME_BUT_A_MOMENT, MOMENT, Span::minutes(50).minus(Span::milliseconds(1))] {
        assert_eq!(shop.standing("unanswered-1").await, "CREATED a=0 c=0 r=0 x=0", "its deadline is suspended");
        kasse.clock.pass(wait);
    }
    assert_eq!(state(&shop, "unanswered-1").await, "CREATED", "a millisecond before the bank answers");
    assert_eq!(shop.log("unanswered-1").await, "CREATED");
    kasse.clock.pass(MOMENT);
    assert_eq!(shop.log("unanswered-1").await, "CREATED EXPIRED");
    assert_eq!(texts(&list(&shop, "?reference=unanswered-1").await, "name"), ["EXPIRED", "CREATED"]);
    assert_eq!(attempts(&shop, "unanswered-1").await, [""; 0]);
    kasse.finish().await;
}

#[tokio::test]
async fn a_slow_bank_that_reserves_in_the_end_pays_with_what_was_chosen() {
    let slow_bank = SlowBank { takes: Span::seconds(30), reserves: true };
    let kasse = Kasse::with(Setup { slow_bank, ..Setup::default() }).await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &json!({ "sources": [card("only", 1_000)] })).await;
    asked(&shop, ADA, "slow-bank-1", 201).await;
    assert_eq!(act(&shop, ADA, "slow-bank-1", "approve").await, "422 W2 processing");
    kasse.clock.pass(Span::seconds(30).minus(Span::milliseconds(1)));
    assert_eq!(shop.standing("slow-bank-1").await, "CREATED a=0 c=0 r=0 x=0");
    kasse.clock.pass(MOMENT);
    assert_eq!(shop.standing("slow-bank-1").await, "AUTHORIZED a=201 c=0 r=0 x=0");
    assert_eq!(shop.log("slow-bank-1").await, "CREATED AUTHORIZED");
    assert_eq!(payer_of(&shop, ADA).await["sources"][0]["balance"], 799);
    assert_eq!(shop.capture("slow-bank-1", "c", 201).await.outcome(), "200");
    assert_eq!(shop.get("/payments/slow-bank-1").await.json()["paymentMethod"]["cardBin"].as_str().unwrap().len(), 6);
    kasse.finish().await;
}

#[tokio::test]
async fn elsewhere_strong_authentication_declines_nothing_and_the_others_do() {
    let kasse = Kasse::start().await;
    let shop = kasse.new_shop(Market::Denmark).await;
    for (value, said) in
        [(197, "200 AUTHORIZED"), (182, "422 W2 decl_issuer"), (150, "200 AUTHORIZED"), (188, "200 AUTHORIZED")]
    {
        let reference = format!("danish-{value:04}");
        create(&shop, &reference, value, |proposal| proposal["amount"]["currency"] = json!("DKK")).await;
        assert_eq!(act(&shop, "4520000010", &reference, "approve").await, said, "{value}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_paid_is_gone_and_what_is_not_there_declines() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &json!({ "sources": [card("poor", 1999), card("rich", 100_000)] })).await;
    for (reference, body, said, left) in [
        ("balance-1", json!({}), "200 AUTHORIZED", [999, 100_000]),
        ("balance-2", json!({}), "422 W2 decl_funds", [999, 100_000]),
        ("balance-3", json!({ "source": "rich" }), "200 AUTHORIZED", [999, 99_000]),
        ("balance-4", json!({ "source": "none" }), "400 source=The payer has no source of this id.", [999, 99_000]),
    ] {
        create(&shop, reference, 1000, |_| ()).await;
        assert_eq!(approve_with(&shop, ADA, reference, &body).await, said, "{reference}");
        let payer = payer_of(&shop, ADA).await;
        assert_eq!(
            [0, 1].map(|place| payer["sources"][place]["balance"].clone()),
            left.map(Value::from),
            "{reference}"
        );
    }
    create(&shop, "balance-5", 999, |_| ()).await;
    assert_eq!(act(&shop, ADA, "balance-5", "approve").await, "200 AUTHORIZED", "to the last øre");
    assert_eq!(payer_of(&shop, ADA).await["sources"][0]["balance"], 0);
    assert!(attempts(&shop, "balance-4").await.is_empty());
    kasse.finish().await;
}

#[tokio::test]
async fn a_source_does_what_it_was_made_to_do() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let behaves = |behaviour: &str| json!({ "sources": [{ "id": "made", "behaviour": behaviour }] });
    for (reference, members, said) in [
        ("made-1-auth", behaves("decl_auth"), "422 W2 decl_auth"),
        ("made-2-country", behaves("decl_country"), "422 W2 decl_country"),
        ("made-3-expired", json!({ "sources": [{ "id": "made", "expiry": "12/25" }] }), "422 W2 decl_expired"),
        ("made-4-none", json!({ "sources": [] }), "422 W2 decl_nosource"),
        ("made-5-last-month", json!({ "sources": [{ "id": "made", "expiry": "01/26" }] }), "200 AUTHORIZED"),
        (
            "made-6-account",
            json!({ "sources": [{ "id": "made", "kind": "account", "last4": "4321" }] }),
            "200 AUTHORIZED",
        ),
    ] {
        put(&shop, ADA, &members).await;
        create(&shop, reference, 1000, |_| ()).await;
        assert_eq!(act(&shop, ADA, reference, "approve").await, said, "{reference}");
    }
    assert_eq!(attempts(&shop, "made-4-none").await, ["null decl_nosource"]);
    let payment = shop.get("/payments/made-6-account").await.json();
    assert_eq!(payment["paymentMethod"].get("cardBin"), None, "there was no card");
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_refused_to_be_shared_ends_it_where_it_was_asked_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (reference, scope, body, said) in [
        ("consent-1", Some("name email"), json!({ "consent": false }), "200 ABORTED"),
        ("consent-2", Some("name email"), json!({ "consent": true }), "200 AUTHORIZED"),
        ("consent-3", Some("name email"), json!({}), "200 AUTHORIZED"),
        ("consent-4", None, json!({ "consent": false }), "200 AUTHORIZED"),
    ] {
        create(&shop, reference, 1000, |proposal| {
            if let Some(scope) = scope {
                proposal["profile"] = json!({ "scope": scope });
            }
        })
        .await;
        assert_eq!(approve_with(&shop, ADA, reference, &body).await, said, "{reference}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_body_that_makes_no_sense_changes_nothing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "bad-body-1", 1000).await;
    let path = format!("{ADA}/requests/bad-body-1/approve");
    let bad = json!({ "source": "a b", "consent": "yes", "addressId": {}, "shippingOptionId": true });
    let answer = wallet(&shop, "POST", &path, &bad).await;
    assert_eq!(
        (answer.status, answer.violated()),
        (400, ["addressId", "consent", "shippingOptionId", "source"].map(str::to_owned).to_vec())
    );
    for body in ["[]", "{", "1"] {
        let answer = shop.call("POST", &format!("/_kasse/test/wallet/{path}"), &[], body).await;
        assert_eq!(answer.violated(), ["$"], "{body}");
    }
    assert_eq!(inbox(&shop, ADA).await, ["bad-body-1 W1"]);
    let answer = shop.call("POST", &format!("/_kasse/test/wallet/{path}"), &[], "null").await;
    assert_eq!(answer.status, 200, "as good as nothing");
    kasse.finish().await;
}

#[tokio::test]
async fn nobody_can_say_yet_how_something_is_to_be_delivered() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let option = json!({ "id": "1", "amount": { "currency": "NOK", "value": 0 }, "name": "Box", "isDefault": true });
    let fixed =
        json!([{ "type": "MAILBOX", "brand": "POSTEN", "priority": 0, "options": [option], "isDefault": true }]);
    create(&shop, "express-1", 1000, |proposal| {
        proposal["shipping"] = json!({ "fixedOptions": fixed });
        proposal["profile"] = json!({ "scope": "name address email phoneNumber" });
    })
    .await;
    assert_eq!(act(&shop, ADA, "express-1", "approve").await, "422 W4 ship_unavailable");
    assert_eq!(approve_with(&shop, ADA, "express-1", &json!({ "consent": false })).await, "200 ABORTED");
    kasse.finish().await;
}

#[tokio::test]
async fn whoever_is_too_young_is_told_so_in_the_wallet() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, age, said) in [
        ("4740000034", 17, "200 AUTHORIZED"),
        ("4740000034", 18, "422 W2 age_wallet"),
        ("4740000033", 0, "422 W2 age_wallet"),
    ] {
        let reference = format!("age-{number}-{age}");
        create(&shop, &reference, 1000, |proposal| proposal["minimumUserAge"] = json!(age)).await;
        assert_eq!(act(&shop, number, &reference, "approve").await, said, "{reference}");
    }
    assert_eq!(state(&shop, "age-4740000034-18").await, "CREATED");
    assert_eq!(inbox(&shop, "4740000034").await, ["age-4740000034-18 W2"], "it is in that payer's hand");
    kasse.finish().await;
}

#[tokio::test]
async fn an_approval_comes_in_time_to_the_last_millisecond_and_not_at_the_deadline() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "in-time-1", 1000).await;
    asked(&shop, ADA, "too-late-1", 1000).await;
    kasse.clock.pass(LIFETIME_BUT_A_MOMENT);
    assert_eq!(act(&shop, ADA, "in-time-1", "approve").await, "200 AUTHORIZED");
    kasse.clock.pass(MOMENT);
    assert_eq!(act(&shop, ADA, "too-late-1", "approve").await, "409 state=EXPIRED");
    assert_eq!(shop.log("in-time-1").await, "CREATED AUTHORIZED");
    assert_eq!(shop.log("too-late-1").await, "CREATED EXPIRED");
    kasse.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_approvals_at_once_one_pays() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &json!({ "sources": [card("only", 100_000)] })).await;
    asked(&shop, ADA, "at-once-1", 1000).await;
    let tapping = (0..8).map(|_| {
        let shop: Shop = shop.clone();
        tokio::spawn(async move { act(&shop, ADA, "at-once-1", "approve").await })
    });
    let mut said = Vec::new();
    for tap in tapping.collect::<Vec<_>>() {
        said.push(tap.await.unwrap());
    }
    said.sort();
    assert_eq!(said[0], "200 AUTHORIZED");
    assert!(said[1..].iter().all(|one| one == "409 state=AUTHORIZED"), "{said:?}");
    assert_eq!(shop.log("at-once-1").await, "CREATED AUTHORIZED");
    assert_eq!(payer_of(&shop, ADA).await["sources"][0]["balance"], 99_000);
    kasse.finish().await;
}
