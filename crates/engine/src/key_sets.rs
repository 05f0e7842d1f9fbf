//! The keys of sales units and partners: made, made anew, revoked.
//!
//! A secret leaves this module once, in the answer of the call that made it; what is stored is its digest.

use store::{Directory, DirectoryChange, KeyHolder, KeyKind, KeySet, KeySetId, Trouble};
use zeroize::Zeroizing;

use crate::{Engine, keys::Purpose};

/// 192 bits, in base64 without padding characters to escape.
const CLIENT_SECRET_BYTES: usize = 24;

/// A key set in the clear: shown once, then forgotten.
pub struct IssuedKeys {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Zeroizing<String>,
    /// The primary and the secondary subscription key.
    pub subscription_keys: [Zeroizing<String>; 2],
}

impl Engine {
    /// Makes a key anew and answers it, this once. The old one is refused at once; tokens it helped to get run out by themselves. Nothing
    /// is answered where the holder does not exist.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn regenerate_key(&self, holder: &KeyHolder, key: KeyKind) -> Result<Option<Zeroizing<String>>, Trouble> {
        let (purpose, fresh) = match key {
            KeyKind::ClientSecret => (Purpose::ClientSecret, self.draw_client_secret()),
            KeyKind::PrimarySubscriptionKey | KeyKind::SecondarySubscriptionKey => {
                (Purpose::SubscriptionKey, self.draw_subscription_key())
            }
        };
        let digest = self.keys.digest(purpose, &fresh);
        let whose = holder.clone();
        let decide = Box::new(move |stored: &Directory| {
            let key_set = stored.key_set_of(&whose)?.id;
            Some(DirectoryChange::ReplaceKey { key_set, key, digest })
        });
        let directory = self.change_directory(decide).await?;
        Ok(directory.key_set_of(holder).map(|_| fresh))
    }

    /// Makes a key void with nothing in its place, and with it every token its set has got so far. Answers the keys of the set that still
    /// count, or nothing where the holder does not exist.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn revoke_key(&self, holder: &KeyHolder, key: KeyKind) -> Result<Option<Vec<KeyKind>>, Trouble> {
        let whose = holder.clone();
        let decide = Box::new(move |stored: &Directory| {
            let key_set = stored.key_set_of(&whose)?.id;
            Some(DirectoryChange::RevokeKey { key_set, key })
        });
        let directory = self.change_directory(decide).await?;
        let still = |key_set: &KeySet| KeyKind::ALL.into_iter().filter(|key| key_set.key(*key).is_some()).collect();
        Ok(directory.key_set_of(holder).map(still))
    }

    /// A key set nobody has.
    pub(crate) fn draw_keys(&self) -> IssuedKeys {
        IssuedKeys {
            client_id: uuid::Uuid::from_bytes(self.entropy.uuid()).to_string(),
            client_secret: self.draw_client_secret(),
            subscription_keys: [self.draw_subscription_key(), self.draw_subscription_key()],
        }
    }

    /// The key set as it is stored.
    pub(crate) fn key_set(&self, holder: KeyHolder, keys: &IssuedKeys) -> KeySet {
        KeySet {
            id: KeySetId(self.entropy.uuid()),
            holder,
            client_id: keys.client_id.as_str().into(),
            generation: 0,
            client_secret: Some(self.keys.digest(Purpose::ClientSecret, &keys.client_secret)),
            subscription_keys: keys
                .subscription_keys
                .each_ref()
                .map(|key| Some(self.keys.digest(Purpose::SubscriptionKey, key))),
        }
    }

    fn draw_client_secret(&self) -> Zeroizing<String> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        Zeroizing::new(STANDARD.encode(self.entropy.bytes::<CLIENT_SECRET_BYTES>()))
    }

    pub(crate) fn draw_subscription_key(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:032x}", u128::from_be_bytes(self.entropy.bytes())))
    }
}
