//! What remains: one contract, [`Store`], and the keepers that fulfil it.
//!
//! Every change of money or state is one [`Intent`] handed to [`Store::apply`]. The keeper claims the idempotency key, locks and loads what
//! the intent names, asks its decision, writes what the decision answers together with the answer kept under the key, and commits, all in
//! one transaction. The transaction never leaves the store, the decision goes in: so nobody outside can leave one open.
//!
//! Reads are separate, see everything that was acknowledged before they began, and never feed a decision.
//!
//! Only this crate knows SQL. It knows no wire format, no HTTP status and no clock.

mod announced;
mod checksum;
mod contract;
mod decision;
mod delivery;
mod directory;
mod findings;
mod intent;
mod order;
pub mod postgres;
mod record;
mod request;
pub mod sqlite;
mod webhook;

pub use announced::Announced;
pub use contract::{Answering, Instance, Mode, Store, Trouble};
pub use delivery::{
    Announce, Attempt, CLAIM_TIME_MAX, Claimed, DeliveriesChange, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId,
    DeliveryKind, DeliveryState, Lane, LoggedAttempt, NewDelivery, NewDeliveryOf, Recipient,
};
pub use directory::{
    Connection, Digest, Directory, DirectoryChange, DirectoryDecision, KeyHolder, KeyKind, KeySet, KeySetId,
    NewPartner, NewSalesUnit, Partner,
};
pub use findings::{Finding, examine, examine_directory};
pub use intent::{Answer, Idempotency, Intent, Kept, Operation, Outcome, PaymentChange, PaymentDecision, Work};
pub use order::{Image, Order, OrderChange, OrderDecision, OrderReceipt, OrderStanding, OrderSubject};
pub use request::{AskedPayment, PayerDecision, RequestChange, RequestDecision, RequestStanding};
pub use webhook::{Removal, RemovalCause, Webhook, WebhookId, WebhooksChange, WebhooksDecision};
