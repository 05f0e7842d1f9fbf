//! `/epayment/v1`.

mod expiry;
mod idempotency;
mod payments;
mod rate_limits;
mod test;
