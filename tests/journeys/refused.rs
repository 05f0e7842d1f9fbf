//! What is refused, and how little is said about it: numbers that cannot pay (P-04), links and forms that are not what they seem,
//! frames (P-05).

use domain::time::Span;
use serde_json::json;
use testkit::Setup;

use crate::{
    kit::{Browser, Stage, Wishes},
    steps::{COUNTRY, PAYER, PAYER_TYPED, ask_the_wallet, from_anybody, open_link, open_request, state},
    words::{ALREADY_OPEN, CANNOT_PAY, ENGLISH, FORGET, LINK_DEAD, PHONE_INVALID, REMEMBER, TOO_MANY},
};

const REFERENCE: &str = "refused-1-journey";
/// Listed numbers: nobody's, a blocked payer's, a child's, and a payer's of 17 years.
const NOBODY: &str = "41234567";
const BLOCKED: &str = "40000035";
const CHILD: &str = "40000033";
const MINOR: &str = "40000034";

async fn say(browser: &Browser, number: &str) {
    browser.choose(ENGLISH.country_code, COUNTRY).await;
    browser.fill(ENGLISH.phone, number).await;
    browser.click_button(ENGLISH.next).await;
}

#[tokio::test]
async fn why_a_number_cannot_pay_is_never_said() {
    let stage = Stage::with(Setup { any_phone_number: false, ..Setup::default() }).await;
    let payer = stage.browser_that(Wishes { script: false, ..Wishes::default() }).await;
    let mut pages = Vec::new();
    for (at, number) in [NOBODY, BLOCKED, CHILD, MINOR].into_iter().enumerate() {
        let mut proposal = from_anybody(&stage, &format!("refused-by-{at}"), 49_900);
        proposal["minimumUserAge"] = json!(18);
        payer.go(&stage.link(&proposal).await).await;
        say(&payer, number).await;
        payer.wait_for_text(CANNOT_PAY).await;
        assert_eq!(state(&stage, &format!("refused-by-{at}")).await, "CREATED");
        let page = payer.ask("return document.documentElement.outerHTML").await;
        let secrets = payer
            .ask("return [...document.querySelectorAll('[name=token], [name=csrf]')].map(field => field.value)")
            .await;
        let mut page = page.as_str().unwrap().replace(number, "(number)");
        for secret in secrets.as_array().unwrap() {
            page = page.replace(secret.as_str().unwrap(), "(secret)");
        }
        pages.push(page);
    }
    for (page, number) in pages.iter().zip([NOBODY, BLOCKED, CHILD, MINOR]) {
        assert_eq!(*page, pages[0], "{number}");
    }
    say(&payer, PAYER_TYPED).await;
    payer.wait_for_heading(ENGLISH.wait_title).await;
    stage.finish([payer]).await;
}

#[tokio::test]
async fn a_number_that_is_none_is_asked_for_again_where_it_stands() {
    let stage = Stage::start().await;
    for script in [true, false] {
        let payer = stage.browser_that(Wishes { script, ..Wishes::default() }).await;
        payer.go(&open_link(&stage, &format!("refused-{script}")).await).await;
        for number in ["12", "not a number", ""] {
            say(&payer, number).await;
            payer.wait_for_text(PHONE_INVALID).await;
        }
        assert!(payer.title().await.contains(PHONE_INVALID), "{}", payer.title().await);
        let field = "const field = document.querySelector('[aria-invalid=true]'); \
            return field.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id)?.innerText).join(' ')";
        assert!(payer.ask(field).await.as_str().unwrap().contains(PHONE_INVALID));
        assert_eq!(payer.complaints().await, [""; 0]);
    }
    stage.finish([]).await;
}

#[tokio::test]
async fn after_five_numbers_there_is_no_sixth() {
    let stage = Stage::start().await;
    let payer = stage.browser_that(Wishes { script: false, ..Wishes::default() }).await;
    let link = open_link(&stage, REFERENCE).await;
    payer.go(&link).await;
    for _ in 0..4 {
        say(&payer, BLOCKED).await;
        payer.wait_for_text(CANNOT_PAY).await;
    }
    say(&payer, BLOCKED).await;
    payer.wait_for_text(TOO_MANY).await;
    payer.go(&link).await;
    payer.wait_for_text(TOO_MANY).await;
    assert!(!payer.offers(ENGLISH.next).await && payer.offers(ENGLISH.cancel).await);
    assert_eq!(state(&stage, REFERENCE).await, "CREATED");
    stage.kasse.clock.advance(Span::minutes(10));
    assert_eq!(state(&stage, REFERENCE).await, "EXPIRED");
    stage.finish([payer]).await;
}

