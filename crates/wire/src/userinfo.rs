//! Userinfo API: `GET /vipps-userinfo-api/userinfo/{sub}`. The names are those of OpenID Connect.

use serde::{Deserialize, Serialize};

/// What a payer has shared. Members the payer was not asked for are left out.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Userinfo {
    /// The payer's id for this sales unit.
    pub sub: String,
    /// First and last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub name: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub family_name: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub email: Option<String>,
    /// Whether it was shown to be the payer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub email_verified: Option<bool>,
    /// The telephone number with country code, digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub phone_number: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub birthdate: Option<String>,
    /// Where the payer usually lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub address: Option<UserinfoAddress>,
    /// Where else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub other_addresses: Option<Vec<UserinfoAddress>>,
}

/// Part of [`Userinfo`].
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UserinfoAddress {
    /// `home` or `other`.
    pub address_type: String,
    /// Street and number.
    pub street_address: String,
    /// Postal code.
    pub postal_code: String,
    /// The town.
    pub region: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// All of it, line by line.
    pub formatted: String,
}
