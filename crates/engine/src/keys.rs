//! The installation's own keys: what makes its digests, links and tokens its own.
//!
//! They are made once, at initialisation, and kept by whoever starts the server, apart from the database. They are never shown.

use std::sync::{Arc, PoisonError, RwLock};

use domain::time::{Span, Timestamp};
use ring::{hmac, signature::Ed25519KeyPair};
use store::Digest;
use zeroize::Zeroizing;

use crate::{entropy::Entropy, seal::MasterKey};

/// How long a signing key is used before the next takes over.
pub const SIGNING_KEY_AGE_MAX: Span = Span::days(30);
/// How long a replaced signing key is still accepted: longer than any token lives.
pub const SIGNING_KEY_GRACE: Span = Span::days(2);

/// How long a new signing key is there before it signs, so that every node knows it by then.
const SIGNING_KEY_NOTICE: Span = Span::minutes(1);

/// The keys as they are kept.
pub struct KeyMaterial {
    /// For digests of secrets.
    pub pepper: Zeroizing<[u8; 32]>,
    /// For payment links.
    pub links: Zeroizing<[u8; 32]>,
    /// For access tokens, oldest first; the last one signs, once it has been there for a minute.
    pub signing: Vec<SigningSeed>,
}

/// A signing key as it is kept.
pub struct SigningSeed {
    /// Its public name.
    pub id: String,
    /// The private half.
    pub seed: Zeroizing<[u8; 32]>,
    /// When it was made.
    pub made_at: Timestamp,
}

impl KeyMaterial {
    /// New keys.
    pub fn generate(entropy: &dyn Entropy, now: Timestamp) -> Self {
        Self {
            pepper: Zeroizing::new(entropy.bytes()),
            links: Zeroizing::new(entropy.bytes()),
            signing: vec![SigningSeed::generate(entropy, now)],
        }
    }

    /// Puts a new signing key in charge if the present one has served long enough, and drops those no token can be signed by any more.
    /// Answers whether anything changed and has to be kept.
    pub fn rotate(&mut self, entropy: &dyn Entropy, now: Timestamp) -> bool {
        let before = self.signing.len();
        let newest = self.signing.last().map(|seed| seed.made_at);
        let is_due = newest.is_none_or(|made_at| now >= made_at.plus(SIGNING_KEY_AGE_MAX));
        if is_due {
            self.signing.push(SigningSeed::generate(entropy, now));
        }
        let made: Vec<Timestamp> = self.signing.iter().map(|seed| seed.made_at).collect();
        let mut position = 0;
        self.signing.retain(|_| {
            position += 1;
            made.get(position).is_none_or(|successor_made_at| now < successor_made_at.plus(SIGNING_KEY_GRACE))
        });
        is_due || self.signing.len() != before
    }
}

impl SigningSeed {
    fn generate(entropy: &dyn Entropy, made_at: Timestamp) -> Self {
        let id = uuid::Uuid::from_bytes(entropy.uuid()).to_string();
        Self { id, seed: Zeroizing::new(entropy.bytes()), made_at }
    }
}

/// The keys as they are used.
pub struct Keys {
    pepper: hmac::Key,
    links: hmac::Key,
    sealing: MasterKey,
    signing: RwLock<Arc<Ring>>,
}

/// The signing keys in use, oldest first.
pub(crate) struct Ring(Vec<SigningKey>);

/// A key that signs access tokens.
pub(crate) struct SigningKey {
    pub(crate) id: String,
    pub(crate) pair: Ed25519KeyPair,
    made_at: Timestamp,
}

/// A kept signing key that is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no usable signing key")]
pub struct NoSigningKey;

