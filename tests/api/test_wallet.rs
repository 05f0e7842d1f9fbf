//! `/_kasse/test/wallet/…`: whatever a payer can do, done by a program.

mod approve;
mod attempts;
mod back;
mod history;
mod landing;
mod listed_numbers;
mod nodes;
mod payer;
mod requests;
mod scan;
mod scripts;
mod tenancy;

use serde_json::{Value, json};
use testkit::{Answer, Shop};

/// A payer about whom nothing is special.
pub const ADA: &str = "4740000010";
/// Another one.
pub const BOB: &str = "4740000036";

/// A call below the wallet.
pub async fn wallet(shop: &Shop, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    shop.call(method, &format!("/_kasse/test/wallet/{path}"), &[], body).await
}

/// What came of something a payer does with a request.
pub async fn act(shop: &Shop, number: &str, reference: &str, what: &str) -> String {
    said(&wallet(shop, "POST", &format!("{number}/requests/{reference}/{what}"), &Value::Null).await)
}

/// What came of an approval with this body.
pub async fn approve_with(shop: &Shop, number: &str, reference: &str, body: &Value) -> String {
    said(&wallet(shop, "POST", &format!("{number}/requests/{reference}/approve"), body).await)
}

/// An answer in one line: `200 AUTHORIZED`, `422 W2 decl_funds`, `409 state=EXPIRED`, `404`.
pub fn said(answer: &Answer) -> String {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or("?").to_owned();
    match answer.status {
        200 if body["state"].is_string() => format!("200 {}", text("state")),
        422 => format!("422 {} {}", text("screen"), text("reason")),
        status => {
            let details = body["extraDetails"].as_array().cloned().unwrap_or_default();
            let lines = details.iter().map(|line| format!(" {}={}", line["name"], line["reason"]).replace('"', ""));
            format!("{status}{}", lines.collect::<String>())
        }
    }
}

/// A payment with what this test wants to be different.
pub async fn create(shop: &Shop, reference: &str, value: i64, edit: impl FnOnce(&mut Value)) -> Value {
    let mut proposal = Shop::proposal(reference, value);
    edit(&mut proposal);
    let created = shop.post("/payments", reference, &proposal).await;
    assert_eq!(created.status, 201, "{}", created.text());
    created.json()
}

/// The token of a payment's link.
pub fn token(created: &Value) -> String {
    let url = created["redirectUrl"].as_str().unwrap_or_else(|| panic!("no link: {created}"));
    url.split_once("token=").expect("a token").1.to_owned()
}

/// A payment sent to this payer by a number on its landing page.
pub async fn asked(shop: &Shop, number: &str, reference: &str, value: i64) {
    let token = token(&create(shop, reference, value, |_| ()).await);
    let body = json!({ "msisdn": number });
    let answer = wallet(shop, "POST", &format!("landing/{token}/phone"), &body).await;
    assert_eq!(said(&answer), "200 CREATED", "{}", answer.text());
}

/// A payment pushed to this payer.
pub async fn pushed(shop: &Shop, number: &str, reference: &str, value: i64) {
    create(shop, reference, value, |proposal| {
        proposal["userFlow"] = json!("PUSH_MESSAGE");
        proposal["customer"]["phoneNumber"] = json!(number);
    })
    .await;
}

/// Changes a payer, and answers what it is then.
pub async fn put(shop: &Shop, number: &str, members: &Value) -> Value {
    let answer = wallet(shop, "PUT", number, members).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The payer as it is.
pub async fn payer_of(shop: &Shop, number: &str) -> Value {
    let answer = wallet(shop, "GET", number, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What waits for a payer: `reference screen`.
pub async fn inbox(shop: &Shop, number: &str) -> Vec<String> {
    let answer = wallet(shop, "GET", &format!("{number}/requests"), &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let requests = answer.json()["requests"].as_array().unwrap().clone();
    requests.iter().map(|one| format!("{} {}", one["reference"], one["screen"]).replace('"', "")).collect()
}

/// What was declined of a payment: `source reason`.
pub async fn attempts(shop: &Shop, reference: &str) -> Vec<String> {
    let answer = shop.call("GET", &format!("/_kasse/test/payments/{reference}/attempts"), &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let attempts = answer.json()["attempts"].as_array().unwrap().clone();
    attempts.iter().map(|one| format!("{} {}", one["source"], one["reason"]).replace('"', "")).collect()
}

/// The state alone.
pub async fn state(shop: &Shop, reference: &str) -> String {
    let payment = shop.get(&format!("/payments/{reference}")).await.json();
    payment["state"].as_str().unwrap_or("?").to_owned()
}
