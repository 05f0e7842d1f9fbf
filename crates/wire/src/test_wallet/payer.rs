//! A payer of a sandbox, with the wallet.

use serde::{Deserialize, Serialize};

/// A payer.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Payer {
    /// First and last name; the last word is the family's.
    pub name: String,
    /// The date of birth, `YYYY-MM-DD`.
    pub birth_date: String,
    /// The e-mail address.
    pub email: String,
    /// Where the payer lives, the usual place first.
    pub addresses: Vec<Address>,
    /// What there is to pay with, the usual source first.
    pub sources: Vec<Source>,
    /// How the payer learns of requests: `instant`.
    pub push_mode: String,
    /// What the browser does when the payment is over: `same` goes back to the shop, `never` does not.
    pub browser_mode: String,
    /// The language the payer reads, if not the browser's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the payer does without anybody's hand, a step for each new request; nothing where a person acts.
    pub script: Vec<Step>,
}

/// An address.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The payer's name for it.
    pub id: String,
    /// Street and number.
    pub address_line1: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// The city.
    pub city: String,
    /// The postal code.
    pub post_code: String,
    /// The country, two letters.
    pub country: String,
}

/// A card or an account.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its name.
    pub id: String,
    /// `card` or `account`.
    pub kind: String,
    /// Whose card it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: String,
    /// The last month a card is good in, `MM/YY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// What can be paid with it yet; not there where it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<i64>,
    /// Whether a card is a company's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commercial: Option<bool>,
    /// What it does when it is asked: `pays`, or the reason it declines for.
    pub behaviour: String,
}

/// A step of a script: so long after the request came, or so long before it lapses.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What is done.
    #[serde(rename = "do")]
    pub act: String,
    /// Seconds after the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seconds: Option<i64>,
    /// Seconds before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_end_seconds: Option<i64>,
}
