//! Payment links: the token by which a payer's browser names a payment.
//!
//! A token is the payment's identity with a keyed code over it. It can be computed again at any time, so a repeated create and a read
//! answer the same link and nothing about it is stored; nobody without the key can make one (128 bits), and it tells no count.
//! It opens the page of its payment and nothing more.
//!
//! In a code that is scanned the payment has a short name instead: a code made by the same key and the sales unit's number, with which the
//! store finds whose it is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    payment::ShortLink,
    text::{Msn, Reference},
};

use crate::{Engine, keys::Keys};

const CODE_BYTES: usize = 16;
/// 16 bytes in base64 without padding.
const SHORT_CODE_CHARACTERS: usize = 22;
/// The code and the longest number. A token is longer than that: it holds a code, a number and a reference, in base64.
const SHORT_LINK_CHARACTERS_MAX: usize = SHORT_CODE_CHARACTERS + 10;
/// Longer than any token we make.
const TOKEN_CHARACTERS_MAX: usize = 160;

impl Engine {
    /// The token of a payment.
    pub fn link_token(&self, msn: &Msn, reference: &Reference) -> String {
        token(&self.keys, msn, reference)
    }

    /// The short name of a payment, as it stands in codes that are scanned.
    pub fn short_link_text(&self, msn: &Msn, reference: &Reference) -> String {
        short_link_text(&self.keys, msn, reference)
    }
}

pub(crate) fn token(keys: &Keys, msn: &Msn, reference: &Reference) -> String {
    let identity = format!("{}/{}", msn.as_str(), reference.as_str());
    let mut bytes = keys.code::<CODE_BYTES>(identity.as_bytes()).to_vec();
    bytes.extend_from_slice(identity.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The short name of a payment.
pub(crate) fn short_link(keys: &Keys, msn: &Msn, reference: &Reference) -> ShortLink {
    let identity = format!("short link\0{}/{}", msn.as_str(), reference.as_str());
    ShortLink(keys.code(identity.as_bytes()))
}

fn short_link_text(keys: &Keys, msn: &Msn, reference: &Reference) -> String {
    URL_SAFE_NO_PAD.encode(short_link(keys, msn, reference).0) + msn.as_str()
}

/// The short name a text is and whose, if it is one; a token is always longer.
pub(crate) fn short_link_of(text: &str) -> Option<(Msn, ShortLink)> {
    if text.len() > SHORT_LINK_CHARACTERS_MAX {
        return None;
    }
    let (code, msn) = text.split_at_checked(SHORT_CODE_CHARACTERS)?;
    let code = URL_SAFE_NO_PAD.decode(code).ok()?.try_into().ok()?;
    Some((Msn::parse(msn).ok()?, ShortLink(code)))
}

/// Whether a text is the token or the short name of this payment.
pub(crate) fn is_of(keys: &Keys, text: &str, msn: &Msn, reference: &Reference) -> bool {
    match short_link_of(text) {
        Some((named, link)) => named == *msn && keys.is_same(&short_link(keys, msn, reference).0, &link.0),
        None => payment_of(keys, text).is_some_and(|(named, name)| named == *msn && name == *reference),
    }
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
    keys.is_same(genuine.as_bytes(), token.as_bytes()).then_some((msn, reference))
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
    fn a_short_name_is_its_payments_and_nobody_elses() {
        let keys = keys();
        let msn = Msn::parse("123456").unwrap();
        let [one, two] = ["acme-shop-1", "acme-shop-2"].map(|text| Reference::parse(text).unwrap());
        let text = short_link_text(&keys, &msn, &one);
        assert_eq!(short_link_of(&text), Some((msn.clone(), short_link(&keys, &msn, &one))));
        assert!(is_of(&keys, &text, &msn, &one) && is_of(&keys, &token(&keys, &msn, &one), &msn, &one));
        assert!(!is_of(&keys, &text, &msn, &two) && !is_of(&keys, &token(&keys, &msn, &one), &msn, &two));
        for token in [token(&keys, &msn, &one), "A".repeat(SHORT_CODE_CHARACTERS), format!("{text}0000000")] {
            assert_eq!(short_link_of(&token), None, "{token}");
        }
        let shortest = token(&keys, &Msn::parse("1234").unwrap(), &Reference::parse("12345678").unwrap());
        let longest = short_link_text(&keys, &Msn::parse("1234567890").unwrap(), &one);
        assert!(shortest.len() > longest.len() && longest.len() == SHORT_LINK_CHARACTERS_MAX);
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
