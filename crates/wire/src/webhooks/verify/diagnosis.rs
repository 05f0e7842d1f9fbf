//! Why a delivery does not fit, in words for whoever has to mend it.
//!
//! A diagnosis is a guess only in its last resort: every mistake that is named would make exactly the signature that is there.

use std::fmt;

use super::{
    Headers, Mistake, Received, Refused, Rewriting, Verified,
    candidates::{Parts, explanation, explanation_by_body, readings},
    is_shown,
    mistake::About,
    rewriting::rewritings,
    verify,
};
use crate::webhooks::{
    signature::{AUTHORIZATION, BEFORE_SIGNATURE, CONTENT_HASH, DATE, content_hash, hmac_sha256},
    target::Target,
};

/// What stands before the signature in whatever looks like a header of ours.
const SIGNATURE: &str = "Signature=";

/// Why a delivery, or a value somebody computed for it, does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Diagnosis {
    /// The address is none to deliver to.
    UnreadableUrl,
    /// There is no secret to check with.
    NoSecret,
    /// This header is not there.
    MissingHeader(&'static str),
    /// `Authorization` is there, and is something else.
    NoSignature,
    /// The body is not the one that was signed.
    BodyChanged {
        /// Its digest.
        given: String,
        /// The digest in the header.
        sent: String,
        /// How what was sent differs, if it says the same.
        rewriting: Option<Rewriting>,
        /// Whether the signature fits the digest in the header, so that nothing but the body differs.
        is_signed: bool,
    },
    /// The signature fits, but what stands around it is not as it should be.
    Malformed,
    /// The signature is the one this mistake makes.
    Sent {
        /// The mistake.
        mistake: Mistake,
        /// With which of the secrets, counted from 0.
        secret: usize,
    },
    /// The value somebody computed is the one this mistake makes.
    Computed {
        /// The mistake.
        mistake: Mistake,
        /// With which of the secrets, counted from 0.
        secret: usize,
    },
    /// The value somebody computed is right for another secret than the delivery is signed with; both counted from 0.
    ComputedForOther {
        /// The one it was computed with.
        computed: usize,
        /// The one it should have been computed with.
        signed: usize,
    },
    /// Nothing explains the signature, so it is most likely made with another secret.
    OtherSecret,
    /// Nothing explains the value somebody computed.
    Unexplained,
    /// Everything fits, but the date is none.
    UnreadableDate,
    /// Everything fits, but it was signed so many seconds ago; below nothing, in so many to come.
    Stale {
        /// So many.
        seconds: i64,
    },
}

/// Checks a delivery, and where it does not fit finds out why.
///
/// # Errors
/// Why.
pub fn diagnose(received: &Received<'_>) -> Result<Verified, Diagnosis> {
    verify(received).map_err(|refused| match refused {
        Refused::UnreadableUrl => Diagnosis::UnreadableUrl,
        _ if received.secrets.iter().all(|secret| secret.is_empty()) => Diagnosis::NoSecret,
        Refused::MissingHeader(name) => Diagnosis::MissingHeader(name),
        Refused::BodyChanged => body_changed(received),
        Refused::WrongSignature => wrong_signature(received),
        Refused::UnreadableDate => Diagnosis::UnreadableDate,
        Refused::Stale { seconds } => Diagnosis::Stale { seconds },
    })
}

