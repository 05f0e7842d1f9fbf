//! `/epayment/v1/payments`: create; below it what is done to one payment.

mod cancel;
mod capture;
mod create;
mod get;
mod refund;
