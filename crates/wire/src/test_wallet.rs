//! Wallet automation: what is answered below `/_kasse/test/wallet`. These bodies are ours, nobody has published them.
//!
//! What has no value is left out. Sums are in minor units.

mod history;
mod payer;
mod requests;

pub use history::{Header, Help, HistoryItem, Transaction};
pub use payer::{Address, Payer, Source, Step};
pub use requests::{Attempt, Attempts, NotDone, Request, Requests, Scanned, Standing};

use serde::{Deserialize, Serialize};

/// What a payer's wallet shows to be scanned.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct PersonalQr {
    /// The content of the code.
    pub content: String,
}

/// What a merchant is told when a payer checks in.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct CustomerToken {
    /// The token.
    pub customer_token: String,
}