/// Checks a value somebody computed for a delivery: the signature alone, or the whole header. Where the delivery has a signature, it has to
/// fit first. The date is not checked against the time.
///
/// # Errors
/// Why it is not the value it should be.
pub fn diagnose_computed(received: &Received<'_>, computed: &str) -> Result<Verified, Diagnosis> {
    let received = &Received { now: None, ..*received };
    let target = Target::of(received.url).ok_or(Diagnosis::UnreadableUrl)?;
    let date = received.headers.date.ok_or(Diagnosis::MissingHeader(DATE))?;
    let is_signed = received.headers.shown().next().is_some() && received.headers.content_hash.is_some();
    let signed_with = if is_signed { Some(diagnose(received)?.secret) } else { None };
    let digest = content_hash(received.body);
    let parts = Parts { path: &target.path_and_query, host: &target.host(), date, digest: &digest };
    let computed = computed.trim();
    if secrets(received).next().is_none() {
        return Err(Diagnosis::NoSecret);
    }
    for (secret, text) in secrets(received) {
        let right = hmac_sha256(text.as_bytes(), &parts.text());
        let is_right = computed == right || computed == format!("{BEFORE_SIGNATURE}{right}");
        match signed_with.filter(|signed| *signed != secret) {
            Some(signed) if is_right => return Err(Diagnosis::ComputedForOther { computed: secret, signed }),
            Some(_) => continue,
            None if is_right => return Ok(Verified { secret }),
            None => {}
        }
        if let Some(spelled) = spelled(inner(computed), &right) {
            return Err(match spelled {
                None => Diagnosis::Malformed,
                Some(how) => Diagnosis::Computed { mistake: Mistake::SignatureSpelled(how), secret },
            });
        }
    }
    for (secret, text) in secrets(received).filter(|(secret, _)| signed_with.is_none_or(|signed| signed == *secret)) {
        let signature = inner(computed);
        let mistake = explanation(received, &target, parts, text, signature)
            .or_else(|| explanation_by_body(received.body, parts, text, signature));
        if let Some(mistake) = mistake {
            return Err(Diagnosis::Computed { mistake, secret });
        }
    }
    Err(Diagnosis::Unexplained)
}

fn body_changed(received: &Received<'_>) -> Diagnosis {
    let sent = received.headers.content_hash.unwrap_or_default().to_owned();
    let rewriting = rewritings(received.body).find(|(_, bytes)| content_hash(bytes) == sent).map(|(one, _)| one);
    let is_signed = with_parts(received, |_, parts| {
        secrets(received).any(|(_, secret)| is_shown(&received.headers, secret, &parts.text()))
    });
    let is_signed = is_signed.unwrap_or(false);
    Diagnosis::BodyChanged { given: content_hash(received.body), sent, rewriting, is_signed }
}

fn wrong_signature(received: &Received<'_>) -> Diagnosis {
    let signatures: Vec<&str> = received
        .headers
        .shown()
        .filter(|(_, value)| value.contains(SIGNATURE))
        .map(|(_, value)| inner(value))
        .collect();
    if signatures.is_empty() {
        return Diagnosis::NoSignature;
    }
    let pairs = || secrets(received).flat_map(|secret| signatures.iter().map(move |signature| (secret, *signature)));
    let found = with_parts(received, |target, parts| {
        let text = parts.text();
        let of_spelling = pairs().find_map(|((secret, key), signature)| {
            Some(match spelled(signature, &hmac_sha256(key.as_bytes(), &text))? {
                None => Diagnosis::Malformed,
                Some(how) => Diagnosis::Sent { mistake: Mistake::SignatureSpelled(how), secret },
            })
        });
        of_spelling.or_else(|| {
            pairs().find_map(|((secret, key), signature)| {
                let mistake = explanation(received, target, parts, key, signature)?;
                Some(Diagnosis::Sent { mistake, secret })
            })
        })
    });
    found.flatten().unwrap_or(Diagnosis::OtherSecret)
}

/// Does something with what a delivery says is signed, if it says so.
fn with_parts<T>(received: &Received<'_>, work: impl FnOnce(&Target<'_>, Parts<'_>) -> T) -> Option<T> {
    let target = Target::of(received.url)?;
    let Headers { date: Some(date), content_hash: Some(digest), .. } = received.headers else { return None };
    Some(work(&target, Parts { path: &target.path_and_query, host: &target.host(), date, digest }))
}

/// The secrets that count, each with its place.
fn secrets<'a>(received: &Received<'a>) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
    received.secrets.iter().copied().enumerate().filter(|(_, secret)| !secret.is_empty())
}

/// The signature in what may be a header.
fn inner(value: &str) -> &str {
    let signature = value.rsplit_once(SIGNATURE).map_or(value, |(_, signature)| signature);
    signature.trim_matches(|char: char| char.is_ascii_whitespace() || char == '"')
}

/// How this signature is spelled, if it is the right one; not at all where it is right letter for letter.
fn spelled(signature: &str, right: &str) -> Option<Option<&'static str>> {
    readings(signature).into_iter().find(|(_, reading)| reading == right).map(|(how, _)| how)
}

