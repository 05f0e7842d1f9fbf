//! What a payer is asked for, and what came of what the payer did.

use serde::{Deserialize, Serialize};

use crate::epayment::v1::Amount;

/// What waits for a payer, asked last first.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Requests {
    /// The requests.
    pub requests: Vec<Request>,
}

/// A request that waits.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The payment.
    pub reference: String,
    /// How much is asked for.
    pub amount: Amount,
    /// The screen it stands at.
    pub screen: String,
    /// When it lapses.
    pub expires_at: String,
}

/// A payment after something was done about it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The payment.
    pub reference: String,
    /// Its state.
    pub state: String,
}

/// A request that was opened by scanning a code.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Scanned {
    /// The payment.
    pub reference: String,
    /// The screen it stands at.
    pub screen: String,
}

/// Why something cannot be done, as the payer would be told.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct NotDone {
    /// The screen it is told on.
    pub screen: String,
    /// The key of the text.
    pub reason: String,
}

/// What was declined of a payment, first to last.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// The attempts.
    pub attempts: Vec<Attempt>,
}

/// An attempt to pay that was declined.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// When.
    pub at: String,
    /// With which source, by its id; not there where the payer had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The key of the text the payer was shown.
    pub reason: String,
}
