//! Scripted payers: one step for each new request, from the beginning again at the end.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Kasse, Shop};

use super::{ADA, act, asked, create, inbox, pushed, put, said, state, token, wallet};

fn steps(acts: &[&str]) -> Value {
    let steps: Vec<Value> = acts.iter().map(|act| json!({ "do": act })).collect();
    json!({ "script": steps })
}

#[tokio::test]
async fn every_third_is_refused_however_it_came() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &steps(&["approve", "approve", "reject"])).await;
    let mut states = Vec::new();
    for round in 0..9 {
        let reference = format!("every-third-{round}");
        // Now on the landing page, now straight to the wallet.
        match round % 2 {
            0 => asked(&shop, ADA, &reference, 1000).await,
            _ => pushed(&shop, ADA, &reference, 1000).await,
        }
        kasse.payers_act().await;
        states.push(state(&shop, &reference).await);
    }
    let [paid, refused] = ["AUTHORIZED", "ABORTED"];
    assert_eq!(states, [paid, paid, refused, paid, paid, refused, paid, paid, refused]);
    kasse.finish().await;
}

#[tokio::test]
async fn a_script_may_be_replaced_and_starts_from_its_beginning() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &steps(&["reject", "approve"])).await;
    asked(&shop, ADA, "replaced-1", 1000).await;
    kasse.payers_act().await;
    put(&shop, ADA, &steps(&["reject", "approve"])).await;
    asked(&shop, ADA, "replaced-2", 1000).await;
    kasse.payers_act().await;
    assert_eq!([state(&shop, "replaced-1").await, state(&shop, "replaced-2").await], ["ABORTED", "ABORTED"]);
    put(&shop, ADA, &json!({ "script": [] })).await;
    asked(&shop, ADA, "replaced-3", 1000).await;
    kasse.clock.pass(Span::minutes(1));
    kasse.payers_act().await;
    assert_eq!(inbox(&shop, ADA).await, ["replaced-3 W1"], "a person acts");
    // A listed number's own habit goes the same way.
    put(&shop, "4740000015", &json!({ "script": [] })).await;
    asked(&shop, "4740000015", "replaced-4", 1000).await;
    kasse.clock.pass(Span::minutes(1));
    kasse.payers_act().await;
    assert_eq!(state(&shop, "replaced-4").await, "CREATED");
    kasse.finish().await;
}

#[tokio::test]
async fn steps_take_the_seconds_they_say() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(
        &shop,
        ADA,
        &json!({ "script": [
        { "do": "open", "afterSeconds": 5 }, { "do": "approve", "beforeEndSeconds": 30 }, { "do": "ignore" }
    ] }),
    )
    .await;
    for reference in ["takes-time-1", "takes-time-2", "takes-time-3"] {
        asked(&shop, ADA, reference, 1000).await;
        kasse.clock.pass(Span::milliseconds(1));
    }
    kasse.clock.pass(Span::milliseconds(4_996));
    kasse.payers_act().await;
    assert!(inbox(&shop, ADA).await.contains(&"takes-time-1 W1".to_owned()));
    kasse.clock.pass(Span::milliseconds(1));
    kasse.payers_act().await;
    assert!(inbox(&shop, ADA).await.contains(&"takes-time-1 W2".to_owned()));
    kasse.clock.pass(Span::milliseconds(10 * 60 * 1000 - 30_000 - 5_000));
    kasse.payers_act().await;
    assert_eq!(state(&shop, "takes-time-2").await, "CREATED");
    kasse.clock.pass(Span::milliseconds(1));
    kasse.payers_act().await;
    assert_eq!(state(&shop, "takes-time-2").await, "AUTHORIZED");
    assert_eq!(state(&shop, "takes-time-3").await, "CREATED");
    kasse.finish().await;
}

