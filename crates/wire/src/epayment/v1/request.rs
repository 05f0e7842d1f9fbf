//! What is asked. The server reads requests more leniently than these types say; whoever asks should write them so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Amount, BlockedPaymentSource, CustomerInteraction, PaymentMethodType, QrImageFormat, Receipt, Shipping, UserFlow,
};

/// Body of `POST /payments`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatePaymentRequest {
    /// What the payer is asked for, without shipping.
    pub amount: Amount,
    /// What the payer pays with.
    pub payment_method: PaymentMethod,
    /// The merchant's name for the payment; unique within the sales unit, case-sensitive.
    #[cfg_attr(feature = "schema", schema(pattern = "^[a-zA-Z0-9-]{8,64}$", min_length = 8, max_length = 64))]
    pub reference: String,
    /// How the payer is asked.
    pub user_flow: UserFlow,
    /// Where the payer is sent afterwards: https, or an app's own scheme. Needed by `WEB_REDIRECT` and `NATIVE_REDIRECT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 2500))]
    pub return_url: Option<String>,
    /// The payer, in at most one of three ways. Needed by `PUSH_MESSAGE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Whether the payer stands in the shop; if not said, no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_interaction: Option<CustomerInteraction>,
    /// The youngest payer it is for, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 100))]
    pub minimum_user_age: Option<u8>,
    /// What the payer is told it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 3, max_length = 100))]
    pub payment_description: Option<String>,
    /// What the payer is asked to share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileRequest>,
    /// When it lapses, if not after ten minutes: RFC 3339 with any offset. Needs a receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(format = "date-time"))]
    pub expires_at: Option<String>,
    /// What is handed to the shop where `userFlow` is `QR`; if not said, a picture that scales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_format: Option<QrFormat>,
    /// The merchant's own pairs, at most five: keys of up to 100 characters, values of up to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// What is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Where the payer finds a receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 2500))]
    pub receipt_url: Option<String>,
    /// What the merchant's trade adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub industry_data: Option<IndustryData>,
    /// How it may be delivered. Needs the scope `name address email phoneNumber`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
}

/// What a payer pays with.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PaymentMethod {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: PaymentMethodType,
    /// What may not pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_sources: Option<Vec<BlockedPaymentSource>>,
}

/// A payer: at most one of the three.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Country code and number, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(pattern = "^\\d{9,15}$", min_length = 9, max_length = 15))]
    pub phone_number: Option<String>,
    /// The whole content of the code in the payer's wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 5, max_length = 255))]
    pub personal_qr: Option<String>,
    /// The token of a check-in, good for 15 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_token: Option<String>,
}

/// What a payer is asked to share.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ProfileRequest {
    /// Names with spaces between: `name address email phoneNumber birthDate nin accountNumbers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// What is handed to the shop for a code.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QrFormat {
    /// The kind.
    pub format: QrImageFormat,
    /// Pixels on a side of a PNG; if not said, 1024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 100, maximum = 2000))]
    pub size: Option<u16>,
}

/// What the merchant's trade adds.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IndustryData {
    /// Of an airline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub airline_data: Option<AirlineData>,
}

/// What an airline adds.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AirlineData {
    /// The agency's number of the invoice.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 6))]
    pub agency_invoice_number: String,
    /// The carrier's accounting code, three digits.
    #[cfg_attr(feature = "schema", schema(min_length = 3, max_length = 3))]
    pub airline_code: String,
    /// The carrier's designator, two characters.
    #[cfg_attr(feature = "schema", schema(min_length = 2, max_length = 2))]
    pub airline_designator_code: String,
    /// Who flies.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 49))]
    pub passenger_name: String,
    /// The ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 150))]
    pub ticket_number: Option<String>,
}

/// Body of capture and refund.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModificationRequest {
    /// How much moves, in the payment's currency.
    pub modification_amount: Amount,
}

/// Body of cancel; may be left out.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CancelRequest {
    /// Only if nobody has approved yet; if not said, no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_transaction_only: Option<bool>,
}

/// Body of approval in the payer's stead; may be left out where the payment names its payer.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ApproveRequest {
    /// In whose stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<ApprovingCustomer>,
    /// The token at the end of the payment's `redirectUrl`; not looked at beside a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// In whose stead a payment is approved.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApprovingCustomer {
    /// Country code and number, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(pattern = "^\\d{9,15}$", min_length = 9, max_length = 15))]
    pub phone_number: Option<String>,
}
