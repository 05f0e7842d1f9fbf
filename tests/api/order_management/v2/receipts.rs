//! `/order-management/v2/{paymentType}/receipts/{orderId}`: every member with its rule, no sum; written once.

use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

use crate::order_management::{ask, bare_id, call, detail, invalid, receipt};

/// Where the value under test goes once the body is text: it may be a number no machine knows.
const HERE: &str = "\"here\"";

async fn post(shop: &Shop, id: &str, body: &Value) -> Answer {
    call(shop, "POST", &format!("/v2/ecom/receipts/{id}"), body).await
}

/// The receipt of an order, as it is shown.
async fn shown(shop: &Shop, id: &str) -> Value {
    ask(shop, "GET", &format!("/v2/ecom/{id}")).await.json()["receipt"].clone()
}

/// Posts the published example with this text in the place of a member.
async fn with(shop: &Shop, id: &str, member: &str, value: &str) -> Answer {
    let mut body = receipt();
    let pointer = format!("/{}", member.replace("[0]", ".0").replace('.', "/"));
    let (holder, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(holder).unwrap()[name] = json!("here");
    let body = body.to_string().replacen(HERE, value, 1);
    shop.call("POST", &format!("/order-management/v2/ecom/receipts/{id}"), &[], body).await
}

#[tokio::test]
async fn it_is_written_once_and_a_rejected_one_not_at_all() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut bad = receipt();
    bad["orderLines"][0]["totalAmount"] = json!(-1);
    assert_eq!(post(&shop, "order-1", &bad).await.status, 400);
    let written = post(&shop, "order-1", &receipt()).await;
    assert_eq!(written.status, 201, "{}", written.text());
    bare_id(&written);
    let mut other = receipt();
    other["bottomLine"]["receiptNumber"] = json!("2");
    for body in [&receipt(), &other] {
        let again = post(&shop, "order-1", body).await;
        assert_eq!((again.status, again.json()["title"].as_str()), (409, Some("Conflict")));
        assert_eq!(detail(&again), "A receipt already exists for this order and can not be overwritten.");
    }
    assert_eq!(post(&shop, "order-1", &bad).await.status, 400, "what is wrong comes first, also where there is one");
    assert_eq!(shown(&shop, "order-1").await, receipt(), "the first stays");
    let key = [("idempotency-key", "k")];
    let body = receipt().to_string();
    let path = "/order-management/v2/ecom/receipts/order-2";
    assert_eq!(shop.call("POST", path, &key, body.clone()).await.status, 201);
    assert_eq!(shop.call("POST", path, &key, body).await.status, 409, "a key is not looked at");
    kasse.finish().await;
}

#[tokio::test]
async fn of_many_at_the_same_moment_one_is_taken() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut posting = Vec::new();
    for number in 0..10 {
        let shop = shop.clone();
        let mut body = receipt();
        body["bottomLine"]["receiptNumber"] = json!(number.to_string());
        posting.push(tokio::spawn(async move { (number, post(&shop, "order-1", &body).await.status) }));
    }
    let mut taken = Vec::new();
    for one in posting {
        match one.await.unwrap() {
            (number, 201) => taken.push(number.to_string()),
            (_, status) => assert_eq!(status, 409),
        }
    }
    let number = shown(&shop, "order-1").await["bottomLine"]["receiptNumber"].as_str().unwrap().to_owned();
    assert_eq!(taken, [number]);
    kasse.finish().await;
}

