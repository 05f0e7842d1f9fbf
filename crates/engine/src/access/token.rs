//! Access tokens: compact JWS, signed with Ed25519 by a key of our own ring.
//!
//! One algorithm, one place to look for a key. A header that asks for anything else (another algorithm, a key it brings along, a critical
//! extension) is refused before any signature is looked at. Claims: `01 §5.1` of the published contract plus some of ours.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::time::{Span, Timestamp};
use ring::signature::{ED25519, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use store::{KeySet, KeySetId, Mode};
use uuid::Uuid;

use crate::keys::Keys;

/// The resource every token is for, as published.
pub const AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// Longer than any token we make.
const TOKEN_BYTES_MAX: usize = 4096;
/// How far the clocks of two machines may differ.
const LEEWAY: Span = Span::seconds(60);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// What a token says.
#[derive(Serialize, Deserialize, PartialEq, Eq, Debug)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    appid: String,
    sub: String,
    tid: String,
    kasse_ku: String,
    kasse_env: String,
    /// The generation of the key set it was issued to; the first where it says nothing.
    #[serde(default)]
    kasse_generation: u32,
    /// Whether it counts without a subscription key.
    #[serde(default)]
    kasse_alone: bool,
}

impl Claims {
    pub(super) fn new(
        mode: Mode,
        key_set: &KeySet,
        at: Timestamp,
        from: Timestamp,
        until: Timestamp,
        counts_alone: bool,
    ) -> Self {
        let id = Uuid::from_bytes(key_set.id.0).to_string();
        Self {
            iss: issuer(mode).to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: at.seconds(),
            nbf: from.seconds(),
            exp: until.seconds(),
            appid: key_set.client_id.to_string(),
            sub: key_set.client_id.to_string(),
            tid: id.clone(),
            kasse_ku: id,
            kasse_env: mode.name().to_owned(),
            kasse_generation: key_set.generation,
            kasse_alone: counts_alone,
        }
    }

    pub(super) const fn expires_at(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.exp.saturating_mul(1000))
    }

    pub(super) const fn not_before(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.nbf.saturating_mul(1000))
    }

    pub(super) const fn generation(&self) -> u32 {
        self.kasse_generation
    }

    pub(super) const fn counts_alone(&self) -> bool {
        self.kasse_alone
    }

    pub(super) fn key_set(&self) -> Option<KeySetId> {
        Uuid::try_parse(&self.kasse_ku).ok().map(|id| KeySetId(id.into_bytes()))
    }
}

pub(super) fn sign(keys: &Keys, claims: &Claims, now: Timestamp) -> Option<String> {
    let ring = keys.ring();
    let key = ring.signing_key(now)?;
    let header = Header { typ: "JWT".to_owned(), alg: "EdDSA".to_owned(), kid: key.id.clone() };
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).ok()?);
    let signed = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(key.pair.sign(signed.as_bytes()));
    Some(format!("{signed}.{signature}"))
}

/// The claims of a token that is ours, of this mode, and counts now.
pub(super) fn verify(keys: &Keys, token: &str, mode: Mode, now: Timestamp) -> Option<Claims> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "EdDSA" || header.typ != "JWT" {
        return None;
    }
    let ring = keys.ring();
    let key = ring.verifying_key(&header.kid)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(&ED25519, key.pair.public_key()).verify(signed.as_bytes(), &signature).ok()?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let is_ours = claims.iss == issuer(mode) && claims.aud == AUDIENCE && claims.kasse_env == mode.name();
    let counts = claims.not_before() <= now.plus(LEEWAY) && now < claims.expires_at();
    (is_ours && counts).then_some(claims)
}

const fn issuer(mode: Mode) -> &'static str {
    match mode {
        Mode::Sandbox => "kasse-sandbox",
        Mode::Production => "kasse",
    }
}

#[cfg(test)]
mod tests {
    use domain::text::Msn;
    use store::{Digest, KeyHolder};

    use super::*;
    use crate::{entropy::SystemEntropy, keys::KeyMaterial};

    const NOW: Timestamp = Timestamp::from_milliseconds(1_760_000_000_000);

    fn keys() -> Keys {
        Keys::new(&KeyMaterial::generate(&SystemEntropy::new(), NOW)).unwrap()
    }

    fn claims() -> Claims {
        let key_set = KeySet {
            id: KeySetId([7; 16]),
            holder: KeyHolder::SalesUnit(Msn::parse("123456").unwrap()),
            client_id: "id".into(),
            generation: 0,
            client_secret: Some(Digest([0; 32])),
            subscription_keys: [Some(Digest([1; 32])), Some(Digest([2; 32]))],
        };
        Claims::new(Mode::Sandbox, &key_set, NOW, NOW, NOW.plus(Span::minutes(60)), false)
    }

