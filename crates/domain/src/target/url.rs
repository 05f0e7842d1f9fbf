//! A URL taken apart, so strictly that no two programs could read it differently.
//!
//! Path and query are kept byte for byte: the signature of a message and the receiver's own look at its address depend on them. Odd ways to
//! write a host (an address as one number, in octal or hexadecimal, with parts left out) are refused instead of understood, because the
//! system's own resolver understands them in its own way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Refusal;
use crate::webhook::URL_CHARACTERS_MAX;

/// Longest name of a host, and of each of its parts between dots.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

const PORT_PLAIN: u16 = 80;
const PORT_SECURE: u16 = 443;

/// Where a message goes, and what is said on the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    is_secure: bool,
    host: Host,
    /// The host in lower case, otherwise as it was written, with brackets where it has some.
    written: String,
    port: u16,
    path_and_query: String,
}

/// Whom to ask for the address, if anybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Host {
    /// A name, in lower case.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Target {
    /// Takes a URL apart, whatever may be allowed.
    ///
    /// # Errors
    /// The first rule of writing that it breaks.
    pub fn parse(url: &str) -> Result<Self, Refusal> {
        // Bytes are counted, which are characters as soon as the next rule is kept.
        if url.len() > URL_CHARACTERS_MAX && url.chars().count() > URL_CHARACTERS_MAX {
            return Err(Refusal::TooLong);
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::Characters);
        }
        let (scheme, rest) = url.split_once("://").ok_or(Refusal::NotAbsolute)?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            "" => return Err(Refusal::NotAbsolute),
            _ => return Err(Refusal::Scheme),
        };
        if rest.contains('#') {
            return Err(Refusal::Fragment);
        }
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.is_empty() {
            return Err(Refusal::NotAbsolute);
        }
        if authority.contains('@') {
            return Err(Refusal::Credentials);
        }
        let (written, port) = split_port(authority)?;
        let written = written.to_ascii_lowercase();
        let host = parse_host(&written)?;
        let default = if is_secure { PORT_SECURE } else { PORT_PLAIN };
        let port = port.map_or(Ok(default), parse_port)?;
        let slash = if tail.starts_with('/') { "" } else { "/" };
        Ok(Self { is_secure, host, written, port, path_and_query: format!("{slash}{tail}") })
    }

    /// Whether TLS is spoken.
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Whose address is dialled.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The port that is dialled.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What stands in `Host`, and is signed: the host in lower case, with the port where the scheme does not imply it.
    pub fn authority(&self) -> String {
        let Self { is_secure, written, port, .. } = self;
        let default = if *is_secure { PORT_SECURE } else { PORT_PLAIN };
        if *port == default { written.clone() } else { format!("{written}:{port}") }
    }

    /// What stands in the request line, and is signed: path and query as they were written, beginning with a slash.
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// Scheme, host and port: what targets that can share a connection have in common.
    pub fn origin(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.written, self.port)
    }
}

/// The host, and the port as it was written.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), Refusal> {
    // The colons of an address in brackets are its own.
    let end = match authority.find(']') {
        Some(bracket) => bracket.saturating_add(1),
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(end).ok_or(Refusal::Host)?;
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(Refusal::Host),
    }
}

fn parse_port(written: &str) -> Result<u16, Refusal> {
    let is_plain = written.bytes().all(|byte| byte.is_ascii_digit()) && !written.starts_with('0');
    written.parse().ok().filter(|_| is_plain).ok_or(Refusal::BadPort)
}

/// Reads a host in lower case.
fn parse_host(written: &str) -> Result<Host, Refusal> {
    if let Some(inside) = written.strip_prefix('[') {
        let address = inside.strip_suffix(']').and_then(|inside| inside.parse::<Ipv6Addr>().ok());
        return address.map(|address| Host::Address(address.into())).ok_or(Refusal::Host);
    }
    if written.is_empty() || written.len() > NAME_BYTES_MAX || !written.split('.').all(is_label) {
        // What cannot be a name may be an address with something missing or too much.
        let is_odd = written.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'x'));
        let is_number = written.trim_end_matches('.').rsplit('.').next().is_some_and(is_number);
        return Err(if is_odd && is_number { Refusal::OddAddress } else { Refusal::Host });
    }
    if written.rsplit('.').next().is_some_and(is_number) {
        let address: Ipv4Addr = written.parse().map_err(|_| Refusal::OddAddress)?;
        return Ok(Host::Address(address.into()));
    }
    Ok(Host::Name(written.to_owned()))
}

/// Whether it can stand between two dots of a name. Underscores are in no standard and in many networks of containers.
fn is_label(label: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    !label.is_empty()
        && label.len() <= LABEL_BYTES_MAX
        && label.bytes().all(is_letter)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether resolvers take the last part of a host for a number, and with it the whole for an address.
fn is_number(label: &str) -> bool {
    let is_hexadecimal =
        |label: &str| label.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()) || is_hexadecimal(label)
}
