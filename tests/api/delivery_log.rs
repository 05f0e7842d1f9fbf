//! `/_kasse/webhooks/…`: what was sent, what came of it, and sending it once more.

mod deliveries;
mod resend;
pub mod stream;
mod tests_of_receivers;

use std::{future::Future, time::Duration};

use serde_json::Value;
use testkit::{Answer, Shop};
// real time: the server sends by itself, and whether it has is asked until it has.
use tokio::time::timeout;

/// What has not come about by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads below the log.
pub async fn get(shop: &Shop, path: &str) -> Answer {
    shop.call("GET", &format!("/_kasse/webhooks{path}"), &[], "").await
}

/// Asks for something below the log.
pub async fn post(shop: &Shop, path: &str, body: &Value) -> Answer {
    shop.call("POST", &format!("/_kasse/webhooks{path}"), &[], body.to_string()).await
}

/// The deliveries of a page, the newest first.
pub async fn list(shop: &Shop, query: &str) -> Vec<Value> {
    let page = get(shop, &format!("/deliveries{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["deliveries"].as_array().unwrap().clone()
}

/// The texts of one member.
pub fn texts(list: &[Value], member: &str) -> Vec<String> {
    list.iter().map(|one| one[member].as_str().unwrap_or_else(|| panic!("no {member} in {one}")).to_owned()).collect()
}

/// The delivery once it has been tried so often.
pub async fn tried(shop: &Shop, id: &str, times: u64) -> Value {
    until(async || {
        let detail = get(shop, &format!("/deliveries/{id}")).await.json();
        (detail["attempts"].as_u64() >= Some(times)).then_some(detail)
    })
    .await
}

/// Asks until there is an answer.
pub async fn until<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("it comes about")
}

/// Registers an address for every event of a payment, and answers its id.
pub async fn registered(shop: &Shop, url: &str) -> String {
    let answer = shop.register(url, &crate::webhooks::v1::PAYMENT_EVENTS).await;
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}
