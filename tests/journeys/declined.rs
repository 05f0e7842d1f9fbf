//! Sources that decline, and the second chance: the payer reads why, the shop learns nothing (P-06).

use domain::time::Span;

use crate::{
    kit::{Browser, Stage},
    steps::{PAYER, PAYER_TYPED, ask_the_wallet, from_anybody, open_request, state},
    words::{DONE_EXPIRED, ENGLISH},
};

const APPROVE: &str = "Pay NOK…";

/// Amounts in øre and what the payer reads.
const DECLINED: &[(i64, &str)] = &[
    (151, "Not enough money on this card"),
    (182, "The bank declined the payment"),
    (183, "The bank declined the payment"),
    (184, "The amount limit is reached"),
    (186, "The card has expired"),
    (187, "The card can't be used"),
    (197, "The bank could not confirm that it is you"),
];

/// A wallet that has the request of such a payment open.
async fn asked(stage: &Stage, wallet: &Browser, reference: &str, value: i64) {
    let mut proposal = from_anybody(stage, reference, value);
    proposal["customer"] = serde_json::json!({ "phoneNumber": PAYER });
    let link = stage.link(&proposal).await;
    wallet.go(&link).await;
    wallet.click_button(ENGLISH.next).await;
    wallet.wait_for_heading(ENGLISH.wait_title).await;
    open_request(stage, wallet, PAYER).await;
}

#[tokio::test]
async fn a_declined_card_leaves_the_payment_open_and_another_card_pays() {
    let stage = Stage::start().await;
    let wallet = stage.browser().await;
    for &(value, text) in DECLINED {
        let reference = format!("declined-{value}");
        asked(&stage, &wallet, &reference, value).await;
        wallet.click_button(APPROVE).await;
        wallet.wait_for_text(text).await;
        assert_eq!(stage.shop.log(&reference).await, "CREATED", "{value}");
        wallet.tick("Mastercard…").await;
        wallet.click_button(APPROVE).await;
        wallet.wait_for_heading(ENGLISH.done_ok).await;
        assert_eq!(stage.shop.log(&reference).await, "CREATED AUTHORIZED", "{value}");
    }
    stage.finish([wallet]).await;
}

#[tokio::test]
async fn while_a_bank_does_not_answer_both_pages_say_so_and_offer_nothing() {
    const PROCESSING: &str = "We are checking with the bank. You don't need to pay again";
    let stage = Stage::start().await;
    let (payer, wallet) = (stage.browser().await, stage.browser().await);
    let link = stage.link(&from_anybody(&stage, "unanswered-1", 201)).await;
    ask_the_wallet(&payer, &link, &ENGLISH, PAYER_TYPED).await;
    open_request(&stage, &wallet, PAYER).await;
    wallet.click_button(APPROVE).await;
    for page in [&payer, &wallet] {
        page.wait_for_heading(PROCESSING).await;
        assert!(!page.offers(ENGLISH.cancel).await && !page.offers(APPROVE).await);
    }
    stage.kasse.clock.advance(Span::minutes(10));
    assert_eq!(stage.shop.log("unanswered-1").await, "CREATED", "it is past its deadline and still open");
    stage.kasse.clock.advance(Span::minutes(50));
    for page in [&payer, &wallet] {
        page.wait_for_heading(DONE_EXPIRED).await;
    }
    assert_eq!(stage.shop.log("unanswered-1").await, "CREATED EXPIRED");
    stage.finish([payer, wallet]).await;
}

#[tokio::test]
async fn a_payer_without_a_card_is_asked_to_add_one() {
    let stage = Stage::start().await;
    let wallet = stage.browser().await;
    let mut proposal = from_anybody(&stage, "declined-none", 49_900);
    proposal["customer"] = serde_json::json!({ "phoneNumber": "4740000030" });
    wallet.go(&stage.link(&proposal).await).await;
    wallet.click_button(ENGLISH.next).await;
    wallet.wait_for_heading(ENGLISH.wait_title).await;
    open_request(&stage, &wallet, "4740000030").await;
    wallet.wait_for_text("Add a card to pay").await;
    assert!(!wallet.offers(ENGLISH.approve).await);
    assert_eq!(state(&stage, "declined-none").await, "CREATED");
    stage.finish([wallet]).await;
}
