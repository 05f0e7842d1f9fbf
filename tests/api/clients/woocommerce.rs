//! The plugin of WooCommerce: a form content type, members of its own, numbers for texts, and an opinion on which status means what.

use engine::merchant::example;
use serde_json::{Value, json};
use testkit::{Answer, Http, Kasse};

use super::{Headers, KEYS, json_of, send};

fn headers<'a>(authorization: &'a str, key: &'a str) -> Headers<'a> {
    vec![
        ("Authorization", authorization),
        ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
        ("Merchant-Serial-Number", example::MSN),
        ("X-TimeStamp", "2026-01-19T16:26:32+00:00"),
        ("X-Source-Address", "192.0.2.7"),
        ("Vipps-System-Name", "woocommerce"),
        ("Vipps-System-Version", "6.5/9.1"),
        ("Vipps-System-Plugin-Name", "woo-vipps"),
        ("Vipps-System-Plugin-Version", "4.0.0"),
        ("Idempotency-Key", key),
        ("Content-Type", "application/json"),
        ("Connection", "close"),
    ]
}

async fn authorization(http: &Http) -> String {
    let mut token_headers = KEYS.to_vec();
    token_headers.extend([("Content-Type", "application/x-www-form-urlencoded"), ("Connection", "close")]);
    let (status, token) = send(http, "POST", "/accessToken/get", &token_headers, "").await;
    assert_eq!(status, 200);
    let expires_in: i64 = token["expires_in"].as_str().unwrap().parse().unwrap();
    let expires_on: i64 = token["expires_on"].as_str().unwrap().parse().unwrap();
    assert!(expires_in / 2 > 0 && expires_on > 1_768_839_992, "it keeps the token for half its life");
    format!("Bearer {}", token["access_token"].as_str().unwrap())
}

/// An order as the plugin asks for it.
fn order(reference: &str) -> Value {
    let line = json!({ "name": "Socks", "id": "42", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 200,
                       "taxRate": 2500, "discount": 0, "productUrl": "https://shop.example/socks",
                       "unitInfo": { "unitPrice": 1000, "quantity": "1", "quantityUnit": "PCS" }, "isReturn": false });
    json!({
        "reference": reference,
        "returnUrl": "https://shop.example/wait-for-payment/?ls=abc",
        "userFlow": "WEB_REDIRECT",
        "paymentDescription": "Confirm your order from Shop",
        "amount": { "value": 1000, "currency": "NOK" },
        "paymentMethod": { "type": "WALLET" },
        "customer": { "customerInteraction": "CUSTOMER_NOT_PRESENT", "phoneNumber": "4712345678" },
        "minimumUserAge": null,
        "metadata": { "orderid": 4711 },
        "receipt": {
            "orderLines": [line],
            "bottomLine": { "currency": "NOK", "giftCardAmount": 0, "terminalId": "woocommerce", "receiptNumber": "4711" },
        },
    })
}

/// What it tells the shopkeeper, by the first member it finds.
fn told(answer: &Answer) -> String {
    let body = json_of(answer);
    let found = ["message", "detail", "errors", "error", "ResponseInfo", "responseInfo", "type"];
    found.iter().find_map(|name| body.get(name)).map(Value::to_string).expect("something to tell")
}

#[tokio::test]
async fn its_order_is_created_read_and_cancelled() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let authorization = authorization(&http).await;
    let body = order("woo-4711-abc").to_string();
    let (status, created) =
        send(&http, "POST", "/epayment/v1/payments", &headers(&authorization, "wc_order_abc"), &body).await;
    assert!(status == 201 && created["redirectUrl"].is_string());
    let path = "/epayment/v1/payments/woo-4711-abc";
    let (_, payment) = send(&http, "GET", path, &headers(&authorization, "x"), "").await;
    assert_eq!(payment["metadata"]["orderid"], "4711", "a number becomes a text");
    assert!(payment["paymentMethod"].is_object(), "that is how it knows the payment is of this API");
    assert_eq!(payment["aggregate"]["capturedAmount"]["value"], 0);
    let only = json!({ "cancelTransactionOnly": false }).to_string();
    let (status, cancelled) =
        send(&http, "POST", &format!("{path}/cancel"), &headers(&authorization, "c"), &only).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("TERMINATED")));
    // It tries again under a key and a reference with the same new ending.
    let body = order("woo-4711-abc-1").to_string();
    let retried = send(&http, "POST", "/epayment/v1/payments", &headers(&authorization, "wc_order_abc-1"), &body).await;
    assert_eq!(retried.0, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn an_express_order_of_goods_that_are_not_shipped_tells_who_pays() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let authorization = authorization(&http).await;
    for (reference, scope) in
        [("woo-express-1", "name email phoneNumber"), ("woo-express-2", "name email phoneNumber address")]
    {
        let mut body = order(reference);
        body["profile"] = json!({ "scope": scope });
        let created =
            send(&http, "POST", "/epayment/v1/payments", &headers(&authorization, reference), &body.to_string()).await;
        assert_eq!(created.0, 201);
        let approve = format!("/epayment/v1/test/payments/{reference}/approve");
        assert_eq!(send(&http, "POST", &approve, &headers(&authorization, "x"), "").await.0, 200, "the payer it named");
        let (_, payment) =
            send(&http, "GET", &format!("/epayment/v1/payments/{reference}"), &headers(&authorization, "x"), "").await;
        for name in ["email", "firstName", "lastName", "mobileNumber"] {
            assert!(payment["userDetails"][name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
        assert_eq!(payment["userDetails"]["addresses"][0].is_object(), scope.contains("address"));
        assert!(payment["profile"]["sub"].is_string() && payment.get("shippingDetails").is_none());
        let userinfo = format!("/vipps-userinfo-api/userinfo/{}", payment["profile"]["sub"].as_str().unwrap());
        let (status, info) = send(&http, "GET", &userinfo, &headers(&authorization, "x"), "").await;
        assert!(status == 200 && info["given_name"].is_string(), "it sends the subscription key there too");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn every_refusal_tells_it_something_and_404_means_gone() {
    let kasse = Kasse::start().await;
    let http = kasse.http();
    let good = authorization(&http).await;
    let refused = async |method: &str, path: &str, headers: &Headers<'_>, body: &str| {
        let answer = http.send(method, path, headers, body.to_owned()).await;
        (answer.status, told(&answer))
    };
    let payments = "/epayment/v1/payments";
    let (status, words) = refused("GET", "/epayment/v1/payments/woo-unknown", &headers(&good, "x"), "").await;
    assert!(status == 404 && words.contains("woo-unknown"), "{words}");
    let (status, words) = refused("POST", payments, &headers(&good, "x"), "{}").await;
    assert!(status == 400 && words.contains("extraDetails"), "{words}");
    assert_eq!(refused("POST", payments, &headers("Bearer x", "x"), "{}").await.0, 401);
    let mut keyless = headers(&good, "x");
    keyless.remove(1);
    let (status, words) = refused("POST", payments, &keyless, "{}").await;
    assert!(status == 401 && words.contains("missing subscription key"), "{words}");
    assert_eq!(refused("POST", "/epayment/v1/paymentz", &headers(&good, "x"), "{}").await.0, 404);
    kasse.finish().await;
}
