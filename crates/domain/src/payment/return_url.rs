//! Where a payer may be sent after paying, and where a merchant may be asked.
//!
//! An address is kept byte for byte as it was given and only ever judged: `https` with a host, or an application's own scheme. Schemes a
//! browser would execute or read local data by are refused, so is anything a browser could read differently than we do (spaces, control
//! characters, backslashes, user information).

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::text::Invalid;

/// An address a payer's browser may be sent to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnUrl(Box<str>);

impl ReturnUrl {
    /// The most characters.
    pub const CHARACTERS_MAX: usize = 2500;
    /// The rule, as a caller is told it.
    pub const RULE: Invalid =
        Invalid("must be an absolute https URL with a host, or a URL of an app's own scheme like myapp://path");

    const REFUSED_SCHEMES: [&str; 12] = [
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
        "about",
        "intent",
        "view-source",
        "ftp",
        "ws",
        "wss",
        "filesystem",
    ];

    /// The address, if it keeps the rule; `http` on this machine only where `insecure_allowed`.
    pub fn parse(text: &str, insecure_allowed: bool) -> Result<Self, Invalid> {
        if is_address(text, insecure_allowed) { Ok(Self(text.into())) } else { Err(Self::RULE) }
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address of a merchant that is called from here. Whether it is one that may be dialled is asked when it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallbackUrl(Box<str>);

impl CallbackUrl {
    /// The rule, as a caller is told it.
    pub const RULE: Invalid = Invalid("must be an absolute https URL with a host");

    /// The address, if it keeps the rule; `http` too where `insecure_allowed`.
    pub fn parse(text: &str, insecure_allowed: bool) -> Result<Self, Invalid> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let scheme_is_good =
            scheme.eq_ignore_ascii_case("https") || (insecure_allowed && scheme.eq_ignore_ascii_case("http"));
        let is_short = text.chars().count() <= ReturnUrl::CHARACTERS_MAX;
        let is_good = scheme_is_good && is_short && !text.chars().any(is_unsafe) && host(rest).is_some();
        if is_good { Ok(Self(text.into())) } else { Err(Self::RULE) }
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_address(text: &str, insecure_allowed: bool) -> bool {
    if text.chars().count() > ReturnUrl::CHARACTERS_MAX || text.chars().any(is_unsafe) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let scheme = scheme.to_ascii_lowercase();
    if !is_scheme(&scheme) || ReturnUrl::REFUSED_SCHEMES.contains(&scheme.as_str()) {
        return false;
    }
    match scheme.as_str() {
        "https" => host(rest).is_some(),
        "http" => insecure_allowed && host(rest).is_some_and(is_this_machine),
        _ => true,
    }
}

fn is_unsafe(character: char) -> bool {
    character.is_control() || character.is_whitespace() || matches!(character, '\\' | '<' | '>' | '"' | '`')
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.'))
}

/// The host of what follows `scheme://`, if it is one and carries no user information.
fn host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let port_is_good = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return (address.parse::<Ipv6Addr>().is_ok() && port_is_good).then_some(address);
    }
    let (name, port) = authority.split_once(':').unwrap_or((authority, "80"));
    (is_host_name(name) && is_port(port)).then_some(name)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_host_name(name: &str) -> bool {
    let label_is_good = |label: &str| {
        !label.is_empty()
            && label.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_'))
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.is_empty() && name.len() <= 253 && name.split('.').all(label_is_good)
}

fn is_this_machine(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_are_kept_byte_for_byte() {
        for text in [
            "https://example.com",
            "https://example.com/redirect?reference=acme-shop-123-order123abc",
            "HTTPS://Example.com:8443/a#b",
            "https://[2001:db8::1]/x",
            "https://kjøp.example/å",
            "https://example.com/?a=%20b&c=[d]|{e}",
            "myapp://path",
            "com.example.app+x://",
        ] {
            assert_eq!(ReturnUrl::parse(text, false).map(|url| url.as_str().to_owned()), Ok(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_only_where_allowed() {
        for text in ["http://localhost:3000/r", "http://127.0.0.1/r", "http://[::1]:80/r", "http://shop.localhost/"] {
            assert!(ReturnUrl::parse(text, true).is_ok(), "{text}");
            assert!(ReturnUrl::parse(text, false).is_err(), "{text}");
        }
        for text in ["http://example.com/", "http://10.0.0.1/", "http://localhost.example.com/"] {
            assert!(ReturnUrl::parse(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_browser_could_misread_is_refused() {
        for text in [
            "",
            "example.com",
            "/relative",
            "//example.com",
            "https:example.com",
            "https://",
            "https:///path",
            "https://?a",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://example.com:port/",
            "https://example.com:65536/",
            "https://exa mple.com/",
            "https://example.com/a b",
            "https://example.com/\n",
            "https://example.com\\@evil.example/",
            "https://[::1/",
            "https://[zz]/",
            "https://.example.com/",
            "https://a..b/",
            "javascript://example.com/%0aalert(1)",
            "JavaScript:alert(1)",
            "data:text/html,hi",
            "data://x",
            "file:///etc/passwd",
            "vbscript://x",
            "blob://x",
            "about://blank",
            "intent://x",
            "ftp://example.com/",
            "1app://x",
            "://x",
            "https://e/\"",
        ] {
            assert!(ReturnUrl::parse(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn a_merchant_is_called_by_https_or_where_allowed_by_http() {
        for text in ["https://example.com/a?b=c", "HTTPS://example.com:8443", "https://[2001:db8::1]/x"] {
            assert_eq!(CallbackUrl::parse(text, false).map(|url| url.as_str().to_owned()), Ok(text.to_owned()));
        }
        for text in ["http://example.com/", "http://10.0.0.1:3000/cb", "HTTP://localhost/"] {
            assert!(CallbackUrl::parse(text, true).is_ok(), "{text}");
            assert!(CallbackUrl::parse(text, false).is_err(), "{text}");
        }
        for text in ["", "myapp://x", "https://", "https://u@example.com/", "https://exa mple.com", "ftp://example.com"]
        {
            assert!(CallbackUrl::parse(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn length_holds_at_both_edges() {
        let of = |length: usize| format!("https://example.com/{}", "a".repeat(length - "https://example.com/".len()));
        assert!(ReturnUrl::parse(&of(ReturnUrl::CHARACTERS_MAX), false).is_ok());
        assert!(ReturnUrl::parse(&of(ReturnUrl::CHARACTERS_MAX + 1), false).is_err());
        assert!(CallbackUrl::parse(&of(ReturnUrl::CHARACTERS_MAX), false).is_ok());
        assert!(CallbackUrl::parse(&of(ReturnUrl::CHARACTERS_MAX + 1), false).is_err());
    }
}
