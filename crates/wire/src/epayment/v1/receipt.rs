//! What is bought. Sums are in minor units; whether they add up is the merchant's business.

use serde::{Deserialize, Serialize};

use super::{BarcodeFormat, Currency, QuantityUnit};

macro_rules! optional_members {
    ($($(#[$docs:meta])* $name:ident { $($(#[$member_docs:meta])* $member:ident: $kind:ty,)+ })*) => {$(
        $(#[$docs])*
        #[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$member_docs])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $member: Option<$kind>,)+
        }
    )*};
}

/// What is bought, line by line, and what stands below the lines.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The lines; at least one.
    #[cfg_attr(feature = "schema", schema(min_items = 1))]
    pub order_lines: Vec<OrderLine>,
    /// What stands below them.
    pub bottom_line: BottomLine,
}

/// One line.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// What it is.
    pub name: String,
    /// The merchant's id of it.
    pub id: String,
    /// What it costs in all, discount and tax counted.
    pub total_amount: i64,
    /// The same without tax.
    pub total_amount_excluding_tax: i64,
    /// The tax in it.
    pub total_tax_amount: i64,
    /// Hundredths of a percent: 2500 is 25 %. This or `taxPercentage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 10000))]
    pub tax_rate: Option<u16>,
    /// Percent; deprecated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 100))]
    pub tax_percentage: Option<u8>,
    /// How many at which price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_info: Option<UnitInfo>,
    /// What was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub discount: Option<i64>,
    /// Where it is described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_url: Option<String>,
    /// Whether it was given back; then it counts negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_return: Option<bool>,
    /// Whether it is the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_shipping: Option<bool>,
}

/// How many at which price.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitInfo {
    /// The price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub unit_price: Option<i64>,
    /// How many.
    #[cfg_attr(feature = "schema", schema(pattern = "^\\d+([\\.]\\d{1,8})?$", max_length = 10))]
    pub quantity: String,
    /// Of what; if not said, pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_unit: Option<QuantityUnit>,
}

/// What stands below the lines.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BottomLine {
    /// Of every sum.
    pub currency: Currency,
    /// What was given on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0))]
    pub tip_amount: Option<i64>,
    /// The till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pos_id: Option<String>,
    /// The older name of `posId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_id: Option<String>,
    /// The number of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_number: Option<String>,
    /// What else it was paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_sources: Option<PaymentSources>,
    /// A barcode to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<Barcode>,
    /// Deprecated: see `paymentSources`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift_card_amount: Option<i64>,
    /// Deprecated: computed from the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_amount: Option<i64>,
    /// Deprecated: computed from the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tax: Option<i64>,
    /// Deprecated: computed from the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_discount: Option<i64>,
    /// Deprecated: a line with `isShipping`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_amount: Option<i64>,
    /// Deprecated: a line with `isShipping`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_info: Option<ShippingInfo>,
}

/// A barcode.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Barcode {
    /// How it is drawn.
    pub format: BarcodeFormat,
    /// What it says.
    pub data: String,
}

optional_members! {
    /// What else an order was paid with.
    PaymentSources {
        /// By gift card.
        gift_card: i64,
        /// By card.
        card: i64,
        /// By voucher.
        voucher: i64,
        /// In cash.
        cash: i64,
    }

    /// Deprecated: what the delivery costs.
    ShippingInfo {
        /// In all.
        amount: i64,
        /// Without tax.
        amount_excluding_tax: i64,
        /// The tax in it.
        tax_amount: i64,
        /// Percent.
        tax_percentage: i64,
    }
}
