//! What a payer changes in the wallet: the profile, addresses, cards, and what happens without a hand. What came of it is asked of the API.

use domain::time::Span;
use serde_json::{Value, json};

use crate::{
    kit::{Browser, Stage, Wishes},
    steps::{PAYER, from_anybody, state, wait_for_state},
    words::ENGLISH,
};

const SAVED: &str = "Saved";

/// The payer's wallet at this page.
async fn at(stage: &Stage, wallet: &Browser, page: &str) {
    wallet.go(&stage.url(&format!("/wallet?user={PAYER}"))).await;
    wallet.go(&stage.url(&format!("/wallet/{PAYER}/{page}"))).await;
}

async fn payer(stage: &Stage) -> Value {
    stage.shop.call("GET", &format!("/_kasse/test/wallet/{PAYER}"), &[], "").await.json()
}

async fn change(stage: &Stage, members: &Value) {
    let answer = stage.shop.call("PUT", &format!("/_kasse/test/wallet/{PAYER}"), &[], members.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What was asked for has been done. The page is then left for a new one, so that what is said next is not taken for what was said before.
async fn has_saved(stage: &Stage, wallet: &Browser, page: &str) {
    wallet.wait_for_text(SAVED).await;
    at(stage, wallet, page).await;
}

/// The digits of all cards, the main one first.
async fn cards(stage: &Stage) -> Vec<String> {
    let sources = payer(stage).await["sources"].as_array().unwrap().clone();
    sources.iter().map(|source| source["last4"].as_str().unwrap().to_owned()).collect()
}

async fn streets(stage: &Stage) -> Vec<String> {
    let addresses = payer(stage).await["addresses"].as_array().unwrap().clone();
    addresses.iter().map(|address| address["addressLine1"].as_str().unwrap().to_owned()).collect()
}

/// With script and without.
async fn with_and_without_script(walk: impl AsyncFn(&Stage, &Browser)) {
    for script in [true, false] {
        let stage = Stage::start().await;
        let wallet = stage.browser_that(Wishes { script, ..Wishes::default() }).await;
        walk(&stage, &wallet).await;
        let complaints = wallet.complaints().await;
        assert!(complaints.iter().all(|complaint| complaint.contains("422")), "{complaints:?}");
        stage.finish([wallet]).await;
    }
}

#[tokio::test]
async fn a_card_is_added_made_the_main_one_filled_and_taken_away() {
    with_and_without_script(async |stage, wallet| {
        at(stage, wallet, "cards").await;
        let before = cards(stage).await;
        wallet.fill("Last four digits", "12").await;
        wallet.fill("Expires (MM/YY)", "13/30").await;
        wallet.press("Add a test card").await;
        wallet.wait_for_text("Check this field").await;
        assert_eq!(cards(stage).await, before, "what cannot be changes nothing");
        assert_eq!(wallet.value("Last four digits").await, "12", "and is there to be mended");
        wallet.fill("Last four digits", "9876").await;
        wallet.fill("Expires (MM/YY)", "12/30").await;
        wallet.press("Add a test card").await;
        has_saved(stage, wallet, "cards").await;
        assert_eq!(cards(stage).await.last().unwrap(), "9876");
        wallet.fill("Balance ending in 9876", "12,505").await;
        wallet.press("Save : Balance ending in 9876").await;
        wallet.wait_for_text("Check this field").await;
        assert_eq!(wallet.value("Balance ending in 9876").await, "12,505", "at the card it was written for");
        wallet.fill("Balance ending in 9876", "12,50").await;
        wallet.press("Save : Balance ending in 9876").await;
        has_saved(stage, wallet, "cards").await;
        assert!(wallet.text().await.contains("12.50"));
        wallet.press("Use as main card ending in 9876").await;
        has_saved(stage, wallet, "cards").await;
        assert_eq!(cards(stage).await[0], "9876");
        assert_eq!(payer(stage).await["sources"][0]["balance"], 1250);
        wallet.press("Remove ending in 9876").await;
        has_saved(stage, wallet, "cards").await;
        assert_eq!(cards(stage).await, before);
    })
    .await;
}

#[tokio::test]
async fn addresses_and_the_profile_are_changed() {
    with_and_without_script(async |stage, wallet| {
        at(stage, wallet, "profile").await;
        let before = streets(stage).await;
        wallet.press("Add an address").await;
        for (field, text) in [("Street and number", "Storgata 1"), ("Postcode", "0155"), ("City", "Oslo")] {
            wallet.fill(field, text).await;
        }
        wallet.press("Save : Add an address").await;
        wallet.wait_for_text("Check this field").await;
        assert_eq!(streets(stage).await, before, "no country");
        for (field, text) in
            [("Street and number", "Storgata 1"), ("Postcode", "0155"), ("City", "Oslo"), ("Country", "NO")]
        {
            wallet.fill(field, text).await;
        }
        wallet.press("Save : Add an address").await;
        has_saved(stage, wallet, "profile").await;
        assert_eq!(streets(stage).await.last().unwrap(), "Storgata 1");
        wallet.press("Edit the address Storgata 1").await;
        wallet.press("Use as main address Storgata 1").await;
        has_saved(stage, wallet, "profile").await;
        assert_eq!(streets(stage).await[0], "Storgata 1");
        wallet.fill("Date of birth", "yesterday").await;
        wallet.press("Save").await;
        wallet.wait_for_text("Check this field").await;
        wallet.fill("Date of birth", "1990-05-17").await;
        wallet.fill("Name", "Ada Lovelace").await;
        wallet.press("Save").await;
        has_saved(stage, wallet, "profile").await;
        let payer = payer(stage).await;
        assert_eq!((&payer["name"], &payer["birthDate"]), (&json!("Ada Lovelace"), &json!("1990-05-17")));
    })
    .await;
}

#[tokio::test]
async fn at_the_most_cards_and_addresses_no_more_are_offered_or_taken() {
    let stage = Stage::start().await;
    let wallet = stage.browser().await;
    let card = |number: usize| json!({ "id": format!("c-{number}"), "kind": "card", "brand": "Visa", "last4": "1111", "expiry": "12/30" });
    let address = |number: usize| {
        let id = format!("a-{number}");
        json!({ "id": id, "addressLine1": "Gata", "city": "Oslo", "postCode": "0155", "country": "NO" })
    };
    let all = |most: usize| {
        let (cards, addresses): (Vec<_>, Vec<_>) = (0..most).map(|number| (card(number), address(number))).unzip();
        json!({ "sources": cards, "addresses": addresses })
    };
    change(&stage, &all(19)).await;
    for (page, add) in [("cards", "Add a test card"), ("profile", "Add an address")] {
        at(&stage, &wallet, page).await;
        assert!(wallet.offers(add).await, "{page}: one more");
        assert!(!wallet.text().await.contains("20 is the most"), "{page}");
    }
    // A page that was open before the last one came: what it sends is refused, and says why.
    at(&stage, &wallet, "cards").await;
    change(&stage, &all(20)).await;
    wallet.fill("Last four digits", "9876").await;
    wallet.fill("Expires (MM/YY)", "12/30").await;
    wallet.press("Add a test card").await;
    wallet.wait_for_text("20 is the most there can be. Remove one to add another").await;
    assert!(!wallet.text().await.contains(SAVED) && !wallet.offers("Add a test card").await);
    at(&stage, &wallet, "profile").await;
    assert!(wallet.text().await.contains("20 is the most there can be"));
    assert_eq!((cards(&stage).await.len(), streets(&stage).await.len()), (20, 20));
    let complaints = wallet.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("422")), "{complaints:?}");
    stage.finish([wallet]).await;
}

