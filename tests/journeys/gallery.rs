//! Every screen in every state and language can be used by everybody (P-14): the accessibility rules, and the narrowest window.
//!
//! The server lists the screens itself; a screen that is added is walked through without a word here.

use crate::{
    kit::{Browser, Stage, THEMES, axe, take_pictures},
    words::{ALL, Words},
};

const NARROW: u32 = 320;
/// Fewer screens than these there cannot be: eight of the landing page and nine of the wallet.
const SCREENS_MIN: usize = 17;

/// The names of all screens.
async fn screens(stage: &Stage, browser: &Browser) -> Vec<String> {
    browser.go(&stage.url("/_kasse/test/gallery")).await;
    let links = browser
        .ask("return [...new Set([...document.querySelectorAll('main a')].map(a => new URL(a.href).pathname.split('/').pop()))]")
        .await;
    let names: Vec<String> =
        links.as_array().unwrap().iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    assert!(names.len() >= SCREENS_MIN, "{names:?}");
    names
}

async fn walk(words: &Words) {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    let mut findings = Vec::new();
    for name in screens(&stage, &browser).await {
        browser.resize(NARROW).await;
        browser.go(&stage.url(&format!("/_kasse/test/gallery/{name}?lang={}", words.code))).await;
        assert_eq!(browser.ask("return document.documentElement.lang").await, words.tag, "{name}");
        if let Some(wide) = browser.overflow().await {
            findings.push(format!("{name}: wider than {NARROW}: {wide}"));
        }
        for theme in THEMES {
            browser.prefer_colours(theme).await;
            findings.extend(axe(&browser).await.iter().map(|violation| format!("{name}, {theme}: {violation}")));
        }
        take_pictures(&browser, &format!("{name}-{}", words.code)).await;
    }
    assert!(findings.is_empty(), "{}: {findings:#?}", words.own_name);
    stage.finish([browser]).await;
}

#[tokio::test]
async fn in_english() {
    walk(&ALL[0]).await;
}

#[tokio::test]
async fn in_norwegian() {
    walk(&ALL[1]).await;
}

#[tokio::test]
async fn in_danish() {
    walk(&ALL[2]).await;
}

#[tokio::test]
async fn in_finnish() {
    walk(&ALL[3]).await;
}

#[tokio::test]
async fn in_swedish() {
    walk(&ALL[4]).await;
}
