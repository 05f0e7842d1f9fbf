//! A merchant's program: it has keys, gets a token once, and speaks the published APIs.

use engine::merchant::example;
use serde_json::{Value, json};

use crate::{Answer, Http};

/// A merchant's program with its keys.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its connections.
    pub http: Http,
    /// Its sales unit.
    pub msn: String,
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// Its subscription key.
    pub subscription_key: String,
    /// Its token, once it has one.
    pub token: String,
}

impl Shop {
    /// The shop of the published example keys, with a token.
    pub async fn example(http: Http) -> Self {
        Self::with_keys(http, example::MSN, example::CLIENT_ID, example::CLIENT_SECRET, example::SUBSCRIPTION_KEY).await
    }

    /// A shop with these keys, with a token.
    pub async fn with_keys(
        http: Http,
        msn: &str,
        client_id: &str,
        client_secret: &str,
        subscription_key: &str,
    ) -> Self {
        let [msn, client_id, client_secret, subscription_key] =
            [msn, client_id, client_secret, subscription_key].map(str::to_owned);
        let mut shop = Self { http, msn, client_id, client_secret, subscription_key, token: String::new() };
        shop.token = shop.new_token().await;
        shop
    }

    /// A new token.
    pub async fn new_token(&self) -> String {
        let headers = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", &self.client_secret),
            ("ocp-apim-subscription-key", &self.subscription_key),
        ];
        let answer = self.http.send("POST", "/accesstoken/get", &headers, "").await;
        answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", answer.text())).to_owned()
    }

    /// A call with this shop's credentials and these headers beside them.
    pub async fn call(&self, method: &str, path: &str, more: &[(&str, &str)], body: impl Into<bytes::Bytes>) -> Answer {
        self.try_call(method, path, more, body).await.unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    /// The same, where the server may be gone.
    pub async fn try_call(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: impl Into<bytes::Bytes>,
    ) -> Option<Answer> {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", authorization.as_str()),
            ("ocp-apim-subscription-key", &self.subscription_key),
            ("content-type", "application/json"),
        ];
        // A partner's program may act for nobody in particular.
        if !self.msn.is_empty() {
            headers.push(("merchant-serial-number", &self.msn));
        }
        headers.extend_from_slice(more);
        self.http.try_send(method, path, &headers, body).await
    }

    /// Registers an address for these types of events.
    pub async fn register(&self, url: &str, events: &[&str]) -> Answer {
        let body = json!({ "url": url, "events": events });
        self.call("POST", "/webhooks/v1/webhooks", &[], body.to_string()).await
    }

    /// Its registrations.
    pub async fn webhooks(&self) -> Vec<Value> {
        let list = self.call("GET", "/webhooks/v1/webhooks", &[], "").await.json();
        list["webhooks"].as_array().cloned().unwrap_or_else(|| panic!("no list: {list}"))
    }

    /// `GET` below the ePayment API.
    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", &format!("/epayment/v1{path}"), &[], "").await
    }

    /// `POST` below the ePayment API, under a key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.call("POST", &format!("/epayment/v1{path}"), &[("idempotency-key", key)], body.to_string()).await
    }

    /// Creates a payment of so much under its own reference as the key.
    pub async fn create(&self, reference: &str, value: i64) -> Answer {
        self.post("/payments", reference, &Self::proposal(reference, value)).await
    }

    /// A payment as the published quick start asks for it.
    pub fn proposal(reference: &str, value: i64) -> Value {
        json!({
            "amount": { "currency": "NOK", "value": value },
            "paymentMethod": { "type": "WALLET" },
            "customer": { "phoneNumber": example::PAYER },
            "reference": reference,
            "returnUrl": format!("https://example.com/redirect?reference={reference}"),
            "userFlow": "WEB_REDIRECT",
            "paymentDescription": "One pair of socks",
        })
    }

    /// Creates a payment and approves it.
    pub async fn authorized(&self, reference: &str, value: i64) {
        let created = self.create(reference, value).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let approved = self.approve(reference).await;
        assert_eq!(approved.status, 200, "{}", approved.text());
    }

    /// Approves in the payer's stead.
    pub async fn approve(&self, reference: &str) -> Answer {
        let body = json!({ "customer": { "phoneNumber": example::PAYER } });
        self.post(&format!("/test/payments/{reference}/approve"), "ignored", &body).await
    }

    /// Captures so much.
    pub async fn capture(&self, reference: &str, key: &str, value: i64) -> Answer {
        self.post(&format!("/payments/{reference}/capture"), key, &Self::modification(value)).await
    }

    /// Refunds so much.
    pub async fn refund(&self, reference: &str, key: &str, value: i64) -> Answer {
        self.post(&format!("/payments/{reference}/refund"), key, &Self::modification(value)).await
    }

    /// Cancels without a body.
    pub async fn cancel(&self, reference: &str, key: &str) -> Answer {
        self.call("POST", &format!("/epayment/v1/payments/{reference}/cancel"), &[("idempotency-key", key)], "").await
    }

    /// The body of a capture or a refund.
    pub fn modification(value: i64) -> Value {
        json!({ "modificationAmount": { "currency": "NOK", "value": value } })
    }

    /// State and sums in one line: `AUTHORIZED a=1000 c=250 r=0 x=750`.
    pub async fn standing(&self, reference: &str) -> String {
        Self::standing_in(&self.get(&format!("/payments/{reference}")).await.json())
    }

    /// The same of a payment as it was shown, or of the answer to a change of it.
    pub fn standing_in(payment: &Value) -> String {
        let sum = |name: &str| payment["aggregate"][name]["value"].as_i64().unwrap_or(-1);
        format!(
            "{} a={} c={} r={} x={}",
            payment["state"].as_str().unwrap_or("?"),
            sum("authorizedAmount"),
            sum("capturedAmount"),
            sum("refundedAmount"),
            sum("cancelledAmount")
        )
    }

    /// The log in one line: `CREATED AUTHORIZED CAPTURED`.
    pub async fn log(&self, reference: &str) -> String {
        let events = self.get(&format!("/payments/{reference}/events")).await.json();
        let names = events.as_array().cloned().unwrap_or_default();
        names.iter().filter_map(|event| event["name"].as_str().map(str::to_owned)).collect::<Vec<_>>().join(" ")
    }
}
