//! A telephone number as people write it, made one.

use domain::text::PhoneNumber;

/// The number of what was written into the field, with the calling code that was chosen beside it: `+47 123 45 678`, `0047…`, or as it is
/// written at home, with spaces, hyphens, points or brackets wherever somebody likes them.
pub(crate) fn read(prefix: &str, written: &str) -> Option<PhoneNumber> {
    let is_filler = |character: char| character.is_whitespace() || "-–.()/\u{a0}".contains(character);
    let compact: String = written.chars().filter(|character| !is_filler(*character)).collect();
    if compact.chars().skip(1).any(|character| !character.is_ascii_digit()) {
        return None;
    }
    let international = compact.strip_prefix('+').or_else(|| compact.strip_prefix("00"));
    if let Some(number) = international {
        return plausible(number);
    }
    let at_home = format!("{prefix}{}", compact.strip_prefix('0').unwrap_or(&compact));
    // Somebody may have written the calling code all the same.
    plausible(&at_home).or_else(|| plausible(&compact).filter(|_| compact.starts_with(prefix)))
}

fn plausible(digits: &str) -> Option<PhoneNumber> {
    PhoneNumber::parse(digits).ok().filter(PhoneNumber::is_plausible)
}

/// The number as it stands in the field: calling code and the rest.
pub(crate) fn parts(number: &PhoneNumber, prefixes: impl Iterator<Item = &'static str>) -> (String, String) {
    let text = number.as_str();
    let longest = prefixes.filter(|prefix| text.starts_with(prefix)).max_by_key(|prefix| prefix.len());
    let prefix = longest.unwrap_or_default();
    (prefix.to_owned(), text.strip_prefix(prefix).unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (prefix, written, expected) in [
            ("47", "123 45 678", Some("4712345678")),
            ("45", "+47 123-45-678", Some("4712345678")),
            ("45", "0047 12345678", Some("4712345678")),
            ("47", "4712345678", Some("4712345678")),
            ("46", "070-174 06 05", Some("46701740605")),
            ("358", "040 000 0010", Some("358400000010")),
            ("47", "1234567", None),
            ("47", "123456789", None),
            ("47", "12 34 56 7x", None),
            ("47", "", None),
            ("47", "+", None),
            ("47", "++4712345678", None),
            ("45", "4712345678", None),
            ("1", "(202) 555-0100", Some("12025550100")),
        ] {
            assert_eq!(read(prefix, written).as_ref().map(PhoneNumber::as_str), expected, "{prefix} {written}");
        }
    }

    #[test]
    fn a_number_is_taken_apart_by_its_calling_code() {
        let of = |number| parts(&PhoneNumber::parse(number).unwrap(), ["47", "1", "358", "35"].into_iter());
        assert_eq!(of("4712345678"), ("47".to_owned(), "12345678".to_owned()));
        assert_eq!(of("358400000010"), ("358".to_owned(), "400000010".to_owned()));
        assert_eq!(of("99912345678"), (String::new(), "99912345678".to_owned()));
    }
}
