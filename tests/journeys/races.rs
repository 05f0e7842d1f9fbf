//! Two at once: two windows that approve, and a payer who approves as time runs out (P-13).

use domain::time::Span;

use crate::{
    kit::{Browser, Stage},
    steps::{PAYER, PAYER_TYPED, ask_the_wallet, open_link, open_request, state, wait_for_state},
    words::{DONE_EXPIRED, ENGLISH},
};

const REFERENCE: &str = "races-1-journey";

/// A wallet with the request open, in a payment that waits.
async fn waiting(stage: &Stage) -> (Browser, Browser) {
    let (payer, wallet) = (stage.browser().await, stage.browser().await);
    ask_the_wallet(&payer, &open_link(stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    open_request(stage, &wallet, PAYER).await;
    (payer, wallet)
}

#[tokio::test]
async fn two_windows_that_approve_at_once_reserve_once() {
    let stage = Stage::start().await;
    let (payer, one) = waiting(&stage).await;
    let other = stage.browser().await;
    open_request(&stage, &other, PAYER).await;
    // Whoever is second may find the button gone already; that it is then told the same is the point.
    tokio::join!(one.press_if_there(ENGLISH.approve), other.press_if_there(ENGLISH.approve));
    for window in [&one, &other] {
        window.wait_for_heading(ENGLISH.done_ok).await;
    }
    assert_eq!(stage.shop.standing(REFERENCE).await, "AUTHORIZED a=49900 c=0 r=0 x=0");
    assert_eq!(stage.shop.log(REFERENCE).await, "CREATED AUTHORIZED");
    stage.finish([payer, one, other]).await;
}

#[tokio::test]
async fn what_is_approved_in_the_last_millisecond_counts() {
    let stage = Stage::start().await;
    let (payer, wallet) = waiting(&stage).await;
    stage.kasse.clock.advance(Span::milliseconds(Span::minutes(10).as_milliseconds() - 1));
    wallet.click_button(ENGLISH.approve).await;
    wallet.wait_for_heading(ENGLISH.done_ok).await;
    stage.kasse.clock.advance(Span::minutes(10));
    assert_eq!(stage.shop.log(REFERENCE).await, "CREATED AUTHORIZED");
    stage.finish([payer, wallet]).await;
}

#[tokio::test]
async fn what_is_approved_after_the_deadline_reserves_nothing() {
    let stage = Stage::start().await;
    let (payer, wallet) = waiting(&stage).await;
    // Time passes and nobody is told, so that the button is still there for a moment: until the expiry is found.
    stage.kasse.clock.pass(Span::minutes(10));
    wallet.press_if_there(ENGLISH.approve).await;
    wallet.wait_for_heading(DONE_EXPIRED).await;
    wait_for_state(&stage, REFERENCE, "EXPIRED").await;
    assert_eq!(stage.shop.log(REFERENCE).await, "CREATED EXPIRED");
    stage.finish([payer, wallet]).await;
}

#[tokio::test]
async fn approving_and_running_out_at_once_has_one_outcome_for_everybody() {
    let stage = Stage::start().await;
    let (payer, wallet) = waiting(&stage).await;
    let run_out = async { stage.kasse.clock.advance(Span::minutes(10)) };
    // The page may notice first and take its button away; then there is nothing to press and that is the outcome.
    if wallet.offers(ENGLISH.approve).await {
        tokio::join!(wallet.press_if_there(ENGLISH.approve), run_out);
    }
    let state = state(&stage, REFERENCE).await;
    let heading = if state == "AUTHORIZED" { ENGLISH.done_ok } else { DONE_EXPIRED };
    wallet.wait_for_heading(heading).await;
    assert_eq!(stage.shop.log(REFERENCE).await, format!("CREATED {state}"));
    payer.wait_for_heading("Thank you").await;
    stage.finish([payer, wallet]).await;
}
