//! Why there is no answer, or not the one that was hoped for.

use std::{error::Error, fmt};

use axum::http::StatusCode;
use serde_json::Value;

/// How much of an answer that nobody understands is shown.
const SHOWN_CHARACTERS_MAX: usize = 200;

/// Why there is no answer, or not the one that was hoped for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// Nobody answers there, or not any more.
    Unreachable {
        /// Where.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The server refused.
    Refused {
        /// What.
        what: &'static str,
        /// With which status.
        status: StatusCode,
        /// In which words.
        said: String,
    },
    /// Whoever answers is no server of ours.
    Stranger {
        /// Where.
        url: String,
        /// By what it was seen.
        reason: String,
    },
}

impl Trouble {
    /// A refusal, in the words of the body that came with it.
    pub(super) fn refused(what: &'static str, status: StatusCode, body: &[u8]) -> Self {
        Self::Refused { what, status, said: said(body).unwrap_or_else(|| beginning(body)) }
    }

    /// Whether it may be over by itself.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Stranger { .. } => false,
        }
    }

    /// Whether it is that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND, .. })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { url, reason } => {
                write!(formatter, "no server answers at {url} ({reason}); is it running? --server names another")
            }
            Self::Refused { what, status, said } => {
                write!(formatter, "the server refused {what} with {}: {said}", status.as_u16())
            }
            Self::Stranger { url, reason } => write!(formatter, "what answers at {url} is no Kasse: {reason}"),
        }
    }
}

impl Error for Trouble {}

/// The sentence in one of the bodies that refusals have.
pub(super) fn said(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let sentence = ["error_description", "message", "detail"].iter().find_map(|name| json.get(name)?.as_str());
    let sentence = sentence.or_else(|| json.get("result")?.get("message")?.as_str())?;
    let fields = json.get("extraDetails").and_then(Value::as_array).into_iter().flatten();
    let reasons = fields.filter(|field| field.get("name").is_some_and(|name| name != "ErrorCode"));
    let reasons = reasons.filter_map(|field| field.get("reason")?.as_str());
    let sentences: Vec<&str> = std::iter::once(sentence).chain(reasons).collect();
    Some(printable(&sentences.join(" ")))
}

/// How something begins that nobody understands.
pub(super) fn beginning(body: &[u8]) -> String {
    let text = printable(&String::from_utf8_lossy(body));
    let shown: String = text.trim().chars().take(SHOWN_CHARACTERS_MAX).collect();
    if shown.is_empty() { "nothing was said".to_owned() } else { shown }
}

/// A text from elsewhere, so that it cannot steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_found_in_every_body_that_refuses() {
        for (body, expected) in [
            (r#"{"error":"invalid_client","error_description":"AADSTS7000215: No."}"#, "AADSTS7000215: No."),
            (r#"{"statusCode":401,"message":"Access denied."}"#, "Access denied."),
            (r#"{"responseInfo":{"responseCode":401},"result":{"message":"Wrong."}}"#, "Wrong."),
            (
                r#"{"title":"Bad","detail":"See.","extraDetails":[{"name":"url","reason":"Too long."}]}"#,
                "See. Too long.",
            ),
            (r#"{"detail":"Busy.","extraDetails":[{"name":"ErrorCode","reason":"3010"}]}"#, "Busy."),
            ("{\"message\":\"\\u001b[2Jgone\"}", " [2Jgone"),
        ] {
            assert_eq!(said(body.as_bytes()).as_deref(), Some(expected), "{body}");
        }
        assert_eq!(said(b"<html>"), None);
        assert_eq!((beginning(b" <html>\r\n"), beginning(b"")), ("<html>".to_owned(), "nothing was said".to_owned()));
    }
}
