//! `/epayment`.

mod v1;
