//! A payment as it stands in a payer's history.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::epayment::v1::Amount;

/// A payment in the history.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct HistoryItem {
    /// The payment.
    pub reference: String,
    /// Its state.
    pub state: String,
    /// What stands above.
    pub header: Header,
    /// What it was paid with, as the payer knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_with: Option<String>,
    /// What moved, the newest first.
    pub transactions: Vec<Transaction>,
    /// The receipt, as the merchant wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Box<RawValue>>,
    /// Where the shop has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_url: Option<String>,
    /// What to say when asking for help.
    pub help: Help,
}

/// Whom, and what it came to.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The sales unit.
    pub name: String,
    /// What was taken and not given back; while nothing is taken, what is set aside.
    pub amount: Amount,
    /// Whether nothing is taken yet.
    pub is_reserved: bool,
    /// What was set aside in all.
    pub reserved: Amount,
    /// What was taken of it.
    pub captured: Amount,
    /// What was given back.
    pub refunded: Amount,
    /// What is not set aside any more.
    pub released: Amount,
}

/// Something that moved, or did not.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    /// `reserved`, `captured`, `refunded`, `released` or `failed`.
    pub kind: String,
    /// When.
    pub at: String,
    /// How much.
    pub amount: Amount,
    /// What stands before the sum: `-` where it was taken, `+` where it came back, nothing where nothing moved.
    pub sign: String,
    /// The key of its text.
    pub text: String,
}

/// What to say when asking for help.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Help {
    /// The merchant.
    pub name: String,
    /// The number of the sales unit.
    pub msn: String,
    /// The payment.
    pub reference: String,
}
