//! What a test says: the shape of the real thing, a name nobody's payment has, and an amount that is round.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::{time::Span, webhook::EventType};
use engine::webhook::TestDelivery;
use serde::Serialize;
use wire::{epayment::v1::Amount, webhooks::payload::PaymentEvent};

use super::{super::id, name_of};
use crate::convert;

/// In minor units.
const AMOUNT: i64 = 100;
/// How long a capture is said to be sure of its money.
const GUARANTEED: Span = Span::days(7);

/// The body of a test.
pub(super) fn body(test: &TestDelivery) -> Bytes {
    match test.event {
        EventType::PaymentCreated
        | EventType::PaymentAuthorized
        | EventType::PaymentAborted
        | EventType::PaymentExpired
        | EventType::PaymentTerminated
        | EventType::PaymentCaptured
        | EventType::PaymentRefunded
        | EventType::PaymentCancelled => bytes(&payment(test)),
        EventType::AgreementActivated
        | EventType::AgreementRejected
        | EventType::AgreementStopped
        | EventType::AgreementExpired => bytes(&agreement(test)),
        EventType::ChargeReserved
        | EventType::ChargeCaptured
        | EventType::ChargeCanceled
        | EventType::ChargeRefunded
        | EventType::ChargeFailed
        | EventType::ChargeCreationFailed => bytes(&charge(test)),
        EventType::UserCheckedIn => bytes(&check_in(test)),
        EventType::LoginPing => bytes(&LoginPing { auth_req_id: test.reference.as_str() }),
    }
}

fn payment(test: &TestDelivery) -> PaymentEvent {
    let is_approval = test.event == EventType::PaymentAuthorized;
    PaymentEvent {
        msn: test.msn.as_str().to_owned(),
        reference: test.reference.as_str().to_owned(),
        psp_reference: id(test.event_id),
        name: name_of(test.event).into(),
        amount: Amount { currency: test.currency.code().into(), value: AMOUNT },
        timestamp: convert::timestamp(test.at),
        idempotency_key: None,
        success: true,
        sub: None,
        user_details: None,
        shipping_details: None,
        capture_guaranteed_until: is_approval.then(|| convert::timestamp_with_offset(test.at.plus(GUARANTEED))),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AgreementEvent<'a> {
    msn: &'a str,
    agreement_id: &'a str,
    event_type: &'a str,
    occurred: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
}

fn agreement(test: &TestDelivery) -> AgreementEvent<'_> {
    AgreementEvent {
        msn: test.msn.as_str(),
        agreement_id: test.reference.as_str(),
        event_type: test.event.name(),
        occurred: convert::timestamp(test.at),
        actor: (test.event == EventType::AgreementStopped).then_some("MERCHANT"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChargeEvent<'a> {
    msn: &'a str,
    agreement_id: &'a str,
    charge_id: &'a str,
    event_type: &'a str,
    occurred: String,
    amount: i64,
    currency: &'a str,
    amount_captured: i64,
    charge_type: &'a str,
}

fn charge(test: &TestDelivery) -> ChargeEvent<'_> {
    let is_taken = matches!(test.event, EventType::ChargeCaptured | EventType::ChargeRefunded);
    ChargeEvent {
        msn: test.msn.as_str(),
        agreement_id: test.reference.as_str(),
        charge_id: test.reference.as_str(),
        event_type: test.event.name(),
        occurred: convert::timestamp(test.at),
        amount: AMOUNT,
        currency: test.currency.code(),
        amount_captured: if is_taken { AMOUNT } else { 0 },
        charge_type: "RECURRING",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckIn<'a> {
    customer_token: String,
    merchant_qr_id: &'a str,
    msn: &'a str,
    initiated_at: String,
}

fn check_in(test: &TestDelivery) -> CheckIn<'_> {
    CheckIn {
        // It looks like a token and names nobody.
        customer_token: STANDARD.encode(test.reference.as_str()),
        merchant_qr_id: test.reference.as_str(),
        msn: test.msn.as_str(),
        initiated_at: convert::timestamp(test.at),
    }
}

#[derive(Serialize)]
struct LoginPing<'a> {
    auth_req_id: &'a str,
}

/// Texts and numbers can always be written as JSON.
fn bytes<T: Serialize>(body: &T) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}
