//! `/webhooks/v1`.

mod limits;
mod payloads;
mod scope;
mod webhooks;

/// The types of a payment's events.
pub const PAYMENT_EVENTS: [&str; 8] = [
    "epayments.payment.created.v1",
    "epayments.payment.authorized.v1",
    "epayments.payment.aborted.v1",
    "epayments.payment.expired.v1",
    "epayments.payment.terminated.v1",
    "epayments.payment.captured.v1",
    "epayments.payment.refunded.v1",
    "epayments.payment.cancelled.v1",
];
/// Where nobody listens.
pub const URL: &str = "http://127.0.0.1:9/hook?callback=webhook";
/// The type of a capture.
pub const CAPTURED: &str = "epayments.payment.captured.v1";
