//! What would be signed if one thing were done wrong: texts and keys, each with the mistake that leads to it.
//!
//! Each differs from what is right in one thing only, so that the mistake it names is the whole of it. Some hundred signatures are made for
//! an explanation: this is for people, not for every request.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};

use super::{Mistake, Received, SecretChange, rewriting::rewritings};
use crate::webhooks::{
    date,
    signature::{METHOD, content_hash, hmac_sha256},
    target::Target,
};

/// How a value is spelled where it should be base64.
const HEXADECIMAL: &str = "in hexadecimal";
const BASE64_OF_HEXADECIMAL: &str = "in base64 of its hexadecimal digits";
const ADDRESS_ALPHABET: &str = "in the alphabet for addresses (- and _)";
const WITHOUT_PADDING: &str = "without the = at its end";
const PERCENT_ENCODED: &str = "percent-encoded";

/// The parts of a text that is signed.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) path: &'a str,
    pub(super) host: &'a str,
    pub(super) date: &'a str,
    pub(super) digest: &'a str,
}

impl Parts<'_> {
    /// The text as it should be, but for the method.
    fn joined(self, method: &str) -> String {
        let Self { path, host, date, digest } = self;
        format!("{method}\n{path}\n{date};{host};{digest}")
    }

    pub(super) fn text(self) -> String {
        self.joined(METHOD)
    }
}

/// The mistake that makes this signature of a secret and the parts of a delivery.
pub(super) fn explanation(
    received: &Received<'_>,
    target: &Target<'_>,
    parts: Parts<'_>,
    secret: &str,
    signature: &str,
) -> Option<Mistake> {
    let text = parts.text();
    if let Some((mistake, _)) = keys(secret).into_iter().find(|(_, key)| hmac_sha256(key, &text) == signature) {
        return Some(mistake);
    }
    if hmac_sha256(text.as_bytes(), secret) == signature {
        return Some(Mistake::KeyAndTextSwapped);
    }
    let key = secret.as_bytes();
    texts(received, target, parts).into_iter().find(|(_, text)| hmac_sha256(key, text) == signature).map(|(one, _)| one)
}

/// The mistake with the body that makes this signature.
pub(super) fn explanation_by_body(body: &[u8], parts: Parts<'_>, secret: &str, signature: &str) -> Option<Mistake> {
    let fits = |body: &[u8]| {
        hmac_sha256(secret.as_bytes(), &Parts { digest: &content_hash(body), ..parts }.text()) == signature
    };
    if fits(b"") {
        return Some(Mistake::BodyEmpty);
    }
    rewritings(body).find(|(_, bytes)| fits(bytes)).map(|(rewriting, _)| Mistake::BodyRewritten(rewriting))
}

/// A signature as it may be meant, with how it is spelled then; as it is comes first.
pub(super) fn readings(signature: &str) -> Vec<(Option<&'static str>, String)> {
    let mut all = vec![(None, signature.to_owned())];
    let mut read = |how: &'static str, bytes: Option<Vec<u8>>| {
        all.extend(bytes.map(|bytes| (Some(how), STANDARD.encode(bytes))));
    };
    read(HEXADECIMAL, from_hexadecimal(signature));
    let digits = STANDARD.decode(signature).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    read(BASE64_OF_HEXADECIMAL, digits.and_then(|digits| from_hexadecimal(&digits)));
    let address_alphabet = URL_SAFE.decode(signature).or_else(|_| URL_SAFE_NO_PAD.decode(signature));
    read(WITHOUT_PADDING, STANDARD_NO_PAD.decode(signature).ok());
    read(ADDRESS_ALPHABET, address_alphabet.ok());
    all.push((Some(PERCENT_ENCODED), percent_decoded(signature)));
    all
}

