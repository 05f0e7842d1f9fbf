//! Sales units and keys as they are looked up.

use std::{collections::HashMap, sync::Arc};

use domain::{merchant::SalesUnit, text::Msn};
use store::{Digest, Directory, KeySet, KeySetId};

/// One state of the directory, never changed once made.
pub(super) struct Known {
    units: HashMap<Msn, Arc<SalesUnit>>,
    key_sets: HashMap<KeySetId, KeySet>,
    by_client_id: HashMap<Box<str>, KeySetId>,
    by_subscription_key: HashMap<Digest, KeySetId>,
}

impl Known {
    pub(super) fn new(directory: &Directory) -> Self {
        let Directory { units, key_sets } = directory;
        let keys_of = |key_set: &KeySet| key_set.subscription_keys.map(|digest| (digest, key_set.id));
        Self {
            units: units.iter().map(|unit| (unit.msn.clone(), Arc::new(unit.clone()))).collect(),
            key_sets: key_sets.iter().map(|key_set| (key_set.id, key_set.clone())).collect(),
            by_client_id: key_sets.iter().map(|key_set| (key_set.client_id.clone(), key_set.id)).collect(),
            by_subscription_key: key_sets.iter().flat_map(keys_of).collect(),
        }
    }

    pub(super) fn unit(&self, msn: &Msn) -> Option<Arc<SalesUnit>> {
        self.units.get(msn).cloned()
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
