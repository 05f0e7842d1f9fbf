//! A payment from the shop's link to the shop's own page, in every language, with scripts and without (P-01).

use crate::{
    kit::{ENTER, Stage, TAB, Wishes},
    steps::{PAYER, PAYER_TYPED, REQUEST, ask_the_wallet, from_anybody, open_link, open_request, reader, state},
    words::{CHANGE_NUMBER, DANISH, ENGLISH, FINNISH, INBOX_EMPTY, NORWEGIAN, RECONNECTING, SWEDISH, Words},
};

/// A way back that any rewriting would change.
const WAY_BACK: &str = "/done%2f?b=%C3%A6&a=+;:@!$,*&a=&&%7e&state=x";

async fn pays(words: &Words, script: bool) {
    let stage = Stage::start().await;
    let (payer, wallet) = (reader(&stage, words, script).await, reader(&stage, words, script).await);
    let mut proposal = from_anybody(&stage, "paying-1-journey", 49_900);
    proposal["returnUrl"] = stage.merchant.url(WAY_BACK).into();
    let link = stage.link(&proposal).await;
    payer.go(&link).await;
    assert_eq!(payer.ask("return document.documentElement.lang").await, words.tag);
    assert!(payer.text().await.contains("Acme Demo Shop") && payer.text().await.contains("One pair of socks"));
    ask_the_wallet(&payer, &link, words, PAYER_TYPED).await;
    assert!(!payer.text().await.contains(PAYER), "the number is masked: {}", payer.text().await);
    for name in [words.open_wallet, words.cancel] {
        assert!(payer.offers(name).await, "{name}: {:?}", payer.offered().await);
    }
    assert_eq!(payer.offers(words.check_now).await, !script);
    open_request(&stage, &wallet, PAYER).await;
    wallet.click_button(words.approve).await;
    wallet.wait_for_heading(words.done_ok).await;
    payer.wait_for_heading("Thank you").await;
    let visit = stage.merchant.wait_for_visit().await;
    assert_eq!((visit.target().as_str(), visit.header("referer")), (WAY_BACK, None));
    assert_eq!(payer.url().await, stage.merchant.url(WAY_BACK));
    assert_eq!(stage.shop.standing("paying-1-journey").await, "AUTHORIZED a=49900 c=0 r=0 x=0");
    assert_eq!(stage.shop.log("paying-1-journey").await, "CREATED AUTHORIZED");
    wallet.go(&stage.url(&format!("/wallet/{PAYER}"))).await;
    assert!(!wallet.offers(REQUEST).await, "it is no longer asked for");
    stage.finish([payer, wallet]).await;
}

#[tokio::test]
async fn in_english() {
    pays(&ENGLISH, true).await;
    pays(&ENGLISH, false).await;
}

#[tokio::test]
async fn in_norwegian() {
    pays(&NORWEGIAN, true).await;
    pays(&NORWEGIAN, false).await;
}

#[tokio::test]
async fn in_danish() {
    pays(&DANISH, true).await;
    pays(&DANISH, false).await;
}

#[tokio::test]
async fn in_finnish() {
    pays(&FINNISH, true).await;
    pays(&FINNISH, false).await;
}

#[tokio::test]
async fn in_swedish() {
    pays(&SWEDISH, true).await;
    pays(&SWEDISH, false).await;
}

#[tokio::test]
async fn a_finished_payment_says_so_and_goes_on_once() {
    let stage = Stage::start().await;
    let payer = stage.browser().await;
    let link = stage.usual_link("paying-1-journey").await;
    stage.shop.approve("paying-1-journey").await;
    payer.go(&link).await;
    payer.wait_for_heading("Thank you").await;
    payer.back().await;
    payer.wait_for_heading(ENGLISH.done_ok).await;
    let visits = stage.merchant.visits().len();
    payer.click_link(ENGLISH.done_back).await;
    payer.wait_for_heading("Thank you").await;
    assert_eq!((visits, stage.merchant.visits().len()), (1, 2));
    stage.finish([payer]).await;
}

#[tokio::test]
async fn a_keyboard_is_enough_to_pay() {
    let stage = Stage::start().await;
    let (payer, wallet) = (stage.browser().await, stage.browser().await);
    payer.go(&stage.usual_link("paying-1-journey").await).await;
    reach(&payer, ENGLISH.next).await;
    payer.type_keys(ENTER).await;
    payer.wait_for_heading(ENGLISH.wait_title).await;
    assert_eq!(payer.focused().await, ENGLISH.wait_title, "the news has the focus");
    let customer = engine::merchant::example::PAYER;
    wallet.go(&stage.url(&format!("/wallet?user={customer}"))).await;
    reach(&wallet, REQUEST).await;
    wallet.type_keys(ENTER).await;
    wallet.wait_for_url(|url| url.contains("/requests/")).await;
    reach(&wallet, ENGLISH.approve).await;
    wallet.type_keys(ENTER).await;
    wallet.wait_for_heading(ENGLISH.done_ok).await;
    payer.wait_for_heading("Thank you").await;
    stage.finish([payer, wallet]).await;
}

