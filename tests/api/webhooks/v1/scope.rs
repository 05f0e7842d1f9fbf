//! Whose registrations a request acts on.

use std::slice::from_ref;

use engine::merchant::example;
use serde_json::Value;
use testkit::{Kasse, Shop};

use super::{CAPTURED, URL};
use crate::partner_keys::{connect, new_partner};

async fn ids(shop: &Shop) -> Vec<Value> {
    shop.webhooks().await.iter().map(|one| one["id"].clone()).collect()
}

async fn delete(shop: &Shop, id: &Value) -> u16 {
    shop.call("DELETE", &format!("/webhooks/v1/webhooks/{}", id.as_str().unwrap()), &[], "").await.status
}

#[tokio::test]
async fn each_sees_and_deletes_its_own_and_no_other() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(domain::merchant::Market::Norway).await];
    let (id, partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &shop, &id).await);
    let mut for_the_shop = partner.clone();
    for_the_shop.msn.clone_from(&shop.msn);
    let register = async |shop: &Shop| shop.register(URL, &[CAPTURED]).await.json()["id"].clone();
    let of_shop = register(&shop).await;
    let of_partner = register(&partner).await;
    let of_other = register(&other).await;
    assert_eq!(ids(&shop).await, from_ref(&of_shop));
    assert_eq!(ids(&for_the_shop).await, from_ref(&of_shop), "named, it is the sales unit's");
    assert_eq!(ids(&partner).await, from_ref(&of_partner), "named by nobody, it is the partner's own");
    assert_eq!(ids(&other).await, from_ref(&of_other));
    for (who, id) in [
        (&shop, &of_other),
        (&shop, &of_partner),
        (&partner, &of_shop),
        (&partner, &of_other),
        (&for_the_shop, &of_partner),
        (&other, &of_shop),
        (&other, &of_partner),
    ] {
        assert_eq!(delete(who, id).await, 404);
    }
    let mut elsewhere = partner.clone();
    elsewhere.msn.clone_from(&other.msn);
    assert_eq!(elsewhere.call("GET", "/webhooks/v1/webhooks", &[], "").await.status, 403, "not connected to it");
    assert_eq!(delete(&for_the_shop, &of_shop).await, 204);
    assert_eq!(delete(&partner, &of_partner).await, 204);
    assert_eq!(ids(&other).await, [of_other]);
    kasse.finish().await;
}

#[tokio::test]
async fn the_header_may_be_left_out_and_a_token_that_counts_alone_needs_no_key() {
    const BASIC: &str = "Basic ZmI0OTJiNWUtNzkwNy00ZDgzLWJjMjAtYzdmYjYwY2EzNWRlOlk4S3RlZXc2R0UzWm1leWNFdDZlZ2c9PQ==";
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.register(URL, &[CAPTURED]).await;
    let without = Shop { msn: String::new(), ..shop.clone() };
    assert_eq!(ids(&without).await, ids(&shop).await);
    let http = kasse.http();
    let token =
        http.send("POST", "/miami/v1/token", &[("authorization", BASIC)], "grant_type=client_credentials").await;
    let token = format!("Bearer {}", token.json()["access_token"].as_str().unwrap());
    let read = async |headers: &[(&str, &str)]| {
        let answer = http.send("GET", "/webhooks/v1/webhooks", headers, "").await;
        (answer.status, answer.json()["webhooks"].as_array().map_or(0, Vec::len))
    };
    let alone = ("authorization", token.as_str());
    assert_eq!(read(&[alone]).await, (200, 1));
    assert_eq!(read(&[alone, ("merchant-serial-number", example::MSN)]).await, (200, 1));
    assert_eq!(read(&[alone, ("ocp-apim-subscription-key", "ffffffffffffffffffffffffffffffff")]).await.0, 401);
    kasse.finish().await;
}
