//! The wallet of a sandbox's payer: who it is, what there is to pay with, and what a source says to a payment.
//!
//! Whether a source pays is decided here and nowhere else, from plain values: [`judge()`]. What is declined changes nothing about the
//! payment; its payer may try another source until the deadline. The words a payer reads belong to whoever shows them.

mod judge;
mod script;
mod source;

pub use judge::{AGE_MIN, Decline, Obstacle, Purchase, judge};
pub use script::{Act, After, SCRIPT_STEPS_MAX, Script, Step};
pub use source::{Behaviour, Brand, Expiry, SOURCES_MAX, Source, SourceKind, last_4};

use crate::{
    money::MinorUnits,
    payer::Address,
    text::{Email, Id, PersonName, PhoneNumber},
};

/// The most addresses of a payer.
pub const ADDRESSES_MAX: usize = 20;

/// A payer of a sandbox, with a wallet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payer {
    /// Whose wallet it is.
    pub number: PhoneNumber,
    /// First and last name.
    pub name: PersonName,
    /// The e-mail address.
    pub email: Email,
    /// Whether it was shown to be the payer's.
    pub email_is_verified: bool,
    /// The date of birth.
    pub born: Date,
    /// Where the payer lives, the usual place first.
    pub addresses: Vec<SavedAddress>,
    /// What there is to pay with; the first unless the payer says otherwise.
    pub sources: Vec<Source>,
    /// Whether the payer may pay nobody.
    pub is_blocked: bool,
    /// Whether the browser goes back to the shop afterwards.
    pub returns: Returns,
    /// The language the payer reads, if not the browser's: `en`, `no`, `da`, `fi` or `sv`.
    pub language: Option<Box<str>>,
    /// What the payer does without anybody's hand.
    pub script: Script,
    /// How often this has changed; nothing is stored of a payer of version 0.
    pub version: u32,
}

/// An address with the payer's own name for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedAddress {
    /// Unique among the payer's.
    pub id: Id,
    /// The address.
    pub address: Address,
}

/// What the payer's browser does when the payment is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Returns {
    /// It goes back to the shop, where it came from.
    #[default]
    Same,
    /// It never does: whatever the shop has to know it must ask or be told.
    Never,
}

impl Returns {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Same, Self::Never];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Never => "never",
        }
    }

    /// The one of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|returns| returns.name() == name)
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    /// The year, 1900 to 2999.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl Date {
    /// The day, if the calendar has it.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => 0,
        };
        if year < 1900 || year > 2999 || day == 0 || day > days { None } else { Some(Self { year, month, day }) }
    }

    /// The day written `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || [year.len(), month.len(), day.len()] != [4, 2, 2] {
            return None;
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// How old somebody born on this day is `today`, in whole years.
    pub fn age_on(self, today: Self) -> u8 {
        let had_birthday = (today.month, today.day) >= (self.month, self.day);
        let years = today.year.saturating_sub(self.year).saturating_sub(u16::from(!had_birthday));
        u8::try_from(years).unwrap_or(u8::MAX)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Payer {
    /// The source of this id.
    pub fn source(&self, id: &Id) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == *id)
    }

    /// The payer after paying so much with a source: less is left where it has an end.
    #[must_use]
    pub fn having_paid(mut self, id: &Id, amount: MinorUnits) -> Self {
        if let Some(source) = self.sources.iter_mut().find(|source| source.id == *id) {
            source.balance = source.balance.map(|balance| balance.minus(amount).unwrap_or_default());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for (text, good) in [
            ("2000-02-29", true),
            ("1900-02-29", false),
            ("1999-02-29", false),
            ("1999-12-31", true),
            ("1899-12-31", false),
            ("3000-01-01", false),
            ("2000-13-01", false),
            ("2000-00-01", false),
            ("2000-04-31", false),
            ("2000-4-30", false),
            ("2000-04-30 ", false),
            ("+200-04-30", false),
            ("", false),
        ] {
            assert_eq!(Date::parse(text).is_some(), good, "{text}");
        }
        assert_eq!(Date::parse("2000-02-29").unwrap().to_string(), "2000-02-29");
    }

    #[test]
    fn an_age_changes_on_the_birthday() {
        let born = Date::parse("2000-02-29").unwrap();
        for (today, years) in [("2018-02-28", 17), ("2018-03-01", 18), ("2024-02-29", 24), ("1999-01-01", 0)] {
            assert_eq!(born.age_on(Date::parse(today).unwrap()), years, "{today}");
        }
    }
}
