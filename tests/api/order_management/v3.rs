//! `/order-management/v3`.

mod categories;
