//! `/epayment/v1`.

mod error_codes;
mod expiry;
mod idempotency;
mod payments;
mod rate_limits;
mod state_table;
mod test;
