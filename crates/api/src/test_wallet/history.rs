//! `GET /{msisdn}/history/{reference}`: a payment as its payer has it in the history.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use domain::money::MinorUnits;
use engine::{
    access::Tenant,
    history::{Movement, MovementKind, PaidItem},
};
use serde_json::value::RawValue;
use wire::{
    problem::JSON,
    test_wallet::{Header, Help, HistoryItem, Transaction},
};

use super::{not_there, payer_of, reference_of};
use crate::{Api, Refusal, convert, path::TwoParts, reply};

/// The payment, if this payer was asked for it.
pub(crate) async fn get(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    TwoParts(number, reference): TwoParts,
) -> Result<Response, Refusal> {
    let (number, reference) = (payer_of(&api, &number)?, reference_of(&reference, &tenant)?);
    match api.engine().paid_item(&number, tenant.unit(), &reference).await? {
        Some(item) => Ok(reply::json(StatusCode::OK, JSON, &view(&item))),
        None => not_there(&api, &tenant, &reference, "This payer was not asked for this payment.").await,
    }
}

fn view(item: &PaidItem) -> HistoryItem {
    let PaidItem { payment, request, unit, movements } = item;
    // As it was written: it was judged when it came.
    let receipt = payment.terms.receipt.as_deref().and_then(|text| RawValue::from_string(text.to_owned()).ok());
    HistoryItem {
        reference: payment.reference.as_str().to_owned(),
        state: payment.state.name().to_owned(),
        header: header(item),
        paid_with: request.paid_with.as_deref().map(str::to_owned),
        transactions: movements.iter().map(transaction).collect(),
        receipt,
        receipt_url: payment.terms.receipt_url.as_ref().map(|url| url.as_str().to_owned()),
        help: Help {
            name: unit.name.as_str().to_owned(),
            msn: unit.msn.as_str().to_owned(),
            reference: payment.reference.as_str().to_owned(),
        },
    }
}

fn header(item: &PaidItem) -> Header {
    let sums = item.payment.aggregate();
    let amount = |value: MinorUnits| convert::amount(item.payment.in_currency(value));
    // Of a payment that was never approved nothing was set aside, so nothing of it can be let go.
    let released = if sums.authorized.is_zero() { MinorUnits::ZERO } else { sums.cancelled };
    Header {
        name: item.unit.name.as_str().to_owned(),
        amount: convert::amount(item.amount()),
        is_reserved: item.is_reserved(),
        reserved: amount(sums.authorized),
        captured: amount(sums.captured),
        refunded: amount(sums.refunded),
        released: amount(released),
    }
}

fn transaction(movement: &Movement) -> Transaction {
    let (kind, sign, text) = match movement.kind {
        MovementKind::Reserved => ("reserved", "", "h_reserved"),
        MovementKind::Captured => ("captured", "-", "h_captured"),
        MovementKind::Refunded => ("refunded", "+", "h_refunded"),
        MovementKind::RefundFailed => ("failed", "", "h_refunded"),
        MovementKind::Released => ("released", "", "h_released"),
    };
    Transaction {
        kind: kind.to_owned(),
        at: convert::timestamp(movement.at),
        amount: convert::amount(movement.amount),
        sign: sign.to_owned(),
        text: text.to_owned(),
    }
}
