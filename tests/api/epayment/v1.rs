//! `/epayment/v1`.

mod ages;
mod error_codes;
mod expiry;
mod idempotency;
mod limits;
mod locked;
mod payments;
mod rate_limits;
mod state_table;
mod test;
