//! Order Management API: what is shown with an order. Versions share their shapes; what differs is in their names.
//!
//! A receipt has the shape of the one in a payment's creation, and is described once, there.

mod category;
mod error;
mod finding;
mod image;

pub use category::{
    AddCategoryRequest, AddCategoryResponse, Category, CategoryKind, GetCategoriesResponse, OrderCategory, PaymentType,
};
pub use error::{ErrorResponse, InvalidParam};
pub use finding::{Finding, Findings};
pub use image::{ImageEncoding, ImageRequest, ImageResponse};
use serde::{Deserialize, Serialize};

pub use crate::epayment::v1::{
    Barcode, BarcodeFormat, BottomLine, OrderLine, PaymentSources, QuantityUnit, Receipt, ShippingInfo, UnitInfo,
};

/// What is shown with an order: answer to `GET /v2/{paymentType}/{orderId}`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Order {
    /// The newest of its categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<OrderCategory>,
    /// Its receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// The currencies a receipt may be in here; a payment's creation knows more.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Currency {
    /// Norwegian krone.
    #[serde(rename = "NOK")]
    Nok,
    /// Danish krone.
    #[serde(rename = "DKK")]
    Dkk,
    /// Euro.
    #[serde(rename = "EUR")]
    Eur,
}
