//! What is answered.
//!
//! Optional members that have no value are left out; `null` is never written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

/// A sum of money.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Amount {
    /// Of what.
    #[cfg_attr(feature = "schema", schema(value_type = super::Currency))]
    pub currency: Cow<'static, str>,
    /// Minor units.
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 65000000))]
    pub value: i64,
}

/// The four sums of a payment.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    /// Reserved.
    pub authorized_amount: Amount,
    /// Released.
    pub cancelled_amount: Amount,
    /// Taken.
    pub captured_amount: Amount,
    /// Given back.
    pub refunded_amount: Amount,
}

/// Answer to `POST /payments`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatePaymentResponse {
    /// Where the payer goes; absent where there is nowhere to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub redirect_url: Option<String>,
    /// The merchant's name for the payment.
    pub reference: String,
}

/// Answer to `GET /payments/{reference}`.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GetPaymentResponse {
    /// The four sums.
    pub aggregate: Aggregate,
    /// What it is for.
    pub amount: Amount,
    /// Where it stands.
    #[cfg_attr(feature = "schema", schema(value_type = super::State))]
    pub state: Cow<'static, str>,
    /// How it is paid.
    pub payment_method: PaymentMethodResponse,
    /// Who the payer said to be.
    pub profile: Profile,
    /// Our id of the payment.
    pub psp_reference: String,
    /// The merchant's name for the payment.
    pub reference: String,
    /// Where the payer goes, while that still makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub redirect_url: Option<String>,
    /// The merchant's own pairs, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub metadata: Option<Metadata>,
    /// Who the payer is, if asked and told; once authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub user_details: Option<UserDetails>,
    /// How it is to be delivered, if asked and told; once authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub shipping_details: Option<ShippingDetails>,
    /// Until when a capture cannot fail; once authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub capture_guaranteed_until: Option<String>,
}

/// How a payment is paid.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PaymentMethodResponse {
    /// `WALLET` or `CARD`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schema(value_type = super::PaymentMethodType))]
    pub kind: Cow<'static, str>,
    /// The first six digits of the card behind it; once authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub card_bin: Option<String>,
}

/// Who the payer is, if asked and told.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Profile {
    /// The payer's id for this sales unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sub: Option<String>,
}

/// What the payer shared. The first four are always there, empty where they were not asked for.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserDetails {
    /// The e-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Telephone number with country code, digits only.
    pub mobile_number: String,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub date_of_birth: Option<String>,
    /// Where the payer lives, the usual place first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub addresses: Option<Vec<Address>>,
}

/// A postal address.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Street and number.
    pub address_line1: String,
    /// Whatever else is needed to find the door.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub address_line2: Option<String>,
    /// The town.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Postal code.
    pub post_code: String,
}

/// How a payment is to be delivered.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShippingDetails {
    /// Where to.
    pub address: Address,
    /// Minor units of the payment's currency; part of its amount.
    pub shipping_cost: i64,
    /// The merchant's id of the way chosen.
    pub shipping_option_id: String,
    /// Its name.
    pub shipping_option_name: String,
}

/// Pairs of text in the order they were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metadata(pub Vec<(Box<str>, Box<str>)>);

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// Answer to cancel, capture and refund.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdjustmentResponse {
    /// What the payment is for; not what moved.
    pub amount: Amount,
    /// Where it stands.
    #[cfg_attr(feature = "schema", schema(value_type = super::State))]
    pub state: Cow<'static, str>,
    /// The four sums, with the adjustment in them.
    pub aggregate: Aggregate,
    /// Our id of the payment; not of the adjustment.
    pub psp_reference: String,
    /// The merchant's name for the payment.
    pub reference: String,
}

/// One element of the answer to `GET /payments/{reference}/events`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The merchant's name for the payment.
    pub reference: String,
    /// Our id of the event.
    pub psp_reference: String,
    /// What happened.
    #[cfg_attr(feature = "schema", schema(value_type = super::PaymentEventName))]
    pub name: Cow<'static, str>,
    /// What moved, or what the payment is for.
    pub amount: Amount,
    /// When.
    pub timestamp: String,
    /// The key of the request behind it, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub idempotency_key: Option<String>,
    /// Whether it came about.
    pub success: bool,
}