#[tokio::test]
async fn a_request_that_is_to_be_ignored_is_and_the_next_goes_on() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &json!({ "script": [{ "do": "approve", "afterSeconds": 5 }] })).await;
    asked(&shop, ADA, "ignored-1", 1000).await;
    asked(&shop, ADA, "ignored-2", 1000).await;
    assert_eq!(act(&shop, ADA, "ignored-1", "ignore").await, "200 CREATED");
    create(&shop, "ignored-3", 1000, |_| ()).await;
    assert_eq!(act(&shop, ADA, "ignored-3", "ignore").await, "200 CREATED", "nobody has it");
    kasse.clock.pass(Span::seconds(5));
    kasse.payers_act().await;
    assert_eq!([state(&shop, "ignored-1").await, state(&shop, "ignored-2").await], ["CREATED", "AUTHORIZED"]);
    assert_eq!(act(&shop, ADA, "ignored-1", "approve").await, "200 AUTHORIZED", "by hand it is paid all the same");
    kasse.finish().await;
}

#[tokio::test]
async fn what_was_planned_of_a_request_goes_with_it() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    put(&shop, ADA, &json!({ "script": [{ "do": "approve", "afterSeconds": 5 }] })).await;
    let token = token(&create(&shop, "goes-with-it-1", 1000, |_| ()).await);
    let phone = async |shop: &Shop, number: &str| {
        said(&wallet(shop, "POST", &format!("landing/{token}/phone"), &json!({ "msisdn": number })).await)
    };
    assert_eq!(phone(&shop, ADA).await, "200 CREATED");
    assert_eq!(phone(&shop, "4740000010").await, "200 CREATED", "the same number is not asked anew");
    assert_eq!(phone(&shop, "4740000036").await, "200 CREATED");
    asked(&shop, ADA, "goes-with-it-2", 1000).await;
    shop.cancel("goes-with-it-2", "c").await;
    kasse.clock.pass(Span::seconds(5));
    kasse.payers_act().await;
    assert_eq!(state(&shop, "goes-with-it-1").await, "CREATED", "it is somebody else's now, who acts by hand");
    assert_eq!(shop.log("goes-with-it-2").await, "CREATED TERMINATED");
    kasse.finish().await;
}

#[tokio::test]
async fn a_script_that_cannot_pay_stops_trying() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, reference) in
        [("4740000030", "cannot-pay-1"), ("4740000033", "cannot-pay-2"), (ADA, "cannot-pay-3"), (ADA, "cannot-pay-4")]
    {
        put(&shop, number, &steps(&["approve"])).await;
        match reference {
            "cannot-pay-2" => drop(create(&shop, reference, 1000, |_| ()).await),
            "cannot-pay-3" => {
                put(&shop, ADA, &json!({ "sources": [{ "id": "a", "balance": 0 }, { "id": "b", "balance": 999 }] }))
                    .await;
                asked(&shop, number, reference, 1000).await;
            }
            "cannot-pay-4" => {
                put(&shop, ADA, &json!({ "sources": [] })).await;
                pushed(&shop, number, reference, 1000).await;
            }
            _ => asked(&shop, number, reference, 1000).await,
        }
        kasse.payers_act().await;
        assert_eq!(state(&shop, reference).await, "CREATED", "{reference}");
    }
    assert_eq!(super::attempts(&shop, "cannot-pay-3").await, ["a decl_funds", "b decl_funds"], "each source once");
    assert_eq!(super::attempts(&shop, "cannot-pay-4").await, ["null decl_nosource"]);
    kasse.finish().await;
}

#[tokio::test]
async fn the_server_acts_by_itself_within_a_second_of_the_clock() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, "4740000012", "by-itself-1", 1000).await;
    kasse.clock.advance(Span::seconds(1));
    let acting = async {
        while state(&shop, "by-itself-1").await == "CREATED" {
            // real time: nothing but the server itself may act here.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), acting).await.expect("it acts");
    assert_eq!(shop.log("by-itself-1").await, "CREATED AUTHORIZED");
    kasse.finish().await;
}
