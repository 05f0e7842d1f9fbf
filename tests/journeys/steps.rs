//! What payers do again and again: open a link, say who pays, find the request in the wallet.

use serde_json::Value;

use crate::{
    kit::{Browser, Stage, Wishes, poll},
    words::Words,
};

/// A payer nothing is special about, with two cards; and the same as typed by a person who chose the country.
pub const PAYER: &str = "4740000010";
pub const PAYER_TYPED: &str = "400 00 010";
pub const COUNTRY: &str = "47";
/// What the wallet calls the example merchant's request.
pub const REQUEST: &str = "Acme Demo Shop…";

/// A proposal that does not say who pays.
pub fn from_anybody(stage: &Stage, reference: &str, value: i64) -> Value {
    let mut proposal = stage.proposal(reference, value);
    proposal.as_object_mut().unwrap().remove("customer");
    proposal
}

/// The link of a payment of 499 kroner that does not say who pays.
pub async fn open_link(stage: &Stage, reference: &str) -> String {
    stage.link(&from_anybody(stage, reference, 49_900)).await
}

/// A browser that reads this language.
pub async fn reader(stage: &Stage, words: &Words, script: bool) -> Browser {
    let languages = words.asked;
    stage.browser_that(Wishes { script, languages, ..Wishes::default() }).await
}

/// Opens the link and says who pays, up to the page that waits.
pub async fn ask_the_wallet(browser: &Browser, link: &str, words: &Words, typed: &str) {
    browser.go(link).await;
    browser.choose(words.country_code, COUNTRY).await;
    browser.fill(words.phone, typed).await;
    browser.click_button(words.next).await;
    browser.wait_for_heading(words.wait_title).await;
}

/// Signs a payer in and opens the only request there is.
pub async fn open_request(stage: &Stage, wallet: &Browser, payer: &str) {
    wallet.go(&stage.url(&format!("/wallet?user={payer}"))).await;
    wallet.click_link(REQUEST).await;
    wallet.wait_for_url(|url| url.contains("/requests/")).await;
}

/// Where the payment stands, by the API.
pub async fn state(stage: &Stage, reference: &str) -> String {
    let payment = stage.shop.get(&format!("/payments/{reference}")).await.json();
    payment["state"].as_str().unwrap_or("?").to_owned()
}

/// Waits until the payment stands so.
pub async fn wait_for_state(stage: &Stage, reference: &str, wanted: &str) {
    let look = async || {
        let found = state(stage, reference).await;
        if found == wanted { Ok(()) } else { Err(found) }
    };
    poll(&format!("{reference} is not {wanted}"), look).await;
}
