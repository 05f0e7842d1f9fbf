//! Both edges of every limit of a registration.

use serde_json::json;
use testkit::{Kasse, Shop};

use super::{CAPTURED, PAYMENT_EVENTS, URL};
use crate::partner_keys::{connect, new_partner};

const CHECKED_IN: &str = "user.checked-in.v1";

/// Registers as often as it may, and once more.
async fn fill(shop: &Shop, event: &str, most: usize) {
    for _ in 0..most {
        assert_eq!(shop.register(URL, &[event]).await.status, 201);
    }
    let more = shop.register(URL, &[event]).await;
    assert_eq!((more.status, more.violated()), (400, vec!["events".to_owned()]), "{event}");
    let detail = more.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(event) && detail.contains(&most.to_string()), "{detail}");
}

#[tokio::test]
async fn of_one_type_there_are_twenty_five_and_one_too_many_registers_nothing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    fill(&shop, CAPTURED, 25).await;
    let other = PAYMENT_EVENTS[0];
    assert_eq!(shop.register(URL, &[other, CAPTURED]).await.status, 400);
    let listed = shop.webhooks().await;
    assert_eq!(listed.len(), 25);
    assert!(listed.iter().all(|one| one["events"] == json!([CAPTURED])), "not even for the type that had room");
    assert_eq!(shop.register(URL, &[other]).await.status, 201, "each type is counted alone");
    let first = listed[0]["id"].as_str().unwrap();
    assert_eq!(shop.call("DELETE", &format!("/webhooks/v1/webhooks/{first}"), &[], "").await.status, 204);
    assert_eq!(shop.register(URL, &[CAPTURED]).await.status, 201, "one less makes room");
    kasse.finish().await;
}

#[tokio::test]
async fn a_sales_unit_and_its_partner_are_counted_apart() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (id, partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &shop, &id).await);
    fill(&shop, CHECKED_IN, 1).await;
    fill(&partner, CHECKED_IN, 1).await;
    fill(&partner, CAPTURED, 25).await;
    fill(&shop, CAPTURED, 25).await;
    let mut for_the_shop = partner.clone();
    for_the_shop.msn.clone_from(&shop.msn);
    assert_eq!(for_the_shop.register(URL, &[CAPTURED]).await.status, 400, "the bucket is the sales unit's");
    let another = kasse.new_shop(domain::merchant::Market::Denmark).await;
    assert_eq!(another.register(URL, &[CAPTURED, CHECKED_IN]).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn an_address_has_two_thousand_and_forty_eight_characters_at_most() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let of = |characters: usize| format!("{URL}&pad={}", "x".repeat(characters - URL.len() - 5));
    assert_eq!(shop.register(&of(2048), &[CAPTURED]).await.status, 201);
    assert_eq!(shop.register(&of(2049), &[CAPTURED]).await.violated(), ["url"]);
    assert_eq!(shop.webhooks().await[0]["url"], of(2048));
    kasse.finish().await;
}

#[tokio::test]
async fn fifty_types_may_be_named_and_a_body_may_have_a_mebibyte() {
    const BODY_BYTES_MAX: usize = 1024 * 1024;
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.register(URL, &[CAPTURED; 50]).await.status, 201);
    assert_eq!(shop.register(URL, &[CAPTURED; 51]).await.violated(), ["events"]);
    let body = json!({ "url": URL, "events": [CAPTURED] }).to_string();
    let padded = |bytes: usize| body.clone() + &" ".repeat(bytes - body.len());
    for (bytes, status) in [(BODY_BYTES_MAX, 201), (BODY_BYTES_MAX + 1, 413)] {
        assert_eq!(shop.call("POST", "/webhooks/v1/webhooks", &[], padded(bytes)).await.status, status, "{bytes}");
    }
    kasse.finish().await;
}
