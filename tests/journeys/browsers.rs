//! That the browsers of these tests do what they are told and hear what they must: each power is tried on a small page of the test's own.

use serde_json::json;
use testkit::receivers::{Received, Receiver, Reply};

use crate::kit::{Browser, ENTER, ESCAPE, SPACE, Stage, TAB, Wishes, axe};

const FORM: &str = r#"<main><h1>Empty</h1><form method="post" action="/sent">
<label for="number">Phone number</label><input id="number" name="number">
<label for="code">Country code</label><select id="code" name="code">
<option value="47">Norway</option><option value="45">Denmark</option></select>
<label><input type="checkbox" name="remember" value="yes"> Remember&nbsp;me</label>
<button>Next</button></form><a href="/other">Elsewhere</a><noscript><p>No script here.</p></noscript></main>"#;

async fn site(body: &'static str) -> Receiver {
    Receiver::start_with(move |_, request: &Received| {
        let method = request.request_line().split(' ').next().unwrap_or_default().to_owned();
        let body = match (method.as_str(), request.target().as_str()) {
            ("POST", _) => "<h1>Sent</h1>",
            (_, "/other") => "<h1>Other</h1>",
            _ => body,
        };
        let text = format!(
            "<!doctype html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><title>Page</title>{body}"
        );
        let policy = "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'self'";
        let reply = Reply::status(200).header("Content-Type", "text/html; charset=utf-8");
        reply.header("Content-Security-Policy", policy).body(text)
    })
    .await
}

async fn opened(stage: &Stage, site: &Receiver, wishes: Wishes) -> Browser {
    let browser = stage.browser_that(wishes).await;
    browser.go(&site.url("/")).await;
    browser
}

fn posted(site: &Receiver) -> Vec<String> {
    let bodies = site.received().into_iter().map(|request| String::from_utf8_lossy(&request.body).into_owned());
    bodies.filter(|body| !body.is_empty()).collect()
}

#[tokio::test]
async fn what_has_a_name_is_found_filled_and_pressed_with_script_and_without() {
    let stage = Stage::start().await;
    for script in [true, false] {
        let site = site(FORM).await;
        let browser = opened(&stage, &site, Wishes { script, ..Wishes::default() }).await;
        assert_eq!(browser.text().await.contains("No script here."), !script);
        browser.fill("Phone number", "1").await;
        browser.fill("Phone number", "40000010").await;
        browser.choose("Country code", "45").await;
        browser.tick("Remember me").await;
        assert_eq!(browser.value("Phone number").await, "40000010");
        assert!(browser.offers("Next").await && !browser.offers("Nex").await && browser.offers("Ne…").await);
        assert_eq!(browser.offered().await, ["Next", "Elsewhere"]);
        if script {
            browser.click_button("Next").await
        } else {
            browser.press("Next").await
        }
        browser.wait_for_heading("Sent").await;
        assert_eq!(posted(&site), ["number=40000010&code=45&remember=yes"]);
        assert_eq!(browser.complaints().await, [""; 0]);
    }
    stage.finish([]).await;
}

