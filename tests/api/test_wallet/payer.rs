//! `GET` and `PUT /{msisdn}`.

use serde_json::{Value, json};
use testkit::{Kasse, Setup, Shop};

use super::{ADA, payer_of, put, wallet};

/// The fields a change violates.
async fn violated(shop: &Shop, members: &Value) -> Vec<String> {
    let answer = wallet(shop, "PUT", ADA, members).await;
    if answer.status != 200 {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    answer.violated()
}

fn address(id: &str) -> Value {
    json!({ "id": id, "addressLine1": "Storgata 1", "city": "Oslo", "postCode": "0155", "country": "NO" })
}

#[tokio::test]
async fn a_payer_nobody_has_changed_follows_from_the_number() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let ada = payer_of(&shop, ADA).await;
    assert_eq!(ada["email"], "payer-4740000010@example.com");
    assert_eq!([&ada["pushMode"], &ada["browserMode"]], ["instant", "same"]);
    assert_eq!((&ada["script"], ada.get("language")), (&json!([]), None));
    assert_eq!(ada["addresses"].as_array().unwrap().len(), 1);
    let card = &ada["sources"][0];
    let expected = json!({ "id": "card-1", "kind": "card", "brand": "Visa", "last4": card["last4"], "expiry": "12/29",
                           "commercial": false, "behaviour": "pays" });
    assert_eq!(*card, expected);
    assert_eq!(ada["sources"].as_array().unwrap().len(), 2);
    let scripted = payer_of(&shop, "4740000014").await;
    assert_eq!(scripted["script"], json!([{ "do": "approve", "beforeEndSeconds": 1 }]));
    assert_eq!(payer_of(&shop, "4740000015").await["script"], json!([{ "do": "reject", "afterSeconds": 3 }]));
    assert_eq!(payer_of(&shop, "4740000020").await["sources"][0]["behaviour"], "decl_issuer");
    assert_eq!(payer_of(&shop, "4740000011").await["sources"][0]["balance"], 0);
    assert_eq!(payer_of(&shop, "4740000032").await["sources"][0]["commercial"], true);
    kasse.finish().await;
}

#[tokio::test]
async fn members_that_are_named_are_replaced_and_the_others_stay() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let before = payer_of(&shop, ADA).await;
    let new = json!({
        "name": "Grace Brewster Hopper",
        "birthDate": "1906-12-09",
        "email": "grace@example.com",
        "addresses": [
            { "id": "home", "addressLine1": "Storgata 1", "addressLine2": "H0101", "city": "Oslo", "postCode": "0155",
              "country": "NO" },
            address("cabin"),
        ],
        "sources": [
            { "id": "gold", "kind": "card", "brand": "Mastercard", "last4": "4444", "expiry": "02/31", "balance": 1,
              "commercial": true, "behaviour": "decl_limit" },
            { "id": "bank", "kind": "account", "last4": "0001", "balance": 0, "behaviour": "pays" },
        ],
        "pushMode": "instant",
        "browserMode": "never",
        "language": "da",
        "script": [{ "do": "approve", "afterSeconds": 0 }, { "do": "open", "afterSeconds": 5_184_000 },
                   { "do": "reject", "beforeEndSeconds": 0 }, { "do": "ignore", "afterSeconds": 1 }],
    });
    for (name, value) in new.as_object().unwrap() {
        let after = put(&shop, ADA, &json!({ name: value })).await;
        assert_eq!(after[name], *value, "{name}");
    }
    assert_eq!(payer_of(&shop, ADA).await, new, "and nothing else has changed");
    assert_eq!(put(&shop, ADA, &json!({})).await, new);
    assert_eq!(put(&shop, ADA, &json!({ "name": null, "sources": null, "unknown": 1 })).await, new);
    assert_eq!(put(&shop, ADA, &json!({ "language": null })).await.get("language"), None, "the browser's again");
    assert_eq!(put(&shop, ADA, &before).await, before, "what is read can be put back");
    kasse.finish().await;
}

