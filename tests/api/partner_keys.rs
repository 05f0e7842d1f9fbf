//! Whom keys may act for: a sales unit's for itself, a partner's for the sales units connected to it.

use domain::{
    merchant::Market,
    text::{Msn, PartnerId, PartnerName},
};
use engine::{
    merchant::example,
    partner::{Disconnected, NotConnected},
};
use testkit::{Answer, Kasse, Shop};

/// A partner that made itself keys, with a token, and no sales unit of its own.
pub async fn new_partner(kasse: &Kasse) -> (PartnerId, Shop) {
    let name = PartnerName::parse("A platform for shops").unwrap();
    let (id, keys) = kasse.engine().create_partner(name).await.unwrap();
    let key = keys.subscription_keys[0].as_str();
    (id, Shop::with_keys(kasse.http(), "", &keys.client_id, &keys.client_secret, key).await)
}

/// Whether the sales unit is the partner's from now on.
pub async fn connect(kasse: &Kasse, shop: &Shop, partner: &PartnerId) -> bool {
    kasse.engine().connect(&Msn::parse(&shop.msn).unwrap(), partner).await.unwrap().is_ok()
}

/// What `keys` get who read a payment and say they act for this sales unit, or do not say.
async fn read(kasse: &Kasse, keys: &Shop, reference: &str, msn: Option<&str>) -> Answer {
    let authorization = format!("Bearer {}", keys.token);
    let mut headers =
        vec![("authorization", authorization.as_str()), ("ocp-apim-subscription-key", keys.subscription_key.as_str())];
    headers.extend(msn.map(|msn| ("merchant-serial-number", msn)));
    kasse.http().send("GET", &format!("/epayment/v1/payments/{reference}"), &headers, "").await
}

/// Everything of an answer but what differs from request to request, with the number that was asked for left out.
fn sentence(answer: &Answer, msn: &str) -> (u16, String) {
    let mut json = answer.json();
    json["traceId"].take();
    (answer.status, json.to_string().replace(msn, "MSN"))
}

