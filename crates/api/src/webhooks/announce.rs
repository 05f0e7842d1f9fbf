//! What is sent of a payment's event: the same bytes to everyone and every time.

use bytes::Bytes;
use domain::payment::{Event, Occurrence, Payment};
use wire::webhooks::payload::PaymentEvent;

use crate::{convert, epayment::view};

/// The body. What a payer shared is only in that of the approval.
pub fn announce(payment: &Payment, event: &Event) -> Bytes {
    let wire::epayment::v1::Event { reference, psp_reference, name, amount, timestamp, idempotency_key, success } =
        view::event(payment, event);
    let authorization = match &event.occurrence {
        Occurrence::Authorized(authorization) => Some(authorization),
        _ => None,
    };
    let profile = authorization.and_then(|authorization| authorization.profile.as_deref());
    let delivery = authorization.and_then(|authorization| authorization.delivery.as_deref());
    let guaranteed = authorization.map(|authorization| authorization.capture_guaranteed_until);
    let body = PaymentEvent {
        msn: payment.msn.as_str().to_owned(),
        reference,
        psp_reference,
        name,
        amount,
        timestamp,
        idempotency_key,
        success,
        sub: profile.map(|profile| convert::sub(profile.sub)),
        user_details: profile.map(view::user_details),
        shipping_details: delivery.map(view::shipping_details),
        capture_guaranteed_until: guaranteed.map(convert::timestamp_with_offset),
    };
    // Texts and numbers can always be written as JSON.
    serde_json::to_vec(&body).unwrap_or_default().into()
}