#[tokio::test]
async fn a_form_that_is_not_from_the_page_changes_nothing() {
    let stage = Stage::start().await;
    let payer = stage.browser_that(Wishes { script: false, ..Wishes::default() }).await;
    let link = open_link(&stage, REFERENCE).await;
    for press in [ENGLISH.cancel, ENGLISH.next] {
        payer.go(&link).await;
        payer.fill(ENGLISH.phone, PAYER_TYPED).await;
        payer.ask("document.querySelectorAll('[name=csrf]').forEach(field => { field.value = 'forged'; })").await;
        payer.click_button(press).await;
        assert_eq!(stage.shop.log(REFERENCE).await, "CREATED", "{press}");
        assert_ne!(payer.heading().await, ENGLISH.wait_title);
    }
    let complaints = payer.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("403")), "{complaints:?}");
    stage.finish([payer]).await;
}

#[tokio::test]
async fn a_link_nobody_was_given_opens_nothing() {
    let stage = Stage::start().await;
    let payer = stage.browser().await;
    let link = open_link(&stage, REFERENCE).await;
    let mut almost = link.clone();
    let last = almost.pop().unwrap();
    almost.push(if last == 'A' { 'B' } else { 'A' });
    for url in [stage.url("/pay"), stage.url("/pay?token="), stage.url("/pay?token=invented"), almost] {
        payer.go(&url).await;
        payer.wait_for_heading(LINK_DEAD).await;
        assert!(!payer.text().await.contains("Acme"));
    }
    let complaints = payer.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("404")), "{complaints:?}");
    stage.finish([payer]).await;
}

#[tokio::test]
async fn nobody_sees_or_takes_the_request_of_another_payer() {
    let stage = Stage::start().await;
    let (payer, wallet, other) = (stage.browser().await, stage.browser().await, stage.browser().await);
    ask_the_wallet(&payer, &open_link(&stage, REFERENCE).await, &ENGLISH, PAYER_TYPED).await;
    open_request(&stage, &wallet, PAYER).await;
    let request = wallet.url().await;
    // Not signed in at all, then signed in as somebody else, under either's address.
    other.go(&request).await;
    assert!(!other.offers(ENGLISH.approve).await && !other.text().await.contains("socks"), "{}", other.text().await);
    other.go(&stage.url("/wallet?user=4740000039")).await;
    for address in [request.clone(), request.replace(PAYER, "4740000039")] {
        other.go(&address).await;
        let text = other.text().await;
        assert!(!other.offers(ENGLISH.approve).await && !text.contains("socks"), "{address}: {text}");
        assert!(!text.contains(ENGLISH.done_ok) || text.contains(ALREADY_OPEN), "{text}");
    }
    let complaints = other.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("40")), "{complaints:?}");
    assert_eq!(state(&stage, REFERENCE).await, "CREATED");
    stage.finish([payer, wallet, other]).await;
}

#[tokio::test]
async fn no_page_of_a_payer_is_shown_in_a_frame() {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    let wallet = stage.url(&format!("/wallet/{PAYER}"));
    browser.go(&stage.url(&format!("/wallet?user={PAYER}"))).await;
    for framed in [wallet, stage.url("/wallet"), stage.url("/error")] {
        browser.go(&stage.merchant.framing(&framed)).await;
        browser.wait_for_heading("Thank you").await;
        let complaints = browser.complaints().await;
        assert!(complaints.iter().any(|complaint| complaint.contains("frame-ancestors")), "{framed}: {complaints:?}");
    }
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_landing_page_in_a_frame_offers_a_window_of_its_own_and_nothing_else() {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    browser.go(&stage.merchant.framing(&open_link(&stage, REFERENCE).await)).await;
    browser.enter_frame().await;
    assert!(!browser.offers(ENGLISH.next).await && !browser.offers(ENGLISH.cancel).await);
    browser.click_link("Open this page in its own window").await;
    browser.leave_frame().await;
    browser.wait_for_text("Acme Demo Shop").await;
    assert!(browser.offers(ENGLISH.next).await);
    let complaints = browser.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("403")), "{complaints:?}");
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_number_is_remembered_only_where_that_is_asked_for_and_until_it_is_forgotten() {
    let stage = Stage::start().await;
    let payer = stage.browser().await;
    ask_the_wallet(&payer, &open_link(&stage, "remember-1").await, &ENGLISH, PAYER_TYPED).await;
    payer.go(&open_link(&stage, "remember-2").await).await;
    assert_eq!(payer.value(ENGLISH.phone).await, "");
    assert!(!payer.offers(FORGET).await);
    payer.tick(REMEMBER).await;
    say(&payer, PAYER_TYPED).await;
    payer.wait_for_heading(ENGLISH.wait_title).await;
    payer.go(&open_link(&stage, "remember-3").await).await;
    let digits: String = payer.value(ENGLISH.phone).await.chars().filter(char::is_ascii_digit).collect();
    assert!(!digits.is_empty() && PAYER.ends_with(&digits), "{digits}");
    let readable = payer.ask("return document.cookie").await;
    assert!(!readable.as_str().unwrap().contains("kasse_phone"), "{readable}");
    payer.press(FORGET).await;
    payer.wait_until_not_offered(FORGET).await;
    payer.go(&open_link(&stage, "remember-4").await).await;
    assert_eq!(payer.value(ENGLISH.phone).await, "");
    stage.finish([payer]).await;
}