#[tokio::test]
async fn a_keyboard_is_enough() {
    let stage = Stage::start().await;
    let site = site(FORM).await;
    let browser = opened(&stage, &site, Wishes::default()).await;
    for name in ["Phone number", "Country code", "Remember me", "Next", "Elsewhere"] {
        browser.type_keys(TAB).await;
        assert_eq!(browser.focused().await, name);
    }
    browser.type_keys(ENTER).await;
    browser.wait_for_heading("Other").await;
    browser.go(&site.url("/")).await;
    browser.type_keys(&format!("{TAB}12{ESCAPE}3{TAB}{TAB}{SPACE}{TAB}{ENTER}")).await;
    browser.wait_for_heading("Sent").await;
    assert_eq!(posted(&site), ["number=123&code=47&remember=yes"]);
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_browser_goes_back_and_forward_and_has_tabs() {
    let stage = Stage::start().await;
    let site = site(FORM).await;
    let browser = opened(&stage, &site, Wishes::default()).await;
    browser.click_link("Elsewhere").await;
    browser.wait_for_heading("Other").await;
    browser.back().await;
    browser.wait_for_heading("Empty").await;
    browser.forward().await;
    browser.wait_for_text("Other").await;
    assert_eq!(browser.wait_for_url(|url| url.ends_with("/other")).await, site.url("/other"));
    let first = browser.open_tab().await;
    assert_eq!((browser.tabs().await.len(), browser.tabs().await.contains(&first)), (2, true));
    assert_ne!(browser.tab().await, first);
    browser.go(&site.url("/")).await;
    browser.close_tab(&first).await;
    assert_eq!(browser.heading().await, "Other");
    browser.reload().await;
    assert_eq!(browser.title().await, "Page");
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_browser_says_the_languages_and_the_device_of_its_owner() {
    let stage = Stage::start().await;
    let site = site(FORM).await;
    opened(&stage, &site, Wishes { languages: "nb,da;q=0.5", phone: true, ..Wishes::default() }).await;
    let asked = &site.received()[0];
    assert!(asked.header("accept-language").unwrap().starts_with("nb"), "{:?}", asked.headers());
    assert!(asked.header("user-agent").unwrap().contains("Mobile"), "{:?}", asked.headers());
    opened(&stage, &site, Wishes::default()).await;
    let asked = site.received();
    let asked = asked.iter().rfind(|request| request.target() == "/").unwrap();
    assert!(asked.header("accept-language").unwrap().starts_with("en"), "{:?}", asked.headers());
    assert!(!asked.header("user-agent").unwrap().contains("Mobile"), "{:?}", asked.headers());
    stage.finish([]).await;
}

#[tokio::test]
async fn errors_of_scripts_and_what_a_policy_refused_are_heard() {
    let stage = Stage::start().await;
    let site =
        site("<script>console.error('from a script'); window.begun = true;</script><style>h1{color:red}</style>").await;
    let browser = opened(&stage, &site, Wishes::default()).await;
    let complaints = browser.complaints().await.join("\n");
    assert!(complaints.contains("from a script") && complaints.contains("Content Security Policy"), "{complaints}");
    assert_eq!(browser.complaints().await, [""; 0], "they are told once");
    stage.finish([browser]).await;
}

#[tokio::test]
async fn the_network_can_be_taken_away_and_given_back() {
    let stage = Stage::start().await;
    let site = site(FORM).await;
    let browser = opened(&stage, &site, Wishes::default()).await;
    let reach = "return fetch('/other').then(() => 'reached', () => 'failed')";
    browser.set_offline(true).await;
    assert_eq!(browser.ask(reach).await, "failed");
    browser.set_offline(false).await;
    assert_eq!(browser.ask(reach).await, "reached");
    let complaints = browser.complaints().await;
    assert!(complaints.len() == 1 && complaints[0].contains("ERR_INTERNET_DISCONNECTED"), "{complaints:?}");
    stage.finish([browser]).await;
}

#[tokio::test]
async fn what_is_inaccessible_too_wide_or_dark_is_seen() {
    let stage = Stage::start().await;
    let good = site("<main><h1>Good</h1></main>").await;
    let bad =
        site("<main><h1>Bad</h1><input><p>anextraordinarilylongwordthatdoesnotfitintoanarrowwindow</p></main>").await;
    let browser = opened(&stage, &good, Wishes::default()).await;
    browser.resize(320).await;
    assert_eq!((axe(&browser).await, browser.overflow().await), (Vec::new(), None));
    browser.go(&bad.url("/")).await;
    let violations = axe(&browser).await;
    assert!(violations.len() == 1 && violations[0].starts_with("label: "), "{violations:?}");
    assert!(browser.overflow().await.unwrap().contains("P"), "the paragraph");
    let is_dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    for (scheme, expected) in [("dark", true), ("light", false)] {
        browser.prefer_colours(scheme).await;
        assert_eq!(browser.ask(is_dark).await, json!(expected));
    }
    let picture = browser.picture().await;
    assert!(picture.starts_with(b"\x89PNG"));
    stage.finish([browser]).await;
}

#[tokio::test]
async fn a_merchants_site_remembers_what_was_asked_for_byte_for_byte() {
    let stage = Stage::start().await;
    let browser = stage.browser().await;
    let target = "/done%2f?b=%C3%A6&a=+;:@!$,*&a=&&%7e";
    browser.go(&stage.merchant.url(target)).await;
    assert_eq!(stage.merchant.wait_for_visit().await.target(), target);
    browser.go(&stage.merchant.framing(&stage.merchant.url("/inner?a=1&b=2"))).await;
    assert_eq!(stage.merchant.visits()[2..], ["/inner?a=1&b=2"]);
    stage.finish([browser]).await;
}
