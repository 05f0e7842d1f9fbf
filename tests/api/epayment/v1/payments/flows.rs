//! How a payer is asked: what each user flow needs, and where it sends.

use domain::merchant::{Flag, Market};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

async fn ask(shop: &Shop, reference: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    change(&mut proposal);
    shop.post("/payments", reference, &proposal).await
}

#[tokio::test]
async fn a_native_redirect_opens_the_app_by_its_scheme_and_the_page_works_too() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = ask(&shop, "native-flow-1", |proposal| proposal["userFlow"] = json!("NATIVE_REDIRECT")).await;
    assert_eq!(created.status, 201);
    let url = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    let token = url.strip_prefix("kassemt://?token=").unwrap_or_else(|| panic!("{url}"));
    let page = kasse.http().send("GET", &format!("/pay?token={token}"), &[], "").await;
    assert_eq!(page.status, 200);
    assert_eq!(shop.get("/payments/native-flow-1").await.json()["redirectUrl"], url);
    let missing = ask(&shop, "native-flow-2", |proposal| {
        proposal["userFlow"] = json!("NATIVE_REDIRECT");
        proposal["returnUrl"] = Value::Null;
    });
    assert_eq!(missing.await.outcome(), "400 4140");
    kasse.finish().await;
}

#[tokio::test]
async fn a_push_needs_somebody_to_push_to_and_sends_nobody_anywhere() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = ask(&shop, "push-flow-1", |proposal| proposal["userFlow"] = json!("PUSH_MESSAGE")).await;
    assert_eq!((created.status, created.json()), (201, json!({ "reference": "push-flow-1" })));
    assert!(shop.get("/payments/push-flow-1").await.json().get("redirectUrl").is_none());
    let unread = ask(&shop, "push-flow-2", |proposal| {
        proposal["userFlow"] = json!("PUSH_MESSAGE");
        proposal["returnUrl"] = json!("javascript://not-asked");
    });
    assert_eq!(unread.await.status, 201, "a push has no return, so its address is not asked");
    let nobody = ask(&shop, "push-flow-3", |proposal| {
        proposal["userFlow"] = json!("PUSH_MESSAGE");
        proposal["customer"] = json!({});
    });
    assert_eq!(nobody.await.outcome(), "400 4140");
    kasse.switch(&shop, Flag::PushMessageAllowed, false).await;
    let refused = ask(&shop, "push-flow-4", |proposal| proposal["userFlow"] = json!("PUSH_MESSAGE")).await;
    assert_eq!(
        (refused.outcome().as_str(), refused.json()["title"].as_str().unwrap()),
        ("403 5080", "PUSH_MESSAGE not allowed")
    );
    assert_eq!(shop.approve("push-flow-1").await.status, 200);
    assert_eq!(shop.standing("push-flow-1").await, "AUTHORIZED a=1000 c=0 r=0 x=0");
    kasse.finish().await;
}

#[tokio::test]
async fn commercial_cards_can_be_blocked_outside_norway() {
    let kasse = Kasse::start().await;
    for (market, currency, expected) in
        [(Market::Norway, "NOK", "400 5010"), (Market::Denmark, "DKK", "201"), (Market::Finland, "EUR", "201")]
    {
        let shop = kasse.new_shop(market).await;
        let answer = ask(&shop, "blocked-sources-1", |proposal| {
            proposal["amount"]["currency"] = json!(currency);
            proposal["paymentMethod"]["blockedSources"] = json!(["COMMERCIAL_CARDS"]);
        });
        assert_eq!(answer.await.outcome(), expected, "{market:?}");
    }
    let shop = kasse.shop().await;
    let empty =
        ask(&shop, "blocked-sources-2", |proposal| proposal["paymentMethod"]["blockedSources"] = json!([])).await;
    assert_eq!(empty.status, 201);
    let unknown = ask(&shop, "blocked-sources-3", |proposal| {
        proposal["paymentMethod"]["blockedSources"] = json!(["COMMERCIAL_CARDS", "DEBIT_CARDS", 7]);
    });
    assert_eq!(unknown.await.violated(), ["paymentMethod.blockedSources[1]", "paymentMethod.blockedSources[2]"]);
    kasse.finish().await;
}
