//! The errors of this API: their shape, their order, and what is said where there was something once.

use domain::merchant::Market;
use serde_json::json;
use testkit::Kasse;

use super::{add_image, ask, call, category, detail, image, invalid, receipt};

#[tokio::test]
async fn they_have_a_shape_of_their_own() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    add_image(&shop, "socks").await;
    let again = image("socks", &testkit::pictures::png(200, 200));
    for (answer, status, section, title) in [
        (call(&shop, "POST", "/v1/images", &json!({})).await, 400, "6.5.1", "One or more validation errors occurred."),
        (
            shop.call("PUT", "/order-management/v2/ecom/categories/a", &[], "{").await,
            400,
            "6.5.1",
            "One or more validation errors occurred.",
        ),
        (ask(&shop, "GET", "/v2/ecom/nothing").await, 404, "6.5.4", "Not Found"),
        (call(&shop, "POST", "/v1/images", &again).await, 409, "6.5.8", "Conflict"),
    ] {
        let body = answer.json();
        assert_eq!((answer.status, body["title"].as_str()), (status, Some(title)), "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(body["type"], format!("https://datatracker.ietf.org/doc/html/rfc7231#section-{section}"));
        let instance = body["instance"].as_str().unwrap();
        let parts: Vec<&str> = instance.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{instance}");
        assert_eq!((parts[0], Some(parts[1]), parts[3]), ("00", answer.header("x-request-id"), "00"));
        assert!(!detail(&answer).is_empty());
        assert_eq!(body.get("invalidParams").is_some(), status == 400);
        assert!(body.get("extraDetails").is_none() && body.get("status").is_none());
    }
    let malformed = shop.call("POST", "/order-management/v1/images", &[], "{").await;
    assert_eq!((malformed.status, invalid(&malformed)), (400, vec!["$".to_owned()]));
    kasse.finish().await;
}

#[tokio::test]
async fn who_asks_is_judged_first_and_then_the_path_the_body_the_image_and_what_is_there() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    add_image(&shop, "socks").await;
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/order-1", &receipt()).await.status, 201);
    let foreign = [("merchant-serial-number", "654321")];
    let key = ("ocp-apim-subscription-key", shop.subscription_key.as_str());
    let authorization = format!("Bearer {}", shop.token);
    let headers = [key, ("authorization", &authorization), foreign[0]];
    let path = "/order-management/v2/nothing/receipts/a%20b";
    let refused = shop.http.send("POST", path, &headers, "{").await;
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (403, Some("application/problem+json; charset=utf-8"))
    );
    assert_eq!(refused.json()["instance"], "/v2/nothing/receipts/a%20b", "as the other APIs say it");
    let refused = shop.call("POST", path, &[], "{").await;
    assert_eq!(invalid(&refused), ["orderId", "paymentType"]);
    let refused = shop.call("POST", "/order-management/v2/ecom/receipts/order-1", &[], "{}").await;
    assert_eq!((refused.status, invalid(&refused)), (400, ["bottomLine", "orderLines"].map(str::to_owned).to_vec()));
    let mut unknown = category();
    unknown["imageId"] = json!("nowhere");
    unknown["category"] = json!("NONE");
    assert_eq!(call(&shop, "PUT", "/v2/ecom/categories/order-1", &unknown).await.status, 400);
    unknown["category"] = json!("GENERAL");
    assert_eq!(call(&shop, "PUT", "/v2/ecom/categories/order-1", &unknown).await.status, 404);
    let low = image("socks", &testkit::pictures::png(200, 20));
    assert_eq!(call(&shop, "POST", "/v1/images", &low).await.status, 400, "not 409");
    assert_eq!(call(&shop, "POST", "/v2/ecom/receipts/order-1", &receipt()).await.status, 409);
    kasse.finish().await;
}

#[tokio::test]
async fn what_was_removed_is_said_to_be() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (method, path) in [
        ("PUT", "/v1/orders/order-1"),
        ("GET", "/v1/orders/order-1"),
        ("POST", "/v1/receipts/order-1"),
        ("GET", "/v1/receipts/order-1/"),
    ] {
        let answer = ask(&shop, method, path).await;
        assert_eq!((answer.status, answer.json()["title"].as_str()), (404, Some("Not Found")), "{method} {path}");
        assert!(detail(&answer).contains("removed"), "{}", answer.text());
    }
    let withdrawn = ask(&shop, "PUT", "/v3/categories/337f5e5d-288b-40d5-be14-901cc3acacc0").await;
    assert_eq!((withdrawn.status, withdrawn.header("allow")), (405, Some("GET, DELETE")), "{}", withdrawn.text());
    assert_eq!(withdrawn.json()["statusCode"], 405);
    for (method, path) in [
        ("DELETE", "/v1/orders/order-1"),
        ("GET", "/v1/orders/"),
        ("GET", "/v1/images"),
        ("GET", "/v1/images/socks"),
        ("DELETE", "/v2/ecom/receipts/order-1"),
        ("POST", "/v3/receipts"),
        ("PUT", "/v3/categories/a/b"),
        ("GET", "/v2/ecom/receipts/order-1"),
    ] {
        let answer = ask(&shop, method, path).await;
        assert_eq!(
            (answer.status, answer.json()["message"].as_str()),
            (404, Some("Resource not found")),
            "{method} {path}"
        );
    }
    kasse.finish().await;
}

#[tokio::test]
async fn long_system_headers_are_no_reason_to_refuse() {
    let kasse = Kasse::start().await;
    let shop = kasse.new_shop(Market::Finland).await;
    let (hundred, more) = ("v".repeat(100), "v".repeat(1000));
    for value in ["", &hundred, &more] {
        let names =
            ["vipps-system-name", "vipps-system-version", "vipps-system-plugin-name", "vipps-system-plugin-version"];
        let headers = names.map(|name| (name, value));
        let path = format!("/order-management/v2/ecom/categories/order-{}", value.len());
        assert_eq!(shop.call("PUT", &path, &headers, category().to_string()).await.status, 200, "{}", value.len());
    }
    kasse.finish().await;
}
