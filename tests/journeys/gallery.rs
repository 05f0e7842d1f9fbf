//! Every screen in every state and language can be used by everybody (P-14): the accessibility rules, and the narrowest window.
//!
//! The server lists the screens itself; a screen that is added is walked through without a word here.

use crate::{
    kit::{Browser, Stage, THEMES, axe, axe_of_colours, take_pictures},
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

/// What merchants write is in no language: screens full of the worst of it are walked through once.
const HOSTILE: &str = "-hostile";

async fn walk(words: &Words) {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    let mut findings = Vec::new();
    let is_english = words.code == "en";
    for name in screens(&stage, &browser).await.into_iter().filter(|name| is_english || !name.ends_with(HOSTILE)) {
        browser.resize(NARROW).await;
        browser.go(&stage.url(&format!("/_kasse/test/gallery/{name}?lang={}", words.code))).await;
        assert_eq!(browser.ask("return document.documentElement.lang").await, words.tag, "{name}");
        if let Some(wide) = browser.overflow().await {
            findings.push(format!("{name}: wider than {NARROW}: {wide}"));
        }
        let [light, dark] = THEMES;
        browser.prefer_colours(light).await;
        findings.extend(axe(&browser).await.iter().map(|violation| format!("{name}, {light}: {violation}")));
        // Themes differ in colours, and colours in no language.
        if is_english {
            browser.prefer_colours(dark).await;
            findings.extend(axe_of_colours(&browser).await.iter().map(|found| format!("{name}, {dark}: {found}")));
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
