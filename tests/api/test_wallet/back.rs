//! Back in the browser: after a number was given that is giving up, unless the tab is there again within three seconds.

use domain::time::Span;
use serde_json::json;
use testkit::Kasse;

use super::{ADA, act, asked, create, inbox, said, state, token, wallet};

const RETURN_TIME_BUT_A_MOMENT: Span = Span::milliseconds(2_999);
const MOMENT: Span = Span::milliseconds(1);

#[tokio::test]
async fn back_after_a_number_was_given_cancels_three_seconds_later() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "went-back-1", 1000).await;
    assert_eq!(act(&shop, ADA, "went-back-1", "back").await, "200 CREATED");
    kasse.clock.pass(RETURN_TIME_BUT_A_MOMENT);
    kasse.payers_act().await;
    assert_eq!(state(&shop, "went-back-1").await, "CREATED");
    kasse.clock.pass(MOMENT);
    kasse.payers_act().await;
    assert_eq!(shop.log("went-back-1").await, "CREATED ABORTED");
    assert_eq!(act(&shop, ADA, "went-back-1", "back").await, "409 state=ABORTED");
    assert!(inbox(&shop, ADA).await.is_empty());
    kasse.finish().await;
}

#[tokio::test]
async fn back_before_a_number_was_given_does_nothing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    create(&shop, "went-back-1", 1000, |_| ()).await;
    assert_eq!(act(&shop, ADA, "went-back-1", "back").await, "200 CREATED");
    kasse.clock.pass(Span::seconds(30));
    kasse.payers_act().await;
    assert_eq!(act(&shop, ADA, "went-back-1", "approve").await, "200 AUTHORIZED");
    kasse.finish().await;
}

#[tokio::test]
async fn a_payment_that_was_approved_meanwhile_stays_approved() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "went-back-1", 1000).await;
    act(&shop, ADA, "went-back-1", "back").await;
    assert_eq!(act(&shop, ADA, "went-back-1", "approve").await, "200 AUTHORIZED");
    kasse.clock.pass(Span::seconds(30));
    kasse.payers_act().await;
    assert_eq!(shop.log("went-back-1").await, "CREATED AUTHORIZED");
    kasse.finish().await;
}

#[tokio::test]
async fn a_tab_that_is_back_in_time_has_not_left_and_another_tab_does_not_count() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let engine = kasse.engine();
    for (tab, expected) in [("tab-1", "CREATED"), ("tab-2", "ABORTED")] {
        let reference = format!("left-by-{tab}");
        let token = token(&create(&shop, &reference, 1000, |_| ()).await);
        let number = json!({ "msisdn": ADA });
        let answer = wallet(&shop, "POST", &format!("landing/{token}/phone"), &number).await;
        assert_eq!(said(&answer), "200 CREATED");
        let asked = engine.asked_of_link(&token).await.unwrap().unwrap();
        engine.leave(&asked.unit, &asked.payment.reference, "tab-1").await.unwrap();
        kasse.clock.pass(RETURN_TIME_BUT_A_MOMENT);
        let asked = engine.asked_of_link(&token).await.unwrap().unwrap();
        engine.come_back(&asked, tab).await.unwrap();
        kasse.clock.pass(Span::seconds(10));
        kasse.payers_act().await;
        assert_eq!(state(&shop, &reference).await, expected, "{tab} came back");
    }
    kasse.finish().await;
}
