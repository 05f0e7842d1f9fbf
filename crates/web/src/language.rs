//! Which of the five languages a payer is spoken to in.
//!
//! The choice is a pure function of what a request says; remembering it is the handler's.

use domain::merchant::Market;

use crate::texts::{self, Texts};

/// A language the pages are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    /// English, spoken where nothing else fits.
    English,
    /// Norwegian, bokmål.
    Norwegian,
    /// Danish.
    Danish,
    /// Finnish.
    Finnish,
    /// Swedish.
    Swedish,
}

impl Language {
    /// Every language, in the order of the menu.
    pub(crate) const ALL: [Self; 5] = [Self::English, Self::Norwegian, Self::Danish, Self::Finnish, Self::Swedish];

    /// How addresses and the cookie name it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Norwegian => "no",
            Self::Danish => "da",
            Self::Finnish => "fi",
            Self::Swedish => "sv",
        }
    }

    /// How a document names it (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Norwegian => "nb",
            Self::English | Self::Danish | Self::Finnish | Self::Swedish => self.code(),
        }
    }

    /// Its name, in itself.
    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Norwegian => "Norsk",
            Self::Danish => "Dansk",
            Self::Finnish => "Suomi",
            Self::Swedish => "Svenska",
        }
    }

    /// The language with this code.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// What most people speak where a sales unit sells.
    pub(crate) const fn of_market(market: Market) -> Self {
        match market {
            Market::Norway => Self::Norwegian,
            Market::Denmark => Self::Danish,
            Market::Finland => Self::Finnish,
        }
    }

    /// Everything the pages say in it.
    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::English => &texts::en::TEXTS,
            Self::Norwegian => &texts::no::TEXTS,
            Self::Danish => &texts::da::TEXTS,
            Self::Finnish => &texts::fi::TEXTS,
            Self::Swedish => &texts::sv::TEXTS,
        }
    }

    /// The language of a tag as browsers send it; both forms of Norwegian, and the name for either, are one.
    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "nb" | "nn" => Some(Self::Norwegian),
            code => Self::from_code(code),
        }
    }
}

/// What a request says about languages.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Asked<'a> {
    /// `lang` of the address.
    pub(crate) query: Option<&'a str>,
    /// Whether that address was the menu's (`menu=1`): then it is the payer's own choice, and the handler sets the cookie.
    pub(crate) is_from_menu: bool,
    /// The cookie an earlier choice left.
    pub(crate) cookie: Option<&'a str>,
    /// `Accept-Language`.
    pub(crate) accepted: Option<&'a str>,
    /// Where the sales unit sells, if there is one.
    pub(crate) market: Option<Market>,
}

/// The language to speak: what the payer chose in the menu, now or before; what the address asks for; what the browser prefers; what is
/// spoken where the sales unit sells; English.
pub(crate) fn choose(asked: &Asked<'_>) -> Language {
    let queried = asked.query.and_then(Language::from_code);
    let clicked = queried.filter(|_| asked.is_from_menu);
    clicked
        .or_else(|| asked.cookie.and_then(Language::from_code))
        .or(queried)
        .or_else(|| asked.accepted.and_then(preferred))
        .or_else(|| asked.market.map(Language::of_market))
        .unwrap_or(Language::English)
}

/// The language of ours that the browser likes best; of equals the first.
fn preferred(accepted: &str) -> Option<Language> {
    let mut best = None;
    for part in accepted.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let language = pieces.next().and_then(Language::from_tag);
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")));
        let thousandths = weight.map_or(Some(1000), thousandths).unwrap_or(0);
        let is_better = best.is_none_or(|(_, so_far)| thousandths > so_far);
        if let Some(language) = language
            && thousandths > 0
            && is_better
        {
            best = Some((language, thousandths));
        }
    }
    best.map(|(language, _)| language)
}

/// A weight between 0 and 1 with at most three decimals, in thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let of_decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(of_decimals),
        "1" if of_decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_asked_in_its_turn() {
        let all = Asked {
            query: Some("da"),
            is_from_menu: true,
            cookie: Some("sv"),
            accepted: Some("en"),
            market: Some(Market::Finland),
        };
        assert_eq!(choose(&all), Language::Danish);
        assert_eq!(choose(&Asked { is_from_menu: false, ..all }), Language::Swedish);
        assert_eq!(choose(&Asked { is_from_menu: false, cookie: None, ..all }), Language::Danish);
        assert_eq!(choose(&Asked { cookie: None, query: None, ..all }), Language::English);
        assert_eq!(choose(&Asked { cookie: None, query: None, accepted: None, ..all }), Language::Finnish);
        assert_eq!(choose(&Asked::default()), Language::English);
    }

    #[test]
    fn what_is_not_one_of_ours_is_passed_over() {
        let asked = Asked {
            query: Some("de"),
            is_from_menu: true,
            cookie: Some("nb"),
            accepted: Some("de, fr;q=0.9"),
            market: Some(Market::Norway),
        };
        assert_eq!(choose(&asked), Language::Norwegian);
    }

    #[test]
    fn browsers_are_understood() {
        for (accepted, language) in [
            ("nb-NO,nb;q=0.9,en;q=0.8", Some(Language::Norwegian)),
            ("nn", Some(Language::Norwegian)),
            ("no", Some(Language::Norwegian)),
            ("FI-fi", Some(Language::Finnish)),
            ("de-DE, sv;q=0.7, da;q=0.8", Some(Language::Danish)),
            ("en;q=0.5, sv;q=0.5", Some(Language::English)),
            ("en;q=0, sv;q=0.001", Some(Language::Swedish)),
            ("da;q=1.001, fi;q=1.000", Some(Language::Finnish)),
            ("da;q=0.1234, fi;q=0.1", Some(Language::Finnish)),
            ("sv ; Q=0.3, *", Some(Language::Swedish)),
            ("nbx, ena", None),
            ("*", None),
            ("", None),
            (";q=1,,;;", None),
        ] {
            assert_eq!(preferred(accepted), language, "{accepted}");
        }
    }

    #[test]
    fn documents_call_norwegian_bokmaal() {
        let tags = Language::ALL.map(Language::tag);
        assert_eq!(tags, ["en", "nb", "da", "fi", "sv"]);
    }
}
