//! The pages that need no payer: the reference of the APIs, and what a payment link shows.

use serde_json::Value;

use crate::kit::{Browser, Stage, THEMES, axe, take_pictures};

/// The narrowest window a page must fit into.
const NARROW: u32 = 320;

/// Asserts that everybody can use the page a browser shows, in either theme, also in the narrowest window.
async fn assert_usable(browser: &Browser, name: &str) {
    for theme in THEMES {
        browser.prefer_colours(theme).await;
        for width in [1280, NARROW] {
            browser.resize(width).await;
            assert_eq!(browser.overflow().await, None, "{name}, {width} wide");
        }
        let violations = axe(browser).await;
        assert!(violations.is_empty(), "{name}, {theme}: {violations:#?}");
    }
    take_pictures(browser, name).await;
}

#[tokio::test]
async fn the_reference_of_the_apis_is_usable() {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    browser.go(&stage.url("/docs")).await;
    assert_eq!((browser.title().await, browser.heading().await), ("API reference".into(), "API reference".into()));
    assert_usable(&browser, "docs").await;
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_payment_link_shows_a_usable_page() {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    browser.go(&stage.usual_link("journey-1").await).await;
    assert!(browser.heading().await.contains("Acme Demo Shop"), "{}", browser.heading().await);
    assert_usable(&browser, "pay-created").await;
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_link_that_is_dead_says_so_and_is_usable() {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    browser.go(&stage.url("/pay?token=invented")).await;
    let complaints = browser.complaints().await;
    assert!(complaints.len() == 1 && complaints[0].contains("404"), "{complaints:?}");
    assert_usable(&browser, "pay-dead").await;
    stage.finish([browser]).await;
}

#[tokio::test]
async fn what_a_merchant_writes_is_shown_and_never_run() {
    const HOSTILE: &str = "</p><script>window.ran = 1</script><img src=x onerror=\"window.ran = 1\"> {{7*7}} &lt;b&gt;";
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    let mut proposal = stage.proposal("hostile-1", 49_900);
    proposal["paymentDescription"] = Value::from(HOSTILE);
    browser.go(&stage.link(&proposal).await).await;
    assert!(browser.text().await.contains(HOSTILE), "{}", browser.text().await);
    let inserted =
        browser.ask("return [typeof window.ran, document.querySelectorAll('main script, img').length]").await;
    assert_eq!(inserted, serde_json::json!(["undefined", 0]));
    stage.finish([browser]).await;
}
