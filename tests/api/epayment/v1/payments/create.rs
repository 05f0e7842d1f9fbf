//! `POST /epayment/v1/payments`.

use domain::merchant::Market;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

async fn create_with(shop: &Shop, change: impl FnOnce(&mut Value)) -> Answer {
    let mut proposal = Shop::proposal("acme-shop-1", 1000);
    change(&mut proposal);
    shop.post("/payments", "key-1", &proposal).await
}

#[tokio::test]
async fn the_published_example_is_answered_with_a_link() {
    let kasse = Kasse::start().await;
    let created = kasse.shop().await.create("acme-shop-123-order123abc", 1000).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("content-type"), Some("application/json; charset=utf-8"));
    let body = created.json();
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(body["reference"], "acme-shop-123-order123abc");
    let url = body["redirectUrl"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/pay?token=", kasse.public_url())), "{url}");
    kasse.finish().await;
}

#[tokio::test]
async fn only_what_is_needed_is_needed() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let minimal = json!({
        "amount": { "currency": "NOK", "value": 100 },
        "paymentMethod": { "type": "WALLET" },
        "reference": "minimal-1",
        "returnUrl": "https://example.com",
        "userFlow": "WEB_REDIRECT",
    });
    assert_eq!(shop.post("/payments", "k", &minimal).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn every_missing_field_is_named_in_one_answer() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let answer = shop.call("POST", "/epayment/v1/payments", &[], "{}").await;
    assert_eq!(answer.violated(), ["Idempotency-Key", "amount", "paymentMethod", "reference", "userFlow"]);
    let mut body = answer.json();
    let trace = body["traceId"].take();
    assert!(trace.as_str().unwrap().starts_with("00-") && trace.as_str().unwrap().len() == 55, "{trace}");
    assert_eq!(answer.header("x-request-id"), Some(&trace.as_str().unwrap()[3..35]));
    assert_eq!(
        body["extraDetails"][0],
        json!({ "name": "Idempotency-Key", "reason": "The Idempotency-Key field is required." })
    );
    body["extraDetails"].take();
    assert_eq!(
        body,
        json!({
            "type": "https://httpstatuses.io/400",
            "title": "Bad Request",
            "detail": "See extraDetails for further details",
            "instance": "/v1/payments",
            "status": 400,
            "traceId": null,
            "extraDetails": null,
        })
    );
    assert_eq!(answer.header("content-type"), Some("application/problem+json; charset=utf-8"));
    kasse.finish().await;
}

#[tokio::test]
async fn wrong_types_and_values_out_of_range_are_named_together() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let body = json!({
        "amount": { "currency": "XXX", "value": -1 },
        "paymentMethod": { "type": "CASH", "blockedSources": "COMMERCIAL_CARDS" },
        "customer": { "phoneNumber": "+4712345678" },
        "customerInteraction": "ABSENT",
        "minimumUserAge": 101,
        "reference": "short",
        "returnUrl": ["https://example.com"],
        "userFlow": true,
        "paymentDescription": "ab",
        "metadata": { "a": true },
        "profile": "name",
    });
    let answer = shop.post("/payments", "k".repeat(51).as_str(), &body).await;
    assert_eq!(
        answer.violated(),
        [
            "Idempotency-Key",
            "amount.currency",
            "amount.value",
            "customer.phoneNumber",
            "customerInteraction",
            "metadata.a",
            "minimumUserAge",
            "paymentDescription",
            "paymentMethod.blockedSources",
            "paymentMethod.type",
            "profile",
            "reference",
            "returnUrl",
            "userFlow",
        ]
    );
    kasse.finish().await;
}

