//! Texts that carry a rule: each is parsed once, at the edge, and then known to be good.
//!
//! A parser answers the text as a type, or [`Invalid`] with the rule in words that a caller may be shown. None of them repairs input.

/// Why a text was refused, as a sentence about its shape; it never repeats the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invalid(pub &'static str);

macro_rules! texts {
    ($($(#[$docs:meta])* $name:ident where $rule:literal, $check:expr;)*) => {$(
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Box<str>);

        impl $name {
            /// The rule, as a caller is told it.
            pub const RULE: Invalid = Invalid($rule);

            /// The text as this type, or the rule it breaks.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let holds: fn(&str) -> bool = $check;
                if holds(text) { Ok(Self(text.into())) } else { Err(Self::RULE) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

texts! {
    /// The number of a sales unit, `Merchant-Serial-Number`: a text of digits, not a number.
    Msn where "must match the regular expression '^[0-9]{4,10}$'",
        |text| (4..=10).contains(&text.len()) && digits(text);

    /// A merchant's name for a payment, unique within its sales unit, case-sensitive.
    Reference where "must match the regular expression '^[a-zA-Z0-9-]{8,64}$'",
        |text| (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');

    /// The key under which a request may be repeated safely: opaque, case-sensitive.
    IdempotencyKey where "must be 1 to 50 printable ASCII characters",
        |text| (1..=50).contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));

    /// A telephone number with country code, digits only (MSISDN).
    PhoneNumber where "must match the regular expression '^\\d{9,15}$' (country code and number, digits only)",
        |text| (9..=15).contains(&text.len()) && digits(text);

    /// What the payer is told the payment is for.
    Description where "must be 3 to 100 characters",
        |text| (3..=100).contains(&text.chars().count());

    /// The first six digits of a payment card.
    CardBin where "must be six digits",
        |text| text.len() == 6 && digits(text);

    /// The name of a sales unit, as payers and operators see it.
    SalesUnitName where "must be 1 to 100 characters, none of them a control character",
        |text| is_name(text);

    /// The id of a partner; no sales unit's number looks like one.
    PartnerId where "must match the regular expression '^partner-[0-9]{6}$'",
        |text| text.strip_prefix("partner-").is_some_and(|number| number.len() == 6 && digits(number));

    /// The name of a partner, as operators see it.
    PartnerName where "must be 1 to 100 characters, none of them a control character",
        |text| is_name(text);

    /// First and last name of a payer, the last word the family name.
    PersonName where "must be a first and a last name, together 3 to 100 characters, none of them a control character",
        |text| (3..=100).contains(&text.chars().count()) && text.split_whitespace().count() >= 2 && is_name(text);

    /// An e-mail address, as far as can be seen without writing to it.
    Email where "must be an e-mail address of 3 to 254 characters",
        |text| (3..=254).contains(&text.len())
            && !text.chars().any(|character| character.is_control() || character.is_whitespace())
            && text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'));

    /// The id of something within what it belongs to.
    Id where "must be 1 to 40 letters, digits or hyphens",
        |text| (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');

    /// The name of a space: the sales units that share one business clock.
    Space where "must be 1 to 64 lower-case letters, digits or hyphens",
        |text| (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');

    /// A merchant's name for an order, whatever pays for it; case-sensitive. Every reference of a payment is one.
    OrderId where "must match the regular expression '^[0-9A-Za-z\\-_.]+$', be at most 128 characters, and be neither '.' nor '..'",
        |text| is_order_name(text);

    /// A merchant's name for a picture.
    ImageId where "must match the regular expression '^[0-9A-Za-z\\-_.]+$', be at most 128 characters, and be neither '.' nor '..'",
        |text| is_order_name(text);
}

impl From<&Reference> for OrderId {
    fn from(reference: &Reference) -> Self {
        Self(reference.0.clone())
    }
}

impl PersonName {
    /// First name and family name.
    pub fn parts(&self) -> (&str, &str) {
        let whole = self.0.trim();
        whole.rsplit_once(char::is_whitespace).map_or((whole, ""), |(first, last)| (first.trim_end(), last))
    }
}

impl PhoneNumber {
    /// Whether a number of this length exists in the country of its prefix; countries outside the Nordics are not judged.
    pub fn is_plausible(&self) -> bool {
        const LENGTHS: [(&str, std::ops::RangeInclusive<usize>); 6] =
            [("47", 10..=10), ("45", 10..=10), ("46", 9..=11), ("358", 8..=13), ("299", 9..=9), ("298", 9..=9)];
        let length = self.0.len();
        LENGTHS
            .iter()
            .find(|(prefix, _)| self.0.starts_with(prefix))
            .is_none_or(|(_, lengths)| lengths.contains(&length))
    }
}

/// What may stand as a part of an address without being read as anything else.
fn is_order_name(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=128).contains(&text.len()) && text.bytes().all(is_good) && text != "." && text != ".."
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_hold_at_both_edges() {
        let of = |length: usize| "1".repeat(length);
        for (length, good) in [(3, false), (4, true), (10, true), (11, false)] {
            assert_eq!(Msn::parse(&of(length)).is_ok(), good, "MSN of {length}");
        }
        for (length, good) in [(7, false), (8, true), (64, true), (65, false)] {
            assert_eq!(Reference::parse(&of(length)).is_ok(), good, "reference of {length}");
        }
        for (length, good) in [(0, false), (1, true), (50, true), (51, false)] {
            assert_eq!(IdempotencyKey::parse(&of(length)).is_ok(), good, "key of {length}");
        }
        for (length, good) in [(8, false), (9, true), (15, true), (16, false)] {
            assert_eq!(PhoneNumber::parse(&of(length)).is_ok(), good, "number of {length}");
        }
        for (length, good) in [(2, false), (3, true), (100, true), (101, false)] {
            assert_eq!(Description::parse(&"æ".repeat(length)).is_ok(), good, "description of {length}");
        }
        for (length, good) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(SalesUnitName::parse(&"ø".repeat(length)).is_ok(), good, "name of {length}");
            assert_eq!(PartnerName::parse(&"ø".repeat(length)).is_ok(), good, "name of {length}");
        }
        for (length, good) in [(0, false), (1, true), (128, true), (129, false)] {
            assert_eq!(OrderId::parse(&of(length)).is_ok(), good, "order id of {length}");
            assert_eq!(ImageId::parse(&of(length)).is_ok(), good, "image id of {length}");
        }
    }

    #[test]
    fn an_order_is_named_by_what_no_address_reads_otherwise() {
        for text in ["chr-xY_z.1", "...", ".a", "_", "-"] {
            assert!(OrderId::parse(text).is_ok() && ImageId::parse(text).is_ok(), "{text}");
        }
        for text in [".", "..", "a/b", "a b", "a%2e", "æ", "a\n", "a:b", "\u{fffd}"] {
            assert!(OrderId::parse(text).is_err() && ImageId::parse(text).is_err(), "{text}");
        }
        let longest = Reference::parse(&"a".repeat(64)).unwrap();
        assert_eq!(OrderId::parse(OrderId::from(&longest).as_str()), Ok(OrderId::from(&longest)));
    }

    #[test]
    fn only_the_named_characters_pass() {
        assert!(Reference::parse("acme-Shop-123").is_ok());
        for text in ["acme_shop", "acme shop", "acme.shop", "acmeshøp", "acmeshop\n"] {
            assert_eq!(Reference::parse(text), Err(Reference::RULE));
        }
        assert!(IdempotencyKey::parse(" ~").is_ok());
        assert!(IdempotencyKey::parse("\u{7f}").is_err());
        assert!(Msn::parse("12a45").is_err());
        assert!(Msn::parse("١٢٣٤").is_err(), "digits of other scripts are not digits here");
        assert!(SalesUnitName::parse("  ").is_err());
        assert!(PartnerId::parse("partner-123456").is_ok());
        for text in ["", "123456", "partner-", "partner-12345", "partner-1234567", "partner-12345x", "Partner-123456"] {
            assert_eq!(PartnerId::parse(text), Err(PartnerId::RULE), "{text}");
        }
    }

    #[test]
    fn a_person_has_two_names_and_the_last_is_the_familys() {
        for (text, parts) in [("Ada Berg", ("Ada", "Berg")), ("Anne Marie  Dahl ", ("Anne Marie", "Dahl"))] {
            assert_eq!(PersonName::parse(text).unwrap().parts(), parts);
        }
        for text in ["Ada", " ", "a", "Ada\tBerg", &format!("A {}", "b".repeat(99))] {
            assert!(PersonName::parse(text).is_err(), "{text}");
        }
        for (text, good) in [("a@b", true), ("@b", false), ("a@", false), ("a@b@c", false), ("a b@c", false)] {
            assert_eq!(Email::parse(text).is_ok(), good, "{text}");
        }
        assert!(Email::parse(&format!("a@{}", "b".repeat(252))).is_ok());
        assert!(Email::parse(&format!("a@{}", "b".repeat(253))).is_err());
        assert!(Id::parse(&"a".repeat(40)).is_ok() && Id::parse(&"a".repeat(41)).is_err() && Id::parse("a.b").is_err());
    }

    #[test]
    fn a_number_is_plausible_by_the_length_its_country_uses() {
        for (number, good) in [
            ("4712345678", true),
            ("471234567", false),
            ("47123456789", false),
            ("4512345678", true),
            ("46701740605", true),
            ("467017406051", false),
            ("299123456", true),
            ("2991234567", false),
            ("35840000000010", false),
            ("3584000000010", true),
            ("12025550100", true),
        ] {
            assert_eq!(PhoneNumber::parse(number).unwrap().is_plausible(), good, "{number}");
        }
    }
}
