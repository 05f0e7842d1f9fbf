//! The signature of a delivery.
//!
//! Method, path with query, date, host and the digest of the body are joined to one text, and that is signed with HMAC-SHA-256. The key is
//! the secret's own text: what it decodes to is not asked.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    digest::{SHA256, digest},
    hmac,
};

/// The header with the moment of the attempt, see [`super::date`].
pub const DATE: &str = "x-ms-date";
/// The header with the digest of the body.
pub const CONTENT_HASH: &str = "x-ms-content-sha256";
/// The header with the signature.
pub const AUTHORIZATION: &str = "Authorization";
/// The header with the signature once more, for receivers whose server keeps the other one to itself.
pub const AUTHORIZATION_AGAIN: &str = "X-Vipps-Authorization";
/// The method every delivery has.
pub const METHOD: &str = "POST";

/// What stands before the signature in its headers.
pub(super) const BEFORE_SIGNATURE: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";

/// A signed delivery: the values of its headers, and what was signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    /// Of [`DATE`].
    pub date: String,
    /// Of [`CONTENT_HASH`].
    pub content_hash: String,
    /// Of [`AUTHORIZATION`] and [`AUTHORIZATION_AGAIN`].
    pub authorization: String,
    /// The text the signature is of; sent nowhere.
    pub string_to_sign: String,
}

impl Signed {
    /// The headers that carry it.
    pub fn headers(&self) -> [(&'static str, &str); 4] {
        [
            (DATE, &self.date),
            (CONTENT_HASH, &self.content_hash),
            (AUTHORIZATION, &self.authorization),
            (AUTHORIZATION_AGAIN, &self.authorization),
        ]
    }
}

/// Signs a delivery. Path and host are those of its [`Target`](super::target::Target), the date is in the form of [`super::date`].
pub fn sign(secret: &str, path_and_query: &str, host: &str, date: &str, body: &[u8]) -> Signed {
    let content_hash = content_hash(body);
    let string_to_sign = string_to_sign(path_and_query, host, date, &content_hash);
    let authorization = [BEFORE_SIGNATURE, &hmac_sha256(secret.as_bytes(), &string_to_sign)].concat();
    Signed { date: date.to_owned(), content_hash, authorization, string_to_sign }
}

/// The digest of a body as its header has it.
pub fn content_hash(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, body))
}

/// The text that is signed: three lines without an end of the last.
pub fn string_to_sign(path_and_query: &str, host: &str, date: &str, content_hash: &str) -> String {
    [METHOD, "\n", path_and_query, "\n", date, ";", host, ";", content_hash].concat()
}

/// The signature alone.
pub(super) fn hmac_sha256(key: &[u8], text: &str) -> String {
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::vectors::VECTORS;

    #[test]
    fn every_vector_is_signed_as_it_should_be() {
        for vector in VECTORS {
            let signed = vector.sign();
            assert_eq!(signed.content_hash, vector.content_hash, "{}", vector.url);
            assert_eq!(signed.authorization, format!("{BEFORE_SIGNATURE}{}", vector.signature), "{}", vector.url);
            assert_eq!(signed.date, vector.date);
        }
        assert_eq!(
            VECTORS[1].sign().string_to_sign,
            "POST\n/hooks/vipps?callback=webhook&shop=7\nMon, 19 Jan 2026 16:26:33 GMT;shop.example.com:8443;\
             RPYlXrJ8cvZrUj9Od+KEKzwh+CcAKTQFt4l56m3OK24="
        );
    }

    #[test]
    fn the_headers_are_the_four_and_the_signature_stands_in_two() {
        let signed = VECTORS[0].sign();
        let [date, hash, authorization, again] = signed.headers();
        assert_eq!(date, ("x-ms-date", "Thu, 30 Mar 2023 08:38:32 GMT"));
        assert_eq!(hash, ("x-ms-content-sha256", "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4="));
        assert_eq!(
            authorization,
            (
                "Authorization",
                "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="
            )
        );
        assert_eq!(again, ("X-Vipps-Authorization", authorization.1));
    }

    #[test]
    fn the_secret_is_never_decoded() {
        let decoded = "6fk1ParfTa2POj/xU/cgs1k4GIYncltjljuVg7qAVEU=";
        assert!(!VECTORS[1].sign().authorization.contains(decoded));
    }
}
