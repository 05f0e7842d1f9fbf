//! How what is bought may be delivered.

use serde::{Deserialize, Serialize};

use super::{Amount, ShippingBrand, ShippingType};

/// Exactly one of `fixedOptions` and `dynamicOptions`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Shipping {
    /// A list of ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_options: Option<Vec<ShippingGroup>>,
    /// Whom to ask for ways once the address is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_options: Option<DynamicOptions>,
    /// ISO 3166-1 alpha-2: where to it may be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_countries: Option<Vec<String>>,
}

/// Whom to ask for ways to deliver.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DynamicOptions {
    /// The merchant's address; https, in a sandbox also http.
    #[cfg_attr(feature = "schema", schema(max_length = 2500))]
    pub callback_url: String,
    /// What is sent there as `Authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_authorization_token: Option<String>,
}

/// Ways that belong together.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShippingGroup {
    /// Where to.
    #[serde(rename = "type")]
    pub kind: ShippingType,
    /// Who delivers.
    pub brand: ShippingBrand,
    /// The ways.
    pub options: Vec<ShippingOption>,
    /// Whether it is shown first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// Low comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}

/// One way.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShippingOption {
    /// The merchant's id of it, unique within the payment.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 255))]
    pub id: String,
    /// What it costs.
    pub amount: Amount,
    /// What the payer is shown.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 255))]
    pub name: String,
    /// Whether it is chosen unless the payer says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// Low comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Anything else the payer should see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 255))]
    pub meta: Option<String>,
    /// When it comes, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 255))]
    pub estimated_delivery: Option<String>,
}
