//! Every number the ePayment API refuses with: reached by a request, and shown with its whole body.
//!
//! `error_codes.txt` beside this file holds what is expected, a line for each: number, status, path, title, sentence. A body must be what
//! its line makes of it, no more and no less. The manual's list of numbers is compared with what is reached here.

use std::collections::BTreeSet;

use domain::{merchant::Flag, time::Span};
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Setup, Shop};

const EXPECTED: &str = include_str!("error_codes.txt");
const MANUAL: &str = include_str!("../../../../docs/errors.md");
/// Reached elsewhere: a defect and a store that has no answer, by `faults`.
const ELSEWHERE: [&str; 1] = ["3010"];

/// A create that goes wrong in one way.
#[rustfmt::skip]
fn creates() -> Vec<(&'static str, Value)> {
    let with = |member: &str, value: Value| {
        let mut proposal = Shop::proposal("error-create", 1000);
        *proposal.pointer_mut(member).unwrap_or(&mut Value::Null) = value.clone();
        if proposal.pointer(member).is_none() {
            proposal[member.trim_start_matches('/')] = value;
        }
        proposal
    };
    let pairs = |count: usize| Value::Object((0..count).map(|pair| (format!("key-{pair}"), json!("x"))).collect());
    let shipping = |scope: &str, shipping: Value| {
        let mut proposal = with("/shipping", shipping);
        proposal["profile"] = json!({ "scope": scope });
        proposal
    };
    let long_living = |at: &str, receipt: Value| {
        let mut proposal = with("/expiresAt", json!(at));
        proposal["receipt"] = receipt;
        proposal
    };
    let receipt = json!({ "orderLines": [{ "name": "Socks", "id": "1", "totalAmount": 1000, "totalAmountExcludingTax": 800,
                                           "totalTaxAmount": 200, "taxRate": 2500 }], "bottomLine": { "currency": "NOK" } });
    vec![
        ("4040", with("/amount/value", json!(1000.5))),
        ("4050", with("/customer", json!({ "customerToken": "nobody" }))),
        ("4060", with("/customer", json!({ "personalQr": "https://qr.example/x" }))),
        ("4070", with("/customer/phoneNumber", json!("471234567"))),
        ("4080", with("/profile", json!({ "scope": "openid" }))),
        ("4090", with("/returnUrl", json!("example.com"))),
        ("4100", with("/metadata", pairs(6))),
        ("4120", with("/metadata", json!({ "x".repeat(101): "x" }))),
        ("4130", with("/metadata", json!({ "x": "x".repeat(501) }))),
        ("4140", with("/returnUrl", Value::Null)),
        ("4160", with("/paymentMethod/type", json!("CARD_PASSTHROUGH"))),
        ("5010", with("/paymentMethod", json!({ "type": "WALLET", "blockedSources": ["COMMERCIAL_CARDS"] }))),
        ("5040", with("/amount/currency", json!("DKK"))),
        ("6010", with("/amount/value", json!(99))),
        ("6110", long_living("2026-01-21T00:00:00Z", receipt.clone())),
        ("6120", long_living("2026-01-19T16:30:00Z", receipt.clone())),
        ("6130", long_living("2026-01-20T00:00:00Z", Value::Null)),
        ("7010", with("/customer/phoneNumber", json!("4740000035"))),
        // Flags of the sales unit, which are off by the time these are sent.
        ("5020", shipping("name address email phoneNumber", json!({ "fixedOptions": [] }))),
        ("5030", with("/profile", json!({ "scope": "nin" }))),
        ("5050", long_living("2026-01-20T00:00:00Z", receipt)),
        ("5080", with("/userFlow", json!("PUSH_MESSAGE"))),
        ("5060", with("/reference", json!("error-create"))),
    ]
}

