//! A payment as merchants are shown it.

use domain::{
    payment::{Event, Payment, State, UserFlow},
    text::{Msn, Reference},
};
use wire::epayment::v1::{
    AdjustmentResponse, Aggregate, Event as EventView, GetPaymentResponse, Metadata, PaymentMethod, Profile,
};

use crate::{Api, convert};

/// Where the payer of a payment goes, if the flow sends it anywhere: the token is the last parameter, because tools cut there.
pub(super) fn redirect_url(api: &Api, msn: &Msn, reference: &Reference, flow: UserFlow) -> Option<String> {
    let token = api.engine().link_token(msn, reference);
    match flow {
        UserFlow::WebRedirect => Some(format!("{}/pay?token={token}", api.public_url())),
        UserFlow::NativeRedirect => Some(format!("{}://?token={token}", api.native_scheme())),
        UserFlow::PushMessage => None,
    }
}

pub(super) fn payment(api: &Api, payment: &Payment) -> GetPaymentResponse {
    let authorization = match &payment.state {
        State::Authorized(reservation) => Some(reservation.authorization()),
        _ => None,
    };
    let card_bin = authorization.and_then(|authorization| authorization.card_bin.as_ref());
    let guaranteed = authorization.map(|authorization| authorization.capture_guaranteed_until);
    GetPaymentResponse {
        aggregate: aggregate(payment),
        amount: convert::amount(payment.amount()),
        state: payment.state.name().to_owned(),
        payment_method: PaymentMethod {
            kind: "WALLET".to_owned(),
            card_bin: card_bin.map(|bin| bin.as_str().to_owned()),
        },
        profile: Profile::default(),
        psp_reference: convert::psp_reference(payment.psp_reference),
        reference: payment.reference.as_str().to_owned(),
        redirect_url: matches!(payment.state, State::Created)
            .then(|| redirect_url(api, &payment.msn, &payment.reference, payment.terms.flow))
            .flatten(),
        metadata: payment.terms.metadata.clone().map(Metadata),
        capture_guaranteed_until: guaranteed.map(convert::timestamp_with_offset),
    }
}

pub(super) fn adjustment(payment: &Payment) -> AdjustmentResponse {
    AdjustmentResponse {
        amount: convert::amount(payment.amount()),
        state: payment.state.name().to_owned(),
        aggregate: aggregate(payment),
        psp_reference: convert::psp_reference(payment.psp_reference),
        reference: payment.reference.as_str().to_owned(),
    }
}

pub(super) fn event(payment: &Payment, event: &Event) -> EventView {
    let Event { sequence: _, occurrence, at, psp_reference, idempotency_key } = event;
    EventView {
        reference: payment.reference.as_str().to_owned(),
        psp_reference: convert::psp_reference(*psp_reference),
        name: occurrence.name().as_str().to_owned(),
        amount: convert::amount(occurrence.amount(payment)),
        timestamp: convert::timestamp(*at),
        idempotency_key: idempotency_key.as_ref().map(|key| key.as_str().to_owned()),
        success: true,
    }
}

fn aggregate(payment: &Payment) -> Aggregate {
    let sums = payment.aggregate();
    let amount = |value| convert::amount(payment.in_currency(value));
    Aggregate {
        authorized_amount: amount(sums.authorized),
        cancelled_amount: amount(sums.cancelled),
        captured_amount: amount(sums.captured),
        refunded_amount: amount(sums.refunded),
    }
}
