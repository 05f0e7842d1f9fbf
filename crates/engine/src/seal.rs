//! Sealing: what may lie where others can read it, and can be opened with the master key alone.
//!
//! AES-256-GCM with a nonce drawn for each sealing. What something is sealed for is part of the seal, so that it cannot be put in another's
//! place.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// The form sealed bytes have: this byte, the nonce, the sealed text with its tag.
const FORM: u8 = 1;

/// The key everything is sealed with.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// The key of these bytes.
    pub const fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// A key nobody has.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// Its bytes, to be kept where nobody else reads them.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a text for a purpose. None where the cipher does not take it, which is beyond any size of ours.
    pub fn seal(&self, purpose: &[u8], text: &[u8], entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut sealed = text.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*self.0).ok()?);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed).ok()?;
        Some([&[FORM][..], &nonce, &sealed].concat())
    }

    /// The text, if it was sealed with this key for this purpose and is whole.
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (form, rest) = sealed.split_first()?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().filter(|_| *form == FORM)?;
        let mut text = Zeroizing::new(text.to_vec());
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*self.0).ok()?);
        let length = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn what_was_sealed_is_opened_by_the_key_for_the_purpose_and_nothing_else() {
        let entropy = SystemEntropy::new();
        let (ours, theirs) = (MasterKey::generate(&entropy), MasterKey::generate(&entropy));
        let sealed = ours.seal(b"keys", b"a secret", &entropy).unwrap();
        assert_eq!(ours.open(b"keys", &sealed).unwrap().as_slice(), b"a secret");
        assert!(theirs.open(b"keys", &sealed).is_none() && ours.open(b"other", &sealed).is_none());
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(ours.open(b"keys", &changed).is_none(), "byte {position}");
            assert!(ours.open(b"keys", &sealed[..position]).is_none(), "cut at {position}");
        }
        assert_ne!(sealed, ours.seal(b"keys", b"a secret", &entropy).unwrap(), "no nonce twice");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }
}
