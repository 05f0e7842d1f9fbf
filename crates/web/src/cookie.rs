//! Cookies: which there are, how they are read, and how they are set.
//!
//! Each is for this host alone, is seen by no script and goes with no request from elsewhere but a link that is followed. Over https it is
//! also bound to https and to the host by its name; over plain http, as in a sandbox that a phone on the same network opens, it cannot be.

use axum::http::{HeaderMap, HeaderValue, header};

/// A cookie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cookie {
    name: &'static str,
    /// For how long it is kept, in seconds; until the browser is closed where it says nothing.
    max_age: Option<u32>,
}

const DAY: u32 = 24 * 60 * 60;
/// What stands before the name of a cookie that is bound to https and the host.
const HOST_PREFIX: &str = "__Host-";

/// What a browser is known by, so that a form is known to come from it.
pub(crate) const BROWSER: Cookie = Cookie { name: "kasse_browser", max_age: None };
/// The language that was chosen.
pub(crate) const LANGUAGE: Cookie = Cookie { name: "kasse_lang", max_age: Some(365 * DAY) };
/// The number that was to be remembered.
pub(crate) const PHONE: Cookie = Cookie { name: "kasse_phone", max_age: Some(365 * DAY) };
/// Who is signed in to the wallet.
pub(crate) const WALLET: Cookie = Cookie { name: "kasse_wallet", max_age: Some(30 * DAY) };

impl Cookie {
    fn full_name(self, is_secure: bool) -> String {
        let prefix = if is_secure { HOST_PREFIX } else { "" };
        format!("{prefix}{}", self.name)
    }

    /// Its value in a request.
    pub(crate) fn read(self, headers: &HeaderMap, is_secure: bool) -> Option<String> {
        let name = self.full_name(is_secure);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// What sets it; the value is of letters, digits and `-_.`, so that it needs no quoting.
    pub(crate) fn set(self, value: &str, is_secure: bool) -> Option<HeaderValue> {
        let secure = if is_secure { "; Secure" } else { "" };
        let age = self.max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let name = self.full_name(is_secure);
        HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")).ok()
    }

    /// What makes the browser forget it.
    pub(crate) fn forget(self, is_secure: bool) -> Option<HeaderValue> {
        let gone = Self { max_age: Some(0), ..self };
        gone.set("", is_secure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; kasse_lang=da; xkasse_lang=fi"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-kasse_lang=sv"));
        assert_eq!(LANGUAGE.read(&headers, false).as_deref(), Some("da"));
        assert_eq!(LANGUAGE.read(&headers, true).as_deref(), Some("sv"), "over https only what was set there counts");
        assert_eq!(PHONE.read(&headers, false), None);
    }

    #[test]
    fn over_https_it_is_bound_to_it() {
        let set = |is_secure| LANGUAGE.set("da", is_secure).unwrap();
        assert_eq!(set(false), "kasse_lang=da; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
        assert_eq!(set(true), "__Host-kasse_lang=da; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=31536000");
        assert_eq!(BROWSER.set("x", false).unwrap(), "kasse_browser=x; Path=/; HttpOnly; SameSite=Lax");
        assert!(PHONE.forget(false).unwrap().to_str().unwrap().ends_with("Max-Age=0"));
    }
}
