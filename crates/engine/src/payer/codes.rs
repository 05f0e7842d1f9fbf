//! What payers hold out to be named by: the code in the wallet, and the token a merchant is told at check-in.
//!
//! Both are the payer's number with a keyed code over it, so that nobody can name a payer who was not there, and nothing is stored. They
//! are over soon: the code in the wallet after a minute or two, the token after a quarter of an hour.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    text::{Msn, PhoneNumber},
    time::{Span, Timestamp},
};

use crate::keys::Keys;

/// How long the wallet shows one code.
const PERSONAL_QR_PERIOD: Span = Span::minutes(1);
/// Up to and including this age a token names its payer.
const CUSTOMER_TOKEN_LIFETIME: Span = Span::minutes(15);
/// Before the part of a personal code that differs.
const PERSONAL_QR_PATH: &str = "/28/2/01/031/";
/// After it.
const PERSONAL_QR_QUERY: &str = "?v=1";
/// The older form of it.
const PERSONAL_QR_OLD_PATH: &str = "/p/";
const PERSONAL_CODE_BYTES: usize = 10;
const NUMBER_BYTES: usize = 8;
const TOKEN_CODE_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// The content of the code now, after the origin.
pub(crate) fn personal_qr(keys: &Keys, number: &PhoneNumber, now: Timestamp) -> String {
    let mut bytes = personal_code(keys, number.as_str(), period(now)).to_vec();
    bytes.extend(packed(number.as_str()));
    format!("{PERSONAL_QR_PATH}{}{PERSONAL_QR_QUERY}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The payer whose wallet shows this now. The older forms carry the number itself and are always good; no form says whose host it is.
pub(super) fn number_of_personal_qr(keys: &Keys, content: &str, now: Timestamp) -> Option<PhoneNumber> {
    let rest = content.strip_prefix("https://").or_else(|| content.strip_prefix("http://"))?;
    let (host, path) = rest.split_at_checked(rest.find('/')?)?;
    if host.is_empty() {
        return None;
    }
    if let Some(number) = path.strip_prefix(PERSONAL_QR_OLD_PATH) {
        return PhoneNumber::parse(number).ok().filter(PhoneNumber::is_plausible);
    }
    let code = path.strip_prefix(PERSONAL_QR_PATH)?.strip_suffix(PERSONAL_QR_QUERY)?;
    let bytes = URL_SAFE_NO_PAD.decode(code).ok().filter(|bytes| bytes.len() == PERSONAL_CODE_BYTES + NUMBER_BYTES);
    match bytes {
        None => PhoneNumber::parse(code).ok().filter(PhoneNumber::is_plausible),
        Some(bytes) => {
            let (code, number) = bytes.split_at_checked(PERSONAL_CODE_BYTES)?;
            let number = unpacked(number)?;
            let genuine = |period| keys.is_same(&personal_code(keys, number.as_str(), period), code);
            let current = period(now);
            (genuine(current) || genuine(current - 1)).then_some(number)
        }
    }
}

/// A token for the payer towards this sales unit.
pub(super) fn customer_token(keys: &Keys, msn: &Msn, number: &PhoneNumber, now: Timestamp) -> String {
    let time = now.milliseconds().to_be_bytes();
    let mut bytes = token_code(keys, msn, number.as_str(), time).to_vec();
    bytes.extend(time);
    bytes.extend(packed(number.as_str()));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The payer a token names towards this sales unit, while it does.
pub(super) fn number_of_customer_token(keys: &Keys, msn: &Msn, token: &str, now: Timestamp) -> Option<PhoneNumber> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (code, rest) = bytes.split_at_checked(TOKEN_CODE_BYTES)?;
    let (time, number) = rest.split_at_checked(TIME_BYTES)?;
    let (time, number): ([u8; TIME_BYTES], _) = (time.try_into().ok()?, unpacked(number)?);
    let made_at = Timestamp::from_milliseconds(i64::from_be_bytes(time));
    let is_genuine = keys.is_same(&token_code(keys, msn, number.as_str(), time), code);
    (is_genuine && now <= made_at.plus(CUSTOMER_TOKEN_LIFETIME)).then_some(number)
}

const fn period(now: Timestamp) -> i64 {
    now.milliseconds().div_euclid(PERSONAL_QR_PERIOD.as_milliseconds())
}

fn personal_code(keys: &Keys, number: &str, period: i64) -> [u8; PERSONAL_CODE_BYTES] {
    keys.code(format!("personal code\0{period}/{number}").as_bytes())
}

fn token_code(keys: &Keys, msn: &Msn, number: &str, time: [u8; TIME_BYTES]) -> [u8; TOKEN_CODE_BYTES] {
    keys.code(format!("customer token\0{}/{}/{number}", msn.as_str(), i64::from_be_bytes(time)).as_bytes())
}

/// A number's digits behind a one, so that none at the front is lost: at most 16 digits fit.
fn packed(number: &str) -> [u8; NUMBER_BYTES] {
    format!("1{number}").parse::<u64>().unwrap_or_default().to_be_bytes()
}

fn unpacked(bytes: &[u8]) -> Option<PhoneNumber> {
    let digits = u64::from_be_bytes(bytes.try_into().ok()?).to_string();
    PhoneNumber::parse(digits.strip_prefix('1')?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{entropy::SystemEntropy, keys::KeyMaterial};

    const NOW: Timestamp = Timestamp::from_milliseconds(1_768_839_960_000);

    fn keys() -> Keys {
        Keys::new(&KeyMaterial::generate(&SystemEntropy::new(), NOW)).unwrap()
    }

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).unwrap()
    }

    #[test]
    fn a_wallets_code_names_its_payer_for_a_minute_or_two() {
        let (keys, payer) = (keys(), number("4712345678"));
        let content = format!("https://pay.example.com{}", personal_qr(&keys, &payer, NOW));
        assert_eq!(content.len(), "https://pay.example.com/28/2/01/031/".len() + 24 + "?v=1".len());
        let at = |seconds| number_of_personal_qr(&keys, &content, NOW.plus(Span::seconds(seconds)));
        assert_eq!(at(0), Some(payer.clone()));
        assert_eq!(at(119), Some(payer));
        assert_eq!(at(120), None, "over");
        assert_eq!(at(-1), None, "not yet");
        assert_eq!(number_of_personal_qr(&self::keys(), &content, NOW), None, "another installation's");
    }

    #[test]
    fn the_older_codes_carry_the_number() {
        let keys = keys();
        for (content, good) in [
            ("https://qr.example/28/2/01/031/4712345678?v=1", true),
            ("https://qr.example/p/4712345678", true),
            ("http://127.0.0.1:8080/p/4712345678", true),
            ("https://qr.example/p/471234567", false),
            ("https://qr.example/p/4712345678?v=1", false),
            ("https://qr.example/28/2/01/031/4712345678", false),
            ("https:///p/4712345678", false),
            ("https://qr.example/x/4712345678", false),
            ("https://qr.example/28/2/01/031/AAAAAAAAAAAAAAAAAAAAAAAA?v=1", false),
            ("qr.example/p/4712345678", false),
            ("4712345678", false),
            ("https://qr.example", false),
        ] {
            assert_eq!(number_of_personal_qr(&keys, content, NOW).is_some(), good, "{content}");
        }
    }

    #[test]
    fn a_token_names_its_payer_to_one_sales_unit_for_a_quarter_of_an_hour() {
        let keys = keys();
        let (ours, theirs) = (Msn::parse("123456").unwrap(), Msn::parse("654321").unwrap());
        for payer in ["4712345678", "012345678", "999999999999999"].map(number) {
            let token = customer_token(&keys, &ours, &payer, NOW);
            let at = |msn, span| number_of_customer_token(&keys, msn, &token, NOW.plus(span));
            assert_eq!(at(&ours, Span::minutes(15)), Some(payer));
            assert_eq!(at(&ours, Span::milliseconds(15 * 60_000 + 1)), None);
            assert_eq!(at(&theirs, Span::seconds(1)), None);
        }
        for bad in ["", "x", "AAAA", &"A".repeat(43), &"A".repeat(1000)] {
            assert_eq!(number_of_customer_token(&keys, &ours, bad, NOW), None, "{bad}");
        }
    }
}