#[tokio::test]
async fn every_member_keeps_its_rule() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (line, bottom) = ("/orderLines/0", "/bottomLine");
    for (place, name, value) in [
        ("", "orderLines", Value::Null),
        ("", "orderLines", json!([])),
        ("", "orderLines", json!({})),
        ("", "bottomLine", Value::Null),
        ("", "bottomLine", json!([])),
        (line, "name", Value::Null),
        (line, "name", json!("")),
        (line, "id", Value::Null),
        (line, "totalAmount", Value::Null),
        (line, "totalAmount", json!(-1)),
        (line, "totalAmount", json!("1000")),
        (line, "totalAmount", json!(1000.5)),
        (line, "totalAmountExcludingTax", json!(-1)),
        (line, "totalTaxAmount", json!(-1)),
        (line, "totalTaxAmount", Value::Null),
        (line, "taxRate", Value::Null),
        (line, "taxRate", json!(25.5)),
        (line, "taxRate", json!("2500")),
        (line, "taxPercentage", json!("25.5")),
        (line, "taxPercentage", json!("")),
        (line, "taxPercentage", json!("x")),
        (line, "taxPercentage", json!("-1")),
        (line, "taxPercentage", json!("101")),
        (line, "discount", json!(-1)),
        (line, "productUrl", json!(["https://example.com"])),
        (line, "isReturn", json!("no")),
        (line, "isShipping", json!(0)),
        (line, "unitInfo", json!([])),
        ("/orderLines/0/unitInfo", "quantity", Value::Null),
        ("/orderLines/0/unitInfo", "quantity", json!("1,5")),
        ("/orderLines/0/unitInfo", "quantity", json!(-1)),
        ("/orderLines/0/unitInfo", "quantity", json!(true)),
        ("/orderLines/0/unitInfo", "quantityUnit", json!("MILE")),
        ("/orderLines/0/unitInfo", "quantityUnit", json!("pcs")),
        (bottom, "currency", Value::Null),
        (bottom, "currency", json!("SEK")),
        (bottom, "currency", json!("USD")),
        (bottom, "currency", json!("nok")),
        (bottom, "tipAmount", json!(-1)),
        (bottom, "posId", json!([])),
        (bottom, "terminalId", json!({})),
        (bottom, "receiptNumber", json!(true)),
        (bottom, "giftCardAmount", json!("0")),
        (bottom, "paymentSources", json!(1)),
        ("/bottomLine/paymentSources", "cash", json!("0")),
        ("/bottomLine/paymentSources", "giftCard", json!(0.5)),
        ("/bottomLine/barcode", "format", json!("QR")),
        ("/bottomLine/barcode", "format", Value::Null),
        ("/bottomLine/barcode", "data", Value::Null),
        ("/bottomLine/barcode", "data", json!("")),
        ("/bottomLine/barcode", "data", json!("lower case")),
        (bottom, "barcode", json!({ "format": "EAN-13", "data": "12345X" })),
        (bottom, "barcode", json!({ "format": "CODE 128", "data": "æ" })),
    ] {
        let mut body = receipt();
        body.pointer_mut(place).unwrap()[name] = value.clone();
        let refused = post(&shop, "rules-1", &body).await;
        let path =
            format!("{}{name}", format!("{place}/").replace("/0", "[0]").trim_start_matches('/').replace('/', "."));
        let path = if name == "barcode" { format!("{path}.data") } else { path };
        assert_eq!((refused.status, invalid(&refused)), (400, vec![path.clone()]), "{path} = {value}");
        assert_eq!(refused.json()["invalidParams"][0]["reason"], detail(&refused), "{path}");
    }
    let mut neither = receipt();
    neither["orderLines"][0].as_object_mut().unwrap().remove("taxRate");
    assert_eq!(invalid(&post(&shop, "rules-1", &neither).await), ["orderLines[0].taxRate"]);
    let all = post(&shop, "rules-1", &json!({ "orderLines": [{}, 7] })).await;
    let of_line = ["id", "name", "taxRate", "totalAmount", "totalAmountExcludingTax", "totalTaxAmount"];
    let mut expected: Vec<String> = of_line.map(|name| format!("orderLines[0].{name}")).to_vec();
    expected.insert(0, "bottomLine".to_owned());
    expected.push("orderLines[1]".to_owned());
    assert_eq!(invalid(&all), expected, "all at once");
    assert_eq!(post(&shop, "rules-1", &receipt()).await.status, 201, "nothing that was refused is there");
    kasse.finish().await;
}

