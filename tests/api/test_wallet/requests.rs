//! `/{msisdn}/requests`: what waits for a payer, and what is done with it.

use domain::{merchant::Market, time::Span};
use serde_json::{Value, json};
use testkit::{Kasse, Setup, Shop};

use super::{ADA, BOB, act, asked, create, inbox, payer_of, pushed, state, wallet};
use crate::delivery_log::{list, registered, texts};

/// A payment that stays open for an hour.
async fn long_living(shop: &Shop, reference: &str) {
    create(shop, reference, 1000, |proposal| {
        proposal["expiresAt"] = json!("2026-01-19T17:26:32Z");
        proposal["receipt"] = json!({
            "orderLines": [{ "name": "Socks", "id": "1", "totalAmount": 1000, "totalAmountExcludingTax": 800,
                             "totalTaxAmount": 200, "taxPercentage": 25 }],
            "bottomLine": { "currency": "NOK" },
        });
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_listed_asked_last_first_with_where_it_stands() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert!(inbox(&shop, ADA).await.is_empty());
    asked(&shop, ADA, "on-the-page-1", 1000).await;
    kasse.clock.pass(Span::milliseconds(1));
    pushed(&shop, ADA, "straight-to-it-1", 2000).await;
    create(&shop, "of-nobody-1", 1000, |_| ()).await;
    let answer = wallet(&shop, "GET", &format!("{ADA}/requests"), &Value::Null).await;
    let first = json!({ "reference": "straight-to-it-1", "amount": { "currency": "NOK", "value": 2000 }, "screen": "W1",
                        "expiresAt": "2026-01-19T16:36:32.100Z" });
    assert_eq!(answer.json()["requests"][0], first);
    assert_eq!(inbox(&shop, ADA).await, ["straight-to-it-1 W1", "on-the-page-1 W1"]);
    assert_eq!(act(&shop, ADA, "on-the-page-1", "open").await, "200 CREATED");
    assert_eq!(inbox(&shop, ADA).await, ["straight-to-it-1 W1", "on-the-page-1 W2"]);
    assert_eq!(act(&shop, ADA, "straight-to-it-1", "reject").await, "200 ABORTED");
    assert_eq!(inbox(&shop, ADA).await, ["on-the-page-1 W2"]);
    kasse.clock.pass(Span::minutes(10));
    assert!(inbox(&shop, ADA).await.is_empty(), "it has lapsed, though nobody has written that yet");
    kasse.finish().await;
}

#[tokio::test]
async fn whoever_opens_approves_or_rejects_what_nobody_has_has_it() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (what, said, others) in [
        ("open", "200 CREATED", "409 request=already_open"),
        ("approve", "200 AUTHORIZED", "409 state=AUTHORIZED"),
        ("reject", "200 ABORTED", "409 state=ABORTED"),
    ] {
        let reference = format!("of-nobody-{what}");
        create(&shop, &reference, 1000, |_| ()).await;
        assert_eq!(act(&shop, ADA, &reference, what).await, said);
        for other in ["open", "approve", "reject", "postpone", "ignore", "back"] {
            assert_eq!(act(&shop, BOB, &reference, other).await, others, "{other} after {what}");
        }
    }
    assert_eq!(act(&shop, ADA, "of-nobody-open", "open").await, "200 CREATED", "once more, by whoever has it");
    assert_eq!(act(&shop, ADA, "of-nobody-open", "approve").await, "200 AUTHORIZED");
    assert_eq!(act(&shop, ADA, "of-nobody-open", "approve").await, "409 state=AUTHORIZED");
    kasse.finish().await;
}

#[tokio::test]
async fn another_payers_request_is_no_ones_to_act_on_and_stays_as_it_is() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "of-ada-1", 1000).await;
    for what in ["open", "approve", "reject", "postpone", "ignore", "back"] {
        assert_eq!(act(&shop, BOB, "of-ada-1", what).await, "409 request=already_open", "{what}");
    }
    kasse.clock.pass(Span::minutes(1));
    kasse.payers_act().await;
    assert_eq!((state(&shop, "of-ada-1").await.as_str(), inbox(&shop, BOB).await.len()), ("CREATED", 0));
    assert_eq!(inbox(&shop, ADA).await, ["of-ada-1 W1"]);
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_over_is_told_with_how_it_ended() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for reference in ["ended-terminated", "ended-aborted", "ended-expired", "ended-authorized"] {
        asked(&shop, ADA, reference, 1000).await;
    }
    shop.cancel("ended-terminated", "c").await;
    act(&shop, ADA, "ended-aborted", "reject").await;
    shop.approve("ended-authorized").await;
    kasse.clock.pass(Span::minutes(10));
    for state in ["TERMINATED", "ABORTED", "EXPIRED", "AUTHORIZED"] {
        let reference = format!("ended-{}", state.to_lowercase());
        for what in ["open", "approve", "reject", "postpone", "ignore", "back"] {
            assert_eq!(act(&shop, ADA, &reference, what).await, format!("409 state={state}"), "{what}");
        }
    }
    assert_eq!(shop.log("ended-expired").await, "CREATED EXPIRED");
    kasse.finish().await;
}