#[tokio::test]
async fn every_field_keeps_its_rule_at_both_edges() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let url = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/amount/value", json!(99), "400 6010"),
        ("/amount/value", json!(100), "201"),
        ("/amount/value", json!(65_000_000), "201"),
        ("/amount/value", json!(65_000_001), "400"),
        ("/amount/value", json!(-1), "400"),
        ("/amount/value", json!(0), "400 6010"),
        ("/amount/value", json!(100.5), "400 4040"),
        ("/amount/value", json!(1000.0), "400 4040"),
        ("/amount/value", json!("1000"), "400 4040"),
        ("/amount/value", json!(true), "400"),
        ("/amount/value", Value::Null, "400"),
        ("/amount/currency", json!("EUR"), "400 5040"),
        ("/amount/currency", json!("nok"), "400"),
        ("/reference", json!("a".repeat(7)), "400"),
        ("/reference", json!("a".repeat(8)), "201"),
        ("/reference", json!("a".repeat(64)), "201"),
        ("/reference", json!("a".repeat(65)), "400"),
        ("/reference", json!("with_underscore"), "400"),
        ("/customer/phoneNumber", json!("4".repeat(8)), "400"),
        ("/customer/phoneNumber", json!("299123456"), "201"),
        ("/customer/phoneNumber", json!("123456789012345"), "201"),
        ("/customer/phoneNumber", json!("1".repeat(16)), "400"),
        ("/customer/phoneNumber", json!("47123456789"), "400 4070"),
        ("/paymentDescription", json!("ab"), "400"),
        ("/paymentDescription", json!("abc"), "201"),
        ("/paymentDescription", json!("æ".repeat(100)), "201"),
        ("/paymentDescription", json!("a".repeat(101)), "400"),
        ("/minimumUserAge", json!(-1), "400"),
        ("/minimumUserAge", json!(0), "201"),
        ("/minimumUserAge", json!(100), "201"),
        ("/minimumUserAge", json!(101), "400"),
        ("/returnUrl", json!(url(2500)), "201"),
        ("/returnUrl", json!(url(2501)), "400 4090"),
        ("/returnUrl", json!("javascript://alert"), "400 4090"),
        ("/returnUrl", json!("http://example.com"), "400 4090"),
        ("/returnUrl", json!("http://127.0.0.1:3000/done"), "201"),
        ("/returnUrl", json!("myapp://path"), "201"),
        ("/returnUrl", Value::Null, "400 4140"),
    ];
    for (count, (path, value, expected)) in cases.into_iter().enumerate() {
        let mut proposal = Shop::proposal(&format!("edge-case-{count}"), 1000);
        match proposal.pointer_mut(path) {
            Some(place) => *place = value.clone(),
            None => proposal[path.trim_start_matches('/')] = value.clone(),
        }
        let answer = shop.post("/payments", &format!("key-{count}"), &proposal).await;
        assert_eq!(answer.outcome(), expected, "{path} = {value}: {}", answer.text());
        if expected == "400" {
            assert_eq!(answer.violated(), [path.trim_start_matches('/').replace('/', ".")], "{value}");
        }
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_decimal_amount_is_one_more_violation_beside_others_and_a_rule_of_its_own_alone() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let alone = create_with(&shop, |proposal| proposal["amount"]["value"] = json!(10.5)).await;
    assert_eq!((alone.outcome().as_str(), alone.json()["title"].as_str().unwrap()), ("400 4040", "Invalid amount"));
    let beside = create_with(&shop, |proposal| {
        proposal["amount"]["value"] = json!("10");
        proposal["userFlow"] = json!("WALK_IN");
    });
    assert_eq!(beside.await.violated(), ["amount.value", "userFlow"]);
    kasse.finish().await;
}

