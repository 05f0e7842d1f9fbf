//! The columns of those who may call, which every keeper has, and what they make of them.

use domain::{
    merchant::{Flag, Flags, Market, SalesUnit},
    text::{Msn, PartnerId, PartnerName, SalesUnitName, Space},
};

use super::{Unreadable, odd};
use crate::{Connection, Digest, KeyHolder, KeySet, KeySetId, Partner};

fn read_msn(msn: &str) -> Result<Msn, Unreadable> {
    Msn::parse(msn).map_err(|_| odd("msn"))
}

pub(crate) fn read_sales_unit(
    msn: &str,
    name: &str,
    market: &str,
    space: &str,
    flags: &str,
) -> Result<SalesUnit, Unreadable> {
    Ok(SalesUnit {
        msn: read_msn(msn)?,
        name: SalesUnitName::parse(name).map_err(|_| odd("name"))?,
        market: Market::from_code(market).ok_or_else(|| odd("market"))?,
        space: Space::parse(space).map_err(|_| odd("space"))?,
        flags: read_flags(flags)?,
    })
}

pub(crate) fn read_partner(partner: &str, name: &str) -> Result<Partner, Unreadable> {
    Ok(Partner {
        id: PartnerId::parse(partner).map_err(|_| odd("partner"))?,
        name: PartnerName::parse(name).map_err(|_| odd("name"))?,
    })
}

pub(crate) fn read_connection(msn: &str, partner: &str) -> Result<Connection, Unreadable> {
    let partner = PartnerId::parse(partner).map_err(|_| odd("partner"))?;
    Ok(Connection { msn: read_msn(msn)?, partner })
}

/// The row of a key set.
pub(crate) struct KeySetColumns<'a> {
    pub(crate) id: [u8; 16],
    pub(crate) msn: Option<&'a str>,
    pub(crate) partner: Option<&'a str>,
    pub(crate) client_id: &'a str,
    pub(crate) generation: u32,
    pub(crate) client_secret: Option<[u8; 32]>,
    pub(crate) primary_key: Option<[u8; 32]>,
    pub(crate) secondary_key: Option<[u8; 32]>,
}

impl<'a> KeySetColumns<'a> {
    pub(crate) fn of(key_set: &'a KeySet) -> Self {
        let KeySet { id, holder, client_id, generation, client_secret, subscription_keys: [primary, secondary] } =
            key_set;
        let (msn, partner) = match holder {
            KeyHolder::SalesUnit(msn) => (Some(msn.as_str()), None),
            KeyHolder::Partner(partner) => (None, Some(partner.as_str())),
        };
        Self {
            id: id.0,
            msn,
            partner,
            client_id,
            generation: *generation,
            client_secret: client_secret.map(|digest| digest.0),
            primary_key: primary.map(|digest| digest.0),
            secondary_key: secondary.map(|digest| digest.0),
        }
    }

    pub(crate) fn read(&self) -> Result<KeySet, Unreadable> {
        let holder = match (self.msn, self.partner) {
            (Some(msn), None) => KeyHolder::SalesUnit(read_msn(msn)?),
            (None, Some(partner)) => KeyHolder::Partner(PartnerId::parse(partner).map_err(|_| odd("partner"))?),
            _ => return Err(odd("the holder of a key set")),
        };
        Ok(KeySet {
            id: KeySetId(self.id),
            holder,
            client_id: self.client_id.into(),
            generation: self.generation,
            client_secret: self.client_secret.map(Digest),
            subscription_keys: [self.primary_key, self.secondary_key].map(|key| key.map(Digest)),
        })
    }
}

/// Flags as text: the names of those that are on, with spaces between.
pub(crate) fn flags_text(flags: Flags) -> String {
    flags.on().map(Flag::name).collect::<Vec<_>>().join(" ")
}

fn read_flags(text: &str) -> Result<Flags, Unreadable> {
    text.split_whitespace()
        .try_fold(Flags::NONE, |flags, name| Ok(flags.with(Flag::from_name(name).ok_or_else(|| odd("a flag"))?, true)))
}