async fn refused_creates(kasse: &Kasse, shop: &Shop) -> Vec<(&'static str, Answer)> {
    let mut reached = Vec::new();
    for (code, proposal) in creates() {
        match code {
            "5020" => {
                for flag in [
                    Flag::ExpressAllowed,
                    Flag::RestrictedScopesAllowed,
                    Flag::LongLivingAllowed,
                    Flag::PushMessageAllowed,
                ] {
                    kasse.switch(shop, flag, false).await;
                }
            }
            "5060" => kasse.switch(shop, Flag::BankAccountVerified, false).await,
            _ => {}
        }
        reached.push((code, shop.post("/payments", code, &proposal).await));
    }
    kasse.switch(shop, Flag::BankAccountVerified, true).await;
    let twice = Shop::proposal("error-create", 1000).to_string().replacen('{', r#"{"metadata":{"a":"1","a":"2"},"#, 1);
    reached.push(("4110", shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", "4110")], twice).await));
    shop.create("error-first", 1000).await;
    reached.push(("4020", shop.post("/payments", "error-first", &Shop::proposal("error-second", 1000)).await));
    reached.push(("4150", shop.post("/payments", "another", &Shop::proposal("error-first", 1000)).await));
    reached
}

/// Captures, refunds and cancels that come at the wrong time or ask too much.
async fn refused_adjustments(kasse: &Kasse, shop: &Shop) -> Vec<(&'static str, Answer)> {
    let mut reached = vec![("5090", shop.capture("error-nowhere", "k", 1).await)];
    shop.create("error-created", 1000).await;
    reached.push(("6080", shop.capture("error-created", "k", 1).await));
    reached.push(("6020", shop.refund("error-created", "k", 1).await));
    shop.create("error-terminated", 1000).await;
    shop.cancel("error-terminated", "k").await;
    reached.push(("6070", shop.capture("error-terminated", "k", 1).await));
    reached.push(("6190", shop.cancel("error-terminated", "l").await));
    reached.push(("6210", shop.refund("error-terminated", "k", 1).await));
    reached.push(("10010", shop.approve("error-terminated").await));
    shop.create("error-slow", 201).await;
    shop.call("POST", "/_kasse/test/wallet/4740000010/requests/error-slow/approve", &[], "").await;
    reached.push(("6160", shop.capture("error-slow", "k", 1).await));
    reached.push(("6250", shop.cancel("error-slow", "k").await));
    shop.authorized("error-approved", 1000).await;
    reached.push(("6230", shop.approve("error-approved").await));
    reached.push(("6090", shop.capture("error-approved", "k", 1001).await));
    let only = json!({ "cancelTransactionOnly": true });
    reached.push(("6060", shop.post("/payments/error-approved/cancel", "k", &only).await));
    shop.capture("error-approved", "one", 300).await;
    reached.push(("4010", shop.capture("error-approved", "one", 301).await));
    reached.push(("6150", shop.refund("error-approved", "k", 301).await));
    reached.push(("5100", shop.refund("error-approved", "k", 123).await));
    kasse.switch(shop, Flag::PartialCaptureAllowed, false).await;
    reached.push(("6140", shop.capture("error-approved", "k", 1).await));
    shop.authorized("error-captured", 1000).await;
    shop.capture("error-captured", "k", 1000).await;
    reached.push(("6170", shop.capture("error-captured", "l", 1).await));
    reached.push(("6040", shop.cancel("error-captured", "k").await));
    shop.refund("error-captured", "k", 1000).await;
    reached.push(("6180", shop.refund("error-captured", "l", 1).await));
    kasse.clock.advance(Span::minutes(10));
    reached.push(("6200", shop.capture("error-created", "l", 1).await));
    kasse.clock.advance(Span::days(180));
    reached.push(("6100", shop.capture("error-approved", "l", 1).await));
    reached.push(("6030", shop.cancel("error-approved", "l").await));
    kasse.clock.advance(Span::days(185));
    reached.push(("6220", shop.refund("error-approved", "l", 1).await));
    reached
}

async fn refused_approvals(kasse: &Kasse, shop: &Shop) -> Vec<(&'static str, Answer)> {
    let approve = async |reference: &str, number: &str| {
        let body = json!({ "customer": { "phoneNumber": number } });
        shop.post(&format!("/test/payments/{reference}/approve"), "ignored", &body).await
    };
    shop.create("error-cardless", 1000).await;
    let mut reached = vec![("10050", approve("error-cardless", "4740000030").await)];
    let danish = kasse.new_shop(domain::merchant::Market::Denmark).await;
    let mut proposal = Shop::proposal("error-commercial", 1000);
    proposal["amount"]["currency"] = json!("DKK");
    proposal["paymentMethod"]["blockedSources"] = json!(["COMMERCIAL_CARDS"]);
    assert_eq!(danish.post("/payments", "k", &proposal).await.status, 201);
    let body = json!({ "customer": { "phoneNumber": "4520000032" } });
    reached.push(("10040", danish.post("/test/payments/error-commercial/approve", "ignored", &body).await));
    let mut proposal = Shop::proposal("error-express", 1000);
    proposal["profile"] = json!({ "scope": "name address email phoneNumber" });
    proposal["shipping"] = json!({ "dynamicOptions": { "callbackUrl": "https://example.com/" } });
    assert_eq!(shop.post("/payments", "express", &proposal).await.status, 201);
    reached.push(("10060", approve("error-express", "4740000010").await));
    reached
}

/// The line of an answer.
fn line(code: &str, answer: &Answer) -> String {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or("?").to_owned();
    format!("{code} {} {} | {} | {}", answer.status, text("instance"), text("title"), text("detail"))
}

/// The body a line makes, for this request.
fn body(line: &str, trace: &Value) -> Value {
    let mut parts = line.split(" | ");
    let head: Vec<&str> = parts.next().unwrap().split(' ').collect();
    let status: u16 = head[1].parse().unwrap();
    json!({
        "type": format!("https://httpstatuses.io/{status}"),
        "title": parts.next().unwrap(),
        "detail": parts.next().unwrap(),
        "instance": head[2],
        "status": status,
        "traceId": trace,
        "extraDetails": [{ "name": "ErrorCode", "reason": head[0] }],
    })
}

#[tokio::test]
async fn every_number_is_reached_and_has_the_body_it_should() {
    let kasse = Kasse::start().await;
    let mut reached = refused_creates(&kasse, &kasse.shop().await).await;
    reached.extend(refused_approvals(&kasse, &kasse.new_shop(domain::merchant::Market::Norway).await).await);
    reached.extend(refused_adjustments(&kasse, &kasse.shop().await).await);
    kasse.finish().await;
    let production = Kasse::with(Setup { mode: engine::Mode::Production, ..Setup::default() }).await;
    let merchant = production.new_shop(domain::merchant::Market::Norway).await;
    reached.push(("10020", merchant.approve("error-anything").await));
    production.finish().await;
    reached.sort_by_key(|(code, _)| code.parse::<u32>().unwrap());
    let masked = |text: String| text.replace(&merchant.msn, "MSN");
    let found: Vec<String> = reached.iter().map(|(code, answer)| masked(line(code, answer))).collect();
    if std::env::var_os("KASSE_WRITE_DOCS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/api/epayment/v1/error_codes.txt");
        std::fs::write(path, found.join("\n") + "\n").unwrap();
    }
    assert_eq!(found, EXPECTED.lines().collect::<Vec<_>>());
    for (line, (code, answer)) in EXPECTED.lines().zip(&reached) {
        let found = answer.json();
        let trace = found["traceId"].as_str().unwrap_or_default();
        assert!(trace.len() == 55 && trace.starts_with("00-") && trace.ends_with("-01"), "{code}: {trace}");
        assert_eq!(masked(found.to_string()), body(line, &found["traceId"]).to_string(), "{code}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json; charset=utf-8"), "{code}");
        assert_eq!(answer.header("content-language"), Some("en"), "{code}");
    }
}

#[test]
fn the_manual_lists_what_is_reached_and_nothing_else() {
    let number = |line: &'static str| {
        let cell = line.strip_prefix("| ")?.split(' ').next()?;
        (cell.len() >= 4 && cell.bytes().all(|byte| byte.is_ascii_digit())).then_some(cell)
    };
    let section = MANUAL.split("## ePayment").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed: BTreeSet<&str> = section.lines().filter_map(number).collect();
    let mut reached: BTreeSet<&str> = EXPECTED.lines().filter_map(|line| line.split(' ').next()).collect();
    reached.extend(ELSEWHERE.into_iter().filter(|code| listed.contains(code)));
    assert_eq!(listed, reached);
}