#[tokio::test]
async fn whom_each_key_set_may_act_for() {
    const UNKNOWN: &str = "999999999";
    let kasse = Kasse::start().await;
    let [merchant, connected, unconnected] =
        [kasse.shop().await, kasse.new_shop(Market::Norway).await, kasse.new_shop(Market::Norway).await];
    for shop in [&merchant, &connected, &unconnected] {
        assert_eq!(shop.create("acme-shop-1", 1000).await.status, 201);
    }
    let (id, partner) = new_partner(&kasse).await;
    let (other_id, other_partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &connected, &id).await);
    assert!(connect(&kasse, &merchant, &other_id).await);
    let [own, theirs, foreign] = [&merchant, &connected, &unconnected].map(|shop| Some(shop.msn.as_str()));
    let missing = "The header Merchant-Serial-Number is missing.";
    let malformed = "Merchant-Serial-Number must match";
    let invalid = "Invalid MSN: ";
    for (keys, msn, status, says) in [
        // A merchant's keys act for their own sales unit, partner or not, and for no other.
        (&merchant, own, 200, "acme-shop-1"),
        (&merchant, None, 200, "acme-shop-1"),
        (&connected, theirs, 200, "acme-shop-1"),
        (&connected, None, 200, "acme-shop-1"),
        (&merchant, theirs, 403, invalid),
        (&merchant, foreign, 403, invalid),
        (&merchant, Some(UNKNOWN), 403, invalid),
        (&merchant, Some("12a4"), 400, malformed),
        (&merchant, Some(""), 400, malformed),
        // A partner's act for whoever is connected to it and has no sales unit of their own.
        (&partner, theirs, 200, "acme-shop-1"),
        (&partner, None, 403, missing),
        (&partner, foreign, 403, invalid),
        (&partner, own, 403, invalid),
        (&partner, Some(UNKNOWN), 403, invalid),
        (&partner, Some("12a4"), 400, malformed),
        (&partner, Some("123"), 400, malformed),
        (&partner, Some(""), 400, malformed),
        (&other_partner, own, 200, "acme-shop-1"),
        (&other_partner, theirs, 403, invalid),
        (&other_partner, None, 403, missing),
    ] {
        let answer = read(&kasse, keys, "acme-shop-1", msn).await;
        let case = format!("{} for {msn:?}: {} {}", keys.client_id, answer.status, answer.text());
        assert_eq!(answer.status, status, "{case}");
        assert!(answer.text().contains(says), "{case}");
        assert!(status != 403 || answer.json()["title"] == "Forbidden", "{case}");
    }
    for keys in [&merchant, &partner] {
        let exists = read(&kasse, keys, "acme-shop-1", foreign).await;
        let unknown = read(&kasse, keys, "acme-shop-1", Some(UNKNOWN)).await;
        assert_eq!(
            sentence(&exists, &unconnected.msn),
            sentence(&unknown, UNKNOWN),
            "nobody is told which numbers exist"
        );
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_partner_does_for_a_merchant_what_the_merchant_could() {
    let kasse = Kasse::start().await;
    let merchant = kasse.shop().await;
    let (id, mut partner) = new_partner(&kasse).await;
    partner.msn.clone_from(&merchant.msn);
    assert!(connect(&kasse, &merchant, &id).await);
    partner.authorized("by-a-partner-1", 1000).await;
    assert_eq!(partner.capture("by-a-partner-1", "capture", 400).await.status, 200);
    assert_eq!(merchant.standing("by-a-partner-1").await, "AUTHORIZED a=1000 c=400 r=0 x=0", "it is the merchant's");
    assert_eq!(merchant.refund("by-a-partner-1", "refund", 100).await.status, 200);
    assert_eq!(partner.standing("by-a-partner-1").await, "AUTHORIZED a=1000 c=400 r=100 x=0");
    let replayed = partner.create("by-a-partner-1", 1000).await;
    assert_eq!(replayed.header("kasse-idempotent-replay"), Some("true"), "keys belong to the sales unit");
    // Another sales unit of the same partner shares nothing with it.
    let second = kasse.new_shop(Market::Norway).await;
    assert!(connect(&kasse, &second, &id).await);
    partner.msn.clone_from(&second.msn);
    assert_eq!(partner.get("/payments/by-a-partner-1").await.outcome(), "404 5090");
    assert_eq!(partner.create("by-a-partner-1", 500).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn a_connection_counts_and_ends_at_once_for_tokens_of_before() {
    let kasse = Kasse::start().await;
    let merchant = kasse.shop().await;
    merchant.create("acme-shop-1", 1000).await;
    let (id, partner) = new_partner(&kasse).await;
    let (other_id, _) = new_partner(&kasse).await;
    let msn = Msn::parse(example::MSN).unwrap();
    let status = async || read(&kasse, &partner, "acme-shop-1", Some(example::MSN)).await.status;
    assert_eq!(status().await, 403);
    for _ in 0..2 {
        assert!(connect(&kasse, &merchant, &id).await, "again is fine");
        assert_eq!(status().await, 200);
    }
    let refused = kasse.engine().connect(&msn, &other_id).await.unwrap();
    assert!(matches!(refused, Err(NotConnected::HasAnother(another)) if another.id == id));
    assert_eq!(status().await, 200, "whoever came second changed nothing");
    assert!(matches!(kasse.engine().disconnect(&msn).await.unwrap(), Disconnected::From(partner) if partner.id == id));
    assert_eq!(status().await, 403);
    assert_eq!(merchant.get("/payments/acme-shop-1").await.status, 200, "the merchant's own keys go on");
    assert_eq!(kasse.engine().disconnect(&msn).await.unwrap(), Disconnected::HadNone);
    assert!(connect(&kasse, &merchant, &other_id).await, "now it is free");
    assert_eq!(status().await, 403);
    let nobody = Msn::parse("999999999").unwrap();
    assert_eq!(kasse.engine().disconnect(&nobody).await.unwrap(), Disconnected::NoSuchSalesUnit);
    assert_eq!(kasse.engine().connect(&nobody, &id).await.unwrap(), Err(NotConnected::NoSuchSalesUnit));
    let nobody = PartnerId::parse("partner-999999").unwrap();
    assert_eq!(kasse.engine().connect(&msn, &nobody).await.unwrap(), Err(NotConnected::NoSuchPartner));
    let listed = kasse.engine().partners().await.unwrap();
    let of = |id: &PartnerId| listed.iter().find(|(partner, _)| partner.id == *id).unwrap().1.clone();
    assert_eq!((of(&id), of(&other_id)), (vec![], vec![msn]));
    kasse.finish().await;
}

#[tokio::test]
async fn connections_outlive_a_restart() {
    let kasse = Kasse::start().await;
    let merchant = kasse.shop().await;
    merchant.create("acme-shop-1", 1000).await;
    let (id, mut partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &merchant, &id).await);
    let kasse = kasse.restart(|_| {}).await;
    partner.http = kasse.http();
    assert_eq!(read(&kasse, &partner, "acme-shop-1", Some(example::MSN)).await.status, 200);
    assert!(matches!(
        kasse.engine().disconnect(&Msn::parse(example::MSN).unwrap()).await.unwrap(),
        Disconnected::From(_)
    ));
    let kasse = kasse.restart(|_| {}).await;
    assert_eq!(read(&kasse, &partner, "acme-shop-1", Some(example::MSN)).await.status, 403);
    kasse.finish().await;
}

#[tokio::test]
async fn keys_of_a_partner_and_a_merchant_do_not_mix() {
    let kasse = Kasse::start().await;
    let merchant = kasse.shop().await;
    merchant.create("acme-shop-1", 1000).await;
    let (id, partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &merchant, &id).await);
    for (token, key) in [(&partner, &merchant), (&merchant, &partner)] {
        let mixed =
            Shop { token: token.token.clone(), subscription_key: key.subscription_key.clone(), ..merchant.clone() };
        let answer = mixed.get("/payments/acme-shop-1").await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains("invalid subscription key"), "{}", answer.text());
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_partners_specialised_token_needs_no_subscription_key_but_names_whom_it_acts_for() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let kasse = Kasse::start().await;
    let merchant = kasse.shop().await;
    merchant.create("acme-shop-1", 1000).await;
    let (id, partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &merchant, &id).await);
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", partner.client_id, partner.client_secret)));
    let headers = [("authorization", basic.as_str())];
    let issued = kasse.http().send("POST", "/miami/v1/token", &headers, "grant_type=client_credentials").await;
    let token = format!("Bearer {}", issued.json()["access_token"].as_str().unwrap());
    let get = async |more: &[(&str, &str)]| {
        let headers: Vec<_> = [("authorization", token.as_str())].into_iter().chain(more.iter().copied()).collect();
        kasse.http().send("GET", "/epayment/v1/payments/acme-shop-1", &headers, "").await.status
    };
    assert_eq!(get(&[("merchant-serial-number", example::MSN)]).await, 200);
    assert_eq!(get(&[("merchant-serial-number", "654321")]).await, 403);
    assert_eq!(get(&[]).await, 403);
    kasse.finish().await;
}