#[tokio::test]
async fn what_names_nothing_is_404_and_what_is_no_number_400() {
    let kasse = Kasse::with(Setup { any_phone_number: false, ..Setup::default() }).await;
    let shop = kasse.shop().await;
    let mut by_card = Shop::proposal("by-card-1", 1000);
    by_card["paymentMethod"]["type"] = json!("CARD");
    assert_eq!(
        shop.post("/payments", "k", &by_card).await.outcome(),
        "400 7010",
        "nobody has the example's number here"
    );
    by_card["customer"]["phoneNumber"] = json!(ADA);
    assert_eq!(shop.post("/payments", "k", &by_card).await.status, 201);
    for what in ["open", "approve", "reject", "postpone"] {
        assert_eq!(act(&shop, ADA, "no-such-payment", what).await, "404 ErrorCode=5090", "{what}");
        assert_eq!(act(&shop, ADA, "by-card-1", what).await, "404", "no wallet is asked: {what}");
        assert_eq!(act(&shop, "4712345678", "by-card-1", what).await, "404", "no payer here: {what}");
        assert_eq!(act(&shop, ADA, "bad_name", what).await, "404 ErrorCode=5090", "{what}");
        assert!(act(&shop, "12345678", "by-card-1", what).await.starts_with("400 msisdn="), "{what}");
    }
    for path in ["4712345678/requests", "%ff/requests", "47123/requests"] {
        let answer = wallet(&shop, "GET", path, &Value::Null).await;
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json; charset=utf-8"), "{path}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn only_what_stays_open_long_is_put_off_and_opening_brings_it_back() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "ten-minutes-1", 1000).await;
    assert_eq!(act(&shop, ADA, "ten-minutes-1", "postpone").await, "409 expiresAt=not set");
    assert_eq!(inbox(&shop, ADA).await, ["ten-minutes-1 W1"]);
    shop.cancel("ten-minutes-1", "c").await;
    long_living(&shop, "an-hour-1").await;
    assert_eq!(act(&shop, ADA, "an-hour-1", "open").await, "200 CREATED");
    assert_eq!(inbox(&shop, ADA).await, ["an-hour-1 W2"]);
    assert_eq!(act(&shop, ADA, "an-hour-1", "postpone").await, "200 CREATED");
    assert_eq!(inbox(&shop, ADA).await, ["an-hour-1 W1"]);
    assert_eq!(act(&shop, ADA, "an-hour-1", "open").await, "200 CREATED");
    assert_eq!(inbox(&shop, ADA).await, ["an-hour-1 W2"]);
    kasse.clock.pass(Span::minutes(30));
    assert_eq!(act(&shop, ADA, "an-hour-1", "approve").await, "200 AUTHORIZED");
    kasse.finish().await;
}

#[tokio::test]
async fn what_payers_do_is_told_once_and_what_only_they_know_is_not() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    registered(&shop, "http://127.0.0.1:9/hook").await;
    for (reference, what) in [("told-approved-1", "approve"), ("told-rejected-1", "reject"), ("told-opened-1", "open")]
    {
        create(&shop, reference, 1000, |_| ()).await;
        kasse.clock.pass(Span::milliseconds(1));
        act(&shop, ADA, reference, what).await;
        act(&shop, ADA, reference, what).await;
    }
    for (reference, names) in [
        ("told-approved-1", vec!["AUTHORIZED", "CREATED"]),
        ("told-rejected-1", vec!["ABORTED", "CREATED"]),
        ("told-opened-1", vec!["CREATED"]),
    ] {
        let deliveries = list(&shop, &format!("?reference={reference}")).await;
        assert_eq!(texts(&deliveries, "name"), names, "{reference}");
    }
    let approved = shop.get("/payments/told-approved-1").await.json();
    assert_eq!(approved["paymentMethod"], json!({ "type": "WALLET", "cardBin": "429198" }));
    kasse.finish().await;
}

#[tokio::test]
async fn payers_of_every_market_pay_and_what_they_share_is_what_was_asked_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.new_shop(Market::Finland).await;
    create(&shop, "shared-1", 1000, |proposal| {
        proposal["amount"]["currency"] = json!("EUR");
        proposal["profile"] = json!({ "scope": "name phoneNumber" });
    })
    .await;
    assert_eq!(act(&shop, "46701740610", "shared-1", "approve").await, "200 AUTHORIZED");
    let payment = shop.get("/payments/shared-1").await.json();
    let payer = payer_of(&shop, "46701740610").await;
    let details = &payment["userDetails"];
    let name = format!("{} {}", details["firstName"], details["lastName"]).replace('"', "");
    assert_eq!((json!(name), &details["mobileNumber"]), (payer["name"].clone(), &json!("46701740610")));
    assert_eq!(details["email"], "", "nobody asked for it");
    assert!(payment["profile"]["sub"].is_string());
    kasse.finish().await;
}
