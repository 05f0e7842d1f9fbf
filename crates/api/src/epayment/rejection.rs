//! Rules of the domain in the words of the ePayment API: status, number, title, sentence.
//!
//! The numbers are published; titles and sentences are not contractual.

use axum::http::StatusCode;
use domain::payment::{
    METADATA_KEY_CHARACTERS_MAX, METADATA_PAIRS_MAX, METADATA_VALUE_CHARACTERS_MAX, MethodObstacle, Rejection,
};
use engine::access::Tenant;

use crate::Refusal;

/// What a caller is told when a rule stood in the way of a request on this reference.
pub(super) fn refusal(rejection: &Rejection, reference: &str, tenant: &Tenant) -> Refusal {
    match words(rejection) {
        Some((status, code, title)) => Refusal::rule(status, code, title, detail(rejection, reference, tenant)),
        // The one rule without a number: it is told as a violated field.
        None => Refusal::field("modificationAmount.currency", detail(rejection, reference, tenant)),
    }
}

/// Status, number and title.
#[rustfmt::skip]
const fn words(rejection: &Rejection) -> Option<(StatusCode, &'static str, &'static str)> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    const NO: StatusCode = StatusCode::FORBIDDEN;
    Some(match rejection {
        Rejection::CurrencyDiffers => return None,
        Rejection::AmountNotWhole => (BAD, "4040", "Invalid amount"),
        Rejection::CustomerTokenUnknown => (BAD, "4050", "Invalid CustomerToken"),
        Rejection::PersonalQrUnknown => (BAD, "4060", "Invalid PersonalQr"),
        Rejection::PhoneNumberNotPlausible => (BAD, "4070", "Invalid phone number"),
        Rejection::ScopeInvalid => (BAD, "4080", "Invalid scope"),
        Rejection::InvalidUrl(..) => (BAD, "4090", "Invalid URL"),
        Rejection::MetadataTooManyPairs => (BAD, "4100", "Metadata capacity exceeded"),
        Rejection::MetadataDuplicateKey => (BAD, "4110", "Metadata duplicate keys not allowed"),
        Rejection::MetadataKeyTooLong => (BAD, "4120", "Metadata key length exceeded"),
        Rejection::MetadataValueTooLong => (BAD, "4130", "Metadata value length exceeded"),
        Rejection::MissingParameter(_) | Rejection::ShippingOptionsMissing => (BAD, "4140", "Missing required parameter"),
        Rejection::ReferenceExists => (StatusCode::CONFLICT, "4150", "Reference exists"),
        Rejection::BlockedSourcesNotApplicable => (BAD, "5010", "Blocking sources not applicable"),
        Rejection::ExpressNotAllowed => (NO, "5020", "Express payment not allowed"),
        Rejection::ScopeNotAllowed => (NO, "5030", "Illegal scope"),
        Rejection::LongLivingNotAllowed => (NO, "5050", "Long-living payment not allowed"),
        Rejection::BankAccountNotVerified => (NO, "5060", "Merchant bank account not verified"),
        Rejection::PushMessageNotAllowed => (NO, "5080", "PUSH_MESSAGE not allowed"),
        Rejection::ExpiryTooLate => (BAD, "6110", "Expiration date is too late"),
        Rejection::ExpiryTooSoon => (BAD, "6120", "Expiration date is too soon"),
        Rejection::LongLivingNeedsReceipt => (BAD, "6130", "Long living payments require a receipt"),
        Rejection::PaymentMethodNotPossible(_) => (BAD, "4160", "Invalid payment method type"),
        Rejection::CurrencyNotOfMarket => (BAD, "5040", "Invalid currency for merchant"),
        Rejection::ReferenceNotFound => (StatusCode::NOT_FOUND, "5090", "Reference not found"),
        Rejection::RefundNotPossible => (BAD, "5100", "Refund not possible"),
        Rejection::AmountTooSmall { .. } => (BAD, "6010", "Amount too small"),
        Rejection::RefundBeforeAuthorization => (BAD, "6020", "Attempted refund before reservation"),
        Rejection::CancelPeriodExpired => (BAD, "6030", "Cancel period expired"),
        Rejection::CancelOfCaptured => (BAD, "6040", "Cannot cancel a captured payment"),
        Rejection::CancelOfAuthorized => (BAD, "6060", "Cannot cancel authorized payment"),
        Rejection::CaptureOfCancelled => (BAD, "6070", "Cannot capture a cancelled payment"),
        Rejection::CaptureBeforeAuthorization => (BAD, "6080", "Cannot capture before reservation"),
        Rejection::CaptureTooHigh { .. } => (BAD, "6090", "Capture amount too high"),
        Rejection::CapturePeriodExpired => (BAD, "6100", "Capture period expired"),
        Rejection::PartialCaptureNotAllowed => (BAD, "6140", "Must capture full amount"),
        Rejection::RefundTooHigh { .. } => (BAD, "6150", "Not enough refundable"),
        Rejection::StillProcessing => (StatusCode::LOCKED, "6160", "Order processing"),
        Rejection::AlreadyCaptured => (BAD, "6170", "Payment already captured"),
        Rejection::AlreadyRefunded => (BAD, "6180", "Payment already refunded"),
        Rejection::CancelImpossible(_) => (BAD, "6190", "Payment cannot be cancelled"),
        Rejection::CaptureImpossible(_) => (BAD, "6200", "Payment cannot be captured"),
        Rejection::RefundImpossible(_) => (BAD, "6210", "Payment cannot be refunded"),
        Rejection::RefundPeriodExpired => (BAD, "6220", "Refund period expired"),
        Rejection::AlreadyAuthorized => (BAD, "6230", "Payment is already reserved"),
        Rejection::CancelOfProcessing => (StatusCode::CONFLICT, "6250", "Cannot cancel processing payment"),
        Rejection::CustomerNotFound => (BAD, "7010", "Customer not found"),
        Rejection::ApproveImpossible(_) => (BAD, "10010", "Approve failed"),
        Rejection::ApproveWithoutDelivery => (BAD, "10060", "Operation not supported"),
    })
}

