//! What real clients send and read, as their published code has it: each runs unchanged.
//!
//! A client here sends the headers, bodies and quirks of its model and reads the answer as strictly as that does.

mod dotnet_sdk;
mod go_vipps;
mod node_sdk;
mod postman;
mod vipps_js;
mod woocommerce;

use engine::merchant::example;
use serde_json::Value;
use testkit::{Answer, Http};

/// The keys every published client is configured with.
const KEYS: [(&str, &str); 3] = [
    ("client_id", example::CLIENT_ID),
    ("client_secret", example::CLIENT_SECRET),
    ("Ocp-Apim-Subscription-Key", example::SUBSCRIPTION_KEY),
];

/// Headers as a client sends them.
type Headers<'a> = Vec<(&'a str, &'a str)>;

/// Sends, and reads the body as JSON without asking what it is.
async fn send(http: &Http, method: &str, path: &str, headers: &Headers<'_>, body: &str) -> (u16, Value) {
    let answer = http.send(method, path, headers, body.to_owned()).await;
    (answer.status, json_of(&answer))
}

/// Nothing, or JSON that says it is.
fn json_of(answer: &Answer) -> Value {
    if answer.bytes.is_empty() {
        return Value::Null;
    }
    assert!(answer.header("content-type").unwrap_or_default().contains("json"), "{}", answer.text());
    serde_json::from_slice(&answer.bytes).unwrap_or_else(|_| panic!("no JSON: {}", answer.text()))
}
