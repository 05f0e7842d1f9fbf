//! `POST /{msisdn}/scan`: the payer holds the wallet's camera over a code.

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use engine::{access::Tenant, request::Verdict};
use wire::{problem::JSON, test_wallet::Scanned};

use super::{INBOX, REQUEST, already_open, not_done, payer_of, read_json};
use crate::{
    Api, Refusal,
    body::{Members, Violations},
    path::Part,
    reply,
};

/// What is said of a code that is not ours, or of nothing that can be paid.
const FOREIGN: &str = "scan_foreign";

/// The request behind the code is opened and from then on this payer's.
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(number): Part,
    body: Body,
) -> Result<Response, Refusal> {
    let number = payer_of(&api, &number)?;
    let content = read(body).await?;
    let Some(token) = token_of(&content, api.public_url()) else { return Ok(not_done(INBOX, FOREIGN)) };
    let asked = api.engine().asked_of_link(token).await?;
    let Some(asked) = asked.filter(|asked| asked.payment.msn == *tenant.msn()) else {
        return Ok(not_done(INBOX, FOREIGN));
    };
    let reference = &asked.payment.reference;
    match api.engine().open(&number, tenant.unit(), reference).await? {
        Verdict::Done => {
            let (reference, screen) = (reference.as_str().to_owned(), REQUEST.to_owned());
            Ok(reply::json(StatusCode::OK, JSON, &Scanned { reference, screen }))
        }
        Verdict::AlreadyOpen => Err(already_open()),
        Verdict::CannotPay => Ok(not_done(REQUEST, "cannot_pay")),
        _ => Ok(not_done(INBOX, FOREIGN)),
    }
}

async fn read(body: Body) -> Result<String, Refusal> {
    let json = read_json(body).await?;
    let mut violations = Violations::default();
    let members = Members::of_body(&json, &mut violations);
    members.require("content", &mut violations);
    let content = members.text("content", &mut violations).unwrap_or_default().to_owned();
    violations.into_result()?;
    Ok(content)
}

/// What a code of ours names a payment by: the link of its landing page, or what stands in the picture of a code.
fn token_of<'a>(content: &'a str, public_url: &str) -> Option<&'a str> {
    let rest = content.trim().strip_prefix(public_url)?;
    if let Some(id) = rest.strip_prefix("/q/") {
        return Some(id);
    }
    rest.strip_prefix("/pay?")?.split('&').find_map(|part| part.strip_prefix("token="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_codes_name_a_payment() {
        const OURS: &str = "https://pay.example.com";
        for (content, token) in [
            ("https://pay.example.com/q/abc123456", Some("abc123456")),
            ("https://pay.example.com/pay?token=abc", Some("abc")),
            (" https://pay.example.com/pay?lang=no&token=abc\n", Some("abc")),
            ("https://pay.example.com.evil.example/q/abc", None),
            ("https://pay.example.com:8443/q/abc", None),
            ("http://pay.example.com/q/abc", None),
            ("https://pay.example.org/pay?token=abc", None),
            ("https://pay.example.com/card?token=abc", None),
            ("https://pay.example.com/qr.svg?token=abc", None),
            ("https://pay.example.com/pay", None),
            ("https://pay.example.com/pay?lang=no", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(token_of(content, OURS), token, "{content}");
        }
    }
}
