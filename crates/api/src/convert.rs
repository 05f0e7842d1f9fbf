//! Values of the domain as the wire writes them.

use domain::{money::Money, payer::Sub, payment::PspReference, text::Invalid, time::Timestamp};
use wire::epayment::v1::Amount;

pub(crate) fn amount(money: Money) -> Amount {
    Amount { currency: money.currency.code().to_owned(), value: money.value.value() }
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
    let at: jiff::Timestamp = text.parse().map_err(|_| RULE)?;
    Ok(Timestamp::from_milliseconds(at.as_millisecond()))
}

fn format(at: Timestamp, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at.milliseconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_full() {
        let at = Timestamp::from_milliseconds(1_768_839_992_099);
        assert_eq!(timestamp(at), "2026-01-19T16:26:32.099Z");
        assert_eq!(timestamp_with_offset(at), "2026-01-19T16:26:32.099+00:00");
        assert_eq!(timestamp_to_the_second(at), "2026-01-19 16:26:32Z");
        assert_eq!(timestamp(Timestamp::from_milliseconds(1_768_839_992_000)), "2026-01-19T16:26:32.000Z");
    }
}
