//! What a receiver does with a delivery: checks it, and where it does not fit, finds out why.
//!
//! [`verify`] is for every request: it compares in constant time and says only what is needed to refuse. [`diagnose`] and
//! [`diagnose_computed`] are for people who look for their mistake: they try what usually goes wrong until something explains the
//! signature. None of them asks the time; whoever wants dates checked hands it in.

mod candidates;
mod diagnosis;
mod mistake;
mod rewriting;
#[cfg(test)]
mod tests;

pub use diagnosis::{Diagnosis, diagnose, diagnose_computed};
pub use mistake::{Mistake, SecretChange};
pub use rewriting::{Escapes, Layout, Rewriting};

use std::fmt;

use ring::hmac;

use super::{
    date,
    signature::{
        AUTHORIZATION, AUTHORIZATION_AGAIN, BEFORE_SIGNATURE, CONTENT_HASH, DATE, content_hash, hmac_sha256,
        string_to_sign,
    },
    target::Target,
};

/// How many seconds the date of a delivery may differ from the moment it arrives.
pub const DATE_TOLERANCE_SECONDS: i64 = 300;

/// A delivery as it arrived, and what the receiver knows about its registration.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The address as it was registered; not that of the request, which a proxy may have changed.
    pub url: &'a str,
    /// The secrets it may be signed with: of every registration that is sent to this address. Empty ones do not count.
    pub secrets: &'a [&'a str],
    /// What its headers say.
    pub headers: Headers<'a>,
    /// Its body, byte for byte.
    pub body: &'a [u8],
    /// When it arrived, in seconds since 1970-01-01T00:00:00Z. Without it the date is not checked.
    pub now: Option<i64>,
}

/// Without secrets and body, so that neither gets into a log by accident.
impl fmt::Debug for Received<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Received").field("url", &self.url).field("now", &self.now).finish_non_exhaustive()
    }
}

/// The headers that matter. The last five are only asked by a diagnosis.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    /// `x-ms-date`.
    pub date: Option<&'a str>,
    /// `x-ms-content-sha256`.
    pub content_hash: Option<&'a str>,
    /// `Authorization`.
    pub authorization: Option<&'a str>,
    /// `X-Vipps-Authorization`.
    pub authorization_again: Option<&'a str>,
    /// `Host`.
    pub host: Option<&'a str>,
    /// `X-Forwarded-Host`, as a proxy adds it.
    pub forwarded_host: Option<&'a str>,
    /// `X-Forwarded-Prefix`, as a proxy adds it.
    pub forwarded_prefix: Option<&'a str>,
    /// `X-Original-URI` or one of its other names, as a proxy adds it.
    pub original_uri: Option<&'a str>,
    /// `Date`, which is another date than that of the delivery.
    pub other_date: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// The ones that matter among all of a request, by names in any case. Of a header that is there twice the first counts.
    pub fn of(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "x-ms-date" => &mut found.date,
                "x-ms-content-sha256" => &mut found.content_hash,
                "authorization" => &mut found.authorization,
                "x-vipps-authorization" => &mut found.authorization_again,
                "host" => &mut found.host,
                "x-forwarded-host" => &mut found.forwarded_host,
                "x-forwarded-prefix" => &mut found.forwarded_prefix,
                "x-original-uri" | "x-original-url" | "x-rewrite-url" | "x-forwarded-uri" => &mut found.original_uri,
                "date" => &mut found.other_date,
                _ => continue,
            };
            place.get_or_insert(value.trim_matches([' ', '\t']));
        }
        found
    }

    /// The values that may be the signature's.
    fn shown(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let both = [(AUTHORIZATION, self.authorization), (AUTHORIZATION_AGAIN, self.authorization_again)];
        both.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// A delivery that is what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Which of the secrets it is signed with, counted from 0.
    pub secret: usize,
}

/// Why a delivery is not to be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The address is none to deliver to: a mistake of the receiver.
    UnreadableUrl,
    /// This header is not there.
    MissingHeader(&'static str),
    /// The body is another than was signed.
    BodyChanged,
    /// None of the secrets signs like this.
    WrongSignature,
    /// It is signed, but with a date in another form.
    UnreadableDate,
    /// It is signed, but for so many seconds ago; below nothing, for so many to come.
    Stale {
        /// So many.
        seconds: i64,
    },
}

/// Checks a delivery.
///
/// # Errors
/// Why it is not to be believed.
pub fn verify(received: &Received<'_>) -> Result<Verified, Refused> {
    let target = Target::of(received.url).ok_or(Refused::UnreadableUrl)?;
    let headers = &received.headers;
    let date = headers.date.ok_or(Refused::MissingHeader(DATE))?;
    let claimed = headers.content_hash.ok_or(Refused::MissingHeader(CONTENT_HASH))?;
    headers.shown().next().ok_or(Refused::MissingHeader(AUTHORIZATION))?;
    if content_hash(received.body) != claimed {
        return Err(Refused::BodyChanged);
    }
    let text = string_to_sign(&target.path_and_query, &target.host(), date, claimed);
    let secret = received.secrets.iter().position(|secret| is_shown(headers, secret, &text));
    let secret = secret.ok_or(Refused::WrongSignature)?;
    if let Some(now) = received.now {
        let seconds = now.saturating_sub(date::parse(date).ok_or(Refused::UnreadableDate)?);
        if seconds.saturating_abs() > DATE_TOLERANCE_SECONDS {
            return Err(Refused::Stale { seconds });
        }
    }
    Ok(Verified { secret })
}

/// Whether one of the headers is what this secret makes of the text.
fn is_shown(headers: &Headers<'_>, secret: &str, text: &str) -> bool {
    let expected = format!("{BEFORE_SIGNATURE}{}", hmac_sha256(secret.as_bytes(), text));
    !secret.is_empty() && headers.shown().any(|(_, value)| is_same(secret, value, &expected))
}

/// Whether two values are the same, in a time that tells nothing of where they differ: what is compared are digests of them.
fn is_same(secret: &str, shown: &str, expected: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, shown.as_bytes(), hmac::sign(&key, expected.as_bytes()).as_ref()).is_ok()
}
