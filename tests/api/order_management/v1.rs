//! `/order-management/v1`.

mod images;