#[tokio::test]
async fn what_a_listed_number_does_can_be_put_back_as_it_was_read() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for ending in 10..=39 {
        let number = format!("47400000{ending}");
        let before = payer_of(&shop, &number).await;
        put(&shop, &number, &json!({ "name": "Some Body", "script": [], "sources": [], "addresses": [] })).await;
        assert_eq!(put(&shop, &number, &before).await, before, "{number}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_a_source_leaves_out_is_the_usual() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let after = put(&shop, ADA, &json!({ "sources": [{ "id": "a" }, { "id": "b", "kind": "account" }] })).await;
    let card = json!({ "id": "a", "kind": "card", "brand": "Visa", "last4": "0000", "expiry": "12/99", "commercial": false,
                       "behaviour": "pays" });
    assert_eq!(after["sources"], json!([card, { "id": "b", "kind": "account", "last4": "0000", "behaviour": "pays" }]));
    assert_eq!(put(&shop, ADA, &json!({ "script": [{ "do": "open" }] })).await["script"][0]["afterSeconds"], 0);
    kasse.finish().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_in_one_answer_and_nothing_is_changed() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let before = payer_of(&shop, ADA).await;
    let bad = json!({
        "name": "Ada",
        "birthDate": "2001-02-29",
        "email": "nobody",
        "addresses": [
            { "id": "a b", "addressLine1": "", "city": 5.5, "postCode": "x".repeat(101), "country": "no" },
            address("home"),
            address("home"),
            1,
        ],
        "sources": [
            { "id": "a", "kind": "crypto" },
            { "kind": "card", "brand": "Amex", "last4": "123", "expiry": "13/30", "balance": -1, "commercial": "no",
              "behaviour": "decl_blocked" },
            { "id": "b", "kind": "account", "brand": "Visa", "expiry": "12/30", "commercial": false },
            { "id": "b" },
        ],
        "pushMode": "lost",
        "browserMode": "other-device",
        "language": "de",
        "script": [
            { "do": "consult" },
            { "afterSeconds": 1 },
            { "do": "open", "afterSeconds": 1, "beforeEndSeconds": 1 },
            { "do": "open", "afterSeconds": 5_184_001 },
            "approve",
        ],
    });
    let mut expected = vec![
        "name",
        "birthDate",
        "email",
        "addresses[0].id",
        "addresses[0].addressLine1",
        "addresses[0].city",
        "addresses[0].postCode",
        "addresses[0].country",
        "addresses[2].id",
        "addresses[3]",
        "sources[0].kind",
        "sources[1].id",
        "sources[1].brand",
        "sources[1].last4",
        "sources[1].expiry",
        "sources[1].balance",
        "sources[1].commercial",
        "sources[1].behaviour",
        "sources[2].brand",
        "sources[2].expiry",
        "sources[2].commercial",
        "sources[3].id",
        "pushMode",
        "browserMode",
        "language",
        "script[0].do",
        "script[1].do",
        "script[2].afterSeconds",
        "script[3].afterSeconds",
        "script[4]",
    ];
    expected.sort_unstable();
    assert_eq!(violated(&shop, &bad).await, expected);
    assert_eq!(payer_of(&shop, ADA).await, before);
    let answer = wallet(&shop, "PUT", ADA, &bad).await.text();
    assert!(answer.contains("delayed, lost and invisible come later"), "{answer}");
    assert!(answer.contains("new-context and other-device come later"), "{answer}");
    for (members, field) in [
        (json!({ "name": {} }), "name"),
        (json!({ "addresses": {} }), "addresses"),
        (json!({ "addresses": [{}] }), "addresses[0].id"),
        (json!({ "sources": "card" }), "sources"),
        (json!({ "script": 1 }), "script"),
        (json!({ "pushMode": 1 }), "pushMode"),
        (json!({ "language": 1 }), "language"),
        (json!([]), "$"),
    ] {
        assert!(violated(&shop, &members).await.contains(&field.to_owned()), "{members}");
    }
    let twice = shop.call("PUT", &format!("/_kasse/test/wallet/{ADA}"), &[], r#"{"name":"A B","name":"C D"}"#).await;
    assert_eq!(twice.violated(), ["name"]);
    kasse.finish().await;
}

#[tokio::test]
async fn lists_hold_at_both_edges() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let addresses =
        |count: usize| json!({ "addresses": (0..count).map(|one| address(&format!("a-{one}"))).collect::<Vec<_>>() });
    let sources = |count: usize| json!({ "sources": (0..count).map(|one| json!({ "id": format!("s-{one}") })).collect::<Vec<_>>() });
    let script = |count: usize| json!({ "script": vec![json!({ "do": "approve" }); count] });
    for (name, most, good, bad) in [
        ("addresses", 20, addresses(20), addresses(21)),
        ("sources", 20, sources(20), sources(21)),
        ("script", 100, script(100), script(101)),
    ] {
        assert_eq!(violated(&shop, &bad).await, [name]);
        assert_eq!(put(&shop, ADA, &good).await[name].as_array().unwrap().len(), most);
        assert_eq!(put(&shop, ADA, &json!({ name: [] })).await[name], json!([]));
    }
    let lines = |length: usize| {
        let mut line = address("home");
        line["addressLine2"] = json!("æ".repeat(length));
        json!({ "addresses": [line] })
    };
    assert_eq!(violated(&shop, &lines(0)).await, ["addresses[0].addressLine2"]);
    assert_eq!(violated(&shop, &lines(101)).await, ["addresses[0].addressLine2"]);
    put(&shop, ADA, &lines(1)).await;
    put(&shop, ADA, &lines(100)).await;
    let balance = |value: Value| json!({ "sources": [{ "id": "a", "balance": value }] });
    put(&shop, ADA, &balance(json!(i64::MAX))).await;
    assert_eq!(violated(&shop, &balance(json!(u64::MAX))).await, ["sources[0].balance"]);
    assert_eq!(violated(&shop, &balance(json!("1"))).await, ["sources[0].balance"]);
    kasse.finish().await;
}

#[tokio::test]
async fn where_not_any_number_works_only_the_listed_can_be_read_and_changed() {
    let kasse = Kasse::with(Setup { any_phone_number: false, ..Setup::default() }).await;
    let shop = kasse.shop().await;
    for (number, status) in
        [("4712345678", 404), (ADA, 200), ("4740000046", 404), ("12345678", 400), ("471234567", 404)]
    {
        assert_eq!(wallet(&shop, "GET", number, &Value::Null).await.status, status, "{number}");
        assert_eq!(wallet(&shop, "PUT", number, &json!({})).await.status, status, "{number}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_change_is_there_after_a_restart() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let changed = put(&shop, ADA, &json!({ "name": "Ada Lovelace", "script": [{ "do": "approve" }] })).await;
    let kasse = kasse.restart(|_| ()).await;
    assert_eq!(payer_of(&kasse.shop().await, ADA).await, changed);
    kasse.finish().await;
}