impl Keys {
    /// The keys made usable.
    ///
    /// # Errors
    /// Where there is no signing key.
    pub fn new(material: &KeyMaterial) -> Result<Self, NoSigningKey> {
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, &*material.pepper);
        let mut sealing = Zeroizing::new([0; 32]);
        for (to, from) in sealing.iter_mut().zip(hmac::sign(&pepper, b"sealing\0").as_ref()) {
            *to = *from;
        }
        Ok(Self {
            sealing: MasterKey::new(sealing),
            pepper,
            links: hmac::Key::new(hmac::HMAC_SHA256, &*material.links),
            signing: RwLock::new(Arc::new(Ring::new(&material.signing)?)),
        })
    }

    /// From now on these sign and are accepted, instead of those before.
    pub(crate) fn replace_signing(&self, seeds: &[SigningSeed]) -> Result<(), NoSigningKey> {
        let ring = Arc::new(Ring::new(seeds)?);
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// The signing keys in use.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.signing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What seals secrets that have to be read again. It is made of the pepper, under a label no digest begins with.
    pub(crate) const fn sealing(&self) -> &MasterKey {
        &self.sealing
    }

    /// The digest a secret is stored and found by.
    pub(crate) fn digest(&self, purpose: Purpose, secret: &str) -> Digest {
        let mut context = hmac::Context::with_key(&self.pepper);
        context.update(purpose.label());
        context.update(secret.as_bytes());
        let mut digest = [0; 32];
        for (to, from) in digest.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        Digest(digest)
    }

    /// Whether `secret` is the one this digest was made of, in a time that does not tell how nearly.
    pub(crate) fn is_of(&self, digest: &Digest, purpose: Purpose, secret: &str) -> bool {
        let mut message = purpose.label().to_vec();
        message.extend_from_slice(secret.as_bytes());
        hmac::verify(&self.pepper, &message, &digest.0).is_ok()
    }

    /// The code only this installation can make over a message: what links, short names and payers' codes are made of. Messages of
    /// different kinds begin differently.
    pub(crate) fn code<const N: usize>(&self, message: &[u8]) -> [u8; N] {
        let mut code = [0; N];
        for (to, from) in code.iter_mut().zip(hmac::sign(&self.links, message).as_ref()) {
            *to = *from;
        }
        code
    }

    /// Whether the two are the same, compared through another code, so that the time taken tells nothing of how nearly a guess came.
    pub(crate) fn is_same(&self, genuine: &[u8], given: &[u8]) -> bool {
        hmac::verify(&self.links, given, hmac::sign(&self.links, genuine).as_ref()).is_ok()
    }
}

impl Ring {
    fn new(seeds: &[SigningSeed]) -> Result<Self, NoSigningKey> {
        let key = |seed: &SigningSeed| {
            let pair = Ed25519KeyPair::from_seed_unchecked(&*seed.seed).map_err(|_| NoSigningKey)?;
            Ok(SigningKey { id: seed.id.clone(), pair, made_at: seed.made_at })
        };
        let keys: Vec<SigningKey> = seeds.iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(NoSigningKey) } else { Ok(Self(keys)) }
    }

    /// The key that signs: the newest that every node knows, or the only one.
    pub(crate) fn signing_key(&self, now: Timestamp) -> Option<&SigningKey> {
        let is_known = |key: &&SigningKey| now >= key.made_at.plus(SIGNING_KEY_NOTICE);
        self.0.iter().rev().find(is_known).or(self.0.first())
    }

    /// The key of this name, if it is one of ours and still accepted.
    pub(crate) fn verifying_key(&self, id: &str) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

/// What a secret is for: the same text has another digest for another purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    ClientSecret,
    SubscriptionKey,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::ClientSecret => b"client secret\0",
            Self::SubscriptionKey => b"subscription key\0",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_milliseconds(0).plus(Span::days(days))
    }

    #[test]
    fn a_signing_key_serves_thirty_days_and_is_accepted_two_days_more() {
        let entropy = SystemEntropy::new();
        let mut material = KeyMaterial::generate(&entropy, at(0));
        let first = material.signing[0].id.clone();
        assert!(!material.rotate(&entropy, at(29)));
        assert!(material.rotate(&entropy, at(30)));
        let ids = |material: &KeyMaterial| material.signing.iter().map(|seed| seed.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&material).len(), 2);
        assert!(ids(&material).contains(&first));
        assert!(!material.rotate(&entropy, at(31)));
        assert!(material.rotate(&entropy, at(32)));
        assert_eq!(material.signing.len(), 1);
        assert!(!ids(&material).contains(&first));
    }

    #[test]
    fn a_new_signing_key_signs_once_it_has_been_there_for_a_minute() {
        let entropy = SystemEntropy::new();
        let mut material = KeyMaterial::generate(&entropy, at(0));
        let signing = |material: &KeyMaterial, now: Timestamp| {
            Ring::new(&material.signing).unwrap().signing_key(now).unwrap().id.clone()
        };
        assert_eq!(signing(&material, at(0)), material.signing[0].id, "there is no other");
        assert!(material.rotate(&entropy, at(30)));
        let [old, new] = [0, 1].map(|index| material.signing[index].id.clone());
        let minute = at(30).plus(SIGNING_KEY_NOTICE);
        assert_eq!(signing(&material, minute.minus(Span::milliseconds(1))), old);
        assert_eq!(signing(&material, minute), new);
    }

    #[test]
    fn a_digest_is_of_one_secret_for_one_purpose() {
        let keys = Keys::new(&KeyMaterial::generate(&SystemEntropy::new(), at(0))).unwrap();
        let digest = keys.digest(Purpose::ClientSecret, "one");
        assert!(keys.is_of(&digest, Purpose::ClientSecret, "one"));
        assert!(!keys.is_of(&digest, Purpose::ClientSecret, "two"));
        assert!(!keys.is_of(&digest, Purpose::SubscriptionKey, "one"));
    }
}