#[tokio::test]
async fn what_a_payer_does_without_a_hand_is_written_down_on_the_page() {
    let stage = Stage::start().await;
    let wallet = stage.browser().await;
    let script = json!([{ "do": "back", "afterSeconds": 3 }, { "do": "approveTwice", "beforeEndSeconds": 1 }]);
    change(&stage, &json!({ "script": script })).await;
    at(&stage, &wallet, "profile").await;
    wallet.press("Save : Acts by itself").await;
    has_saved(&stage, &wallet, "profile").await;
    assert_eq!(payer(&stage).await["script"], script, "saved as it was, it is as it was");
    wallet.choose("Step 1", "reject").await;
    wallet.choose("Step 2", "").await;
    wallet.fill("After seconds 1", "2").await;
    wallet.press("Save : Acts by itself").await;
    has_saved(&stage, &wallet, "profile").await;
    assert_eq!(payer(&stage).await["script"], json!([{ "do": "reject", "afterSeconds": 2 }]));
    let mut proposal = from_anybody(&stage, "by-itself-1", 49_900);
    proposal["customer"] = json!({ "phoneNumber": PAYER });
    let link = stage.link(&proposal).await;
    wallet.go(&link).await;
    wallet.click_button(ENGLISH.next).await;
    wallet.wait_for_heading(ENGLISH.wait_title).await;
    assert_eq!(state(&stage, "by-itself-1").await, "CREATED", "not yet");
    stage.kasse.clock.advance(Span::seconds(2));
    wait_for_state(&stage, "by-itself-1", "ABORTED").await;
    wallet.wait_for_heading("Thank you").await;
    stage.finish([wallet]).await;
}
