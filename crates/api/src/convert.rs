//! Values of the domain as the wire writes them.

use domain::{money::Money, payer::Sub, payment::PspReference, text::Invalid, time::Timestamp};
use wire::epayment::v1::Amount;

pub(crate) fn amount(money: Money) -> Amount {
    Amount { currency: money.currency.code().into(), value: money.value.value() }
}

pub(crate) fn psp_reference(id: PspReference) -> String {
    uuid::Uuid::from_bytes(id.0).to_string()
}

pub(crate) fn sub(sub: Sub) -> String {
    uuid::Uuid::from_bytes(sub.0).to_string()
}

/// The id a text is, if it is one.
pub(crate) fn parse_sub(text: &str) -> Option<Sub> {
    uuid::Uuid::try_parse(text).ok().map(|id| Sub(id.into_bytes()))
}

/// RFC 3339 with milliseconds and `Z`.
pub(crate) fn timestamp(at: Timestamp) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// RFC 3339 with milliseconds and the offset written out.
pub(crate) fn timestamp_with_offset(at: Timestamp) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S%.3f+00:00")
}

/// The identity provider's form, to the second.
pub(crate) fn timestamp_to_the_second(at: Timestamp) -> String {
    format(at, "%Y-%m-%d %H:%M:%SZ")
}

/// RFC 3339 with any offset.
pub(crate) fn parse_timestamp(text: &str) -> Result<Timestamp, Invalid> {
    const RULE: Invalid = Invalid("must be a time like 2026-01-19T16:26:32Z (RFC 3339)");
    if !is_rfc_3339(text) {
        return Err(RULE);
    }
    let at: jiff::Timestamp = text.parse().map_err(|_| RULE)?;
    Ok(Timestamp::from_milliseconds(at.as_millisecond()))
}

/// The form alone: `2026-01-19T16:26:32.099+01:00`. The parser behind takes more than the published pattern does.
fn is_rfc_3339(text: &str) -> bool {
    const DATE_AND_TIME: &str = "dddd-dd-ddTdd:dd:dd";
    const OFFSET: &str = "dd:dd";
    let fits = |text: &str, form: &str| {
        let same = |(byte, form): (u8, u8)| match form {
            b'd' => byte.is_ascii_digit(),
            form => byte.eq_ignore_ascii_case(&form),
        };
        text.len() == form.len() && text.bytes().zip(form.bytes()).all(same)
    };
    let Some((date_and_time, rest)) = text.split_at_checked(DATE_AND_TIME.len()) else { return false };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        None => rest,
    };
    let is_offset =
        |offset: &str| fits(offset, OFFSET) && offset < "24" && !matches!(offset.as_bytes(), [_, _, _, b'6'..=b'9', _]);
    let offset_is_good = offset.eq_ignore_ascii_case("z") || offset.strip_prefix(['+', '-']).is_some_and(is_offset);
    fits(date_and_time, DATE_AND_TIME) && offset_is_good
}

fn format(at: Timestamp, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at.milliseconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_published_form_and_no_other() {
        for text in [
            "2026-11-21T19:30:00Z",
            "2026-11-21t19:30:00z",
            "2026-11-21T19:30:00.5+01:00",
            "2026-11-21T19:30:00.123456789-23:59",
        ] {
            assert!(parse_timestamp(text).is_ok(), "{text}");
        }
        for text in [
            "20261121T193000Z",
            "2026-11-21T19:30Z",
            "2026-11-21 19:30:00Z",
            "2026-11-21T19:30:00,5Z",
            "2026-11-21T19:30:00.Z",
            "2026-11-21T19:30:00+0100",
            "2026-11-21T19:30:00+01",
            "2026-11-21T19:30:00+01:00:00",
            "+002026-11-21T19:30:00Z",
            "2026-11-21T19:30:00Z[Europe/Oslo]",
            "2026-11-21T19:30:00",
            "2026-13-21T19:30:00Z",
            "2026-11-21T25:30:00Z",
            "2026-11-21T19:30:00+24:00",
            "2026-11-21T19:30:00+01:60",
            "",
            "now",
        ] {
            assert!(parse_timestamp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_written_in_full() {
        let at = Timestamp::from_milliseconds(1_768_839_992_099);
        assert_eq!(timestamp(at), "2026-01-19T16:26:32.099Z");
        assert_eq!(timestamp_with_offset(at), "2026-01-19T16:26:32.099+00:00");
        assert_eq!(timestamp_to_the_second(at), "2026-01-19 16:26:32Z");
        assert_eq!(timestamp(Timestamp::from_milliseconds(1_768_839_992_000)), "2026-01-19T16:26:32.000Z");
    }
}
