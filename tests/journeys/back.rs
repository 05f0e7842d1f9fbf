//! The button that goes back: after the number was sent it cancels, once; nothing else that leaves the page does (P-03).
//!
//! The server waits for the same tab to come back by its own clock, so a test lets that time pass without waiting.

use domain::time::Span;

use crate::{
    kit::{Browser, Stage, poll},
    steps::{PAYER, PAYER_TYPED, ask_the_wallet, open_link, open_request, state},
    words::{DANISH, ENGLISH},
};

const REFERENCE: &str = "back-1-journey";

/// More than the server waits for a tab, less than a payment is open.
const LONGER: Span = Span::minutes(1);

/// A browser that comes from the shop, as payers do, and has asked the wallet.
async fn waiting(stage: &Stage) -> Browser {
    let payer = stage.browser().await;
    payer.go(&stage.merchant.url("/cart")).await;
    ask_the_wallet(&payer, &open_link(stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    payer
}

#[tokio::test]
async fn going_back_after_the_number_was_sent_cancels_once_and_leads_to_the_shop() {
    let stage = Stage::start().await;
    let payer = waiting(&stage).await;
    let link = payer.url().await;
    payer.back().await;
    let look = async || {
        stage.kasse.clock.advance(Span::milliseconds(100));
        match state(&stage, REFERENCE).await.as_str() {
            "ABORTED" => Ok(()),
            other => Err(other.to_owned()),
        }
    };
    poll("going back does not cancel", look).await;
    payer.wait_for_url(|url| url.starts_with(&stage.merchant.url("/"))).await;
    payer.go(&link).await;
    payer.wait_for_heading(ENGLISH.done_cancelled).await;
    stage.kasse.clock.advance(LONGER);
    assert_eq!(stage.shop.log(REFERENCE).await, "CREATED ABORTED");
    stage.finish([payer]).await;
}

#[tokio::test]
async fn going_back_before_the_number_was_sent_does_nothing() {
    let stage = Stage::start().await;
    let payer = stage.browser().await;
    payer.go(&stage.merchant.url("/cart")).await;
    payer.go(&open_link(&stage, REFERENCE).await).await;
    payer.fill(ENGLISH.phone, PAYER_TYPED).await;
    payer.back().await;
    payer.wait_for_heading("Thank you").await;
    stage.kasse.clock.advance(LONGER);
    assert_eq!(state(&stage, REFERENCE).await, "CREATED");
    payer.forward().await;
    payer.click_button(ENGLISH.next).await;
    stage.finish([payer]).await;
}

#[tokio::test]
async fn reloading_another_language_and_the_app_cancel_nothing_and_neither_does_closing_the_tab() {
    let stage = Stage::start().await;
    let (payer, wallet) = (waiting(&stage).await, stage.browser().await);
    let still_open = async |what: &str| {
        stage.kasse.clock.advance(LONGER);
        assert_eq!(state(&stage, REFERENCE).await, "CREATED", "{what}");
    };
    payer.reload().await;
    payer.wait_for_heading(ENGLISH.wait_title).await;
    still_open("reloading").await;
    payer.click_link(DANISH.own_name).await;
    payer.wait_for_heading(DANISH.wait_title).await;
    assert!(payer.url().await.contains("token="), "the link keeps its token");
    still_open("another language").await;
    let landing = payer.tab().await;
    payer.click_link(DANISH.open_wallet).await;
    let look = async || {
        let tabs = payer.tabs().await;
        tabs.into_iter().find(|tab| *tab != landing).ok_or_else(|| "no new tab".to_owned())
    };
    let app = poll("the app opens in a tab of its own", look).await;
    still_open("opening the app").await;
    payer.close_tab(&app).await;
    still_open("closing the tab").await;
    open_request(&stage, &wallet, PAYER).await;
    wallet.click_button(ENGLISH.approve).await;
    wallet.wait_for_heading(ENGLISH.done_ok).await;
    assert_eq!(stage.shop.log(REFERENCE).await, "CREATED AUTHORIZED");
    stage.finish([payer, wallet]).await;
}
