//! The delivery log: what is told of deliveries below `/_kasse/webhooks`. These bodies are ours, nobody has published them.
//!
//! What has no value is left out. No secret is in any of them.

use serde::{Deserialize, Serialize};

/// A page of deliveries, the newest first.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Deliveries {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// What to ask for the next page with; not there on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A delivery.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// Whom it is for.
    pub webhook_id: String,
    /// Where to.
    pub url: String,
    /// The sales unit it is about.
    pub msn: String,
    /// The payment, or the name of a test.
    pub reference: String,
    /// What of: of a payment's event the name it has in the body, of others their type.
    pub name: String,
    /// The id of the event, the same in every delivery of it.
    pub event_id: String,
    /// Why: `event`, `resend` or `test`.
    pub kind: String,
    /// How far it has come: `pending`, `delivered`, `given_up` or `dropped`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What was answered last, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<u16>,
    /// What went wrong last, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it came into being.
    pub created_at: String,
    /// When it is tried next, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<String>,
}

/// A delivery with everything that is known of it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// What is sent, byte for byte.
    pub body: String,
    /// The digest of that, as its header has it.
    pub content_hash: String,
    /// What was tried, first to last.
    pub attempt_log: Vec<SignedAttempt>,
    /// How its registration ended, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_removed: Option<Removal>,
}

/// An attempt.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Which, from 1.
    pub number: u32,
    /// When it began, in real time.
    pub time: String,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// What was answered, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong, by its class, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How the answer's body began, as text.
    pub answer: String,
    /// When it is tried again, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<String>,
}

/// An attempt with what it was sent with.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct SignedAttempt {
    /// The attempt.
    #[serde(flatten)]
    pub attempt: Attempt,
    /// What it was sent with.
    pub request_headers: Vec<Header>,
    /// What was signed.
    pub string_to_sign: String,
    /// The digest of the body in it.
    pub content_hash: String,
}

/// A header of a request.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How a registration ended.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// When.
    pub at: String,
    /// Why: `deleted`, `failing` or `nobody_listens`.
    pub cause: String,
    /// What went wrong last, if anything had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// An attempt as the stream tells it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Attempted {
    /// The delivery, as it is now.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// The attempt.
    pub attempt: Attempt,
}

/// What will be sent because it was asked for.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// The ids of the deliveries.
    pub deliveries: Vec<String>,
}
