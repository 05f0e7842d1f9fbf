//! What administration answers. It may hold new secrets, so it cannot be printed or logged as it is; only the commands print its parts.

use domain::{
    merchant::{Flag, Flags, Market, SalesUnit},
    text::{Msn, PartnerId, PartnerName, SalesUnitName},
};
use engine::{KeyKind, Partner, key_sets::IssuedKeys};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::{Switch, word};

/// What a command came to.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// A sales unit was made.
    SalesUnitCreated {
        /// Its number.
        #[serde(with = "word")]
        msn: Msn,
        /// Its keys, this once.
        keys: SecretKeys,
    },
    /// A sales unit as it is now.
    SalesUnit(ShownSalesUnit),
    /// Every sales unit.
    SalesUnits(Vec<ShownSalesUnit>),
    /// A partner was made.
    PartnerCreated {
        /// Its id.
        #[serde(with = "word")]
        partner: PartnerId,
        /// Its keys, this once.
        keys: SecretKeys,
    },
    /// Every partner.
    Partners(Vec<ShownPartner>),
    /// A sales unit is connected to this partner.
    Connected(ShownPartner),
    /// A sales unit has no partner now; the one it had.
    Disconnected(Option<ShownPartner>),
    /// A key was made anew: this one.
    KeyRotated(Secret),
    /// A key is void.
    KeyRevoked {
        /// The keys of the set that still count.
        still_count: Vec<OneKey>,
    },
    /// Nothing was done, for this reason.
    Refused(String),
}

/// A sales unit as operators see it.
#[derive(Serialize, Deserialize)]
pub(crate) struct ShownSalesUnit {
    #[serde(with = "word")]
    pub(crate) msn: Msn,
    #[serde(with = "word")]
    pub(crate) name: SalesUnitName,
    #[serde(with = "word")]
    pub(crate) market: Market,
    /// Every flag.
    pub(crate) switches: Vec<Switch>,
}

impl ShownSalesUnit {
    pub(super) fn of(unit: &SalesUnit) -> Self {
        let switches = Flag::ALL.map(|flag| Switch { flag, on: unit.flags.has(flag) });
        let SalesUnit { msn, name, market, .. } = unit.clone();
        Self { msn, name, market, switches: switches.to_vec() }
    }

    /// The names of the flags that are not as a new sales unit has them: those that are on, or those that are off.
    pub(crate) fn switched(&self, on: bool) -> Vec<&'static str> {
        let is_switched = |switch: &&Switch| switch.on == on && Flags::NEW.has(switch.flag) != on;
        self.switches.iter().filter(is_switched).map(|switch| switch.flag.name()).collect()
    }

    /// The names of the flags that are on.
    pub(crate) fn flags(&self) -> Vec<&'static str> {
        self.switches.iter().filter(|switch| switch.on).map(|switch| switch.flag.name()).collect()
    }
}

/// A partner as operators see it.
#[derive(Serialize, Deserialize)]
pub(crate) struct ShownPartner {
    #[serde(with = "word")]
    pub(crate) id: PartnerId,
    #[serde(with = "word")]
    pub(crate) name: PartnerName,
    /// The sales units connected to it, where they were asked for.
    pub(crate) sales_units: Vec<OneMsn>,
}

impl ShownPartner {
    pub(super) fn of(partner: Partner, connected: Vec<Msn>) -> Self {
        let Partner { id, name } = partner;
        Self { id, name, sales_units: connected.into_iter().map(OneMsn).collect() }
    }

    /// The numbers of the sales units connected to it.
    pub(crate) fn msns(&self) -> Vec<&str> {
        self.sales_units.iter().map(|OneMsn(msn)| msn.as_str()).collect()
    }
}

/// The number of a sales unit.
#[derive(Serialize, Deserialize)]
pub(crate) struct OneMsn(#[serde(with = "word")] Msn);

/// A key of a set.
#[derive(Serialize, Deserialize)]
pub(crate) struct OneKey(#[serde(with = "word")] pub(crate) KeyKind);

/// A new key set in the clear.
#[derive(Serialize, Deserialize)]
pub(crate) struct SecretKeys {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) primary: Secret,
    pub(crate) secondary: Secret,
}

impl From<IssuedKeys> for SecretKeys {
    fn from(keys: IssuedKeys) -> Self {
        let IssuedKeys { client_id, client_secret, subscription_keys: [primary, secondary] } = keys;
        Self { client_id, client_secret: Secret(client_secret), primary: Secret(primary), secondary: Secret(secondary) }
    }
}

/// A secret in the clear, wiped when it is let go.
pub(crate) struct Secret(pub(super) Zeroizing<String>);

impl Secret {
    /// The secret.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|secret| Self(Zeroizing::new(secret)))
    }
}