#[tokio::test]
async fn metadata_is_answered_verbatim_and_bounded() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let body = |metadata: &str, reference: &str| {
        let proposal = Shop::proposal(reference, 1000).to_string();
        format!(
            "{},\"metadata\":{metadata}}}",
            proposal.trim_end_matches('}').to_owned() + if proposal.ends_with("}}") { "}" } else { "" }
        )
    };
    let long_key = format!(r#"{{"{}":"v"}}"#, "k".repeat(101));
    let good_key = format!(r#"{{"{}":"{}"}}"#, "ø".repeat(100), "v".repeat(500));
    let long_value = format!(r#"{{"k":"{}"}}"#, "v".repeat(501));
    for (count, (metadata, expected)) in [
        (r#"{"z":"1","orderid":12,"a":"3"}"#, "201"),
        (r#"{"1":"","2":"","3":"","4":"","5":""}"#, "201"),
        (r#"{"1":"","2":"","3":"","4":"","5":"","6":""}"#, "400 4100"),
        (r#"{"a":"1","a":"2"}"#, "400 4110"),
        (&good_key, "201"),
        (&long_key, "400 4120"),
        (&long_value, "400 4130"),
        ("null", "201"),
        ("{}", "201"),
        ("[]", "400"),
        (r#""text""#, "400"),
        (r#"{"a":{}}"#, "400"),
    ]
    .into_iter()
    .enumerate()
    {
        let reference = format!("metadata-{count}");
        let headers = [("idempotency-key", reference.as_str())];
        let answer = shop.call("POST", "/epayment/v1/payments", &headers, body(metadata, &reference)).await;
        assert_eq!(answer.outcome(), expected, "{metadata}: {}", answer.text());
    }
    let text = shop.get("/payments/metadata-0").await.text();
    assert!(text.contains(r#""metadata":{"z":"1","orderid":"12","a":"3"}"#), "{text}");
    assert!(!shop.get("/payments/metadata-7").await.text().contains("metadata\":"));
    kasse.finish().await;
}

#[tokio::test]
async fn clients_as_they_are_get_through() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    // A published collection sends these two as numbers, the first beyond any machine integer.
    let numbers = r#"{"amount":{"currency":"NOK","value":1000},"paymentMethod":{"type":"WALLET"},"customer":{"phoneNumber":4712345678},
        "reference":12345617000000000009,"returnUrl":"https://example.com","userFlow":"WEB_REDIRECT"}"#;
    let answer = shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", "n")], numbers).await;
    assert_eq!((answer.status, answer.json()["reference"].as_str().unwrap()), (201, "12345617000000000009"));
    assert_eq!(shop.get("/payments/12345617000000000009").await.status, 200);
    // A plugin puts a field of its own into the customer and sends null for what it does not know.
    let plugin = create_with(&shop, |proposal| {
        proposal["customer"] = json!({ "customerInteraction": "CUSTOMER_PRESENT" });
        proposal["minimumUserAge"] = Value::Null;
        proposal["metadata"] = json!({ "orderid": 17 });
        proposal["receipt"] = json!({
            "orderLines": [{
                "name": "Socks", "id": "17", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 250, "taxRate": 2500,
                "unitInfo": { "unitPrice": 1000, "quantity": "1", "quantityUnit": "PCS" }, "discount": 0, "isReturn": false,
            }],
            "bottomLine": { "currency": "NOK", "terminalId": "1", "giftCardAmount": 0, "receiptNumber": null },
        });
        proposal["somethingNew"] = json!([1, 2]);
    });
    assert_eq!(plugin.await.status, 201);
    // An old client capitalises one name; curl sends a form's content type.
    let old = Shop::proposal("capital-reference-1", 1000).to_string().replace("\"reference\"", "\"Reference\"");
    let headers = [("idempotency-key", "c"), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(shop.call("POST", "/epayment/v1/payments/", &headers, old).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn markets_are_paid_in_their_own_currency() {
    let kasse = Kasse::start().await;
    for (market, currency, least) in
        [(Market::Norway, "NOK", 100), (Market::Denmark, "DKK", 1), (Market::Finland, "EUR", 1)]
    {
        let shop = kasse.new_shop(market).await;
        for other in ["NOK", "DKK", "EUR", "SEK", "USD", "GBP"] {
            let mut proposal = Shop::proposal(&format!("market-{other}"), 100);
            proposal["amount"]["currency"] = json!(other);
            let expected = if other == currency { "201" } else { "400 5040" };
            assert_eq!(shop.post("/payments", other, &proposal).await.outcome(), expected, "{market:?} {other}");
        }
        let mut proposal = Shop::proposal("market-least-1", least);
        proposal["amount"]["currency"] = json!(currency);
        assert_eq!(shop.post("/payments", "least", &proposal).await.outcome(), "201");
        proposal["amount"]["value"] = json!(least - 1);
        proposal["reference"] = json!("market-least-2");
        assert_eq!(shop.post("/payments", "less", &proposal).await.outcome(), "400 6010");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_field_given_twice_is_refused() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let twice = Shop::proposal("given-twice-1", 1000).to_string().replacen('{', r#"{"reference":"given-twice-2","#, 1);
    let answer = shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", "t")], twice).await;
    assert_eq!((answer.status, answer.violated()), (400, vec!["reference".to_owned()]));
    kasse.finish().await;
}
