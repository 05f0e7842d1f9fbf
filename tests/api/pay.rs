//! `GET /pay?token=…`: the page a payment link opens.

use domain::time::Span;
use serde_json::Value;
use testkit::{Answer, Kasse, Shop};

async fn open(kasse: &Kasse, redirect_url: &str) -> Answer {
    let path = redirect_url.strip_prefix(kasse.public_url()).expect("a link to this server");
    kasse.http().send("GET", path, &[], "").await
}

async fn link(shop: &Shop, reference: &str) -> String {
    let created = shop.create(reference, 49_900).await;
    created.json()["redirectUrl"].as_str().expect("a link").to_owned()
}

#[tokio::test]
async fn it_shows_whom_how_much_what_for_and_where_it_stands() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let link = link(&shop, "pay-page-1").await;
    let page = open(&kasse, &link).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for text in
        ["Acme Demo Shop", "499,00\u{a0}kr", "One pair of socks", "Neste", "17:36", "TEST – ingen penger flyttes"]
    {
        assert!(page.text().contains(text), "{text}");
    }
    shop.approve("pay-page-1").await;
    let page = open(&kasse, &link).await.text();
    assert!(page.contains("Betalingen er godkjent") && !page.contains("Neste"), "{page}");
    assert!(
        page.contains("href=\"https://example.com/redirect?reference=pay-page-1\""),
        "the way back, as it was given"
    );
    kasse.finish().await;
}

#[tokio::test]
async fn it_speaks_the_language_asked_for() {
    let kasse = Kasse::start().await;
    let link = link(&kasse.shop().await, "pay-page-1").await;
    let path = link.strip_prefix(kasse.public_url()).unwrap();
    for (accepted, tag) in [("fi", "fi"), ("nn", "nb"), ("da;q=0.1, sv", "sv"), ("xx", "nb"), ("en-GB", "en")] {
        let page = kasse.http().send("GET", path, &[("accept-language", accepted)], "").await.text();
        assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{accepted}");
    }
    let chosen = path.replace("?", "?lang=da&menu=1&");
    let page = kasse.http().send("GET", &chosen, &[("accept-language", "fi")], "").await;
    assert!(page.text().contains("<html lang=\"da\">"));
    let kept =
        page.headers.get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().starts_with("kasse_lang=da;"));
    assert!(kept, "what was chosen is kept");
    let cookie = [("accept-language", "fi"), ("cookie", "kasse_lang=da")];
    assert!(kasse.http().send("GET", path, &cookie, "").await.text().contains("<html lang=\"da\">"));
    kasse.finish().await;
}

#[tokio::test]
async fn a_form_is_believed_only_from_a_page_of_ours_in_the_same_browser() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let link = link(&shop, "pay-page-1").await;
    let page = open(&kasse, &link).await;
    let browser = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let csrf = page.text().split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let token = link.split_once("token=").unwrap().1.to_owned();
    let body = format!("token={token}&csrf={csrf}&prefix=47&phone=40000010");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let post = |path: &'static str, headers: Vec<(&'static str, String)>, body: String| {
        let http = kasse.http();
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            http.send("POST", path, &headers, body).await.status
        }
    };
    let form = |mut more: Vec<(&'static str, String)>| {
        more.push((form.0, form.1.to_owned()));
        more
    };
    let cookie = || ("cookie", browser.clone());
    for path in ["/pay/phone", "/pay/cancel", "/pay/left", "/pay/forget"] {
        let forged = body.replace(&csrf, "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(post(path, form(vec![]), body.clone()).await, 403, "{path} of another browser");
        assert_eq!(post(path, form(vec![cookie()]), forged).await, 403, "{path} with a code made up");
        let elsewhere = ("sec-fetch-site", "cross-site".to_owned());
        assert_eq!(post(path, form(vec![cookie(), elsewhere]), body.clone()).await, 403, "{path} from elsewhere");
        let origin = ("origin", "https://evil.example".to_owned());
        assert_eq!(post(path, form(vec![cookie(), origin]), body.clone()).await, 403, "{path} of another origin");
    }
    assert_eq!(shop.log("pay-page-1").await, "CREATED");
    let too_long = format!("{body}&more={}", "x".repeat(32 * 1024));
    assert_eq!(post("/pay/cancel", form(vec![cookie()]), too_long).await, 413);
    let origin = ("origin", format!("http://{}", kasse.address()));
    let host = ("host", kasse.address().to_string());
    assert_eq!(post("/pay/phone", form(vec![cookie(), origin, host]), body.clone()).await, 303);
    let here = ("sec-fetch-site", "same-origin".to_owned());
    assert_eq!(post("/pay/cancel", form(vec![cookie(), here]), body).await, 303);
    assert_eq!(shop.log("pay-page-1").await, "CREATED ABORTED");
    kasse.finish().await;
}

#[tokio::test]
async fn every_page_carries_the_strict_headers() {
    let kasse = Kasse::start().await;
    let link = link(&kasse.shop().await, "pay-page-1").await;
    for page in [open(&kasse, &link).await, kasse.http().send("GET", "/pay", &[], "").await] {
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex"),
        ] {
            assert_eq!(page.header(name), Some(value), "{name}");
        }
    }
    let page = open(&kasse, &link).await.text();
    let sheet = page.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let style = kasse.http().send("GET", sheet, &[], "").await;
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_eq!(style.header("cache-control"), Some("public, max-age=31536000, immutable"));
    kasse.finish().await;
}

#[tokio::test]
async fn what_a_merchant_writes_is_text() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut proposal = Shop::proposal("escaping-1", 1000);
    proposal["paymentDescription"] = Value::from("<script>alert(1)</script>\"'&");
    let created = shop.post("/payments", "escaping-1", &proposal).await;
    let page = open(&kasse, created.json()["redirectUrl"].as_str().unwrap()).await.text();
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("&#60;script&#62;"), "{page}");
    kasse.finish().await;
}

#[tokio::test]
async fn an_invented_link_opens_nothing_and_a_real_one_dies_a_day_after_the_end() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let link = link(&shop, "pay-page-1").await;
    for path in ["/pay", "/pay?token=", "/pay?token=abc", "/pay?token=%00", "/pay?token=a&token=b", "/pay?x=1"] {
        let page = kasse.http().send("GET", path, &[], "").await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text().contains("This payment link is no longer valid"), "{path}");
    }
    kasse.clock.advance(Span::minutes(10));
    assert!(open(&kasse, &link).await.text().contains("Forespørselen har utløpt"));
    kasse.clock.advance(Span::milliseconds(Span::days(1).as_milliseconds() - 1));
    assert_eq!(open(&kasse, &link).await.status, 200);
    kasse.clock.advance(Span::milliseconds(1));
    assert_eq!(open(&kasse, &link).await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn looking_at_it_changes_nothing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let link = link(&shop, "pay-page-1").await;
    open(&kasse, &link).await;
    assert_eq!(shop.log("pay-page-1").await, "CREATED");
    let path = link.strip_prefix(kasse.public_url()).unwrap();
    assert_eq!(kasse.http().send("POST", path, &[], "").await.status, 404);
    kasse.finish().await;
}
