//! `POST /{msisdn}/scan`.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Kasse, Shop};

use super::{ADA, BOB, act, create, inbox, said, token, wallet};

async fn scan(shop: &Shop, number: &str, content: &str) -> (String, Value) {
    let answer = wallet(shop, "POST", &format!("{number}/scan"), &json!({ "content": content })).await;
    (said(&answer), answer.json())
}

async fn target(shop: &Shop, reference: &str) -> String {
    let created = create(shop, reference, 1000, |proposal| {
        proposal["userFlow"] = json!("QR");
        proposal["qrFormat"] = json!({ "format": "TEXT/TARGETURL" });
    })
    .await;
    created["redirectUrl"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_scans_first_has_it() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let code = target(&shop, "scanned-1").await;
    let opened = json!({ "reference": "scanned-1", "screen": "W2" });
    assert_eq!(scan(&shop, ADA, &code).await, ("200".to_owned(), opened.clone()));
    assert_eq!(inbox(&shop, ADA).await, ["scanned-1 W2"]);
    assert_eq!(scan(&shop, ADA, &code).await.1, opened, "once more");
    assert_eq!(scan(&shop, BOB, &code).await.0, "409 request=already_open");
    assert_eq!(act(&shop, ADA, "scanned-1", "approve").await, "200 AUTHORIZED");
    assert_eq!(scan(&shop, ADA, &code).await.0, "422 W1 scan_foreign", "there is nothing to pay any more");
    kasse.finish().await;
}

#[tokio::test]
async fn the_link_of_a_landing_page_is_scanned_as_well() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = create(&shop, "on-a-screen-1", 1000, |_| ()).await;
    let link = created["redirectUrl"].as_str().unwrap();
    assert_eq!(scan(&shop, ADA, link).await.1["reference"], "on-a-screen-1");
    let created = create(&shop, "on-a-screen-2", 1000, |_| ()).await;
    let link = format!("{}/pay?lang=no&token={}", kasse.public_url(), token(&created));
    assert_eq!(scan(&shop, ADA, &link).await.1["reference"], "on-a-screen-2");
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_not_ours_or_of_nothing_open_is_foreign() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (ours, lapsed) = (target(&shop, "scanned-1").await, target(&shop, "scanned-2").await);
    shop.cancel("scanned-2", "c").await;
    let id = ours.rsplit('/').next().unwrap();
    let by_card = create(&shop, "by-card-1", 1000, |proposal| proposal["paymentMethod"]["type"] = json!("CARD")).await;
    for content in [
        format!("https://qr.example/q/{id}"),
        format!("{}/q/x{}", kasse.public_url(), &id[1..]),
        format!("{}/q/", kasse.public_url()),
        format!("{}/pay?token=x", kasse.public_url()),
        format!("{}/pay?token={}", kasse.public_url(), token(&by_card)),
        kasse.public_url().to_owned(),
        lapsed,
        id.to_owned(),
        "https://example.com".to_owned(),
        String::new(),
    ] {
        assert_eq!(scan(&shop, ADA, &content).await.0, "422 W1 scan_foreign", "{content}");
    }
    assert_eq!(scan(&shop, "4740000035", &ours).await.0, "422 W2 cannot_pay");
    for body in [Value::Null, json!({}), json!({ "content": [] })] {
        let answer = wallet(&shop, "POST", &format!("{ADA}/scan"), &body).await;
        assert_eq!((answer.status, answer.violated()), (400, vec!["content".to_owned()]), "{body}");
    }
    kasse.clock.pass(Span::minutes(10));
    assert_eq!(scan(&shop, ADA, &ours).await.0, "422 W1 scan_foreign", "it has lapsed");
    kasse.finish().await;
}
