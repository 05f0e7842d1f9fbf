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
        ["Acme Demo Shop", "499.00 NOK", "pay-page-1", "One pair of socks", "CREATED", "16:36:32 UTC", "Sandbox"]
    {
        assert!(page.text().contains(text), "{text}");
    }
    shop.approve("pay-page-1").await;
    assert!(open(&kasse, &link).await.text().contains("AUTHORIZED"));
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
    let style = page.split('"').find(|part| part.ends_with("/kasse.css")).expect("a stylesheet");
    let style = kasse.http().send("GET", style, &[], "").await;
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
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
    assert!(!page.contains("<script"), "{page}");
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
        assert!(page.text().contains("does not work"), "{path}");
    }
    kasse.clock.advance(Span::minutes(10));
    assert!(open(&kasse, &link).await.text().contains("EXPIRED"));
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
