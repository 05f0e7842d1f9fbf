//! The countries a telephone number can begin with, for the list beside the field.
//!
//! Each language has a list of its own, because it sorts by its own names: Norway, Denmark, Finland and Sweden stand first, all others
//! follow alphabetically. Nothing here judges a number.

mod da;
mod en;
mod fi;
mod no;
mod sv;

use crate::language::Language;

/// ISO 3166-1 code, calling code, name.
type Row = (&'static str, &'static str, &'static str);

/// A country in the list.
pub(crate) struct Country {
    /// Its ISO 3166-1 code.
    pub(crate) code: &'static str,
    /// Its name in the language of the page.
    pub(crate) name: &'static str,
    /// Its calling code, digits only.
    pub(crate) prefix: &'static str,
    /// Whether it is the one that is chosen when the page opens.
    pub(crate) is_chosen: bool,
}

/// The list as it is shown, with the first country of this calling code chosen.
pub(crate) fn listed(language: Language, prefix: &str) -> impl Iterator<Item = Country> {
    let rows = rows(language);
    let chosen = rows.iter().position(|(_, code, _)| *code == prefix).unwrap_or(0);
    rows.iter().enumerate().map(move |(at, (code, prefix, name))| Country {
        code,
        name,
        prefix,
        is_chosen: at == chosen,
    })
}

/// Every calling code there is.
pub(crate) fn prefixes() -> impl Iterator<Item = &'static str> {
    rows(Language::English).iter().map(|(_, prefix, _)| *prefix)
}

const fn rows(language: Language) -> &'static [Row] {
    match language {
        Language::English => &en::ROWS,
        Language::Norwegian => &no::ROWS,
        Language::Danish => &da::ROWS,
        Language::Finnish => &fi::ROWS,
        Language::Swedish => &sv::ROWS,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn codes(language: Language) -> BTreeMap<&'static str, &'static str> {
        rows(language).iter().map(|(country, prefix, _)| (*country, *prefix)).collect()
    }

    #[test]
    fn every_language_knows_the_same_countries_and_the_nordic_four_come_first() {
        let english = codes(Language::English);
        for language in Language::ALL {
            assert_eq!(codes(language), english, "{language:?}");
            assert_eq!(rows(language).len(), english.len(), "{language:?} names a country twice");
            let first: Vec<&str> = rows(language).iter().take(4).map(|(country, ..)| *country).collect();
            assert_eq!(first, ["NO", "DK", "FI", "SE"], "{language:?}");
            for (country, prefix, name) in rows(language) {
                assert!(
                    prefix.bytes().all(|byte| byte.is_ascii_digit()) && (1..=4).contains(&prefix.len()),
                    "{country}"
                );
                assert!(!name.is_empty() && name.chars().count() <= 50, "{country}: {name}");
            }
        }
        assert_eq!(english.get("AX"), english.get("FI"));
    }

    #[test]
    fn one_country_is_chosen_also_where_a_code_is_shared_or_unknown() {
        for (prefix, name) in [("47", "Norway"), ("358", "Finland"), ("1", "Canada"), ("", "Norway"), ("999", "Norway")]
        {
            let chosen: Vec<Country> = listed(Language::English, prefix).filter(|country| country.is_chosen).collect();
            assert_eq!(chosen.iter().map(|country| country.name).collect::<Vec<_>>(), [name], "{prefix}");
        }
    }
}
