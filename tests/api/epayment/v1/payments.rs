//! `/epayment/v1/payments`: create; below it what is done to one payment.

mod cancel;
mod capture;
mod card;
mod create;
mod customers;
mod express;
mod flags;
mod flows;
mod get;
mod industry;
mod long_living;
mod order;
mod profile;
mod qr;
mod receipt;
mod refund;