/// The sentence.
#[rustfmt::skip]
fn detail(rejection: &Rejection, reference: &str, tenant: &Tenant) -> String {
    let msn = tenant.msn().as_str();
    let this = format!("The payment {reference}");
    match rejection {
        Rejection::CurrencyDiffers => "The field modificationAmount.currency must be the currency of the payment.".to_owned(),
        Rejection::AmountNotWhole => "The amount must be a whole number of minor units, written as an integer.".to_owned(),
        Rejection::PhoneNumberNotPlausible => "No telephone number of its country has this length.".to_owned(),
        Rejection::InvalidUrl(name, rule) => format!("The field {name} {}.", rule.0),
        Rejection::CustomerTokenUnknown => "The customer token names nobody, or does not any more.".to_owned(),
        Rejection::PersonalQrUnknown => "The content is not that of a code a wallet shows now.".to_owned(),
        Rejection::CustomerNotFound => "The customer cannot pay this.".to_owned(),
        Rejection::ScopeInvalid => SCOPE_INVALID.to_owned(),
        Rejection::ScopeNotAllowed => format!("The sales unit {msn} may not ask for nin or accountNumbers."),
        Rejection::ExpressNotAllowed => format!("The sales unit {msn} may not offer shipping."),
        Rejection::ShippingOptionsMissing => "Missing static shipping details".to_owned(),
        Rejection::RefundNotPossible => format!("{this} was paid by somebody who can receive no refund."),
        Rejection::MetadataTooManyPairs => format!("At most {METADATA_PAIRS_MAX} pairs are taken."),
        Rejection::MetadataDuplicateKey => "A key is given more than once.".to_owned(),
        Rejection::MetadataKeyTooLong => format!("A key has more than {METADATA_KEY_CHARACTERS_MAX} characters."),
        Rejection::MetadataValueTooLong => format!("A value has more than {METADATA_VALUE_CHARACTERS_MAX} characters."),
        Rejection::MissingParameter(name) => format!("The user flow needs the field {name}."),
        Rejection::BlockedSourcesNotApplicable => {
            "Commercial cards can be blocked in wallet payments to sales units outside Norway only.".to_owned()
        }
        Rejection::LongLivingNotAllowed => format!("The sales unit {msn} may not set expiresAt."),
        Rejection::BankAccountNotVerified => format!("The bank account of the sales unit {msn} is not verified."),
        Rejection::PushMessageNotAllowed => format!("The sales unit {msn} may not use PUSH_MESSAGE."),
        Rejection::ExpiryTooLate => {
            let hours = tenant.unit().long_living_max().as_milliseconds() / 3_600_000;
            format!("The field expiresAt must be less than {hours} hours ahead.")
        }
        Rejection::ExpiryTooSoon => "The field expiresAt must be more than 10 minutes ahead.".to_owned(),
        Rejection::LongLivingNeedsReceipt => "A payment with expiresAt needs the field receipt.".to_owned(),
        Rejection::PaymentMethodNotPossible(obstacle) => method_detail(*obstacle, msn),
        Rejection::ReferenceExists => format!("The sales unit {msn} has a payment {reference} already."),
        Rejection::CurrencyNotOfMarket => {
            let market = tenant.unit().market;
            format!("A sales unit in {} is paid in {}.", market.code(), market.currency().code())
        }
        Rejection::ReferenceNotFound => format!("The sales unit {msn} has no payment {reference}."),
        Rejection::AmountTooSmall { minimum } => format!("The amount must be at least {} in minor units.", minimum.value()),
        Rejection::RefundBeforeAuthorization => format!("{this} is not reserved, there is nothing to refund."),
        Rejection::CancelPeriodExpired | Rejection::CapturePeriodExpired => {
            format!("{this} was not captured in time; what was left is released.")
        }
        Rejection::CancelOfCaptured | Rejection::AlreadyCaptured => format!("{this} is captured in full."),
        Rejection::CancelOfAuthorized => format!("{this} is authorized, and only one that is not was to be cancelled."),
        Rejection::CaptureOfCancelled => format!("{this} is cancelled."),
        Rejection::CaptureBeforeAuthorization => {
            format!("{this} waits for its payer. It can be captured once it is approved.")
        }
        Rejection::CaptureTooHigh { rest } => format!("{this} has {} left to capture.", rest.value()),
        Rejection::PartialCaptureNotAllowed => "The sales unit may only capture the whole authorized amount.".to_owned(),
        Rejection::RefundTooHigh { refundable } => format!("{this} has {} left to refund.", refundable.value()),
        Rejection::AlreadyRefunded => format!("{this} is refunded in full."),
        Rejection::StillProcessing | Rejection::CancelOfProcessing => {
            format!("{this} waits for the answer of its payer's bank. Try again when it is no longer CREATED.")
        }
        Rejection::RefundPeriodExpired => format!("{this} can no longer be refunded."),
        Rejection::AlreadyAuthorized => format!("{this} is approved already."),
        Rejection::ApproveWithoutDelivery => format!("{this} is to be delivered; its payer has to say how."),
        Rejection::CancelImpossible(subject) | Rejection::CaptureImpossible(subject) | Rejection::RefundImpossible(subject)
        | Rejection::ApproveImpossible(subject) => format!("{this} is {}.", subject.state()),
    }
}

