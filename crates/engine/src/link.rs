//! Payment links: the token by which a payer's browser names a payment.
//!
//! A token is the payment's identity with a keyed code over it. It can be computed again at any time, so a repeated create and a read
//! answer the same link and nothing about it is stored; nobody without the key can make one (128 bits), and it tells no count.
//! It opens the page of its payment and nothing more.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::text::{Msn, Reference};
use ring::hmac;

use crate::{Engine, keys::Keys};

const CODE_BYTES: usize = 16;
/// Longer than any token we make.
const TOKEN_CHARACTERS_MAX: usize = 160;

impl Engine {
    /// The token of a payment.
    pub fn link_token(&self, msn: &Msn, reference: &Reference) -> String {
        token(&self.keys, msn, reference)
    }
}

pub(crate) fn token(keys: &Keys, msn: &Msn, reference: &Reference) -> String {
    let identity = format!("{}/{}", msn.as_str(), reference.as_str());
    let code = hmac::sign(keys.links(), identity.as_bytes());
    let mut bytes: Vec<u8> = code.as_ref().iter().copied().take(CODE_BYTES).collect();
    bytes.extend_from_slice(identity.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The payment a token names, if it is one of ours.
pub(crate) fn payment_of(keys: &Keys, token: &str) -> Option<(Msn, Reference)> {
    if token.len() > TOKEN_CHARACTERS_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (_, identity) = bytes.split_at_checked(CODE_BYTES)?;
    let (msn, reference) = std::str::from_utf8(identity).ok()?.split_once('/')?;
    let (msn, reference) = (Msn::parse(msn).ok()?, Reference::parse(reference).ok()?);
    let genuine = self::token(keys, &msn, &reference);
    let (genuine, given) = (genuine.as_bytes(), token.as_bytes());
    // Compared through a second code, so that the time taken tells nothing of how nearly a guess came.
    hmac::verify(keys.links(), given, hmac::sign(keys.links(), genuine).as_ref()).is_ok().then_some((msn, reference))
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;
    use crate::{entropy::SystemEntropy, keys::KeyMaterial};

    fn keys() -> Keys {
        Keys::new(&KeyMaterial::generate(&SystemEntropy::new(), Timestamp::from_milliseconds(0))).unwrap()
    }

    #[test]
    fn a_token_names_its_payment_and_only_ours_do() {
        let (ours, theirs) = (keys(), keys());
        let msn = Msn::parse("1234567890").unwrap();
        let reference = Reference::parse(&"a".repeat(64)).unwrap();
        let token = token(&ours, &msn, &reference);
        assert_eq!(payment_of(&ours, &token), Some((msn, reference)));
        assert_eq!(payment_of(&theirs, &token), None);
        assert!(token.len() <= TOKEN_CHARACTERS_MAX);
    }

    #[test]
    fn no_token_with_a_single_character_changed_is_accepted() {
        let keys = keys();
        let token = token(&keys, &Msn::parse("123456").unwrap(), &Reference::parse("acme-shop-1").unwrap());
        for position in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            assert_eq!(payment_of(&keys, std::str::from_utf8(&changed).unwrap()), None, "position {position}");
        }
        for bad in ["", "x", "====", &token[1..], &"A".repeat(TOKEN_CHARACTERS_MAX + 1)] {
            assert_eq!(payment_of(&keys, bad), None);
        }
    }
}
