//! A payment as merchants are shown it.

use domain::{
    payer::{Address, Delivery, Profile},
    payment::{Event, Method, Payment, QrFormat, State, UserFlow},
};
use wire::epayment::v1::{
    Address as AddressView, AdjustmentResponse, Aggregate, Event as EventView, GetPaymentResponse, Metadata,
    PaymentMethodResponse, Profile as ProfileView, ShippingDetails, UserDetails,
};

use crate::{Api, convert};

/// Where the payer of a payment goes, if the flow sends it anywhere: the token is the last parameter, because tools cut there.
pub(super) fn redirect_url(api: &Api, payment: &Payment) -> Option<String> {
    let Payment { msn, reference, terms, .. } = payment;
    let token = || api.engine().link_token(msn, reference);
    let page = |path: &str| Some(format!("{}/{path}?token={}", api.public_url(), token()));
    match (terms.method, terms.flow) {
        (Method::Card, _) => page("card"),
        (Method::Wallet, UserFlow::WebRedirect) => page("pay"),
        (Method::Wallet, UserFlow::NativeRedirect) => Some(format!("{}://?token={}", api.native_scheme(), token())),
        (Method::Wallet, UserFlow::PushMessage) => None,
        (Method::Wallet, UserFlow::Qr(QrFormat::Svg)) => page("qr.svg"),
        (Method::Wallet, UserFlow::Qr(QrFormat::Png(_))) => page("qr.png"),
        (Method::Wallet, UserFlow::Qr(QrFormat::Text)) => {
            Some(format!("{}/q/{}", api.public_url(), api.engine().short_link_text(msn, reference)))
        }
    }
}

pub(super) fn payment(api: &Api, payment: &Payment) -> GetPaymentResponse {
    let authorization = match &payment.state {
        State::Authorized(reservation) => Some(reservation.authorization()),
        _ => None,
    };
    let card_bin = authorization.and_then(|authorization| authorization.card_bin.as_ref());
    let guaranteed = authorization.map(|authorization| authorization.capture_guaranteed_until);
    let profile = authorization.and_then(|authorization| authorization.profile.as_deref());
    let delivery = authorization.and_then(|authorization| authorization.delivery.as_deref());
    GetPaymentResponse {
        aggregate: aggregate(payment),
        amount: convert::amount(payment.amount()),
        state: payment.state.name().into(),
        payment_method: PaymentMethodResponse {
            kind: payment.terms.method.name().into(),
            card_bin: card_bin.map(|bin| bin.as_str().to_owned()),
        },
        profile: ProfileView { sub: profile.map(|profile| convert::sub(profile.sub)) },
        psp_reference: convert::psp_reference(payment.psp_reference),
        reference: payment.reference.as_str().to_owned(),
        redirect_url: payment.state.is_open().then(|| redirect_url(api, payment)).flatten(),
        metadata: payment.terms.metadata.clone().map(Metadata),
        user_details: profile.map(user_details),
        shipping_details: delivery.map(shipping_details),
        capture_guaranteed_until: guaranteed.map(convert::timestamp_with_offset),
    }
}

/// The contract asks for four of these whatever the scope; what was not shared is empty.
pub(crate) fn user_details(profile: &Profile) -> UserDetails {
    let Profile { sub: _, name, email, phone_number, birth_date, addresses } = profile;
    let (first_name, last_name) = name.as_ref().map(|(first, last)| (&**first, &**last)).unwrap_or_default();
    UserDetails {
        email: email.as_ref().map_or_else(String::new, |(email, _)| email.as_ref().to_owned()),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        mobile_number: phone_number.as_ref().map_or_else(String::new, |number| number.as_str().to_owned()),
        date_of_birth: birth_date.as_ref().map(|date| date.as_ref().to_owned()),
        addresses: (!addresses.is_empty()).then(|| addresses.iter().map(address).collect()),
    }
}

fn address(address: &Address) -> AddressView {
    let Address { line_1, line_2, city, post_code, country } = address;
    AddressView {
        address_line1: line_1.as_ref().to_owned(),
        address_line2: line_2.as_ref().map(|line| line.as_ref().to_owned()),
        city: city.as_ref().to_owned(),
        country: country.as_ref().to_owned(),
        post_code: post_code.as_ref().to_owned(),
    }
}

pub(crate) fn shipping_details(delivery: &Delivery) -> ShippingDetails {
    ShippingDetails {
        address: address(&delivery.address),
        shipping_cost: delivery.cost.value(),
        shipping_option_id: delivery.option_id.as_ref().to_owned(),
        shipping_option_name: delivery.option_name.as_ref().to_owned(),
    }
}

pub(super) fn adjustment(payment: &Payment) -> AdjustmentResponse {
    AdjustmentResponse {
        amount: convert::amount(payment.amount()),
        state: payment.state.name().into(),
        aggregate: aggregate(payment),
        psp_reference: convert::psp_reference(payment.psp_reference),
        reference: payment.reference.as_str().to_owned(),
    }
}

pub(crate) fn event(payment: &Payment, event: &Event) -> EventView {
    let Event { sequence: _, occurrence, at, psp_reference, idempotency_key } = event;
    EventView {
        reference: payment.reference.as_str().to_owned(),
        psp_reference: convert::psp_reference(*psp_reference),
        name: occurrence.name().as_str().into(),
        amount: convert::amount(occurrence.amount(payment)),
        timestamp: convert::timestamp(*at),
        idempotency_key: idempotency_key.as_ref().map(|key| key.as_str().to_owned()),
        success: occurrence.succeeded(),
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
