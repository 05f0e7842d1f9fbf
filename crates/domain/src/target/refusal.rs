//! Why a URL is no target, in words a merchant can act on.
//!
//! A sentence names the rule and never what this installation knows: no address that a name was resolved to, no setting.

use std::{error::Error, fmt};

use crate::webhook::URL_CHARACTERS_MAX;

/// The rule that a URL breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It is longer than [`URL_CHARACTERS_MAX`].
    TooLong,
    /// It holds a space, a control character or a letter outside ASCII.
    Characters,
    /// It does not begin with a scheme and a host.
    NotAbsolute,
    /// Its scheme is neither `http` nor `https`.
    Scheme,
    /// Its scheme is `http` where only `https` will do.
    NotSecure,
    /// It names a user or a password.
    Credentials,
    /// It has a fragment.
    Fragment,
    /// Its port is no number from 1 to 65535, or is written in an odd way.
    BadPort,
    /// Its port is not among those that are allowed.
    Port,
    /// Its host is neither a name nor an address.
    Host,
    /// Its host is an address in a notation that programs read differently.
    OddAddress,
    /// Its host is an address that is never dialled.
    Address,
    /// Its host is this machine, by name.
    Localhost,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::TooLong,
        Self::Characters,
        Self::NotAbsolute,
        Self::Scheme,
        Self::NotSecure,
        Self::Credentials,
        Self::Fragment,
        Self::BadPort,
        Self::Port,
        Self::Host,
        Self::OddAddress,
        Self::Address,
        Self::Localhost,
    ];
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::TooLong => return write!(f, "The URL must not be longer than {URL_CHARACTERS_MAX} characters."),
            Self::Characters => {
                "The URL must consist of visible ASCII characters; write others percent-encoded, and a host in its xn-- form."
            }
            Self::NotAbsolute => "The URL must be absolute: a scheme, `://` and a host.",
            Self::Scheme => "The URL's scheme must be http or https.",
            Self::NotSecure => "The URL's scheme must be https.",
            Self::Credentials => "The URL must not contain a user name or password.",
            Self::Fragment => "The URL must not contain a fragment (`#`).",
            Self::BadPort => "The URL's port must be a number from 1 to 65535 without leading zeros.",
            Self::Port => "The URL's port must be one of the common ports (80, 443, 8080).",
            Self::Host => "The URL's host must be a domain name or an IP address.",
            Self::OddAddress => "An IPv4 address as the URL's host must be four decimal numbers without leading zeros.",
            Self::Address => "The URL's host must not be an address inside a private, local or reserved network.",
            Self::Localhost => "The URL's host must be reachable from outside; localhost is not.",
        };
        f.write_str(sentence)
    }
}

impl Error for Refusal {}
