//! `/epayment/v1/payments`: create; below it what is done to one payment.

mod cancel;
mod capture;
mod create;
mod flags;
mod flows;
mod get;
mod long_living;
mod receipt;
mod refund;
