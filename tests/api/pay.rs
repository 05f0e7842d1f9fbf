//! `GET /pay?token=…`: the page a payment link opens.

use domain::{merchant::Flag, time::Span};
use serde_json::Value;
use testkit::{Answer, Kasse, Setup, Shop};

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

/// A browser on a landing page: what it was given, and what its forms bring back.
struct Payer<'a> {
    kasse: &'a Kasse,
    cookies: String,
    csrf: String,
    token: String,
}

impl<'a> Payer<'a> {
    async fn at(kasse: &'a Kasse, link: &str) -> Self {
        let page = open(kasse, link).await;
        let cookies = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let csrf = page.text().split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Self { kasse, cookies, csrf, token: link.split_once("token=").unwrap().1.to_owned() }
    }

    /// Sends a number, from this address on the network.
    async fn say(&self, phone: &str, from: &str) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("cookie", self.cookies.as_str()),
            ("x-forwarded-for", from),
        ];
        let body = format!("token={}&csrf={}&prefix=47&phone={phone}", self.token, self.csrf);
        self.kasse.http().send("POST", "/pay/phone", &headers, body).await
    }
}

#[tokio::test]
async fn in_production_an_address_tries_twenty_numbers_an_hour() {
    let kasse = Kasse::with(Setup { mode: store::Mode::Production, ..Setup::default() }).await;
    let shop = kasse.new_shop(domain::merchant::Market::Norway).await;
    let mut tries = 0;
    for payment in 0..5 {
        let payer = Payer::at(&kasse, &link(&shop, &format!("too-many-{payment}")).await).await;
        for _ in 0..4 {
            tries += 1;
            let answer = payer.say(&format!("400000{tries:02}"), "192.0.2.7").await;
            assert_eq!(answer.status, 303, "try {tries}");
        }
    }
    let payer = Payer::at(&kasse, &link(&shop, "too-many-5").await).await;
    let refused = payer.say("40000021", "192.0.2.7").await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("For mange forsøk"), "{}", refused.text());
    assert_eq!(payer.say("40000021", "192.0.2.8").await.status, 303, "another address");
    kasse.clock.pass(Span::minutes(60));
    let payer = Payer::at(&kasse, &link(&shop, "too-many-6").await).await;
    assert_eq!(payer.say("40000021", "192.0.2.7").await.status, 303, "an hour later");
    kasse.finish().await;
}

#[tokio::test]
async fn where_the_shop_says_so_the_payer_it_named_cannot_be_another() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    kasse.switch(&shop, Flag::LandingPhoneLocked, true).await;
    let named = link(&shop, "locked-phone-1").await;
    let page = open(&kasse, &named).await.text();
    assert!(page.contains("readonly") && !page.contains("name=\"remember\""), "{page}");
    let payer = Payer::at(&kasse, &named).await;
    let refused = payer.say("40000036", "").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Dette nummeret kan ikke betale"), "{}", refused.text());
    let of_anybody = "12345678";
    assert_eq!(payer.say(of_anybody, "").await.status, 303, "the one the proposal names");
    let waiting = open(&kasse, &named).await.text();
    assert!(!waiting.contains("number=new"), "no other is offered: {waiting}");
    let mut proposal = Shop::proposal("locked-phone-2", 1000);
    proposal.as_object_mut().unwrap().remove("customer");
    let created = shop.post("/payments", "locked-phone-2", &proposal).await.json();
    let unnamed = created["redirectUrl"].as_str().unwrap().to_owned();
    assert!(!open(&kasse, &unnamed).await.text().contains("readonly"), "where nobody is named anybody may pay");
    kasse.finish().await;
}

#[tokio::test]
async fn a_page_that_went_stale_says_so_and_leads_back() {
    let kasse = Kasse::start().await;
    let link = link(&kasse.shop().await, "pay-page-1").await;
    let payer = Payer { csrf: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(), ..Payer::at(&kasse, &link).await };
    let refused = payer.say("40000010", "").await;
    assert_eq!(refused.status, 403);
    let way_back = format!("href=\"/pay?token={}\"", payer.token);
    assert!(
        refused.text().contains("This page was out of date") && refused.text().contains(&way_back),
        "{}",
        refused.text()
    );
    kasse.finish().await;
}

#[tokio::test]
async fn in_a_frame_there_is_only_the_way_out_of_it() {
    let kasse = Kasse::start().await;
    let link = link(&kasse.shop().await, "pay-page-1").await;
    let path = link.strip_prefix(kasse.public_url()).unwrap();
    for place in ["iframe", "frame", "embed", "object"] {
        let page = kasse.http().send("GET", path, &[("sec-fetch-dest", place)], "").await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors *") && policy.contains("form-action 'none'"), "{place}: {policy}");
        assert!(!policy.contains("script-src"), "{place}: {policy}");
        let text = page.text();
        assert!(page.status == 403 && text.contains("target=\"_top\"") && !text.contains("<form"), "{place}: {text}");
        assert!(!text.contains("Acme"), "{place}: {text}");
    }
    let page = kasse.http().send("GET", path, &[("sec-fetch-dest", "document")], "").await;
    assert_eq!(page.status, 200);
    kasse.finish().await;
}