const SCOPE_INVALID: &str = "The field profile.scope must be a list of name, address, email, phoneNumber, birthDate, \
                             nin and accountNumbers; \
                             with shipping it must be name, address, email and phoneNumber.";

fn method_detail(obstacle: MethodObstacle, msn: &str) -> String {
    match obstacle {
        MethodObstacle::Passthrough => {
            "Card passthrough is for payment service providers and not possible here.".to_owned()
        }
        MethodObstacle::CardNotAllowed => format!("The sales unit {msn} may not use paymentMethod.type CARD."),
        MethodObstacle::CardNeedsWebRedirect => "A payment by CARD needs the userFlow WEB_REDIRECT.".to_owned(),
        MethodObstacle::CardCannotWait => "A payment by CARD cannot have the field expiresAt.".to_owned(),
        MethodObstacle::CardCannotShip => "A payment by CARD cannot have the field shipping.".to_owned(),
    }
}

/// The one answer to a reference that is not there, is another's, or could be nobody's.
pub(crate) fn reference_not_found(reference: &str, tenant: &Tenant) -> Refusal {
    refusal(&Rejection::ReferenceNotFound, reference, tenant)
}

/// A key that was used for something else.
pub(super) fn conflict(code: &'static str, title: &'static str) -> Refusal {
    let detail = "The Idempotency-Key was used for another request. Use a new key for a new request.";
    Refusal::rule(StatusCode::CONFLICT, code, title, detail)
}
