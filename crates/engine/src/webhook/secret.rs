//! The secrets deliveries are signed with: drawn, sealed, opened.
//!
//! What seals them is made of the installation's own keys, which are not in the database, or sealed there themselves.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use store::{KeyHolder, Trouble, WebhookId};
use zeroize::Zeroizing;

use crate::{entropy::Entropy, keys::Keys};

/// As many random bytes as the published secrets have: 88 characters in base64.
const SECRET_BYTES: usize = 64;

pub(super) fn draw(entropy: &dyn Entropy) -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; SECRET_BYTES]> = Zeroizing::new(entropy.bytes());
    Zeroizing::new(STANDARD.encode(*bytes))
}

pub(super) fn seal(
    keys: &Keys,
    entropy: &dyn Entropy,
    owner: &KeyHolder,
    id: WebhookId,
    secret: &str,
) -> Result<Vec<u8>, Trouble> {
    let sealed = keys.sealing().seal(&purpose(owner, id), secret.as_bytes(), entropy);
    sealed.ok_or_else(|| Trouble::Broken("a secret could not be sealed".to_owned()))
}

/// The secret of a registration, if it was sealed for this one by this installation.
pub(crate) fn open(keys: &Keys, owner: &KeyHolder, id: WebhookId, sealed: &[u8]) -> Option<Zeroizing<String>> {
    let secret = keys.sealing().open(&purpose(owner, id), sealed)?;
    std::str::from_utf8(&secret).ok().map(|secret| Zeroizing::new(secret.to_owned()))
}

fn purpose(owner: &KeyHolder, id: WebhookId) -> Vec<u8> {
    [b"webhooks.sealed_secret\0", owner.as_str().as_bytes(), b"\0", &id.0].concat()
}

#[cfg(test)]
mod tests {
    use domain::{text::Msn, time::Timestamp};

    use super::*;
    use crate::{entropy::SystemEntropy, keys::KeyMaterial};

    #[test]
    fn a_secret_opens_for_its_registration_its_owner_and_its_installation_alone() {
        let entropy = SystemEntropy::new();
        let keys =
            || Keys::new(&KeyMaterial::generate(&SystemEntropy::new(), Timestamp::from_milliseconds(0))).unwrap();
        let (ours, theirs) = (keys(), keys());
        let owner = |text: &str| KeyHolder::SalesUnit(Msn::parse(text).unwrap());
        let (id, secret) = (WebhookId([7; 16]), draw(&entropy));
        assert_eq!(secret.len(), 88, "as published");
        let sealed = seal(&ours, &entropy, &owner("123456"), id, &secret).unwrap();
        assert_eq!(open(&ours, &owner("123456"), id, &sealed).as_deref(), Some(&*secret));
        assert!(open(&ours, &owner("123456"), WebhookId([8; 16]), &sealed).is_none());
        assert!(open(&ours, &owner("654321"), id, &sealed).is_none());
        assert!(open(&theirs, &owner("123456"), id, &sealed).is_none());
    }
}
