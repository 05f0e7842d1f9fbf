//! Who may call: sales units, partners and their keys, small enough to be held in memory whole.
//!
//! A secret is here only as a keyed digest; nothing in the store can be turned back into one.

use domain::{
    merchant::SalesUnit,
    text::{Msn, PartnerId, PartnerName},
    time::Timestamp,
};

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

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::ClientSecret, Self::PrimarySubscriptionKey, Self::SecondarySubscriptionKey];
}

/// Who has a set of keys.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum KeyHolder {
    /// A sales unit, which acts for itself.
    SalesUnit(Msn),
    /// A partner, which acts for the sales units connected to it.
    Partner(PartnerId),
}

impl KeyHolder {
    /// Its number or id; nobody else's looks the same.
    pub fn as_str(&self) -> &str {
        match self {
            Self::SalesUnit(msn) => msn.as_str(),
            Self::Partner(partner) => partner.as_str(),
        }
    }
}

/// A client id with the digests of its secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeySet {
    /// Its id.
    pub id: KeySetId,
    /// Whose it is.
    pub holder: KeyHolder,
    /// The client id, lower case; not a secret.
    pub client_id: Box<str>,
    /// Raised whenever one of its keys is revoked. What was issued to an earlier one is void.
    pub generation: u32,
    /// Of the client secret; none while it is revoked.
    pub client_secret: Option<Digest>,
    /// Of the two subscription keys, primary and secondary; none while it is revoked.
    pub subscription_keys: [Option<Digest>; 2],
}

impl KeySet {
    /// The digest of one of its keys, if it is not revoked.
    pub const fn key(&self, key: KeyKind) -> Option<Digest> {
        let [primary, secondary] = self.subscription_keys;
        match key {
            KeyKind::ClientSecret => self.client_secret,
            KeyKind::PrimarySubscriptionKey => primary,
            KeyKind::SecondarySubscriptionKey => secondary,
        }
    }
}

/// A partner: it acts for sales units of merchants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: PartnerName,
}

/// A sales unit's one partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// The sales unit.
    pub msn: Msn,
    /// Who acts for it.
    pub partner: PartnerId,
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

/// A partner about to be stored, with its keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPartner {
    /// The partner.
    pub partner: Partner,
    /// Its keys.
    pub key_set: KeySet,
    /// When.
    pub created_at: Timestamp,
}

/// Everybody who may call, with their keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Directory {
    /// Another for every state, where several nodes may change it.
    pub version: u64,
    /// By MSN.
    pub units: Vec<SalesUnit>,
    /// By id.
    pub partners: Vec<Partner>,
    /// By MSN.
    pub connections: Vec<Connection>,
    /// In no particular order.
    pub key_sets: Vec<KeySet>,
}

impl Directory {
    /// The sales unit of this number.
    pub fn unit(&self, msn: &Msn) -> Option<&SalesUnit> {
        self.units.iter().find(|unit| unit.msn == *msn)
    }

    /// The partner of this id.
    pub fn partner(&self, id: &PartnerId) -> Option<&Partner> {
        self.partners.iter().find(|partner| partner.id == *id)
    }

    /// The partner a sales unit is connected to.
    pub fn partner_of(&self, msn: &Msn) -> Option<&Partner> {
        let connection = self.connections.iter().find(|connection| connection.msn == *msn)?;
        self.partner(&connection.partner)
    }

    /// The keys of a sales unit or partner.
    pub fn key_set_of(&self, holder: &KeyHolder) -> Option<&KeySet> {
        self.key_sets.iter().find(|key_set| key_set.holder == *holder)
    }
}

/// A pure function from the directory as stored to what shall become of it; `None` leaves things as they are.
pub type DirectoryDecision = Box<dyn Fn(&Directory) -> Option<DirectoryChange> + Send + Sync>;

/// What becomes of the directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DirectoryChange {
    /// A sales unit comes into being, with keys.
    CreateSalesUnit(NewSalesUnit),
    /// A sales unit is this from now on. If that switches it off, everything issued to its keys so far is void, also once it is on again.
    UpdateSalesUnit(SalesUnit),
    /// A partner comes into being, with keys.
    CreatePartner(NewPartner),
    /// A sales unit that has no partner has one from now on.
    Connect(Connection),
    /// A sales unit has no partner any more.
    Disconnect(Msn),
    /// One key of a set is another from now on; the others stay, and so does everything issued so far.
    ReplaceKey {
        /// The key set.
        key_set: KeySetId,
        /// Which of its keys.
        key: KeyKind,
        /// Of the new one.
        digest: Digest,
    },
    /// One key of a set is void from now on, and everything issued to the set so far with it; the other keys stay.
    RevokeKey {
        /// The key set.
        key_set: KeySetId,
        /// Which of its keys.
        key: KeyKind,
    },
}
