//! Categories, in the names of version 2 and in those of version 3.

use serde::{Deserialize, Serialize};

/// What a page is about.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CategoryKind {
    /// Anything else.
    General,
    /// A proof of purchase.
    Receipt,
    /// How the order stands.
    OrderConfirmation,
    /// How the delivery stands.
    Delivery,
    /// A ticket.
    Ticket,
    /// A booking.
    Booking,
}

/// What kind of payment an order is paid by. Any letter case is read; this one is written.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentType {
    /// A single payment, whichever API created it.
    Ecom,
    /// A charge of an agreement.
    Recurring,
}

/// A category as version 2 has it: body of `PUT /v2/{paymentType}/categories/{orderId}`, and part of an order.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrderCategory {
    /// What the page is about.
    pub category: CategoryKind,
    /// The page: `https`, or an app's own scheme.
    #[cfg_attr(feature = "schema", schema(format = "uri", min_length = 1, max_length = 2500))]
    pub order_details_url: String,
    /// An image that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(pattern = "^[0-9A-Za-z\\-_.]+$", min_length = 1, max_length = 128))]
    pub image_id: Option<String>,
}

/// Body of `POST /v3/categories`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AddCategoryRequest {
    /// The merchant's id of the order.
    #[cfg_attr(feature = "schema", schema(pattern = "^[0-9A-Za-z\\-_.]+$", min_length = 1, max_length = 128))]
    pub order_id: String,
    /// What it is paid by.
    pub payment_type: PaymentType,
    /// What the page is about.
    #[serde(rename = "type")]
    pub kind: CategoryKind,
    /// The page: `https`, or an app's own scheme.
    #[cfg_attr(feature = "schema", schema(format = "uri", min_length = 1, max_length = 2500))]
    pub url: String,
    /// An image that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(pattern = "^[0-9A-Za-z\\-_.]+$", min_length = 1, max_length = 128))]
    pub image_id: Option<String>,
}

/// Answer to `POST /v3/categories`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AddCategoryResponse {
    /// Our id of the category.
    #[cfg_attr(feature = "schema", schema(format = "uuid"))]
    pub category_id: String,
}

/// A category as version 3 has it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Category {
    /// Our id of it.
    #[cfg_attr(feature = "schema", schema(format = "uuid"))]
    pub category_id: String,
    /// The merchant's id of the order.
    pub order_id: String,
    /// What it is paid by.
    pub payment_type: PaymentType,
    /// What the page is about.
    #[serde(rename = "type")]
    pub kind: CategoryKind,
    /// The page.
    #[cfg_attr(feature = "schema", schema(format = "uri"))]
    pub url: String,
    /// The picture above the button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
}

/// Answer to `GET /v3/categories`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GetCategoriesResponse {
    /// Of all orders of the id, the oldest first.
    pub categories: Vec<Category>,
}
