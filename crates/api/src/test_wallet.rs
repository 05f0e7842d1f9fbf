//! `/_kasse/test/wallet/…`: whatever a payer can do in a wallet or on a landing page, done by a program. In sandboxes only.
//!
//! Each call has the effect of the page it stands for, by the same use case. Payments are those of the caller's sales unit and of nobody
//! else; payers belong to no sales unit. What a payer would be told on a screen is a 422 with the screen and the key of its text.

pub(crate) mod approve;
pub(crate) mod attempts;
pub(crate) mod codes;
pub(crate) mod history;
pub(crate) mod landing;
pub(crate) mod payer;
pub(crate) mod requests;
pub(crate) mod scan;

use axum::{body::Body, http::StatusCode, response::Response};
use domain::{
    request::Request,
    text::{PhoneNumber, Reference},
};
use engine::{access::Tenant, request::Verdict};
use wire::{
    problem::JSON,
    test_wallet::{NotDone, Standing},
};

use crate::{
    Api, Refusal,
    body::{self, Json},
    epayment::rejection::reference_not_found,
    reply,
};

/// What is asked for before a payer looks at a request.
const INBOX: &str = "W1";
/// The request itself.
const REQUEST: &str = "W2";
/// Where it is to be delivered.
const ADDRESS: &str = "W4";
/// Where a number is given.
const PHONE_ENTRY: &str = "L1";
/// Where a number was given that cannot pay.
const CANNOT_PAY: &str = "L7";

/// Where a payer does something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Wallet,
    Landing,
}

/// The payer a path names.
fn payer_of(api: &Api, number: &str) -> Result<PhoneNumber, Refusal> {
    let number = PhoneNumber::parse(number);
    let number = number.map_err(|rule| Refusal::field("msisdn", format!("The field msisdn {}.", rule.0)))?;
    if api.engine().has_payer(&number) {
        Ok(number)
    } else {
        Err(Refusal::nothing_there("This sandbox has no payer of this number."))
    }
}

/// The payment a path names; what could name none is refused as what names none.
fn reference_of(text: &str, tenant: &Tenant) -> Result<Reference, Refusal> {
    Reference::parse(text).map_err(|_| reference_not_found(text, tenant))
}

/// Why there is nothing under a reference; of a payment that is there, why it is not this payer's.
async fn not_there(api: &Api, tenant: &Tenant, reference: &Reference, why: &str) -> Result<Response, Refusal> {
    match api.engine().payment(tenant, reference).await? {
        Some(_) => Err(Refusal::nothing_there(why)),
        None => Err(reference_not_found(reference.as_str(), tenant)),
    }
}

/// The screen a request stands at, for whoever has it.
fn screen_of(request: &Request) -> &'static str {
    match &request.holder {
        Some(holder) if holder.is_opened && !holder.is_postponed => REQUEST,
        _ => INBOX,
    }
}

/// The body as JSON; an empty one is an empty object.
async fn read_json(body: Body) -> Result<Json, Refusal> {
    Ok(body::read_optional_json(body).await?.unwrap_or_else(|| Json::Object(Vec::new())))
}

/// What came of something a payer did.
async fn told(
    api: &Api,
    tenant: &Tenant,
    reference: &Reference,
    verdict: Verdict,
    place: Place,
) -> Result<Response, Refusal> {
    match verdict {
        Verdict::Done => {
            let state = state(api, tenant, reference).await?.to_owned();
            Ok(reply::json(StatusCode::OK, JSON, &Standing { reference: reference.as_str().to_owned(), state }))
        }
        Verdict::Ended => {
            let state = state(api, tenant, reference).await?;
            Err(Refusal::conflict(format!("The payment is {state}; nothing is asked of its payer."), "state", state))
        }
        Verdict::Processing => Ok(not_done(REQUEST, "processing")),
        Verdict::NotThere => not_there(api, tenant, reference, "No wallet is asked for this payment.").await,
        Verdict::AlreadyOpen => Err(already_open()),
        Verdict::NotLongLiving => {
            let detail = "Only a payment that was created with expiresAt can be put off.";
            Err(Refusal::conflict(detail, "expiresAt", "not set"))
        }
        Verdict::NoSuchSource => Err(Refusal::field("source", "The payer has no source of this id.")),
        Verdict::TooOften => Ok(not_done(PHONE_ENTRY, "too_many")),
        Verdict::CannotPay if place == Place::Landing => Ok(not_done(CANNOT_PAY, "cannot_pay")),
        Verdict::CannotPay => Ok(not_done(REQUEST, "cannot_pay")),
        Verdict::Declined(decline) => Ok(not_done(REQUEST, decline.key())),
        Verdict::UnderAge(_) => Ok(not_done(REQUEST, "age_wallet")),
        // Every screen a program goes through it goes through to its end.
        Verdict::ConfirmFirst => Ok(not_done(REQUEST, "tds_title")),
        Verdict::NeedsDelivery => Ok(not_done(ADDRESS, "ship_unavailable")),
    }
}

fn already_open() -> Refusal {
    Refusal::conflict("Another payer has this request.", "request", "already_open")
}

async fn state(api: &Api, tenant: &Tenant, reference: &Reference) -> Result<&'static str, Refusal> {
    let payment = api.engine().payment(tenant, reference).await?;
    let state = payment.map(|payment| payment.state.name());
    state.ok_or_else(|| reference_not_found(reference.as_str(), tenant))
}

/// What the payer is told, and where.
fn not_done(screen: &str, reason: &str) -> Response {
    let told = NotDone { screen: screen.to_owned(), reason: reason.to_owned() };
    reply::json(StatusCode::UNPROCESSABLE_ENTITY, JSON, &told)
}
