//! Rules of the domain in the words of the ePayment API: status, number, title, sentence.
//!
//! The numbers are published; titles and sentences are not contractual.

use axum::http::StatusCode;
use domain::payment::{Rejection, Subject};
use engine::access::Tenant;

use crate::Refusal;

/// What a caller is told when a rule stood in the way of a request on this reference.
pub(super) fn refusal(rejection: &Rejection, reference: &str, tenant: &Tenant) -> Refusal {
    let rule = |code, title, detail: String| Refusal::rule(StatusCode::BAD_REQUEST, code, title, detail);
    let this = format!("The payment {reference}");
    match rejection {
        Rejection::ReferenceNotFound => reference_not_found(reference, tenant),
        Rejection::ReferenceExists => {
            let detail = format!("The sales unit {} has a payment {reference} already.", tenant.msn().as_str());
            Refusal::rule(StatusCode::CONFLICT, "4150", "Reference exists", detail)
        }
        Rejection::AmountNotWhole => rule(
            "4040",
            "Invalid amount",
            "The amount must be a whole number of minor units, written as an integer.".to_owned(),
        ),
        Rejection::AmountTooSmall { minimum } => {
            rule("6010", "Amount too small", format!("The amount must be at least {} in minor units.", minimum.value()))
        }
        Rejection::CurrencyDiffers => {
            let name = "modificationAmount.currency";
            Refusal::field(name, format!("The field {name} must be the currency of the payment."))
        }
        Rejection::CurrencyNotOfMarket => {
            let market = tenant.unit().market;
            let detail = format!("A sales unit in {} is paid in {}.", market.code(), market.currency().code());
            rule("5040", "Invalid currency for merchant", detail)
        }
        Rejection::MissingParameter(name) => {
            rule("4140", "Missing required parameter", format!("The user flow needs the field {name}."))
        }
        Rejection::InvalidUrl(name) => rule("4090", "Invalid URL", format!("The field {name} {}.", RETURN_URL_RULE)),
        Rejection::MetadataTooManyPairs => {
            rule("4100", "Metadata capacity exceeded", "At most 5 pairs are taken.".to_owned())
        }
        Rejection::MetadataDuplicateKey => {
            rule("4110", "Metadata duplicate keys not allowed", "A key is given more than once.".to_owned())
        }
        Rejection::MetadataKeyTooLong => {
            rule("4120", "Metadata key length exceeded", "A key has more than 100 characters.".to_owned())
        }
        Rejection::MetadataValueTooLong => {
            rule("4130", "Metadata value length exceeded", "A value has more than 500 characters.".to_owned())
        }
        Rejection::PhoneNumberNotPlausible => {
            rule("4070", "Invalid phone number", "No telephone number of its country has this length.".to_owned())
        }
        Rejection::NotServed(feature) => rule(
            "5070",
            "Payment cannot be created",
            format!("This version of the service does not serve {feature} yet."),
        ),
        Rejection::CaptureBeforeAuthorization => {
            let detail = format!("{this} is not reserved. The payer must approve it before it can be captured.");
            rule("6080", "Cannot capture before reservation", detail)
        }
        Rejection::CaptureOfCancelled => {
            rule("6070", "Cannot capture a cancelled payment", format!("{this} is cancelled."))
        }
        Rejection::CaptureImpossible(subject) => rule("6200", "Payment cannot be captured", ended(&this, *subject)),
        Rejection::AlreadyCaptured => rule("6170", "Payment already captured", format!("{this} is captured in full.")),
        Rejection::CaptureTooHigh { rest } => {
            rule("6090", "Capture amount too high", format!("{this} has {} left to capture.", rest.value()))
        }
        Rejection::PartialCaptureNotAllowed => rule(
            "6140",
            "Must capture full amount",
            "The sales unit may only capture the whole authorized amount.".to_owned(),
        ),
        Rejection::CapturePeriodExpired => rule(
            "6100",
            "Capture period expired",
            format!("{this} was not captured in time; what was left is released."),
        ),
        Rejection::RefundBeforeAuthorization => rule(
            "6020",
            "Attempted refund before reservation",
            format!("{this} is not reserved, there is nothing to refund."),
        ),
        Rejection::RefundImpossible(subject) => rule("6210", "Payment cannot be refunded", ended(&this, *subject)),
        Rejection::RefundTooHigh { refundable } => {
            rule("6150", "Not enough refundable", format!("{this} has {} left to refund.", refundable.value()))
        }
        Rejection::AlreadyRefunded => rule("6180", "Payment already refunded", format!("{this} is refunded in full.")),
        Rejection::RefundPeriodExpired => {
            rule("6220", "Refund period expired", format!("{this} was authorized more than 365 days ago."))
        }
        Rejection::CancelOfCaptured => {
            rule("6040", "Cannot cancel a captured payment", format!("{this} is captured in full."))
        }
        Rejection::CancelOfAuthorized => {
            let detail = format!("{this} is authorized, and only a payment that is not was to be cancelled.");
            rule("6060", "Cannot cancel authorized payment", detail)
        }
        Rejection::CancelImpossible(subject) => rule("6190", "Payment cannot be cancelled", ended(&this, *subject)),
        Rejection::CancelPeriodExpired => rule(
            "6030",
            "Cancel period expired",
            format!("{this} was not captured in time; what was left is released."),
        ),
        Rejection::AlreadyAuthorized => {
            rule("6230", "Payment is already reserved", format!("{this} is approved already."))
        }
        Rejection::ApproveImpossible(subject) => rule("10010", "Approve failed", ended(&this, *subject)),
    }
}

/// The one answer to a reference that is not there, is another's, or could be nobody's.
pub(super) fn reference_not_found(reference: &str, tenant: &Tenant) -> Refusal {
    let detail = format!("The sales unit {} has no payment {reference}.", tenant.msn().as_str());
    Refusal::rule(StatusCode::NOT_FOUND, "5090", "Reference not found", detail)
}

/// A key that was used for something else.
pub(super) fn conflict(code: &'static str, title: &'static str) -> Refusal {
    let detail = "The Idempotency-Key was used for another request. Use a new key for a new request.";
    Refusal::rule(StatusCode::CONFLICT, code, title, detail)
}

const RETURN_URL_RULE: &str = domain::payment::ReturnUrl::RULE.0;

fn ended(this: &str, subject: Subject) -> String {
    format!("{this} is {}.", subject.state())
}
