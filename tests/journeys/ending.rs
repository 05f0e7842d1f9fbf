//! The other ways a payment ends: each has its page, its state, its one message to the shop, and the way back (P-02).

use domain::time::Span;
use serde_json::Value;
use testkit::receivers::Receiver;

use crate::{
    kit::{Browser, Stage},
    steps::{PAYER, PAYER_TYPED, ask_the_wallet, open_link, open_request, wait_for_state},
    words::{DONE_EXPIRED, DONE_WITHDRAWN, ENGLISH, LINK_DEAD},
};

const REFERENCE: &str = "ending-1-journey";

/// A receiver that is told of every end there is.
async fn told(stage: &Stage) -> Receiver {
    let receiver = Receiver::start().await;
    let ends = ["authorized", "aborted", "expired", "terminated"].map(|end| format!("epayments.payment.{end}.v1"));
    let names: Vec<&str> = ends.iter().map(String::as_str).collect();
    let registered = stage.shop.register(&receiver.url("/hook"), &names).await;
    assert_eq!(registered.status, 201, "{}", registered.text());
    receiver
}

/// Asserts page, way back, state, log and message.
async fn assert_ended(stage: Stage, payer: Browser, receiver: &Receiver, heading: &str, end: &str) {
    payer.wait_for_heading(heading).await;
    wait_for_state(&stage, REFERENCE, end).await;
    payer.wait_for_heading("Thank you").await;
    assert_eq!(stage.merchant.visits(), [format!("/done?reference={REFERENCE}")]);
    assert_eq!(stage.shop.log(REFERENCE).await, format!("CREATED {end}"));
    receiver.wait_for(1).await;
    let messages = receiver.received();
    let names: Vec<Value> = messages
        .iter()
        .map(|message| serde_json::from_slice::<Value>(&message.body).expect("JSON")["name"].take())
        .collect();
    assert_eq!(names, [end]);
    stage.finish([payer]).await;
}

#[tokio::test]
async fn cancelled_before_anybody_was_asked() {
    let stage = Stage::start().await;
    let (payer, receiver) = (stage.browser().await, told(&stage).await);
    payer.go(&open_link(&stage, REFERENCE).await).await;
    payer.click_button(ENGLISH.cancel).await;
    assert_ended(stage, payer, &receiver, ENGLISH.done_cancelled, "ABORTED").await;
}

#[tokio::test]
async fn cancelled_while_it_waits_for_the_wallet() {
    let stage = Stage::start().await;
    let (payer, receiver) = (stage.browser().await, told(&stage).await);
    ask_the_wallet(&payer, &open_link(&stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    payer.click_button(ENGLISH.cancel).await;
    assert_ended(stage, payer, &receiver, ENGLISH.done_cancelled, "ABORTED").await;
}

#[tokio::test]
async fn rejected_in_the_wallet() {
    let stage = Stage::start().await;
    let (payer, wallet, receiver) = (stage.browser().await, stage.browser().await, told(&stage).await);
    ask_the_wallet(&payer, &open_link(&stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    open_request(&stage, &wallet, PAYER).await;
    wallet.click_button(ENGLISH.reject).await;
    payer.wait_for_heading(ENGLISH.done_cancelled).await;
    wallet.wait_for_heading(ENGLISH.done_cancelled).await;
    assert_eq!(wallet.complaints().await, [""; 0]);
    drop(wallet);
    assert_ended(stage, payer, &receiver, ENGLISH.done_cancelled, "ABORTED").await;
}

#[tokio::test]
async fn nobody_approved_in_time() {
    let stage = Stage::start().await;
    let (payer, receiver) = (stage.browser().await, told(&stage).await);
    ask_the_wallet(&payer, &open_link(&stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    stage.kasse.clock.advance(Span::minutes(10));
    assert_ended(stage, payer, &receiver, DONE_EXPIRED, "EXPIRED").await;
}

#[tokio::test]
async fn withdrawn_by_the_shop() {
    let stage = Stage::start().await;
    let (payer, receiver) = (stage.browser().await, told(&stage).await);
    ask_the_wallet(&payer, &open_link(&stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    let cancelled = stage.shop.cancel(REFERENCE, "key").await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    payer.wait_for_heading(DONE_WITHDRAWN).await;
    // This page may wait for the payer to go on.
    if payer.offers(ENGLISH.done_back).await {
        payer.click_link(ENGLISH.done_back).await;
    }
    payer.wait_for_heading("Thank you").await;
    assert_eq!(stage.shop.log(REFERENCE).await, "CREATED TERMINATED");
    receiver.wait_for(1).await;
    stage.finish([payer]).await;
}

#[tokio::test]
async fn a_day_after_the_end_the_link_is_dead() {
    let stage = Stage::start().await;
    let payer = stage.browser().await;
    let link = open_link(&stage, REFERENCE).await;
    stage.kasse.clock.advance(Span::minutes(10));
    stage.kasse.clock.advance(Span::milliseconds(Span::days(1).as_milliseconds() - 1));
    payer.go(&link).await;
    payer.wait_for_heading(DONE_EXPIRED).await;
    stage.kasse.clock.advance(Span::milliseconds(1));
    payer.go(&link).await;
    payer.wait_for_heading(LINK_DEAD).await;
    assert!(!payer.text().await.contains("Acme"), "it says nothing of what was");
    let complaints = payer.complaints().await;
    assert!(complaints.len() == 1 && complaints[0].contains("404"), "{complaints:?}");
    stage.finish([payer]).await;
}
