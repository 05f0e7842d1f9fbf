//! A key that is revoked is void at once, and so is every token its key set has got so far; one that is made anew is not so hard.

use domain::{
    merchant::Market,
    text::{Msn, PartnerName},
};
use engine::{KeyHolder, KeyKind};
use testkit::{Kasse, Shop};

const SECRET: KeyKind = KeyKind::ClientSecret;
const PRIMARY: KeyKind = KeyKind::PrimarySubscriptionKey;
const SECONDARY: KeyKind = KeyKind::SecondarySubscriptionKey;

/// A merchant with a payment and both its subscription keys.
struct Merchant {
    kasse: Kasse,
    shop: Shop,
    holder: KeyHolder,
    secondary: String,
}

impl Merchant {
    async fn start() -> Self {
        let kasse = Kasse::start().await;
        let shop = kasse.shop().await;
        shop.create("acme-shop-1", 1000).await;
        let holder = KeyHolder::SalesUnit(Msn::parse(&shop.msn).unwrap());
        let secondary = kasse.engine().regenerate_key(&holder, SECONDARY).await.unwrap().unwrap().to_string();
        Self { kasse, shop, holder, secondary }
    }

    async fn revoke(&self, key: KeyKind) -> Vec<KeyKind> {
        self.kasse.engine().revoke_key(&self.holder, key).await.unwrap().unwrap()
    }

    async fn rotate(&self, key: KeyKind) -> String {
        self.kasse.engine().regenerate_key(&self.holder, key).await.unwrap().unwrap().to_string()
    }

    /// What a token gets that is shown with this subscription key.
    async fn read(&self, token: &str, subscription_key: &str) -> u16 {
        let (token, subscription_key) = (token.to_owned(), subscription_key.to_owned());
        let shop = Shop { token, subscription_key, ..self.shop.clone() };
        shop.get("/payments/acme-shop-1").await.status
    }

