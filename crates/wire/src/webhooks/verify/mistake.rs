//! What is usually done wrong, and what to do instead.
//!
//! Words only: which of them it was is found elsewhere. No word holds a secret.

use std::fmt;

use super::Rewriting;

/// One thing that is done differently than it has to be; everything else is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mistake {
    /// The secret is decoded before it is the key.
    SecretDecoded,
    /// The secret is not quite the secret.
    SecretChanged(SecretChange),
    /// Key and text are the other way round.
    KeyAndTextSwapped,
    /// The query is left out.
    QueryDropped,
    /// A slash at the end of the path is left out, or added.
    SlashAtEnd,
    /// Path and query are decoded.
    PathDecoded,
    /// Path and query are written differently but mean the same: dot segments, the case of encoded bytes.
    PathNormalised,
    /// The path is in lower case.
    PathCase,
    /// The path is this one: a part is left out, or put before it.
    OtherPath(String),
    /// The whole address stands where the path should.
    WholeAddress,
    /// The fragment is taken for a part of the path.
    FragmentKept,
    /// The port is left out, although it is not the scheme's own.
    PortDropped,
    /// The port is there, although it is the scheme's own; or that of the other scheme.
    PortAdded(u16),
    /// The host is in another case than lower.
    HostCase,
    /// The host is this one.
    OtherHost(String),
    /// The method is this one.
    OtherMethod(&'static str),
    /// The parts are joined differently.
    Joined(&'static str),
    /// The date is this one.
    OtherDate(String),
    /// The digest of the body is written differently.
    DigestSpelled(&'static str),
    /// The body is empty.
    BodyEmpty,
    /// The body is the same in other bytes.
    BodyRewritten(Rewriting),
    /// The signature is written differently.
    SignatureSpelled(&'static str),
}

/// What has become of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretChange {
    /// It has lost white space around it, which therefore did not belong to it.
    Trimmed,
    /// It has got a line feed, as a file has at its end.
    LineBreak,
    /// It has lost or got quotation marks.
    Quotes,
    /// It has lost or got the `=` at its end.
    Padding,
    /// It was decoded like a part of an address: a `+` became a space, or `%2B` a `+`.
    AddressDecoded,
    /// It is in the alphabet for addresses (`-_`) instead of the standard one (`+/`), or the other way round.
    Alphabet,
    /// Its letters were taken as UTF-16.
    Utf16,
}

/// Which part of what is given a mistake is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    Secret,
    Address,
    Scheme,
}

impl Mistake {
    pub(super) const fn about(&self) -> About {
        match self {
            Self::SecretChanged(_) => About::Secret,
            Self::QueryDropped
            | Self::SlashAtEnd
            | Self::PathDecoded
            | Self::PathNormalised
            | Self::PathCase
            | Self::OtherPath(_)
            | Self::PortDropped
            | Self::PortAdded(_)
            | Self::OtherHost(_) => About::Address,
            _ => About::Scheme,
        }
    }

    /// What whoever makes it has to do instead.
    pub(super) const fn instead(&self) -> &'static str {
        match self {
            Self::SecretDecoded => "The key is the secret's own text: it looks like base64 and must not be decoded.",
            Self::SecretChanged(_) => {
                "Use the secret letter for letter as it was answered when the webhook was registered."
            }
            Self::KeyAndTextSwapped => "The secret is the key of the HMAC, the text is what it signs.",
            Self::QueryDropped
            | Self::SlashAtEnd
            | Self::PathDecoded
            | Self::PathNormalised
            | Self::PathCase
            | Self::OtherPath(_)
            | Self::WholeAddress
            | Self::FragmentKept => {
                "Take path and query from the address as it was registered, byte for byte, and not from the request: \
                 servers, frameworks and proxies change them."
            }
            Self::PortDropped | Self::PortAdded(_) | Self::HostCase | Self::OtherHost(_) => {
                "Take the host from the address as it was registered: in lower case, with a port only where that is not \
                 the scheme's own (443 of https, 80 of http)."
            }
            Self::OtherMethod(_) => "The method is POST, in capitals.",
            Self::Joined(_) => {
                "The text is POST, a line feed, path and query, a line feed, and date, host and digest with a semicolon \
                 between them; nothing before it and nothing after it."
            }
            Self::OtherDate(_) => "Take the value of x-ms-date as it came.",
            Self::DigestSpelled(_) => "The digest is base64 of the 32 bytes: standard alphabet, with = at its end.",
            Self::BodyEmpty | Self::BodyRewritten(_) => {
                "Digest the bytes of the request before anything reads or parses them."
            }
            Self::SignatureSpelled(_) => {
                "The signature is base64 of the 32 bytes: standard alphabet, with = at its end."
            }
        }
    }
}

/// As a condition: "… if …".
impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretDecoded => formatter.write_str("the secret is base64-decoded before it is used as the key"),
            Self::SecretChanged(change) => change.fmt(formatter),
            Self::KeyAndTextSwapped => formatter.write_str("the text is the key and the secret is what is signed"),
            Self::QueryDropped => formatter.write_str("the query (from ? on) is left out"),
            Self::SlashAtEnd => formatter
                .write_str("the path ends with a slash where the address has none, or has none where the address does"),
            Self::PathDecoded => formatter.write_str("path and query are percent-decoded"),
            Self::PathNormalised => formatter.write_str("the path is normalised (dot segments, the case of %xx)"),
            Self::PathCase => formatter.write_str("the path is in lower case"),
            Self::OtherPath(path) => write!(formatter, "path and query are {path}"),
            Self::WholeAddress => formatter.write_str("the whole address stands in the place of the path"),
            Self::FragmentKept => formatter.write_str("the fragment (from # on) is taken for a part of the path"),
            Self::PortDropped => formatter.write_str("the host is without its port"),
            Self::PortAdded(port) => write!(formatter, "the host has the port {port}"),
            Self::HostCase => formatter.write_str("the host is not in lower case"),
            Self::OtherHost(host) => write!(formatter, "the host is {host}"),
            Self::OtherMethod(method) => write!(formatter, "the method is {method:?}"),
            Self::Joined(how) => write!(formatter, "the text is joined with {how}"),
            Self::OtherDate(date) => write!(formatter, "the date is {date}"),
            Self::DigestSpelled(how) => write!(formatter, "the digest of the body is written {how}"),
            Self::BodyEmpty => {
                formatter.write_str("the body is empty, as it is once something else has read the stream")
            }
            Self::BodyRewritten(rewriting) => write!(formatter, "the body is {rewriting}"),
            Self::SignatureSpelled(how) => write!(formatter, "the signature is written {how}"),
        }
    }
}

impl fmt::Display for SecretChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Trimmed => "the secret is without the white space around it",
            Self::LineBreak => "the secret has a line feed at its end, as a file has",
            Self::Quotes => "the secret is with quotation marks where it was given without, or without where with",
            Self::Padding => "the secret is with = at its end where it was given without, or without where with",
            Self::AddressDecoded => {
                "the secret is decoded like a part of an address (%2B, or + for a space), or was given so"
            }
            Self::Alphabet => {
                "the secret is written with - and _ where it was given with + and /, or the other way round"
            }
            Self::Utf16 => "the secret is taken as UTF-16 and not as UTF-8",
        })
    }
}
