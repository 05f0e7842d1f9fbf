//! What is no route, and who may use those that are.

use engine::merchant::example;
use serde_json::json;
use testkit::{Kasse, Shop};

const KEY: (&str, &str) = ("ocp-apim-subscription-key", example::SUBSCRIPTION_KEY);

#[tokio::test]
async fn unknown_paths_and_methods_are_the_same_404() {
    let kasse = Kasse::start().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/nonsense"),
        ("GET", "/accesstoken/get"),
        ("PUT", "/accesstoken/get"),
        ("POST", "/accesstoken/get/"),
        ("DELETE", "/epayment/v1/payments"),
        ("GET", "/epayment/v1/payments"),
        ("GET", "/EPAYMENT/v1/payments/acme-shop-1"),
        ("PATCH", "/epayment/v1/payments/acme-shop-1"),
        ("POST", "/epayment/v1/payments/acme-shop-1"),
        ("GET", "/epayment/v1/payments/acme-shop-1/capture"),
        ("POST", "/epayment/v1/payments/acme-shop-1/capture/"),
        ("POST", "/epayment/v1/payments/acme-shop-1cancel"),
        ("GET", "/epayment/v1/acme-shop-1"),
        ("POST", "/livez"),
        ("TRACE", "/livez"),
        ("OPTIONS", "/epayment/v1/payments"),
        ("GET", "/_kasse/test/clocks"),
        ("GET", "/assets/keys.json"),
        ("BREW", "/pot"),
    ] {
        let answer = kasse.http().send(method, path, &[KEY], "").await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert_eq!(answer.json(), json!({ "statusCode": 404, "message": "Resource not found" }), "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("set-cookie"), None);
    }
    kasse.finish().await;
}

/// Every guarded route with what to send; the walk below asks each in every way that must fail.
const GUARDED: [(&str, &str); 44] = [
    ("POST", "/epayment/v1/payments"),
    ("GET", "/epayment/v1/payments/acme-shop-1"),
    ("GET", "/epayment/v1/payments/acme-shop-1/events"),
    ("POST", "/epayment/v1/payments/acme-shop-1/cancel"),
    ("POST", "/epayment/v1/payments/acme-shop-1/capture"),
    ("POST", "/epayment/v1/payments/acme-shop-1/refund"),
    ("POST", "/epayment/v1/test/payments/acme-shop-1/approve"),
    ("POST", "/webhooks/v1/webhooks"),
    ("GET", "/webhooks/v1/webhooks"),
    ("DELETE", "/webhooks/v1/webhooks/497f6eca-6276-4993-bfeb-53cbbbba6f08"),
    ("POST", "/order-management/v1/images"),
    ("PUT", "/order-management/v2/ecom/categories/acme-order-1"),
    ("POST", "/order-management/v2/ecom/receipts/acme-order-1"),
    ("GET", "/order-management/v2/ecom/acme-order-1"),
    ("POST", "/order-management/v3/categories"),
    ("GET", "/order-management/v3/categories"),
    ("GET", "/order-management/v3/categories/337f5e5d-288b-40d5-be14-901cc3acacc0"),
    ("DELETE", "/order-management/v3/categories/337f5e5d-288b-40d5-be14-901cc3acacc0"),
    ("GET", "/_kasse/order-management/ecom/acme-order-1/findings"),
    ("GET", "/_kasse/webhooks/deliveries"),
    ("GET", "/_kasse/webhooks/deliveries/497f6eca-6276-4993-bfeb-53cbbbba6f08"),
    ("POST", "/_kasse/webhooks/deliveries/497f6eca-6276-4993-bfeb-53cbbbba6f08/resend"),
    ("POST", "/_kasse/webhooks/resend"),
    ("POST", "/_kasse/webhooks/497f6eca-6276-4993-bfeb-53cbbbba6f08/test"),
    ("GET", "/_kasse/webhooks/stream"),
    ("POST", "/_kasse/test/listeners"),
    ("GET", "/_kasse/test/listeners/497f6eca-6276-4993-bfeb-53cbbbba6f08"),
    ("POST", "/_kasse/test/listeners/497f6eca-6276-4993-bfeb-53cbbbba6f08/deliveries/281474976710656"),
    ("GET", "/_kasse/test/wallet/4712345678"),
    ("PUT", "/_kasse/test/wallet/4712345678"),
    ("GET", "/_kasse/test/wallet/4712345678/requests"),
    ("POST", "/_kasse/test/wallet/4712345678/requests/acme-shop-1/open"),
    ("POST", "/_kasse/test/wallet/4712345678/requests/acme-shop-1/approve"),
    ("POST", "/_kasse/test/wallet/4712345678/requests/acme-shop-1/reject"),
    ("POST", "/_kasse/test/wallet/4712345678/requests/acme-shop-1/postpone"),
    ("POST", "/_kasse/test/wallet/4712345678/requests/acme-shop-1/ignore"),
    ("POST", "/_kasse/test/wallet/4712345678/requests/acme-shop-1/back"),
    ("GET", "/_kasse/test/wallet/4712345678/history/acme-shop-1"),
    ("POST", "/_kasse/test/wallet/4712345678/scan"),
    ("GET", "/_kasse/test/wallet/4712345678/personal-qr"),
    ("POST", "/_kasse/test/wallet/4712345678/customer-token"),
    ("POST", "/_kasse/test/wallet/landing/bm8gdG9rZW4/phone"),
    ("POST", "/_kasse/test/wallet/landing/bm8gdG9rZW4/cancel"),
    ("GET", "/_kasse/test/payments/acme-shop-1/attempts"),
];

