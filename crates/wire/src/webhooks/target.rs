//! What a registered address says about a delivery: host and path, as they are sent and signed.
//!
//! Nothing is repaired. Path and query are those bytes that were registered: no dot segment is resolved, nothing is decoded or encoded.

use std::borrow::Cow;

/// Where a delivery goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target<'a> {
    /// Whether it goes over TLS: `https`.
    pub is_tls: bool,
    /// The host's name in lower case, without a port; an address of IPv6 keeps its brackets.
    pub name: String,
    /// The port, written or not.
    pub port: u16,
    /// From the path on, at least `/`, up to a fragment.
    pub path_and_query: Cow<'a, str>,
}

impl<'a> Target<'a> {
    /// The target of a registered address; none where it is not an absolute one of `http` or `https`, has user information, or holds
    /// anything but visible ASCII.
    pub fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").filter(|_| url.bytes().all(|byte| byte.is_ascii_graphic()))?;
        let is_tls = scheme.eq_ignore_ascii_case("https");
        if !is_tls && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (authority, rest) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
        let (name, port) = name_and_port(authority)?;
        let port = port.unwrap_or(default_port(is_tls));
        let path_and_query = rest.split('#').next().unwrap_or_default();
        let path_and_query = match path_and_query.starts_with('/') {
            true => Cow::Borrowed(path_and_query),
            false => Cow::Owned(format!("/{path_and_query}")),
        };
        Some(Self { is_tls, name: name.to_ascii_lowercase(), port, path_and_query })
    }

    /// The value of the `Host` header: with the port only where it is not the scheme's own.
    pub fn host(&self) -> String {
        if self.port == default_port(self.is_tls) { self.name.clone() } else { self.host_with_port() }
    }

    /// Name and port, whatever the port is.
    pub fn host_with_port(&self) -> String {
        format!("{}:{}", self.name, self.port)
    }
}

/// The port a scheme means where none is written.
const fn default_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

fn name_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let name_end = match authority.starts_with('[') {
        true => authority.find(']')? + 1,
        false => authority.find(':').unwrap_or(authority.len()),
    };
    let (name, rest) = authority.split_at_checked(name_end)?;
    if name.is_empty() || name == "[]" || name.contains(['@', '\\']) {
        return None;
    }
    let port = match rest {
        "" | ":" => None,
        _ => Some(port(rest.strip_prefix(':')?)?),
    };
    Some((name, port))
}

fn port(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| is_number && *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_path_are_those_of_the_registered_address() {
        for (url, host, path) in [
            ("https://example.com", "example.com", "/"),
            ("https://example.com/", "example.com", "/"),
            ("https://example.com?a=b", "example.com", "/?a=b"),
            ("https://example.com#top", "example.com", "/"),
            ("HTTPS://Shop.Example.COM/Hook", "shop.example.com", "/Hook"),
            ("https://example.com:443/x", "example.com", "/x"),
            ("https://example.com:/x", "example.com", "/x"),
            ("https://example.com:80/x", "example.com:80", "/x"),
            (
                "https://shop.example.com:8443/hooks/vipps?callback=webhook&shop=7",
                "shop.example.com:8443",
                "/hooks/vipps?callback=webhook&shop=7",
            ),
            ("http://localhost:3000/", "localhost:3000", "/"),
            ("http://example.com:80", "example.com", "/"),
            ("http://example.com:443/", "example.com:443", "/"),
            ("http://[::1]/a", "[::1]", "/a"),
            ("http://[2001:DB8::1]:8080/a", "[2001:db8::1]:8080", "/a"),
            (
                "https://example.com/a/../b//c/./%2e%2E/%c3%A6?x=%20+&y=/?#z?",
                "example.com",
                "/a/../b//c/./%2e%2E/%c3%A6?x=%20+&y=/?",
            ),
            ("https://example.com/user@host:1/", "example.com", "/user@host:1/"),
        ] {
            let target = Target::of(url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!((target.host().as_str(), &*target.path_and_query), (host, path), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_to_deliver_to_is_none() {
        for url in [
            "",
            "example.com/hook",
            "/hook",
            "//example.com/hook",
            "ftp://example.com/",
            "https:/example.com/",
            "https://",
            "https:///hook",
            "https://:443/",
            "https://[]/",
            "https://[::1/",
            "https://[::1]x/",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://example.com:0/",
            "https://example.com:65536/",
            "https://example.com:+80/",
            "https://example.com:80:80/",
            "https://exa mple.com/",
            "https://example.com/æ",
            "https://example.com/\n",
            "https://exa\\mple.com/",
        ] {
            assert_eq!(Target::of(url), None, "{url}");
        }
    }

    #[test]
    fn the_port_is_known_where_it_is_not_written() {
        let port = |url: &str| Target::of(url).map(|target| (target.is_tls, target.port, target.host_with_port()));
        assert_eq!(port("https://a.example/"), Some((true, 443, "a.example:443".to_owned())));
        assert_eq!(port("http://a.example/"), Some((false, 80, "a.example:80".to_owned())));
        assert_eq!(port("http://a.example:65535/"), Some((false, 65535, "a.example:65535".to_owned())));
    }
}
