//! The documents of the APIs: what they describe is what is served, what is answered, and what is judged.

mod orders;
mod requests;
mod schema;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Kasse, Setup, Shop};

use schema::{described, unlike};

/// The documents as they are served, with what their paths begin with.
pub async fn documents(kasse: &Kasse) -> Vec<(&'static str, Value)> {
    let mut documents = Vec::new();
    for (name, base) in [
        ("access-token", ""),
        ("epayment", "/epayment"),
        ("order-management", "/order-management"),
        ("userinfo", "/vipps-userinfo-api"),
        ("webhooks", "/webhooks"),
    ] {
        let answer = kasse.http().send("GET", &format!("/openapi/{name}.json"), &[], "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json; charset=utf-8")));
        let document = answer.json();
        assert_eq!(document["servers"][0]["url"], format!("{}{base}", kasse.public_url()));
        documents.push((base, document));
    }
    documents
}

#[tokio::test]
async fn they_describe_every_route_of_the_apis_and_no_other() {
    let kasse = Kasse::start().await;
    let mut described = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (base, document) in documents(&kasse).await {
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                described.insert(format!("{} {base}{path}", method.to_uppercase()));
                assert!(names.insert(operation["operationId"].to_string()), "{} twice", operation["operationId"]);
                assert!(operation["summary"].is_string(), "{method} {path}");
            }
        }
    }
    let ours = ["/livez", "/readyz", "/openapi/", "/_kasse/"];
    let is_api = |path: &str| !ours.iter().any(|prefix| path.starts_with(prefix));
    let table = api::table();
    let served: BTreeSet<String> = table
        .iter()
        .filter(|route| is_api(route.path))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, served);
    kasse.finish().await;
}

#[tokio::test]
async fn where_they_are_switched_off_they_are_no_routes() {
    let kasse = Kasse::with(Setup { docs: false, ..Setup::default() }).await;
    for name in ["access-token", "epayment", "order-management", "userinfo", "webhooks"] {
        let answer = kasse.http().send("GET", &format!("/openapi/{name}.json"), &[], "").await;
        assert_eq!((answer.status, answer.json()["message"].as_str()), (404, Some("Resource not found")));
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut found = Vec::new();
    let documents = documents(&kasse).await;
    let mut check = |base: &str, method: &str, path: &str, answer: &testkit::Answer| {
        let (_, document) = documents.iter().find(|(other, _)| *other == base).unwrap();
        let schema = described(document, method, path, answer.status);
        found.extend(
            unlike(document, &schema, &answer.json()).into_iter().map(|line| format!("{method} {path}: {line}")),
        );
    };
    let of_token = [
        ("client_id", shop.client_id.as_str()),
        ("client_secret", &shop.client_secret),
        ("ocp-apim-subscription-key", &shop.subscription_key),
    ];
    check("", "post", "/accesstoken/get", &shop.http.send("POST", "/accesstoken/get", &of_token, "").await);
    check("", "post", "/accesstoken/get", &shop.http.send("POST", "/accesstoken/get", &of_token[1..], "").await);
    check("", "post", "/accesstoken/get", &shop.http.send("POST", "/accesstoken/get", &[], "").await);
    let wrong_secret = [of_token[0], ("client_secret", "wrong"), of_token[2]];
    check("", "post", "/accesstoken/get", &shop.http.send("POST", "/accesstoken/get", &wrong_secret, "").await);
    let key = ("ocp-apim-subscription-key", shop.subscription_key.as_str());
    for headers in [vec![], vec![key], vec![key, ("authorization", "Bearer x")]] {
        let answer = shop.http.send("GET", "/epayment/v1/payments/described-1", &headers, "").await;
        check("/epayment", "get", "/v1/payments/{reference}", &answer);
        let answer = shop.http.send("GET", "/vipps-userinfo-api/userinfo/x", &headers, "").await;
        check("/vipps-userinfo-api", "get", "/userinfo/{sub}", &answer);
    }
    let mut proposal = Shop::proposal("described-1", 1000);
    proposal["metadata"] = json!({ "a": "b" });
    proposal["profile"] = json!({ "scope": "name email phoneNumber address birthDate" });
    let one = "/v1/payments/{reference}";
    check("/epayment", "post", "/v1/payments", &shop.post("/payments", "k", &proposal).await);
    check("/epayment", "post", "/v1/payments", &shop.post("/payments", "l", &proposal).await);
    check("/epayment", "post", "/v1/payments", &shop.post("/payments", "m", &json!({})).await);
    check("/epayment", "get", one, &shop.get("/payments/described-1").await);
    check("/epayment", "get", one, &shop.get("/payments/described-2").await);
    assert_eq!(shop.approve("described-1").await.status, 200);
    let payment = shop.get("/payments/described-1").await;
    check("/epayment", "get", one, &payment);
    check("/epayment", "post", &format!("{one}/capture"), &shop.capture("described-1", "c", 500).await);
    check("/epayment", "post", &format!("{one}/capture"), &shop.capture("described-1", "c", 501).await);
    check("/epayment", "post", &format!("{one}/refund"), &shop.refund("described-1", "r", 200).await);
    check("/epayment", "post", &format!("{one}/refund"), &shop.refund("described-1", "s", 600).await);
    check("/epayment", "post", &format!("{one}/cancel"), &shop.cancel("described-1", "x").await);
    check("/epayment", "get", &format!("{one}/events"), &shop.get("/payments/described-1/events").await);
    check("/epayment", "post", "/v1/test/payments/{reference}/approve", &shop.approve("described-1").await);
    let sub = payment.json()["profile"]["sub"].as_str().unwrap().to_owned();
    let told = shop.call("GET", &format!("/vipps-userinfo-api/userinfo/{sub}"), &[], "").await;
    check("/vipps-userinfo-api", "get", "/userinfo/{sub}", &told);
    let unknown = shop.call("GET", "/vipps-userinfo-api/userinfo/x", &[], "").await;
    check("/vipps-userinfo-api", "get", "/userinfo/{sub}", &unknown);
    let hooks = "/v1/webhooks";
    let registered = shop.register("http://127.0.0.1:9/", &["epayments.payment.captured.v1"]).await;
    check("/webhooks", "post", hooks, &registered);
    check("/webhooks", "post", hooks, &shop.register("", &[]).await);
    check("/webhooks", "get", hooks, &shop.call("GET", "/webhooks/v1/webhooks", &[], "").await);
    check("/webhooks", "get", hooks, &shop.http.send("GET", "/webhooks/v1/webhooks", &[], "").await);
    for id in ["x", "497f6eca-6276-4993-bfeb-53cbbbba6f08"] {
        let answer = shop.call("DELETE", &format!("/webhooks/v1/webhooks/{id}"), &[], "").await;
        check("/webhooks", "delete", "/v1/webhooks/{id}", &answer);
    }
    assert_eq!(found, Vec::<String>::new());
    kasse.finish().await;
}
