//! Who may call: sales units and their keys, small enough to be held in memory whole.
//!
//! A secret is here only as a keyed digest; nothing in the store can be turned back into one.

use domain::{merchant::SalesUnit, text::Msn, time::Timestamp};

/// A keyed digest of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Digest(pub [u8; 32]);

/// The id of a set of keys; not a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeySetId(pub [u8; 16]);

/// One of the secrets of a key set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// The client secret.
    ClientSecret,
    /// The primary subscription key.
    PrimarySubscriptionKey,
    /// The secondary subscription key.
    SecondarySubscriptionKey,
}

/// A client id with the digests of its secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeySet {
    /// Its id.
    pub id: KeySetId,
    /// The sales unit it acts for.
    pub msn: Msn,
    /// The client id, lower case; not a secret.
    pub client_id: Box<str>,
    /// Of the client secret.
    pub client_secret: Digest,
    /// Of the two subscription keys, primary and secondary.
    pub subscription_keys: [Digest; 2],
}

/// A sales unit about to be stored, with its first keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSalesUnit {
    /// The sales unit.
    pub unit: SalesUnit,
    /// Its keys.
    pub key_set: KeySet,
    /// When.
    pub created_at: Timestamp,
}

/// Every sales unit and key set there is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Directory {
    /// By MSN.
    pub units: Vec<SalesUnit>,
    /// In no particular order.
    pub key_sets: Vec<KeySet>,
}
