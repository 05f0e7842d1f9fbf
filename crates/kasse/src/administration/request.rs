//! What may be asked of administration.

use domain::{
    merchant::{Flag, Market},
    text::{Msn, PartnerId, PartnerName, SalesUnitName},
};
use engine::{KeyHolder, KeyKind};
use serde::{Deserialize, Serialize};

use super::word;

/// One command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Make a sales unit.
    CreateSalesUnit {
        /// Its name.
        #[serde(with = "word")]
        name: SalesUnitName,
        /// Where it sells.
        #[serde(with = "word")]
        market: Market,
    },
    /// Switch what a sales unit may do.
    SetFlags {
        /// Which sales unit.
        #[serde(with = "word")]
        msn: Msn,
        /// What to switch.
        switches: Vec<Switch>,
    },
    /// List the sales units.
    ListSalesUnits,
    /// Make a partner.
    CreatePartner {
        /// Its name.
        #[serde(with = "word")]
        name: PartnerName,
    },
    /// List the partners.
    ListPartners,
    /// Let a partner act for a sales unit.
    Connect {
        /// Which partner.
        #[serde(with = "word")]
        partner: PartnerId,
        /// Which sales unit.
        #[serde(with = "word")]
        msn: Msn,
    },
    /// Let no partner act for a sales unit any more.
    Disconnect {
        /// Which sales unit.
        #[serde(with = "word")]
        msn: Msn,
    },
    /// Make a key anew.
    RotateKey {
        /// Whose.
        #[serde(with = "word")]
        holder: KeyHolder,
        /// Which.
        #[serde(with = "word")]
        key: KeyKind,
    },
    /// Make a key void.
    RevokeKey {
        /// Whose.
        #[serde(with = "word")]
        holder: KeyHolder,
        /// Which.
        #[serde(with = "word")]
        key: KeyKind,
    },
}

/// One flag with where it stands or shall stand.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// Which.
    #[serde(with = "word")]
    pub(crate) flag: Flag,
    /// Whether it is on.
    pub(crate) on: bool,
}

impl Request {
    /// The command as it is typed, for the log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::CreateSalesUnit { .. } => "sales-unit create",
            Self::SetFlags { .. } => "sales-unit set",
            Self::ListSalesUnits => "sales-unit list",
            Self::CreatePartner { .. } => "partner create",
            Self::ListPartners => "partner list",
            Self::Connect { .. } => "partner connect",
            Self::Disconnect { .. } => "partner disconnect",
            Self::RotateKey { .. } => "keys rotate",
            Self::RevokeKey { .. } => "keys revoke",
        }
    }

    /// Whom it concerns, for the log; nobody where it makes or lists.
    pub(super) fn concerns(&self) -> &str {
        match self {
            Self::SetFlags { msn, .. } | Self::Connect { msn, .. } | Self::Disconnect { msn } => msn.as_str(),
            Self::RotateKey { holder, .. } | Self::RevokeKey { holder, .. } => holder.as_str(),
            Self::CreateSalesUnit { .. } | Self::ListSalesUnits | Self::CreatePartner { .. } | Self::ListPartners => "",
        }
    }
}
