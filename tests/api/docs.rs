//! `GET /docs`: the reference for people.

use testkit::{Kasse, Setup};

#[tokio::test]
async fn it_shows_every_operation_with_its_fields_and_loads_nothing_from_elsewhere() {
    let kasse = Kasse::start().await;
    let page = kasse.http().send("GET", "/docs", &[], "").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let text = page.text();
    for (_, document) in crate::openapi::documents(&kasse).await {
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(
                    text.contains(&format!("<h3 id=\"{id}\">")) && text.contains(&format!("href=\"#{id}\"")),
                    "{id}"
                );
            }
            assert!(text.contains(path.as_str()), "{path}");
        }
    }
    for field in
        ["receipt.orderLines[].unitInfo.quantity", "shipping.fixedOptions[].options[].amount.value", "[].success"]
    {
        assert!(text.contains(&format!("<code>{field}</code>")), "{field}");
    }
    assert!(!text.contains("<script") && !text.contains("src="));
    kasse.finish().await;
}

#[tokio::test]
async fn where_it_is_switched_off_it_is_no_route() {
    let kasse = Kasse::with(Setup { docs: false, ..Setup::default() }).await;
    let page = kasse.http().send("GET", "/docs", &[], "").await;
    assert_eq!((page.status, page.json()["message"].as_str()), (404, Some("Resource not found")));
    kasse.finish().await;
}
