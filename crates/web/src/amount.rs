//! Sums of money as people write them.
//!
//! | Language | Sum | Between thousands | Between number and sign |
//! |---|---|---|---|
//! | English | `NOK 1,234.50` | a comma | a no-break space (U+00A0) |
//! | Norwegian | `1 234,50 kr` | a no-break space | a no-break space |
//! | Danish | `1.234,50 kr.` | a full stop | a no-break space |
//! | Finnish | `1 234,50 €` | a no-break space | a no-break space |
//! | Swedish | `1 234,50 kr` | a no-break space | a no-break space |
//!
//! A sum is therefore never broken over two lines where it could be misread. All Nordic crowns are "kr": where that is not the crown the
//! payer is used to, the ISO code stands behind it, after a space at which a line may end.

use domain::money::{Currency, Money};

use crate::language::Language;

/// A space at which no line ends.
const NO_BREAK_SPACE: char = '\u{a0}';
/// A minus as long as a plus, which screen readers also call one.
const MINUS: char = '\u{2212}';

/// The sum with its sign.
pub(crate) fn text(money: Money, language: Language) -> String {
    let number = number(money.value.value(), language);
    let sign = sign(money.currency, language);
    match language {
        Language::English => format!("{sign}{NO_BREAK_SPACE}{number}"),
        Language::Norwegian | Language::Danish | Language::Finnish | Language::Swedish => {
            format!("{number}{NO_BREAK_SPACE}{sign}")
        }
    }
}

/// The sum for a payer who is used to the currency `home`: with the ISO code behind it where this is another and its sign does not say
/// which.
pub(crate) fn text_at_home(money: Money, language: Language, home: Currency) -> String {
    let text = text(money, language);
    if money.currency == home || language == Language::English {
        text
    } else {
        format!("{text} ({})", money.currency.code())
    }
}

/// The sum as something that left the payer.
pub(crate) fn paid(text: &str) -> String {
    format!("{MINUS}{text}")
}

/// The sum as something that came back to the payer.
pub(crate) fn returned(text: &str) -> String {
    format!("+{text}")
}

/// A share in hundredths of a percent, such as the 2500 of a receipt, as percent.
pub(crate) fn percent(hundredths: i64, language: Language) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let number = match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}{}{}", decimal_mark(language), rest / 10),
        rest => format!("{whole}{}{rest:02}", decimal_mark(language)),
    };
    match language {
        Language::English => format!("{number}%"),
        Language::Norwegian | Language::Danish | Language::Finnish | Language::Swedish => {
            format!("{number}{NO_BREAK_SPACE}%")
        }
    }
}

fn number(minor_units: i64, language: Language) -> String {
    let digits = (minor_units / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(thousands_mark(language));
        }
        grouped.push(digit);
    }
    format!("{grouped}{}{:02}", decimal_mark(language), minor_units % 100)
}

const fn thousands_mark(language: Language) -> char {
    match language {
        Language::English => ',',
        Language::Danish => '.',
        Language::Norwegian | Language::Finnish | Language::Swedish => NO_BREAK_SPACE,
    }
}

const fn decimal_mark(language: Language) -> char {
    match language {
        Language::English => '.',
        Language::Norwegian | Language::Danish | Language::Finnish | Language::Swedish => ',',
    }
}

const fn sign(currency: Currency, language: Language) -> &'static str {
    match (language, currency) {
        (Language::English, _) => currency.code(),
        (Language::Danish, Currency::Nok | Currency::Dkk | Currency::Sek) => "kr.",
        (_, Currency::Nok | Currency::Dkk | Currency::Sek) => "kr",
        (_, Currency::Eur) => "€",
        (_, Currency::Usd) => "$",
        (_, Currency::Gbp) => "£",
    }
}

#[cfg(test)]
mod tests {
    use domain::money::MinorUnits;

    use super::*;

    fn money(value: i64, currency: Currency) -> Money {
        Money { value: MinorUnits::new(value).unwrap(), currency }
    }

    fn shown(value: i64, currency: Currency, language: Language) -> String {
        text(money(value, currency), language)
    }

    #[test]
    fn each_language_writes_sums_its_own_way() {
        assert_eq!(shown(123_450, Currency::Nok, Language::English), "NOK\u{a0}1,234.50");
        assert_eq!(shown(123_450, Currency::Nok, Language::Norwegian), "1\u{a0}234,50\u{a0}kr");
        assert_eq!(shown(123_450, Currency::Dkk, Language::Danish), "1.234,50\u{a0}kr.");
        assert_eq!(shown(123_450, Currency::Eur, Language::Finnish), "1\u{a0}234,50\u{a0}€");
        assert_eq!(shown(123_450, Currency::Sek, Language::Swedish), "1\u{a0}234,50\u{a0}kr");
        assert_eq!(shown(123_450, Currency::Eur, Language::Danish), "1.234,50\u{a0}€");
    }

    #[test]
    fn thousands_are_grouped_at_every_length() {
        for (value, expected) in [
            (0, "EUR\u{a0}0.00"),
            (5, "EUR\u{a0}0.05"),
            (99_999, "EUR\u{a0}999.99"),
            (100_000, "EUR\u{a0}1,000.00"),
            (99_999_999, "EUR\u{a0}999,999.99"),
            (100_000_000, "EUR\u{a0}1,000,000.00"),
            (999_999_999_999_999, "EUR\u{a0}9,999,999,999,999.99"),
            (i64::MAX, "EUR\u{a0}92,233,720,368,547,758.07"),
        ] {
            assert_eq!(shown(value, Currency::Eur, Language::English), expected);
        }
    }

    #[test]
    fn a_crown_from_elsewhere_says_which() {
        let sum = money(49_900, Currency::Nok);
        assert_eq!(text_at_home(sum, Language::Norwegian, Currency::Nok), "499,00\u{a0}kr");
        assert_eq!(text_at_home(sum, Language::Swedish, Currency::Sek), "499,00\u{a0}kr (NOK)");
        assert_eq!(text_at_home(sum, Language::English, Currency::Sek), "NOK\u{a0}499.00");
    }

    #[test]
    fn what_left_and_what_came_back_have_signs() {
        assert_eq!(paid("1,00\u{a0}kr"), "\u{2212}1,00\u{a0}kr");
        assert_eq!(returned("1,00\u{a0}kr"), "+1,00\u{a0}kr");
    }

    #[test]
    fn shares_lose_no_decimals() {
        assert_eq!(percent(2500, Language::Norwegian), "25\u{a0}%");
        assert_eq!(percent(2550, Language::Finnish), "25,5\u{a0}%");
        assert_eq!(percent(1205, Language::English), "12.05%");
        assert_eq!(percent(0, Language::Swedish), "0\u{a0}%");
    }
}
