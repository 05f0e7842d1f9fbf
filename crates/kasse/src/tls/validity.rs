//! From when until when a certificate is meant to be used, read from its bytes.
//!
//! Clients judge that, a server only wants to warn: so nothing else of the certificate is looked at, and bytes that are none yield nothing.
//! No date is formatted here.

use domain::time::Timestamp;
use rustls::pki_types::CertificateDer;

/// The tags of the parts that are read or stepped over (X.690, RFC 5280 §4.1).
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The first and the last moment of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Validity {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Validity {
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (certificate, _) = part(certificate, SEQUENCE)?;
        let (fields, _) = part(certificate, SEQUENCE)?;
        let fields = part(fields, VERSION).map_or(fields, |(_, after)| after);
        let (_serial_number, fields) = part(fields, INTEGER)?;
        let (_signature, fields) = part(fields, SEQUENCE)?;
        let (_issuer, fields) = part(fields, SEQUENCE)?;
        let (validity, _) = part(fields, SEQUENCE)?;
        let (from, after) = time(validity)?;
        let (until, _) = time(after)?;
        Some(Self { from, until })
    }
}

/// The content of the part that begins here, if it has this tag, and what follows it.
fn part(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else { return None };
    if *found != tag {
        return None;
    }
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        // Beyond four bytes of length there is no certificate anybody could hold.
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let short = part(bytes, UTC_TIME).map(|(digits, after)| (digits, after, 2));
    let (digits, after, year_digits) =
        short.or_else(|| part(bytes, GENERALIZED_TIME).map(|(digits, after)| (digits, after, 4)))?;
    let (year, rest) = std::str::from_utf8(digits).ok()?.strip_suffix('Z')?.split_at_checked(year_digits)?;
    let year = match (year.parse::<i64>().ok()?, year_digits) {
        (year @ 50.., 2) => 1900 + year,
        (year, 2) => 2000 + year,
        (year, _) => year,
    };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
    let (month, day, hour, minute, second) = (two(0)?, two(2)?, two(4)?, two(6)?, two(8)?);
    let seconds = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some((Timestamp::from_milliseconds(seconds * 1000), after))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years begin in March here, so that the leap day comes last.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn validity(from: (i32, u8, u8), until: (i32, u8, u8)) -> (i64, i64) {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(until.0, until.1, until.2);
        let expected = (params.not_before.unix_timestamp(), params.not_after.unix_timestamp());
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let found = Validity::of(certificate.der()).unwrap();
        assert_eq!((found.from.seconds(), found.until.seconds()), expected);
        expected
    }

    #[test]
    fn both_ways_of_writing_a_date_are_read() {
        assert_eq!(validity((1970, 1, 1), (1999, 12, 31)), (0, 946_598_400));
        validity((1975, 6, 1), (4096, 1, 1));
        for year in [1950, 1972, 2000, 2024, 2026, 2049, 2050, 2100] {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (12, 31)] {
                validity((year, month, day), (year + 1, month, day));
            }
        }
        validity((2024, 2, 29), (2400, 2, 29));
    }

    #[test]
    fn bytes_that_are_no_certificate_yield_nothing() {
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let whole = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        for length in 0..whole.len() {
            assert_eq!(Validity::of(&CertificateDer::from(&whole[..length])), None, "{length}");
        }
        for byte in 0..=255 {
            assert_eq!(Validity::of(&CertificateDer::from(&[SEQUENCE, byte, SEQUENCE, byte][..])), None);
        }
    }
}
