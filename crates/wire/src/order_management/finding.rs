//! What does not add up in a receipt.

use serde::{Deserialize, Serialize};

/// Answer to `GET /_kasse/order-management/{paymentType}/{orderId}/findings`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Findings {
    /// All of them, line by line.
    pub findings: Vec<Finding>,
}

/// Something that does not add up.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What, by its name.
    pub kind: String,
    /// In which line, counted from 0; left out where it is about all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// By how many minor units what was computed is more than what was written.
    pub difference: i64,
}
