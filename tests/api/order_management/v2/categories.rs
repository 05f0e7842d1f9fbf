//! `/order-management/v2/{paymentType}/categories/{orderId}`.

use domain::merchant::Market;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Setup, Shop};

use crate::order_management::{add_image, ask, bare_id, call, category, detail, invalid};

const PATH: &str = "/v2/ecom/categories/order-1";

async fn put(shop: &Shop, body: &Value) -> Answer {
    call(shop, "PUT", PATH, body).await
}

async fn shown(shop: &Shop) -> Value {
    ask(shop, "GET", "/v2/ECOM/order-1").await.json()["category"].clone()
}

#[tokio::test]
async fn each_takes_the_place_of_the_one_before_as_a_whole() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    add_image(&shop, "socks-orange-123").await;
    let mut whole = category();
    whole["imageId"] = json!("socks-orange-123");
    let first = put(&shop, &whole).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(shown(&shop).await, whole);
    let again = put(&shop, &whole).await;
    assert_eq!(again.status, 200, "as often as it is asked");
    assert_ne!(bare_id(&first), bare_id(&again), "each is another");
    for without in
        [category(), json!({ "category": "TICKET", "orderDetailsUrl": "myapp://tickets/1", "imageId": null })]
    {
        assert_eq!(put(&shop, &without).await.status, 200);
        let mut expected = without.clone();
        expected.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(shown(&shop).await, expected, "the picture is gone with it");
    }
    let listed = ask(&shop, "GET", "/v3/categories?orderId=order-1").await.json();
    assert_eq!(listed["categories"].as_array().map(Vec::len), Some(1), "{listed}");
    kasse.finish().await;
}

#[tokio::test]
async fn every_kind_is_taken_by_its_name_and_nothing_like_it() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for kind in ["GENERAL", "RECEIPT", "ORDER_CONFIRMATION", "DELIVERY", "TICKET", "BOOKING"] {
        let mut body = category();
        body["category"] = json!(kind);
        assert_eq!(put(&shop, &body).await.status, 200, "{kind}");
        assert_eq!(shown(&shop).await["category"], kind);
    }
    for kind in [json!("RECIEPT"), json!("general"), json!(""), Value::Null, json!(1)] {
        let mut body = category();
        body["category"] = kind.clone();
        let refused = put(&shop, &body).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec!["category".to_owned()]), "{kind}");
    }
    let misspelt = put(&shop, &json!({ "category": "RECIEPT", "orderDetailsUrl": "https://example.com" })).await;
    let reason = misspelt.json()["invalidParams"][0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with("GENERAL, RECEIPT, ORDER_CONFIRMATION, DELIVERY, TICKET, BOOKING."), "{reason}");
    kasse.finish().await;
}

#[tokio::test]
async fn a_page_is_where_a_payer_may_be_sent() {
    let longest = format!("https://example.com/{}", "a".repeat(2500 - "https://example.com/".len()));
    let with = |url: &Value| json!({ "category": "GENERAL", "orderDetailsUrl": url });
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for url in ["https://example.com/orders/1?a=b#c", "myapp://orders/1", "http://shop.example/orders/1", &longest] {
        assert_eq!(put(&shop, &with(&json!(url))).await.status, 200, "{url}");
        assert_eq!(shown(&shop).await["orderDetailsUrl"], url, "byte for byte");
    }
    for url in [
        Value::Null,
        json!(""),
        json!("example.com"),
        json!("/orders/1"),
        json!("javascript://example.com/%0aalert(1)"),
        json!("javascript:alert(1)"),
        json!("data:text/html,hi"),
        json!("vbscript://x"),
        json!("file:///etc/passwd"),
        json!("https://user:password@example.com/"),
        json!("https://example.com/a b"),
        json!(format!("{longest}a")),
        json!(["https://example.com"]),
    ] {
        let refused = put(&shop, &with(&url)).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec!["orderDetailsUrl".to_owned()]), "{url}");
    }
    kasse.finish().await;
    let production = Kasse::with(Setup { mode: store::Mode::Production, ..Setup::default() }).await;
    let shop = production.new_shop(Market::Norway).await;
    for (url, status) in [("http://shop.example/", 400), ("https://shop.example/", 200), ("myapp://x", 200)] {
        assert_eq!(put(&shop, &with(&json!(url))).await.status, status, "{url}");
    }
    production.finish().await;
}

#[tokio::test]
async fn only_an_image_of_ones_own_is_shown() {
    let kasse = Kasse::start().await;
    let (ours, theirs) = (kasse.shop().await, kasse.new_shop(Market::Norway).await);
    add_image(&theirs, "theirs").await;
    for id in ["theirs", "nowhere"] {
        let mut body = category();
        body["imageId"] = json!(id);
        let refused = put(&ours, &body).await;
        assert_eq!((refused.status, refused.json()["title"].as_str()), (404, Some("Not Found")), "{}", refused.text());
        assert!(detail(&refused).contains(id), "{}", detail(&refused));
        assert!(refused.json().get("invalidParams").is_none());
    }
    assert_eq!(ask(&ours, "GET", "/v2/ecom/order-1").await.status, 404, "nothing was written");
    for id in [json!(".."), json!("a b"), json!("i".repeat(129)), json!({})] {
        let mut body = category();
        body["imageId"] = id.clone();
        let refused = put(&ours, &body).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec!["imageId".to_owned()]), "{id}");
    }
    let nothing = put(&ours, &json!({ "imageId": "nowhere" })).await;
    let both = ["category", "orderDetailsUrl"].map(str::to_owned);
    assert_eq!((nothing.status, invalid(&nothing)), (400, both.to_vec()), "what is wrong comes before what is missing");
    kasse.finish().await;
}