/// What was found and what to do, in sentences.
impl fmt::Display for Diagnosis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnreadableUrl => formatter.write_str(UNREADABLE_URL),
            Self::NoSecret => formatter.write_str("There is no secret to check with."),
            Self::MissingHeader(name @ (DATE | CONTENT_HASH)) => {
                write!(formatter, "The header {name} is missing. {LET_IT_PASS}")
            }
            Self::MissingHeader(name) => write!(formatter, "The header {name} is missing. {READ_THE_OTHER}"),
            Self::NoSignature => {
                write!(formatter, "The header {AUTHORIZATION} holds something else than a signature. {READ_THE_OTHER}")
            }
            Self::BodyChanged { given, sent, rewriting, is_signed } => {
                write!(
                    formatter,
                    "The body is not the one that was sent: its digest is {given}, the header says {sent}. "
                )?;
                write!(formatter, "{} ", told(given, *rewriting))?;
                formatter.write_str(if *is_signed { BODY_ONLY } else { BODY_AND_MORE })
            }
            Self::Malformed => write!(formatter, "{MALFORMED} `{BEFORE_SIGNATURE}` and the signature."),
            Self::Sent { mistake, .. } => {
                write!(formatter, "The signature fits if {mistake}. ")?;
                match mistake.about() {
                    About::Secret => formatter.write_str(mistake.instead()),
                    About::Address => formatter.write_str(OTHER_ADDRESS),
                    About::Scheme => write!(formatter, "{MADE_WRONGLY} {}", mistake.instead()),
                }
            }
            Self::Computed { mistake, .. } => {
                write!(formatter, "The value that was computed comes out if {mistake}. {}", mistake.instead())
            }
            Self::ComputedForOther { computed, signed } => write!(
                formatter,
                "The value that was computed is right for secret {}, but the delivery is signed with secret {}. {TRY_EACH}",
                computed + 1,
                signed + 1,
            ),
            Self::OtherSecret => formatter.write_str(OTHER_SECRET),
            Self::Unexplained => formatter.write_str(UNEXPLAINED),
            Self::UnreadableDate => write!(formatter, "The signature is right, but the date in {DATE} {NO_DATE}"),
            Self::Stale { seconds } => {
                let (seconds, when) = (seconds.unsigned_abs(), if *seconds < 0 { "from now" } else { "ago" });
                write!(formatter, "The signature is right, but it was made {seconds} seconds {when}; {STALE}")
            }
        }
    }
}

const UNREADABLE_URL: &str = "The address is none that webhooks are delivered to. Give it as it was registered: absolute, http or \
    https, in visible ASCII, without user and password.";
const LET_IT_PASS: &str = "Every delivery has it: what is in front of the receiver must let it pass.";
const READ_THE_OTHER: &str = "Some servers keep it to themselves or put their own in its place: let it pass, or read \
    X-Vipps-Authorization, which is sent with the same value.";
const BODY_ONLY: &str = "Everything else fits the signature.";
const BODY_AND_MORE: &str =
    "The signature does not fit the digest in the header either, so something else is wrong as well.";
const RAW_BODY: &str = "Digest the bytes of the request before anything reads or parses them.";
const MALFORMED: &str = "The signature is right, but what stands around it is not. The whole value is compared, letter for letter; \
    it must be";
const OTHER_ADDRESS: &str = "So the address given is not the one that was registered: check with that, byte for byte. The list of \
    registrations shows it.";
const MADE_WRONGLY: &str = "No delivery is signed so; whoever made this one must mend it.";
const OTHER_SECRET: &str = "No secret given makes this signature of this address, date and body, and no usual mistake does either. \
    Most likely it is made with the secret of another registration: each has its own, and events are delivered to all.";
const TRY_EACH: &str = "Each registration has its own: try those of every registration that is sent to this address.";
const UNEXPLAINED: &str = "The value that was computed is not the signature, and no usual mistake makes it. Compare the text that is \
    signed, byte by byte.";
const NO_DATE: &str = "is in no form that can be read, such as Mon, 19 Jan 2026 16:26:33 GMT.";
const STALE: &str = "300 are tolerated. Every attempt is signed anew: either this one was recorded and sent again, or the clock of \
    the receiver is wrong.";

/// What can be said about a body that is not the one that was sent.
fn told(given: &str, rewriting: Option<Rewriting>) -> String {
    match rewriting {
        _ if given == content_hash(b"") => {
            format!("It is empty, as it is once something else has read the stream. {RAW_BODY}")
        }
        Some(rewriting) => format!("What was sent is {rewriting}: something has written the body anew. {RAW_BODY}"),
        None => "What was sent is in no usual way the same. Take body and headers from the same delivery.".to_owned(),
    }
}
