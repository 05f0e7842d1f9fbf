//! Sales units, partners and keys as they are looked up.

use std::{collections::HashMap, sync::Arc};

use domain::{
    merchant::SalesUnit,
    text::{Msn, PartnerId},
};
use store::{Digest, Directory, KeyHolder, KeySet, KeySetId};

/// One state of the directory, never changed once made.
pub(super) struct Known {
    version: u64,
    units: HashMap<Msn, Arc<SalesUnit>>,
    partners: HashMap<Msn, PartnerId>,
    key_sets: HashMap<KeySetId, KeySet>,
    by_client_id: HashMap<Box<str>, KeySetId>,
    by_subscription_key: HashMap<Digest, KeySetId>,
}

impl Known {
    pub(super) fn new(directory: &Directory) -> Self {
        let Directory { version, units, partners: _, connections, key_sets } = directory;
        let keys_of = |key_set: &KeySet| {
            let id = key_set.id;
            key_set.subscription_keys.into_iter().flatten().map(move |digest| (digest, id))
        };
        Self {
            version: *version,
            units: units.iter().map(|unit| (unit.msn.clone(), Arc::new(unit.clone()))).collect(),
            partners: connections.iter().map(|one| (one.msn.clone(), one.partner.clone())).collect(),
            key_sets: key_sets.iter().map(|key_set| (key_set.id, key_set.clone())).collect(),
            by_client_id: key_sets.iter().map(|key_set| (key_set.client_id.clone(), key_set.id)).collect(),
            by_subscription_key: key_sets.iter().flat_map(keys_of).collect(),
        }
    }

    /// Of the directory it was made of.
    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn unit(&self, msn: &Msn) -> Option<Arc<SalesUnit>> {
        self.units.get(msn).cloned()
    }

    /// Whether somebody may act for a sales unit, if there is one of this number.
    pub(super) fn may_act_for(&self, holder: &KeyHolder, msn: &Msn) -> bool {
        match holder {
            KeyHolder::SalesUnit(own) => own == msn,
            KeyHolder::Partner(partner) => self.partners.get(msn) == Some(partner),
        }
    }

    /// The first by number of the sales units connected to a partner.
    pub(super) fn any_connected_to(&self, partner: &PartnerId) -> Option<Msn> {
        let connected = self.partners.iter().filter(|(_, connected)| *connected == partner);
        connected.map(|(msn, _)| msn).min().cloned()
    }

    pub(super) fn key_set(&self, id: KeySetId) -> Option<&KeySet> {
        self.key_sets.get(&id)
    }

    pub(super) fn by_client_id(&self, client_id: &str) -> Option<&KeySet> {
        self.key_set(*self.by_client_id.get(client_id)?)
    }

    pub(super) fn by_subscription_key(&self, digest: &Digest) -> Option<&KeySet> {
        self.key_set(*self.by_subscription_key.get(digest)?)
    }
}
