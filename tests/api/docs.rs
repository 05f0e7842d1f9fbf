//! `GET /docs`: the reference for people.

use std::collections::BTreeSet;

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
async fn every_table_says_what_it_is_of_and_no_two_say_the_same() {
    let kasse = Kasse::start().await;
    let text = kasse.http().send("GET", "/docs", &[], "").await.text();
    let between = |start: &str, end: char| -> Vec<String> {
        text.split(start).skip(1).map(|rest| rest.split(end).next().unwrap().to_owned()).collect()
    };
    let captions = between("<caption class=\"unseen\">", '<');
    assert_eq!(captions.len(), text.matches("<table>").count());
    assert_eq!(captions, between("role=\"region\" tabindex=\"0\" aria-label=\"", '"'));
    for part in ["headers and path", "body", "answer 201"] {
        assert!(captions.contains(&format!("Create a payment: {part}")), "{part}: {captions:?}");
    }
    let different: BTreeSet<&String> = captions.iter().collect();
    assert_eq!(different.len(), captions.len(), "{captions:?}");
    kasse.finish().await;
}

#[tokio::test]
async fn a_list_shows_the_words_its_elements_may_be() {
    let kasse = Kasse::start().await;
    let text = kasse.http().send("GET", "/docs", &[], "").await.text();
    let row = text.lines().find(|line| line.contains("<code>paymentMethod.blockedSources</code>")).unwrap();
    assert!(row.contains("COMMERCIAL_CARDS"), "{row}");
    kasse.finish().await;
}

#[tokio::test]
async fn where_it_is_switched_off_it_is_no_route() {
    let kasse = Kasse::with(Setup { docs: false, ..Setup::default() }).await;
    let page = kasse.http().send("GET", "/docs", &[], "").await;
    assert_eq!((page.status, page.json()["message"].as_str()), (404, Some("Resource not found")));
    kasse.finish().await;
}