/// Keys that are not quite the secret.
fn keys(secret: &str) -> Vec<(Mistake, Vec<u8>)> {
    let decoded = [STANDARD.decode(secret), STANDARD_NO_PAD.decode(secret), URL_SAFE.decode(secret)];
    let mut keys: Vec<_> = decoded.into_iter().flatten().map(|key| (Mistake::SecretDecoded, key)).collect();
    let unpadded = secret.trim_end_matches('=');
    let texts = [
        (SecretChange::Trimmed, secret.trim().to_owned()),
        (SecretChange::LineBreak, format!("{secret}\n")),
        (SecretChange::LineBreak, format!("{secret}\r\n")),
        (SecretChange::Quotes, secret.trim_matches(['"', '\'']).to_owned()),
        (SecretChange::Quotes, format!("\"{secret}\"")),
        (SecretChange::Quotes, format!("'{secret}'")),
        (SecretChange::Padding, unpadded.to_owned()),
        (SecretChange::Padding, format!("{unpadded}=")),
        (SecretChange::Padding, format!("{unpadded}==")),
        (SecretChange::AddressDecoded, percent_decoded(secret)),
        (SecretChange::AddressDecoded, secret.replace('+', " ")),
        (SecretChange::AddressDecoded, secret.replace(' ', "+")),
        (SecretChange::Alphabet, secret.replace('+', "-").replace('/', "_")),
        (SecretChange::Alphabet, secret.replace('-', "+").replace('_', "/")),
    ];
    keys.extend(texts.into_iter().map(|(change, text)| (Mistake::SecretChanged(change), text.into_bytes())));
    let utf_16 = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    keys.push((Mistake::SecretChanged(SecretChange::Utf16), utf_16));
    keys.retain(|(_, key)| !key.is_empty());
    keys
}

/// Texts that are not quite the text.
fn texts(received: &Received<'_>, target: &Target<'_>, parts: Parts<'_>) -> Vec<(Mistake, String)> {
    let mut texts = Vec::new();
    let paths = paths(received, target).into_iter();
    texts.extend(paths.map(|(mistake, path)| (mistake, Parts { path: &path, ..parts }.text())));
    let hosts = hosts(received, target).into_iter();
    texts.extend(hosts.map(|(mistake, host)| (mistake, Parts { host: &host, ..parts }.text())));
    let methods = ["GET", "PUT", "post", "Post", ""];
    texts.extend(methods.map(|method| (Mistake::OtherMethod(method), parts.joined(method))));
    let dates = dates(received).into_iter();
    texts.extend(dates.map(|date| {
        let text = Parts { date: &date, ..parts }.text();
        (Mistake::OtherDate(date), text)
    }));
    let digests = digests(parts.digest).into_iter();
    texts.extend(digests.map(|(how, digest)| (Mistake::DigestSpelled(how), Parts { digest: &digest, ..parts }.text())));
    texts.extend(joints(parts).map(|(how, text)| (Mistake::Joined(how), text)));
    texts
}

fn paths(received: &Received<'_>, target: &Target<'_>) -> Vec<(Mistake, String)> {
    let whole = &*target.path_and_query;
    let (path, query) = whole.split_at_checked(whole.find('?').unwrap_or(whole.len())).unwrap_or_default();
    let other_slash = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    let mut paths = vec![
        (Mistake::QueryDropped, path.to_owned()),
        (Mistake::SlashAtEnd, format!("{other_slash}{query}")),
        (Mistake::PathDecoded, percent_decoded(whole)),
        (Mistake::PathNormalised, format!("{}{query}", without_dots(path))),
        (Mistake::PathNormalised, with_encoded_bytes(whole, str::to_ascii_uppercase)),
        (Mistake::PathNormalised, with_encoded_bytes(whole, str::to_ascii_lowercase)),
        (Mistake::PathCase, whole.to_ascii_lowercase()),
        (Mistake::WholeAddress, received.url.to_owned()),
    ];
    if let Some((_, fragment)) = received.url.split_once('#') {
        paths.push((Mistake::FragmentKept, format!("{whole}#{fragment}")));
    }
    let mut others: Vec<String> = Vec::new();
    // The path without one, two, three… of its first segments, as it is behind a prefix that was taken off.
    others.extend(path.match_indices('/').skip(1).filter_map(|(at, _)| Some(format!("{}{query}", path.get(at..)?))));
    others.extend(whole.strip_prefix('/').map(str::to_owned));
    let headers = &received.headers;
    others.extend(headers.forwarded_prefix.map(|prefix| format!("{}{whole}", prefix.trim_end_matches('/'))));
    others.extend(headers.original_uri.map(str::to_owned));
    paths.extend(others.into_iter().map(|path| (Mistake::OtherPath(path.clone()), path)));
    paths
}

