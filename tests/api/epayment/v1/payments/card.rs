//! `paymentMethod.type` CARD: a card that is in no wallet.

use domain::merchant::{Flag, Market};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

async fn ask(shop: &Shop, reference: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["paymentMethod"]["type"] = json!("CARD");
    change(&mut proposal);
    shop.post("/payments", reference, &proposal).await
}

#[tokio::test]
async fn its_payer_is_sent_to_a_page_of_its_own() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = ask(&shop, "card-payment-1", |_| {}).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let url = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(kasse.public_url()).unwrap().to_owned();
    assert!(path.starts_with("/card?token="), "{path}");
    let page = kasse.http().send("GET", &path, &[], "").await;
    assert_eq!(page.status, 200);
    for text in ["Betal til", "Acme Demo Shop", "10,00\u{a0}kr", "Kort kan ikke brukes her ennå."] {
        assert!(page.text().contains(text), "{text}");
    }
    let payment = shop.get("/payments/card-payment-1").await.json();
    assert_eq!(payment["paymentMethod"], json!({ "type": "CARD" }));
    assert_eq!(shop.approve("card-payment-1").await.status, 200);
    let payment = shop.get("/payments/card-payment-1").await.json();
    assert_eq!(payment["paymentMethod"], json!({ "type": "CARD", "cardBin": "429198" }));
    assert!(!kasse.http().send("GET", &path, &[], "").await.text().contains("Kort kan ikke brukes"));
    kasse.finish().await;
}

#[tokio::test]
async fn a_wallet_payment_has_no_card_page() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = shop.create("wallet-only-1", 1000).await.json();
    let path = created["redirectUrl"].as_str().unwrap().replace("/pay?", "/card?");
    let path = path.strip_prefix(kasse.public_url()).unwrap();
    assert_eq!(kasse.http().send("GET", path, &[], "").await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn it_is_paid_at_once_in_a_browser_and_delivers_nothing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for flow in ["PUSH_MESSAGE", "NATIVE_REDIRECT", "QR"] {
        let answer = ask(&shop, "card-refused-1", |proposal| proposal["userFlow"] = json!(flow)).await;
        assert_eq!(answer.outcome(), "400 4160", "{flow}");
        assert_eq!(answer.json()["detail"], "A payment by CARD needs the userFlow WEB_REDIRECT.");
    }
    let waits = ask(&shop, "card-refused-1", |proposal| proposal["expiresAt"] = json!("2026-01-20T12:00:00Z")).await;
    assert_eq!(
        (waits.outcome().as_str(), waits.json()["detail"].clone()),
        ("400 4160", json!("A payment by CARD cannot have the field expiresAt."))
    );
    let ships = ask(&shop, "card-refused-1", |proposal| {
        proposal["shipping"] = json!({ "dynamicOptions": { "callbackUrl": "https://example.com/shipping" } });
    });
    assert_eq!(ships.await.json()["detail"], "A payment by CARD cannot have the field shipping.");
    let passthrough =
        ask(&shop, "card-refused-1", |proposal| proposal["paymentMethod"]["type"] = json!("CARD_PASSTHROUGH"));
    assert_eq!(passthrough.await.outcome(), "400 4160");
    let danish = kasse.new_shop(Market::Denmark).await;
    let blocks = ask(&danish, "card-refused-1", |proposal| {
        proposal["amount"]["currency"] = json!("DKK");
        proposal["paymentMethod"]["blockedSources"] = json!(["COMMERCIAL_CARDS"]);
    });
    assert_eq!(blocks.await.outcome(), "400 5010");
    kasse.switch(&shop, Flag::CardAllowed, false).await;
    let switched_off = ask(&shop, "card-refused-1", |_| {}).await;
    assert_eq!(switched_off.outcome(), "400 4160");
    assert!(switched_off.json()["detail"].as_str().unwrap().contains("may not use paymentMethod.type CARD"));
    assert_eq!(shop.get("/payments/card-refused-1").await.status, 404, "nothing was created");
    kasse.finish().await;
}
