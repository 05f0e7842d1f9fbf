//! ePayment API.

pub mod v1;