fn hosts(received: &Received<'_>, target: &Target<'_>) -> Vec<(Mistake, String)> {
    let right = target.host();
    let mut hosts = Vec::new();
    if right == target.name {
        hosts.extend([443, 80].map(|port| (Mistake::PortAdded(port), format!("{}:{port}", target.name))));
    } else {
        hosts.push((Mistake::PortDropped, target.name.clone()));
    }
    let as_written = received.url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let forwarded = received.headers.forwarded_host.and_then(|hosts| hosts.split(',').next());
    let origin = received.url.split_inclusive("://").next().map(|scheme| format!("{scheme}{right}"));
    let others = [as_written, received.headers.host, forwarded, origin.as_deref()];
    hosts.extend(others.into_iter().flatten().map(|host| match host.eq_ignore_ascii_case(&right) {
        true => (Mistake::HostCase, host.to_owned()),
        false => (Mistake::OtherHost(host.trim().to_owned()), host.trim().to_owned()),
    }));
    hosts
}

fn dates(received: &Received<'_>) -> Vec<String> {
    let Some(date) = received.headers.date else { return Vec::new() };
    let mut dates = vec![date.replace("GMT", "+0000"), date.replace("GMT", "UTC")];
    dates.extend(date::parse(date).map(|seconds| seconds.to_string()));
    dates.extend(received.headers.other_date.map(str::to_owned));
    dates
}

fn digests(digest: &str) -> Vec<(&'static str, String)> {
    let Ok(bytes) = STANDARD.decode(digest) else { return Vec::new() };
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        (BASE64_OF_HEXADECIMAL, STANDARD.encode(&hexadecimal)),
        (HEXADECIMAL, hexadecimal.to_ascii_uppercase()),
        (HEXADECIMAL, hexadecimal),
        (WITHOUT_PADDING, STANDARD_NO_PAD.encode(&bytes)),
        (ADDRESS_ALPHABET, URL_SAFE.encode(&bytes)),
        ("not at all", String::new()),
    ]
}

/// The parts joined differently.
fn joints(parts: Parts<'_>) -> [(&'static str, String); 8] {
    let text = parts.text();
    let Parts { path, host, date, digest } = parts;
    [
        ("carriage returns before its line feeds", text.replace('\n', "\r\n")),
        ("the two characters \\n for a line feed, as in PHP between single quotes", text.replace('\n', "\\n")),
        ("a line feed at its end", format!("{text}\n")),
        ("nothing for its line feeds", text.replace('\n', "")),
        ("line feeds for its semicolons", format!("{METHOD}\n{path}\n{date}\n{host}\n{digest}")),
        ("a space after each semicolon", format!("{METHOD}\n{path}\n{date}; {host}; {digest}")),
        ("the host before the date", format!("{METHOD}\n{path}\n{host};{date};{digest}")),
        ("the digest before the host", format!("{METHOD}\n{path}\n{date};{digest};{host}")),
    ]
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let is_hexadecimal = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    is_hexadecimal.then(|| (0..text.len()).step_by(2).map(byte).collect())?
}

/// Each `%xx` as the byte it stands for; what is no UTF-8 then becomes something else, as it does elsewhere.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        match encoded(part) {
            Some((byte, rest)) => {
                bytes.push(byte);
                bytes.extend(rest.bytes());
            }
            None => bytes.extend(format!("%{part}").bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Each `%xx` with its digits written otherwise.
fn with_encoded_bytes(text: &str, write: fn(&str) -> String) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| match encoded(part).and_then(|(_, rest)| Some((part.get(..2)?, rest))) {
        Some((digits, rest)) => format!("{before}%{}{rest}", write(digits)),
        None => format!("{before}%{part}"),
    })
}

/// The byte two digits at the beginning stand for, and what follows them.
fn encoded(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    let is_byte = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    Some((u8::from_str_radix(digits, 16).ok().filter(|_| is_byte)?, rest))
}

/// The path as libraries for addresses write it: `.` and `..` resolved.
fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut rest = path.split('/').skip(1).peekable();
    while let Some(segment) = rest.next() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if rest.peek().is_none() {
                    segments.push("");
                }
            }
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_bytes_are_decoded_and_nothing_else_is() {
        for (text, decoded) in [
            ("/a%20b%C3%a6+c", "/a bæ+c"),
            ("100%", "100%"),
            ("%2", "%2"),
            ("%zz%+1", "%zz%+1"),
            ("%æ", "%æ"),
            ("", ""),
        ] {
            assert_eq!(percent_decoded(text), decoded);
        }
        assert_eq!(with_encoded_bytes("/a%c3%A6%zz?b", str::to_ascii_uppercase), "/a%C3%A6%zz?b");
    }

    #[test]
    fn dot_segments_are_resolved() {
        for (path, resolved) in [
            ("/", "/"),
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/../a", "/a"),
            ("/a/", "/a/"),
        ] {
            assert_eq!(without_dots(path), resolved, "{path}");
        }
    }
}
