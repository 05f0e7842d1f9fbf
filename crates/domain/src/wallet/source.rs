//! What a payer pays with.

use super::{Date, Decline};
use crate::{
    money::MinorUnits,
    text::{CardBin, Id},
};

/// The most sources of a payer.
pub const SOURCES_MAX: usize = 20;

/// A card or an account of a sandbox: nothing real stands behind it, and it has no whole number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Unique among the payer's.
    pub id: Id,
    /// What it is.
    pub kind: SourceKind,
    /// What can be paid with it yet, in minor units of whatever currency; nothing where it has no end.
    pub balance: Option<MinorUnits>,
    /// What it does when it is asked.
    pub behaviour: Behaviour,
}

/// What a source is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceKind {
    /// A payment card.
    Card {
        /// Whose.
        brand: Brand,
        /// Its first six digits.
        bin: CardBin,
        /// Its last four digits.
        last_4: [u8; 4],
        /// The last month it is good in.
        expiry: Expiry,
        /// Whether it is a company's.
        is_commercial: bool,
    },
    /// A bank account.
    Account {
        /// Its last four digits.
        last_4: [u8; 4],
    },
}

/// A card scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
}

/// The last month a card is good in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Expiry {
    /// The year.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
}

/// What a source of a sandbox does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Behaviour {
    /// It pays.
    #[default]
    Pays,
    /// It pays once its bank has made sure who asks.
    Confirms,
    /// It declines, always for this reason.
    Declines(Decline),
}

impl Brand {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Visa, Self::Mastercard];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
        }
    }

    /// What test cards of it begin with; of Visa the digits the published test system shows.
    pub const fn test_bin(self) -> &'static str {
        match self {
            Self::Visa => "429198",
            Self::Mastercard => "545721",
        }
    }

    /// The one of this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brand| brand.name().eq_ignore_ascii_case(name))
    }
}

impl Expiry {
    /// The month written `MM/YY`, of this century.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, year) = text.split_once('/')?;
        let (month, year) = (month.trim(), year.trim());
        let is_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(month) || !is_digits(year) {
            return None;
        }
        let (month, year) = (month.parse().ok()?, 2000 + year.parse::<u16>().ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// Whether the month is over.
    pub fn is_over(self, today: Date) -> bool {
        (today.year, today.month) > (self.year, self.month)
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}/{:02}", self.month, self.year % 100)
    }
}

impl Behaviour {
    /// The word for it: `pays`, `confirms`, or the reason it declines for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::Confirms => "confirms",
            Self::Declines(decline) => decline.key(),
        }
    }

    /// What a word stands for. A source can decline for every reason that is its bank's.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "pays" => Some(Self::Pays),
            "confirms" => Some(Self::Confirms),
            name => Decline::OF_BANKS.into_iter().find(|decline| decline.key() == name).map(Self::Declines),
        }
    }
}

impl Source {
    /// Its last four digits.
    pub const fn last_4(&self) -> [u8; 4] {
        match &self.kind {
            SourceKind::Card { last_4, .. } | SourceKind::Account { last_4 } => *last_4,
        }
    }

    /// The card behind it.
    pub const fn card_bin(&self) -> Option<&CardBin> {
        match &self.kind {
            SourceKind::Card { bin, .. } => Some(bin),
            SourceKind::Account { .. } => None,
        }
    }

    /// Whether it is a company's card.
    pub const fn is_commercial(&self) -> bool {
        matches!(self.kind, SourceKind::Card { is_commercial: true, .. })
    }

    /// What a payer knows it by: `Visa 1234`.
    pub fn label(&self) -> String {
        let digits: String = self.last_4().map(char::from).iter().collect();
        match &self.kind {
            SourceKind::Card { brand, .. } => format!("{} {digits}", brand.name()),
            SourceKind::Account { .. } => format!("•• {digits}"),
        }
    }
}

/// Four digits, as characters.
pub fn last_4(text: &str) -> Option<[u8; 4]> {
    let digits: [u8; 4] = text.as_bytes().try_into().ok()?;
    digits.iter().all(u8::is_ascii_digit).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        let expiry = Expiry::parse("02/26").unwrap();
        for (today, over) in [("2026-02-28", false), ("2026-03-01", true), ("2027-01-01", true), ("2025-12-31", false)]
        {
            assert_eq!(expiry.is_over(Date::parse(today).unwrap()), over, "{today}");
        }
        for bad in ["0/26", "13/26", "00/26", "2/26", "02-26", "02/2026", "aa/bb", ""] {
            assert_eq!(Expiry::parse(bad), None, "{bad}");
        }
        assert_eq!(Expiry::parse("11 / 30").unwrap().to_string(), "11/30");
    }

    #[test]
    fn every_behaviour_has_a_word_and_is_found_by_it() {
        let all = Decline::OF_BANKS.map(Behaviour::Declines);
        for behaviour in all.into_iter().chain([Behaviour::Pays, Behaviour::Confirms]) {
            assert_eq!(Behaviour::from_name(behaviour.name()), Some(behaviour));
        }
        assert_eq!(Behaviour::from_name("decl_blocked"), None, "whether a card is a company's is its own matter");
    }
}
