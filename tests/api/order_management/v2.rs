//! `/order-management/v2`.

mod categories;
mod orders;
mod receipts;