/// Moves the focus with the keyboard alone until what it is wanted on has it.
async fn reach(browser: &crate::kit::Browser, name: &str) {
    const STOPS_MAX: usize = 60;
    let mut seen = Vec::new();
    while seen.len() < STOPS_MAX {
        browser.type_keys(TAB).await;
        let focused = browser.focused().await;
        let is_there = name.strip_suffix('…').map_or(focused == name, |beginning| focused.starts_with(beginning));
        if is_there {
            return;
        }
        seen.push(focused);
    }
    panic!("no way to {name:?} by keyboard: {seen:?}");
}

#[tokio::test]
async fn without_script_a_page_that_waits_can_be_told_to_stand_still() {
    let stage = Stage::start().await;
    let payer = stage.browser_that(Wishes { script: false, ..Wishes::default() }).await;
    ask_the_wallet(&payer, &open_link(&stage, "paying-1-journey").await, &ENGLISH, PAYER_TYPED).await;
    let updates = "return document.querySelectorAll('meta[http-equiv=refresh]').length";
    assert_eq!(payer.ask(updates).await, 1);
    payer.click_link(ENGLISH.stop_auto).await;
    let url = payer.wait_for_url(|url| url.contains("auto=off")).await;
    assert!(url.find("auto=off") < url.find("token=") && url.contains("token="), "{url}");
    payer.wait_for_heading(ENGLISH.wait_title).await;
    assert_eq!((payer.ask(updates).await, payer.offers(ENGLISH.stop_auto).await), (0.into(), false));
    payer.click_link(ENGLISH.check_now).await;
    payer.wait_for_heading(ENGLISH.wait_title).await;
    assert_eq!(payer.ask(updates).await, 0, "it stays so");
    stage.finish([payer]).await;
}

#[tokio::test]
async fn without_a_network_a_page_says_so_and_tells_no_outcome_until_it_is_told() {
    let stage = Stage::start().await;
    let (payer, wallet) = (stage.browser().await, stage.browser().await);
    ask_the_wallet(&payer, &open_link(&stage, "paying-1-journey").await, &ENGLISH, PAYER_TYPED).await;
    payer.set_offline(true).await;
    payer.wait_for_text(RECONNECTING).await;
    open_request(&stage, &wallet, PAYER).await;
    wallet.click_button(ENGLISH.approve).await;
    wallet.wait_for_heading(ENGLISH.done_ok).await;
    assert_eq!(payer.heading().await, ENGLISH.wait_title);
    payer.set_offline(false).await;
    payer.wait_for_heading("Thank you").await;
    let complaints = payer.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("net::ERR_")), "{complaints:?}");
    stage.finish([payer, wallet]).await;
}

#[tokio::test]
async fn another_number_takes_the_request_to_another_wallet() {
    let stage = Stage::start().await;
    let (payer, first, second) = (stage.browser().await, stage.browser().await, stage.browser().await);
    ask_the_wallet(&payer, &open_link(&stage, "paying-1-journey").await, &ENGLISH, "+47 400 00 039").await;
    first.go(&stage.url("/wallet?user=4740000039")).await;
    assert!(first.offers(REQUEST).await, "{}", first.text().await);
    payer.press(CHANGE_NUMBER).await;
    payer.fill(ENGLISH.phone, "0047-400 00 010").await;
    payer.click_button(ENGLISH.next).await;
    payer.wait_for_heading(ENGLISH.wait_title).await;
    first.wait_for_text(INBOX_EMPTY).await;
    open_request(&stage, &second, PAYER).await;
    second.click_button(ENGLISH.approve).await;
    second.wait_for_heading(ENGLISH.done_ok).await;
    payer.wait_for_heading("Thank you").await;
    assert_eq!(state(&stage, "paying-1-journey").await, "AUTHORIZED");
    stage.finish([payer, first, second]).await;
}

#[tokio::test]
async fn a_program_of_the_shop_is_gone_back_to_by_its_own_scheme_unchanged() {
    const PROGRAM: &str = "acmeshop://done/%2f?a=1&a=2#end";
    let stage = Stage::start().await;
    let payer = stage.browser().await;
    let mut proposal = stage.proposal("paying-1-journey", 49_900);
    proposal["returnUrl"] = PROGRAM.into();
    let link = stage.link(&proposal).await;
    stage.shop.approve("paying-1-journey").await;
    payer.go(&link).await;
    payer.wait_for_heading(ENGLISH.done_ok).await;
    let ways = payer.ask("return [...document.querySelectorAll('main a')].map(a => a.getAttribute('href'))").await;
    assert_eq!(ways, serde_json::json!([PROGRAM]));
    // Nothing here opens that scheme, and the browser says so when the page has tried.
    let complaints = payer.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("acmeshop:")), "{complaints:?}");
    drop(payer);
    stage.finish([]).await;
}

#[tokio::test]
async fn a_telephone_that_has_the_wallet_goes_straight_to_the_request() {
    let stage = Stage::start().await;
    let phone = stage.browser_that(Wishes { phone: true, ..Wishes::default() }).await;
    phone.go(&stage.url(&format!("/wallet?user={PAYER}"))).await;
    phone.go(&open_link(&stage, "paying-1-journey").await).await;
    phone.wait_for_url(|url| url.contains("/wallet/") && url.contains("/requests/")).await;
    phone.click_button(ENGLISH.approve).await;
    phone.wait_for_heading(ENGLISH.done_ok).await;
    phone.click_link(ENGLISH.done_back).await;
    assert_eq!(stage.merchant.wait_for_visit().await.header("referer"), None);
    stage.finish([phone]).await;
}