#[test]
fn the_walk_below_knows_every_guarded_route() {
    let table = api::table();
    let is_guarded = |route: &&api::Route| matches!(route.scheme, api::Scheme::Bearer | api::Scheme::Scope);
    let guarded = table.iter().filter(is_guarded).filter(|route| route.modes != api::Modes::Production);
    let walked: Vec<_> = GUARDED.iter().map(|(method, path)| (*method, pattern(path))).collect();
    for route in guarded {
        assert!(walked.contains(&(route.method.as_str(), route.path.to_owned())), "{} {}", route.method, route.path);
    }
    assert_eq!(walked.len(), table.iter().filter(is_guarded).count() - 1);
}

/// The path with the names of its parts in place of them.
fn pattern(path: &str) -> String {
    path.replace("acme-shop-1", "{reference}")
        .replace("4712345678", "{msisdn}")
        .replace("bm8gdG9rZW4", "{token}")
        .replace("497f6eca-6276-4993-bfeb-53cbbbba6f08", "{id}")
        .replace("281474976710656", "{n}")
        .replace("/ecom/", "/{paymentType}/")
        .replace("acme-order-1", "{orderId}")
        .replace("337f5e5d-288b-40d5-be14-901cc3acacc0", "{categoryId}")
}

#[tokio::test]
async fn every_guarded_route_refuses_whoever_shows_too_little_in_the_published_order() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let good = format!("Bearer {}", shop.token);
    let msn = ("merchant-serial-number", example::MSN);
    let no_token = ("authorization", "Bearer ");
    let bad_token = ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.");
    let good_token = ("authorization", good.as_str());
    let other_key = ("ocp-apim-subscription-key", "ffffffffffffffffffffffffffffffff");
    for (method, path) in GUARDED {
        for (headers, status, says) in [
            (vec![], 401, "missing subscription key"),
            (vec![good_token, msn], 401, "missing subscription key"),
            (vec![other_key, good_token, msn], 401, "invalid subscription key"),
            (vec![other_key, bad_token], 401, "invalid subscription key"),
            (vec![KEY, msn], 401, "Something went wrong, please try again later."),
            (vec![KEY, msn, no_token], 401, "Something went wrong"),
            (vec![KEY, msn, bad_token], 401, "Something went wrong"),
            (vec![KEY, msn, ("authorization", shop.token.as_str())], 401, "Something went wrong"),
            (vec![KEY, msn, ("authorization", "Basic Zm9vOmJhcg==")], 401, "Something went wrong"),
            (vec![KEY, good_token, ("merchant-serial-number", "12a4")], 400, "Merchant-Serial-Number"),
            (vec![KEY, good_token, ("merchant-serial-number", "123")], 400, "Merchant-Serial-Number"),
            (vec![KEY, good_token, ("merchant-serial-number", "12345678901")], 400, "Merchant-Serial-Number"),
            (vec![KEY, good_token, ("merchant-serial-number", "")], 400, "Merchant-Serial-Number"),
            (vec![KEY, good_token, ("merchant-serial-number", "654321")], 403, "Invalid MSN: 654321."),
        ] {
            let answer = kasse.http().send(method, path, &headers, "{}").await;
            assert_eq!(answer.status, status, "{method} {path} {says}");
            assert!(answer.text().contains(says), "{method} {path}: {}", answer.text());
            assert!(answer.header("content-type").unwrap().contains("json"));
            assert!(!answer.text().contains(&shop.token));
        }
        let in_query = format!("{path}?access_token={}", shop.token);
        assert_eq!(kasse.http().send(method, &in_query, &[KEY, msn], "{}").await.status, 401, "a token in the query");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_documented_body_for_a_bad_token() {
    let kasse = Kasse::start().await;
    let answer = kasse.http().send("GET", "/epayment/v1/payments/acme-shop-1", &[KEY], "").await;
    let message = "Something went wrong, please try again later.";
    assert_eq!(
        answer.json(),
        json!({ "responseInfo": { "responseCode": 401, "responseMessage": message }, "result": { "message": message } })
    );
    kasse.finish().await;
}

#[tokio::test]
async fn the_sales_unit_header_may_be_left_out_and_the_scheme_word_written_in_any_case() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.create("no-msn-header-1", 1000).await.status, 201);
    for word in ["Bearer", "bearer", "BEARER"] {
        let authorization = format!("{word} {}", shop.token);
        let headers = [KEY, ("authorization", authorization.as_str())];
        let answer = kasse.http().send("GET", "/epayment/v1/payments/no-msn-header-1", &headers, "").await;
        assert_eq!(answer.status, 200, "{word}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_foreign_payment_looks_like_none_at_all() {
    let kasse = Kasse::start().await;
    let ours = kasse.shop().await;
    let theirs = kasse.new_shop(domain::merchant::Market::Norway).await;
    ours.authorized("shared-reference-1", 1000).await;
    for (method, path) in GUARDED.into_iter().filter(|(_, path)| path.contains("acme-shop-1")) {
        let body = Shop::modification(1).to_string();
        let body = if path.ends_with("payments/acme-shop-1/approve") {
            r#"{"customer":{"phoneNumber":"4712345678"}}"#.to_owned()
        } else {
            body
        };
        let ask = |reference: &'static str| {
            let path = path.replace("acme-shop-1", reference);
            let (theirs, body) = (theirs.clone(), body.clone());
            async move { theirs.call(method, &path, &[("idempotency-key", "key-1")], body).await }
        };
        let (foreign, missing) = (ask("shared-reference-1").await, ask("missing-reference-1").await);
        assert_eq!(foreign.outcome(), "404 5090", "{method} {path}");
        let same = |answer: &testkit::Answer| {
            let mut json = answer.json();
            json["traceId"].take();
            json.to_string().replace("shared-reference-1", "R").replace("missing-reference-1", "R")
        };
        assert_eq!(same(&foreign), same(&missing), "{method} {path}");
    }
    assert_eq!(ours.standing("shared-reference-1").await, "AUTHORIZED a=1000 c=0 r=0 x=0");
    assert_eq!(theirs.create("shared-reference-1", 2000).await.status, 201, "references are each sales unit's own");
    assert_eq!(theirs.standing("shared-reference-1").await, "CREATED a=0 c=0 r=0 x=0");
    kasse.finish().await;
}