    /// A token with these exact parts, signed by our own key as if it were ours.
    fn forged(keys: &Keys, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = keys.ring().signing_key(NOW).unwrap().pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn a_token_counts_from_its_beginning_to_the_instant_it_lapses() {
        let keys = keys();
        let token = sign(&keys, &claims(), NOW).unwrap();
        let at = |offset: i64| {
            verify(&keys, &token, Mode::Sandbox, Timestamp::from_milliseconds(NOW.milliseconds() + offset))
        };
        assert_eq!(at(0), Some(claims()));
        assert!(at(3_599_999).is_some());
        assert!(at(3_600_000).is_none());
        assert!(at(-60_000).is_some(), "clocks may differ by a minute");
        assert!(at(-60_001).is_none());
        assert_eq!(claims().key_set(), Some(KeySetId([7; 16])));
    }

    #[test]
    fn the_longest_token_counts_and_one_longer_is_not_looked_at() {
        let keys = keys();
        let kid = keys.ring().signing_key(NOW).unwrap().id.clone();
        let claims = serde_json::to_string(&claims()).unwrap();
        // Not every length can be had by longer claims alone: base64 skips one in four. Blanks in the header shift which.
        let of_length = |bytes: usize| {
            let tokens = (0..4).flat_map(|blanks| (2700..3000).map(move |padding| (blanks, padding)));
            let mut tokens = tokens.map(|(blanks, padding)| {
                let header = format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"{}}}"#, " ".repeat(blanks));
                let claims =
                    claims.replacen('{', &format!(r#"{{"padding":"{}","#, "p".repeat(padding - claims.len())), 1);
                forged(&keys, &header, &claims)
            });
            tokens.find(|token| token.len() == bytes).unwrap()
        };
        assert!(verify(&keys, &of_length(TOKEN_BYTES_MAX), Mode::Sandbox, NOW).is_some());
        assert!(verify(&keys, &of_length(TOKEN_BYTES_MAX + 1), Mode::Sandbox, NOW).is_none());
    }

    #[test]
    fn the_other_mode_and_other_rings_refuse_it() {
        let (ours, theirs) = (keys(), keys());
        let token = sign(&ours, &claims(), NOW).unwrap();
        assert!(verify(&ours, &token, Mode::Production, NOW).is_none());
        assert!(verify(&theirs, &token, Mode::Sandbox, NOW).is_none());
    }

    #[test]
    fn forgeries_are_refused_even_with_a_good_signature() {
        let keys = keys();
        let kid = keys.ring().signing_key(NOW).unwrap().id.clone();
        let good_claims = serde_json::to_string(&claims()).unwrap();
        let good_header = format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"}}"#);
        assert!(verify(&keys, &forged(&keys, &good_header, &good_claims), Mode::Sandbox, NOW).is_some());
        let headers = [
            format!(r#"{{"typ":"JWT","alg":"none","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"JWT","alg":"None","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"JWT","alg":"eddsa","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#),
            r#"{"typ":"JWT","alg":"EdDSA"}"#.to_owned(),
            r#"{"typ":"JWT","alg":"EdDSA","kid":""}"#.to_owned(),
            r#"{"typ":"JWT","alg":"EdDSA","kid":"../../etc/passwd"}"#.to_owned(),
            format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","jwk":{{}}}}"#),
            format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","jku":"https://evil.example"}}"#),
            format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","x5u":"https://evil.example"}}"#),
            format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","crit":["exp"]}}"#),
            format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","alg":"none"}}"#),
            "{}".to_owned(),
            "null".to_owned(),
            "not json".to_owned(),
        ];
        for header in headers {
            assert!(verify(&keys, &forged(&keys, &header, &good_claims), Mode::Sandbox, NOW).is_none(), "{header}");
        }
        let changes = [
            (r#""iss":"kasse-sandbox""#, r#""iss":"kasse""#),
            (r#""aud":"00000002"#, r#""aud":"00000003"#),
            (r#""kasse_env":"sandbox""#, r#""kasse_env":"production""#),
            (r#""exp":"#, r#""exp":-"#),
            (r#""exp":"#, r#""expired":"#),
            (r#""nbf":1"#, r#""nbf":9"#),
            (r#""nbf":"#, r#""nbf":"x","x":"#),
        ];
        for (from, to) in changes {
            let changed = good_claims.replacen(from, to, 1);
            assert_ne!(changed, good_claims, "{from}");
            assert!(verify(&keys, &forged(&keys, &good_header, &changed), Mode::Sandbox, NOW).is_none(), "{to}");
        }
    }

    #[test]
    fn a_token_with_anything_changed_is_refused() {
        let keys = keys();
        let token = sign(&keys, &claims(), NOW).unwrap();
        for position in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(verify(&keys, &changed, Mode::Sandbox, NOW).is_none(), "position {position}");
        }
        let parts: Vec<&str> = token.split('.').collect();
        for bad in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            "a.b.c".to_owned(),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{token}."),
            format!("{token}.{}", parts[2]),
            format!(" {token}"),
            format!("{token}=="),
            "A".repeat(TOKEN_BYTES_MAX + 1),
        ] {
            assert!(verify(&keys, &bad, Mode::Sandbox, NOW).is_none(), "{bad}");
        }
    }
}