    /// What is answered to whoever asks for a token, and the token.
    async fn ask(&self, secret: &str, subscription_key: &str) -> (u16, String) {
        let headers = [
            ("client_id", self.shop.client_id.as_str()),
            ("client_secret", secret),
            ("ocp-apim-subscription-key", subscription_key),
        ];
        let answer = self.kasse.http().send("POST", "/accesstoken/get", &headers, "").await;
        (answer.status, answer.json()["access_token"].as_str().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn tokens_die_at_once_with_a_revoked_secret_and_live_on_after_one_made_anew() {
    let merchant = Merchant::start().await;
    let (shop, secondary) = (merchant.shop.clone(), merchant.secondary.clone());
    let never_shown = shop.new_token().await;
    assert_eq!(merchant.read(&shop.token, &shop.subscription_key).await, 200);
    let secret = merchant.rotate(SECRET).await;
    for key in [&shop.subscription_key, &secondary] {
        assert_eq!(merchant.read(&shop.token, key).await, 200, "rotating the secret leaves tokens alone");
    }
    let (_, issued_since) = merchant.ask(&secret, &secondary).await;
    assert_eq!(merchant.revoke(SECRET).await, [PRIMARY, SECONDARY]);
    // One of them has been shown before and is remembered, one never was.
    for token in [&shop.token, &never_shown, &issued_since] {
        for key in [&shop.subscription_key, &secondary] {
            assert_eq!(merchant.read(token, key).await, 401);
        }
    }
    for wrong in [secret.as_str(), &shop.client_secret, "guessed", "AAAA"] {
        assert_eq!(merchant.ask(wrong, &secondary).await.0, 401, "nothing is in its place");
    }
    let (status, _) = merchant.ask("", &secondary).await;
    assert_eq!(status, 401);
    let secret = merchant.rotate(SECRET).await;
    assert_eq!(merchant.read(&shop.token, &secondary).await, 401, "what is dead stays dead");
    let (status, token) = merchant.ask(&secret, &secondary).await;
    assert_eq!((status, merchant.read(&token, &shop.subscription_key).await), (200, 200));
    merchant.kasse.finish().await;
}

#[tokio::test]
async fn revoking_one_subscription_key_leaves_the_other_with_a_new_token() {
    let merchant = Merchant::start().await;
    let (shop, secondary) = (merchant.shop.clone(), merchant.secondary.clone());
    assert_eq!(merchant.revoke(PRIMARY).await, [SECRET, SECONDARY]);
    assert_eq!(merchant.read(&shop.token, &shop.subscription_key).await, 401);
    assert_eq!(merchant.read(&shop.token, &secondary).await, 401, "the token was issued before");
    assert_eq!(merchant.ask(&shop.client_secret, &shop.subscription_key).await.0, 401);
    let (status, token) = merchant.ask(&shop.client_secret, &secondary).await;
    assert_eq!((status, merchant.read(&token, &secondary).await), (200, 200));
    assert_eq!(merchant.read(&token, &shop.subscription_key).await, 401);
    let primary = merchant.rotate(PRIMARY).await;
    assert_eq!(merchant.read(&token, &primary).await, 200, "making the key anew costs no token");
    // And the other way round.
    assert_eq!(merchant.revoke(SECONDARY).await, [SECRET, PRIMARY]);
    assert_eq!(merchant.read(&token, &primary).await, 401);
    assert_eq!(merchant.ask(&shop.client_secret, &secondary).await.0, 401);
    let (status, token) = merchant.ask(&shop.client_secret, &primary).await;
    assert_eq!((status, merchant.read(&token, &primary).await), (200, 200));
    assert_eq!(merchant.revoke(SECONDARY).await, [SECRET, PRIMARY], "again is fine, and counts again");
    assert_eq!(merchant.read(&token, &primary).await, 401);
    assert_eq!(merchant.revoke(PRIMARY).await, [SECRET], "both may be void");
    assert_eq!(merchant.revoke(SECRET).await, []);
    merchant.kasse.finish().await;
}

#[tokio::test]
async fn a_revocation_outlives_a_restart_and_is_nobody_elses_concern() {
    let merchant = Merchant::start().await;
    let neighbour = merchant.kasse.new_shop(Market::Norway).await;
    neighbour.create("acme-shop-1", 1000).await;
    merchant.revoke(SECRET).await;
    assert_eq!(neighbour.get("/payments/acme-shop-1").await.status, 200);
    let Merchant { kasse, shop, holder, secondary } = merchant;
    let kasse = kasse.restart(|_| {}).await;
    let shop = Shop { http: kasse.http(), ..shop };
    let neighbour = Shop { http: kasse.http(), ..neighbour };
    let merchant = Merchant { kasse, shop, holder, secondary };
    assert_eq!(merchant.read(&merchant.shop.token, &merchant.secondary).await, 401);
    assert_eq!(merchant.ask(&merchant.shop.client_secret, &merchant.secondary).await.0, 401);
    assert_eq!(neighbour.get("/payments/acme-shop-1").await.status, 200);
    merchant.kasse.finish().await;
}

#[tokio::test]
async fn a_specialised_token_dies_with_its_secret_too() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let merchant = Merchant::start().await;
    let Shop { client_id, client_secret, .. } = &merchant.shop;
    let basic = format!("Basic {}", STANDARD.encode(format!("{client_id}:{client_secret}")));
    let ask = async || {
        let form = "grant_type=client_credentials";
        let answer =
            merchant.kasse.http().send("POST", "/miami/v1/token", &[("authorization", basic.as_str())], form).await;
        (answer.status, format!("Bearer {}", answer.json()["access_token"].as_str().unwrap_or_default()))
    };
    let (_, token) = ask().await;
    let read = async || {
        let headers = [("authorization", token.as_str())];
        merchant.kasse.http().send("GET", "/epayment/v1/payments/acme-shop-1", &headers, "").await.status
    };
    assert_eq!(read().await, 200);
    merchant.rotate(SECRET).await;
    assert_eq!((read().await, ask().await.0), (200, 401));
    merchant.revoke(SECRET).await;
    assert_eq!((read().await, ask().await.0), (401, 401));
    merchant.kasse.finish().await;
}

#[tokio::test]
async fn a_partners_keys_are_made_anew_and_revoked_like_a_merchants() {
    let kasse = Kasse::start().await;
    let merchant = kasse.shop().await;
    merchant.create("acme-shop-1", 1000).await;
    let (id, keys) = kasse.engine().create_partner(PartnerName::parse("A platform").unwrap()).await.unwrap();
    kasse.engine().connect(&Msn::parse(&merchant.msn).unwrap(), &id).await.unwrap().unwrap();
    let holder = KeyHolder::Partner(id);
    let [primary, secondary] = keys.subscription_keys.each_ref().map(|key| key.to_string());
    let log_in = async |secret: &str, key: &str| {
        Shop::with_keys(kasse.http(), &merchant.msn, &keys.client_id, secret, key).await
    };
    let partner = log_in(&keys.client_secret, &primary).await;
    let status = async |shop: &Shop| shop.get("/payments/acme-shop-1").await.status;
    let secret = kasse.engine().regenerate_key(&holder, SECRET).await.unwrap().unwrap();
    assert_eq!(status(&partner).await, 200);
    assert_eq!(kasse.engine().revoke_key(&holder, PRIMARY).await.unwrap(), Some(vec![SECRET, SECONDARY]));
    assert_eq!(status(&partner).await, 401);
    assert_eq!(status(&log_in(&secret, &secondary).await).await, 200);
    assert_eq!(status(&merchant).await, 200, "the merchant's own keys are others");
    let nobody = KeyHolder::Partner(domain::text::PartnerId::parse("partner-999999").unwrap());
    assert!(kasse.engine().regenerate_key(&nobody, SECRET).await.unwrap().is_none());
    assert_eq!(kasse.engine().revoke_key(&nobody, SECRET).await.unwrap(), None);
    kasse.finish().await;
}
