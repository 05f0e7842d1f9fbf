//! Partners: making them with their keys, and connecting sales units to them.
//!
//! A partner acts for every sales unit connected to it, and a sales unit for itself all the same. Whom a token may act for is asked at
//! every call (`access`), so that a connection counts, and ends, at once.

use domain::text::{Msn, PartnerId, PartnerName};
use store::{Connection, Directory, DirectoryChange, KeyHolder, NewPartner, Partner, Trouble};

use crate::{Engine, key_sets::IssuedKeys};

/// How often a free id is looked for before giving up.
const ID_DRAWS_MAX: usize = 32;

/// Why a sales unit was not connected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotConnected {
    /// There is no such sales unit.
    NoSuchSalesUnit,
    /// There is no such partner.
    NoSuchPartner,
    /// It has a partner, and it may have one only.
    HasAnother(Partner),
}

/// What disconnecting came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Disconnected {
    /// It had this partner and has none now.
    From(Partner),
    /// It had none.
    HadNone,
    /// There is no such sales unit.
    NoSuchSalesUnit,
}

impl Engine {
    /// Every partner, by id, with the sales units connected to it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn partners(&self) -> Result<Vec<(Partner, Vec<Msn>)>, Trouble> {
        let Directory { partners, connections, .. } = self.store.directory().await?;
        let connected_to = |partner: &Partner| {
            let connections = connections.iter().filter(|connection| connection.partner == partner.id);
            connections.map(|connection| connection.msn.clone()).collect()
        };
        Ok(partners.into_iter().map(|partner| (partner.clone(), connected_to(&partner))).collect())
    }

    /// A new partner under an id nobody has, with keys.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn create_partner(&self, name: PartnerName) -> Result<(PartnerId, IssuedKeys), Trouble> {
        for _ in 0..ID_DRAWS_MAX {
            let (id, keys) = (self.draw_partner_id()?, self.draw_keys());
            let key_set = self.key_set(KeyHolder::Partner(id.clone()), &keys);
            let key_set_id = key_set.id;
            let partner = Partner { id: id.clone(), name: name.clone() };
            let new = NewPartner { partner, key_set, created_at: self.clock.wall() };
            let decide = Box::new(move |stored: &Directory| {
                stored.partner(&new.partner.id).is_none().then(|| DirectoryChange::CreatePartner(new.clone()))
            });
            let directory = self.change_directory(decide).await?;
            if directory.key_sets.iter().any(|key_set| key_set.id == key_set_id) {
                return Ok((id, keys));
            }
        }
        Err(Trouble::Unavailable("no free partner id was found".to_owned()))
    }

    /// Lets a partner act for a sales unit from now on. Doing it again changes nothing.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn connect(&self, msn: &Msn, partner: &PartnerId) -> Result<Result<Partner, NotConnected>, Trouble> {
        let wanted = Connection { msn: msn.clone(), partner: partner.clone() };
        let decide = Box::new(move |stored: &Directory| {
            let both_exist = stored.unit(&wanted.msn).is_some() && stored.partner(&wanted.partner).is_some();
            let is_free = stored.partner_of(&wanted.msn).is_none();
            (both_exist && is_free).then(|| DirectoryChange::Connect(wanted.clone()))
        });
        let directory = self.change_directory(decide).await?;
        Ok(match directory.partner_of(msn) {
            Some(connected) if connected.id == *partner => Ok(connected.clone()),
            _ if directory.unit(msn).is_none() => Err(NotConnected::NoSuchSalesUnit),
            _ if directory.partner(partner).is_none() => Err(NotConnected::NoSuchPartner),
            Some(another) => Err(NotConnected::HasAnother(another.clone())),
            None => return Err(Trouble::Unavailable("somebody else disconnected it at the same moment".to_owned())),
        })
    }

    /// Lets no partner act for a sales unit any more, with whatever token.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn disconnect(&self, msn: &Msn) -> Result<Disconnected, Trouble> {
        let before = self.store.directory().await?;
        let unit = msn.clone();
        let decide = Box::new(move |stored: &Directory| {
            stored.partner_of(&unit).map(|_| DirectoryChange::Disconnect(unit.clone()))
        });
        let after = self.change_directory(decide).await?;
        Ok(match before.partner_of(msn) {
            _ if after.unit(msn).is_none() => Disconnected::NoSuchSalesUnit,
            Some(partner) => Disconnected::From(partner.clone()),
            None => Disconnected::HadNone,
        })
    }

    fn draw_partner_id(&self) -> Result<PartnerId, Trouble> {
        const NUMBERS: u32 = 1_000_000;
        let number = u32::from_be_bytes(self.entropy.bytes()) % NUMBERS;
        PartnerId::parse(&format!("partner-{number:06}")).map_err(|invalid| Trouble::Broken(invalid.0.to_owned()))
    }
}