#[tokio::test]
async fn every_limit_holds_at_both_edges() {
    let text = |characters: usize| format!("\"{}\"", "ø".repeat(characters));
    let lines = |count: usize| Value::Array(vec![receipt()["orderLines"][0].clone(); count]).to_string();
    let (least, most) = (i64::MIN.to_string(), i64::MAX.to_string());
    let beyond = (i128::from(i64::MAX) + 1).to_string();
    let below = (i128::from(i64::MIN) - 1).to_string();
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (count, (member, taken, refused)) in [
        ("orderLines", lines(1), lines(0)),
        ("orderLines", lines(1000), lines(1001)),
        ("orderLines[0].name", text(1), text(0)),
        ("orderLines[0].name", text(2048), text(2049)),
        ("orderLines[0].id", text(0), "null".to_owned()),
        ("orderLines[0].id", text(255), text(256)),
        ("orderLines[0].totalAmount", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].totalAmountExcludingTax", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].totalTaxAmount", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].taxRate", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].taxRate", "10000".to_owned(), "10001".to_owned()),
        ("orderLines[0].taxPercentage", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].taxPercentage", "100".to_owned(), "101".to_owned()),
        ("orderLines[0].taxPercentage", "\"100.0\"".to_owned(), "\"100.1\"".to_owned()),
        ("orderLines[0].discount", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].unitInfo.unitPrice", "0".to_owned(), "-1".to_owned()),
        ("orderLines[0].unitInfo.unitPrice", most.clone(), beyond.clone()),
        ("orderLines[0].unitInfo.quantity", "\"1234567890\"".to_owned(), "\"12345678901\"".to_owned()),
        ("orderLines[0].unitInfo.quantity", "\"1.12345678\"".to_owned(), "\"1.123456789\"".to_owned()),
        ("orderLines[0].unitInfo.quantity", "1234567890".to_owned(), "12345678901".to_owned()),
        ("bottomLine.tipAmount", "0".to_owned(), "-1".to_owned()),
        ("bottomLine.tipAmount", (i64::MAX - 7000).to_string(), beyond.clone()),
        ("bottomLine.paymentSources.card", (i64::MIN + 7001).to_string(), below.clone()),
        ("bottomLine.paymentSources.card", most.clone(), beyond.clone()),
    ]
    .into_iter()
    .enumerate()
    {
        let shown = |value: &str| format!("{member} = {}", value.chars().take(60).collect::<String>());
        let answer = with(&shop, &format!("within-{count}"), member, &taken).await;
        assert_eq!(answer.status, 201, "{}: {}", shown(&taken), answer.text());
        let answer = with(&shop, &format!("beyond-{count}"), member, &refused).await;
        assert_eq!((answer.status, invalid(&answer)), (400, vec![member.to_owned()]), "{}", shown(&refused));
        assert_eq!(ask(&shop, "GET", &format!("/v2/ecom/beyond-{count}")).await.status, 404);
    }
    // Each number can be counted, and their sum cannot.
    for (member, value) in [
        ("orderLines[0].totalAmount", most.clone()),
        ("orderLines[0].totalTaxAmount", most.clone()),
        ("orderLines[0].discount", most.clone()),
        ("bottomLine.tipAmount", (i64::MAX - 6999).to_string()),
        ("bottomLine.paymentSources.cash", least),
    ] {
        let answer = with(&shop, "too-much", member, &value).await;
        assert_eq!((answer.status, invalid(&answer)), (400, vec!["orderLines".to_owned()]), "{member} = {value}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn numbers_may_be_written_in_the_ways_of_real_clients() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (count, (member, written, read)) in [
        ("orderLines[0].totalAmount", "1000.0", json!(1000)),
        ("orderLines[0].totalAmount", "1000.000", json!(1000)),
        ("orderLines[0].taxRate", "2500.0", json!(2500)),
        ("orderLines[0].taxPercentage", "25.0", json!(25)),
        ("orderLines[0].taxPercentage", "\"25\"", json!(25)),
        ("orderLines[0].taxPercentage", "\"25.0000\"", json!(25)),
        ("orderLines[0].unitInfo.unitPrice", "400.00", json!(400)),
        ("orderLines[0].unitInfo.quantity", "3", json!("3")),
        ("orderLines[0].unitInfo.quantity", "2.50", json!("2.50")),
        ("orderLines[0].unitInfo.quantity", "\"1.0000\"", json!("1.0000")),
        ("orderLines[0].id", "4711", json!("4711")),
        ("bottomLine.paymentSources.giftCard", "-5.0", json!(-5)),
        ("bottomLine.receiptNumber", "0", json!("0")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("written-{count}");
        let answer = with(&shop, &id, member, written).await;
        assert_eq!(answer.status, 201, "{member} = {written}: {}", answer.text());
        let pointer = format!("/{}", member.replace("[0]", ".0").replace('.', "/"));
        assert_eq!(shown(&shop, &id).await.pointer(&pointer), Some(&read), "{member} = {written}");
    }
    for (member, written) in [
        ("orderLines[0].totalAmount", "1e3"),
        ("orderLines[0].totalAmount", "1000.01"),
        ("orderLines[0].unitInfo.quantity", "1e3"),
        ("orderLines[0].discount", "0.1"),
    ] {
        assert_eq!(invalid(&with(&shop, "refused", member, written).await), [member], "{written}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_left_out_stays_left_out_and_what_is_deprecated_is_not_judged() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let least = json!({
        "orderLines": [{ "name": "Fee", "id": "", "totalAmount": 1, "totalAmountExcludingTax": 7, "totalTaxAmount": 9, "taxRate": 0 }],
        "bottomLine": { "currency": "EUR" },
    });
    assert_eq!(post(&shop, "least-1", &least).await.status, 201);
    assert_eq!(shown(&shop, "least-1").await, least);
    let mut with_nothing = least.clone();
    for name in ["unitInfo", "discount", "productUrl", "isReturn", "isShipping", "taxPercentage"] {
        with_nothing["orderLines"][0][name] = Value::Null;
    }
    for name in
        ["tipAmount", "posId", "terminalId", "paymentSources", "barcode", "receiptNumber", "shippingInfo", "totalTax"]
    {
        with_nothing["bottomLine"][name] = Value::Null;
    }
    with_nothing["whatever"] = json!({ "a": [1] });
    with_nothing["orderLines"][0]["color"] = json!("red");
    assert_eq!(post(&shop, "least-2", &with_nothing).await.status, 201);
    assert_eq!(shown(&shop, "least-2").await, least, "null and what nobody knows are as good as left out");
    let mut old = least.clone();
    let deprecated = json!({ "totalAmount": 1, "totalTax": -2, "totalDiscount": 3, "shippingAmount": 4, "giftCardAmount": 0,
                             "terminalId": "woocommerce", "shippingInfo": { "amount": -1, "taxPercentage": 500 } });
    for (name, value) in deprecated.as_object().unwrap() {
        old["bottomLine"][name] = value.clone();
    }
    assert_eq!(post(&shop, "old-1", &old).await.status, 201);
    assert_eq!(shown(&shop, "old-1").await, old, "kept as they are");
    let mut odd = least.clone();
    odd["bottomLine"]["totalAmount"] = json!("a lot");
    odd["bottomLine"]["totalTax"] = json!(1.5);
    odd["bottomLine"]["shippingInfo"] = json!("later");
    assert_eq!(post(&shop, "odd-1", &odd).await.status, 201, "whatever they are");
    assert_eq!(shown(&shop, "odd-1").await, least);
    kasse.finish().await;
}

#[tokio::test]
async fn receipts_of_known_plugins_are_taken() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let woocommerce = json!({
        "orderLines": [
            { "name": "Socks", "id": "w".repeat(254), "totalAmount": 9990, "totalAmountExcludingTax": 7992, "totalTaxAmount": 1997,
              "taxRate": 2500, "discount": 0, "isReturn": false, "productUrl": "https://shop.example/?p=42",
              "unitInfo": { "unitPrice": 9990, "quantity": "1", "quantityUnit": "PCS" } },
            { "name": "Small order fee", "id": "small-order-fee", "totalAmount": 500, "totalAmountExcludingTax": 400,
              "totalTaxAmount": 100, "taxRate": 2500, "discount": 0, "isReturn": false },
        ],
        "bottomLine": { "currency": "NOK", "giftCardAmount": 0, "tipAmount": 0, "terminalId": "woocommerce", "receiptNumber": "4711" },
    });
    let magento = json!({
        "orderLines": [
            { "name": "Socks", "id": "SKU-1", "totalAmount": 12499, "totalAmountExcludingTax": 9999, "totalTaxAmount": 2499,
              "taxPercentage": "25.0000", "discount": 0, "isReturn": false, "isShipping": false,
              "unitInfo": { "unitPrice": 9999, "quantity": "1.0000", "quantityUnit": "PCS" } },
            { "name": "Flat Rate - Fixed", "id": "shipping", "totalAmount": 500, "totalAmountExcludingTax": 500,
              "totalTaxAmount": 0, "taxPercentage": 0, "isShipping": true },
        ],
        "bottomLine": { "currency": "DKK", "tipAmount": 0, "posId": "magento", "receiptNumber": "000000042" },
    });
    for (id, body) in [("woo-4711-abc", &woocommerce), ("000000042", &magento)] {
        let posted = post(&shop, id, body).await;
        assert_eq!(posted.status, 201, "{id}: {}", posted.text());
    }
    let mut unnamed = magento;
    unnamed["orderLines"][1]["name"] = Value::Null;
    assert_eq!(invalid(&post(&shop, "virtual-1", &unnamed).await), ["orderLines[1].name"]);
    kasse.finish().await;
}
