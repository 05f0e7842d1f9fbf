//! Requests as bytes: what a merchant's program sends, with the headers and the body of the published quick start.

use std::{io::Write as _, net::SocketAddr};

use anyhow::{Context as _, bail};
use engine::merchant::example;
use serde_json::Value;

use super::{
    connection::Connection,
    script::{Step, key, reference},
};

/// Where payments are created.
pub(super) const CREATE_PATH: &str = "/epayment/v1/payments";

/// A merchant's program with its token.
pub(super) struct Caller {
    /// The header lines that are the same in every request.
    headers: String,
}

impl Caller {
    /// Fetches a token from the server at `address`, as the shop of the published example keys.
    pub(super) async fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let (client_id, client_secret, key) = (example::CLIENT_ID, example::CLIENT_SECRET, example::SUBSCRIPTION_KEY);
        let request = format!(
            "POST /accesstoken/get HTTP/1.1\r\nHost: 127.0.0.1\r\nclient_id: {client_id}\r\nclient_secret: {client_secret}\r\n\
             Ocp-Apim-Subscription-Key: {key}\r\nContent-Length: 0\r\n\r\n"
        );
        let mut connection = Connection::open(address).await?;
        let answer = connection.send(request.as_bytes()).await?;
        if answer.status != 200 {
            bail!("no token: {} {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        let answer: Value = serde_json::from_slice(answer.body)?;
        let token = answer.get("access_token").and_then(Value::as_str).context("no token in the answer")?;
        let headers = format!(
            "Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nOcp-Apim-Subscription-Key: {key}\r\n\
             Merchant-Serial-Number: {}\r\n",
            example::MSN
        );
        Ok(Self { headers })
    }

    /// Puts a request without a key into `request`, in place of what was there.
    pub(super) fn write_post(&self, path: &str, body: &str, request: &mut Vec<u8>) {
        let (headers, length) = (&self.headers, body.len());
        request.clear();
        let _memory_takes_all = write!(
            request,
            "POST {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    }

    /// Puts the request of a step into `request`, in place of what was there.
    pub(super) fn write(&self, step: Step, payment: u64, request: &mut Vec<u8>) {
        let (headers, reference) = (&self.headers, reference(payment));
        request.clear();
        let body = match step {
            Step::Create => create_body(&reference),
            Step::Approve => format!(r#"{{"customer":{{"phoneNumber":"{}"}}}}"#, example::PAYER),
            Step::Capture | Step::Refund => r#"{"modificationAmount":{"currency":"NOK","value":1000}}"#.to_owned(),
            Step::Read => {
                let _memory_takes_all = write!(request, "GET {CREATE_PATH}/{reference} HTTP/1.1\r\n{headers}\r\n");
                return;
            }
        };
        let path = match step {
            Step::Approve => format!("/epayment/v1/test/payments/{reference}/approve"),
            Step::Capture => format!("{CREATE_PATH}/{reference}/capture"),
            Step::Refund => format!("{CREATE_PATH}/{reference}/refund"),
            Step::Create | Step::Read => CREATE_PATH.to_owned(),
        };
        let (key, length) = (key(payment, step), body.len());
        let _memory_takes_all = write!(
            request,
            "POST {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\nIdempotency-Key: {key}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
    }
}

fn create_body(reference: &str) -> String {
    format!(
        r#"{{"amount":{{"currency":"NOK","value":1000}},"paymentMethod":{{"type":"WALLET"}},"customer":{{"phoneNumber":"{}"}},"#,
        example::PAYER
    ) + &format!(r#""reference":"{reference}","returnUrl":"https://example.com/redirect?reference={reference}","#)
        + r#""userFlow":"WEB_REDIRECT","paymentDescription":"One pair of socks"}"#
}
