//! Where the pages are and where their forms go: written once, for templates and routes alike.
//!
//! The token of a payment link is always the last parameter of an address, because tools cut at `token=`. Constants with `{…}` are
//! routes, and [`filled`] fills them.

use crate::language::Language;

/// The landing page.
pub(crate) const PAY: &str = "/pay";
/// The page of a payment by card.
pub(crate) const CARD: &str = "/card";
/// Takes the number of the person who pays.
pub(crate) const PAY_PHONE: &str = "/pay/phone";
/// Gives the payment up.
pub(crate) const PAY_CANCEL: &str = "/pay/cancel";
/// Is told that the payer went back in the browser.
pub(crate) const PAY_LEFT: &str = "/pay/left";
/// Forgets the number this browser remembers.
pub(crate) const PAY_FORGET: &str = "/pay/forget";
/// Tells of every change as it happens.
pub(crate) const PAY_STREAM: &str = "/pay/stream";
/// Tells where the payment stands.
pub(crate) const PAY_STATE: &str = "/pay/state";
/// The payment as a code for another device.
pub(crate) const PAY_CODE: &str = "/pay/qr.svg";

/// Who pays: the wallet's first page.
pub(crate) const WALLET: &str = "/wallet";
/// Signs a payer in.
pub(crate) const SIGN_IN: &str = "/wallet/sign-in";
/// Signs a payer out.
pub(crate) const SIGN_OUT: &str = "/wallet/sign-out";
/// What makes the wallet installable.
pub(crate) const MANIFEST: &str = "/wallet/manifest.webmanifest";
/// What keeps the wallet's shell at hand.
pub(crate) const SERVICE_WORKER: &str = "/wallet/worker.js";

/// Requests of one payer.
pub(crate) const INBOX: &str = "/wallet/{msisdn}";
/// Tells of every change of the inbox.
pub(crate) const INBOX_STREAM: &str = "/wallet/{msisdn}/stream";
/// Tells where the inbox stands.
pub(crate) const INBOX_STATE: &str = "/wallet/{msisdn}/state";
/// One request.
pub(crate) const REQUEST: &str = "/wallet/{msisdn}/requests/{id}";
/// What can be done with it: `approve`, `reject`, `postpone`, `confirm`; and `stream` and `state` tell of it.
pub(crate) const REQUEST_ACTION: &str = "/wallet/{msisdn}/requests/{id}/{action}";
/// The field a code is pasted into.
pub(crate) const SCAN: &str = "/wallet/{msisdn}/scan";
/// The payer's own code.
pub(crate) const MY_CODE: &str = "/wallet/{msisdn}/qr";
/// The same as a picture.
pub(crate) const MY_CODE_PICTURE: &str = "/wallet/{msisdn}/qr.svg";
/// What the payer pays from.
pub(crate) const CARDS: &str = "/wallet/{msisdn}/cards";
/// What can be done with a card: `main`, `balance`, `remove`.
pub(crate) const CARD_ACTION: &str = "/wallet/{msisdn}/cards/{id}/{action}";
/// What has been paid.
pub(crate) const HISTORY: &str = "/wallet/{msisdn}/history";
/// One payment that has been.
pub(crate) const HISTORY_ITEM: &str = "/wallet/{msisdn}/history/{id}";
/// The picture of what was paid.
pub(crate) const HISTORY_PICTURE: &str = "/wallet/{msisdn}/history/{id}/picture";
/// Who the payer is.
pub(crate) const PROFILE: &str = "/wallet/{msisdn}/profile";
/// What the payer does without a person.
pub(crate) const SCRIPT: &str = "/wallet/{msisdn}/script";
/// A new address.
pub(crate) const ADDRESSES: &str = "/wallet/{msisdn}/addresses";
/// What can be done with an address: `change`, `main`, `remove`.
pub(crate) const ADDRESS_ACTION: &str = "/wallet/{msisdn}/addresses/{id}/{action}";

/// An address of the landing page with the token at its end; `parameters` such as `auto=off` stand before it.
pub(crate) fn with_token(path: &str, parameters: &[(&str, &str)], token: &str) -> String {
    let before: String = parameters.iter().map(|(name, value)| format!("{name}={value}&")).collect();
    format!("{path}?{before}token={token}")
}

/// A route with its places filled, in their order.
pub(crate) fn filled(route: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut values = values.iter();
    for segment in route.split('/').skip(1) {
        filled.push('/');
        filled.push_str(if segment.starts_with('{') { values.next().unwrap_or(&segment) } else { segment });
    }
    filled
}

/// The same address in this language: `lang` and the mark of the menu first, everything else behind it in its order.
pub(crate) fn in_language(address: &str, language: Language) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_kept = |pair: &&str| !pair.is_empty() && !pair.starts_with("lang=") && !pair.starts_with("menu=");
    let kept: String = query.split('&').filter(is_kept).map(|pair| format!("&{pair}")).collect();
    format!("{path}?lang={}&menu=1{kept}", language.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_stays_last() {
        assert_eq!(with_token(PAY, &[], "abc"), "/pay?token=abc");
        assert_eq!(with_token(PAY, &[("auto", "off"), ("tab", "1")], "abc"), "/pay?auto=off&tab=1&token=abc");
        for (address, expected) in [
            ("/pay?token=abc", "/pay?lang=no&menu=1&token=abc"),
            ("/pay?lang=fi&menu=1&auto=off&token=abc", "/pay?lang=no&menu=1&auto=off&token=abc"),
            ("/wallet", "/wallet?lang=no&menu=1"),
            ("/wallet?", "/wallet?lang=no&menu=1"),
        ] {
            assert_eq!(in_language(address, Language::Norwegian), expected, "{address}");
        }
    }

    #[test]
    fn routes_are_filled_in_their_order() {
        assert_eq!(filled(REQUEST_ACTION, &["4740000010", "r1", "approve"]), "/wallet/4740000010/requests/r1/approve");
        assert_eq!(filled(INBOX, &["4740000010"]), "/wallet/4740000010");
        assert_eq!(filled(WALLET, &[]), "/wallet");
    }
}
