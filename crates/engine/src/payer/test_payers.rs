//! The payers of a sandbox: everybody with a telephone number, and some whose number says that something about them is special.
//!
//! A payer is computed from the number, so that every sandbox has the same ones and none has to be made first. The listed numbers end in
//! two digits that say what is special; what only a wallet can act on is the wallet's.

use domain::{
    merchant::Market,
    payer::{Address, Profile, Sub},
    text::{CardBin, PhoneNumber},
    time::Timestamp,
};
use jiff::{
    civil::{Date, date},
    tz::TimeZone,
};

/// What the listed numbers begin with; two digits follow.
const PREFIXES: [&str; 4] = ["47400000", "45200000", "3584000000", "467017406"];
/// The listed numbers end in these and those between.
const LISTED: std::ops::RangeInclusive<u8> = 10..=45;
/// The one nothing is special about.
const USUAL: &str = "10";
/// The card every sandbox payer pays with, as the published test system shows it.
const CARD_BIN: &str = "429198";

const FIRST_NAMES: [&str; 12] =
    ["Ada", "Bjørn", "Clara", "Daniel", "Eva", "Frida", "Gustav", "Hanna", "Ivar", "Liv", "Mikko", "Sofie"];
const LAST_NAMES: [&str; 11] =
    ["Berg", "Dahl", "Eriksen", "Holm", "Korhonen", "Lund", "Moen", "Nygård", "Solberg", "Virtanen", "Ødegård"];

/// A payer of a sandbox.
pub(super) struct TestPayer {
    special: Option<u8>,
    born: Date,
    pub(super) age: u8,
    pub(super) is_blocked: bool,
    pub(super) cards: Cards,
}

/// What a payer has to pay with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cards {
    /// A card that works.
    Good,
    /// Nothing.
    None,
    /// One that is over.
    ExpiredOnly,
    /// One of a company.
    CommercialOnly,
}

impl TestPayer {
    /// The payer of this number; where not any number is one, only the listed.
    pub(super) fn find(number: &PhoneNumber, now: Timestamp, any_number: bool) -> Option<Self> {
        let special = special(number);
        if special.is_none() && !any_number {
            return None;
        }
        let today = jiff::Timestamp::from_millisecond(now.milliseconds()).ok()?.to_zoned(TimeZone::UTC).date();
        let born = born(number, special, today);
        Some(Self {
            special,
            born,
            age: age(born, today),
            is_blocked: special == Some(35),
            cards: match special {
                Some(30) => Cards::None,
                Some(31) => Cards::ExpiredOnly,
                Some(32) => Cards::CommercialOnly,
                _ => Cards::Good,
            },
        })
    }

    /// Everything there is to be known of the payer.
    pub(super) fn profile(&self, sub: Sub, number: &PhoneNumber) -> Profile {
        let seed = seed(number);
        let pick = |names: &[&'static str], seed: usize| names.get(seed % names.len()).copied().unwrap_or("Ada");
        Profile {
            sub,
            name: Some((pick(&FIRST_NAMES, seed).into(), pick(&LAST_NAMES, seed / 7).into())),
            email: Some((format!("payer-{}@example.com", number.as_str()).into(), self.special != Some(38))),
            phone_number: Some(number.clone()),
            birth_date: Some(self.born.to_string().into()),
            addresses: self.addresses(number, seed),
        }
    }

    fn addresses(&self, number: &PhoneNumber, seed: usize) -> Vec<Address> {
        let home = match number.as_str() {
            _ if self.special == Some(37) => address("Unter den Linden", seed, "Berlin", "10117", "DE"),
            text if text.starts_with("45") => address("Nygade", seed, "København K", "1164", "DK"),
            text if text.starts_with("358") => address("Aleksanterinkatu", seed, "Helsinki", "00100", "FI"),
            text if text.starts_with("46") => address("Drottninggatan", seed, "Stockholm", "11151", "SE"),
            _ => address("Storgata", seed, "Oslo", "0155", "NO"),
        };
        if self.special != Some(39) {
            return vec![home];
        }
        let work = Address { line_2: Some("c/o Acme".into()), ..home.clone() };
        let cabin = Address { line_1: "Fjellveien 1".into(), ..home.clone() };
        vec![home, work, cabin]
    }
}

/// The number nothing is special about, of a market.
pub(super) fn usual(market: Market) -> Option<PhoneNumber> {
    let [norway, denmark, finland, _] = PREFIXES;
    let prefix = match market {
        Market::Norway => norway,
        Market::Denmark => denmark,
        Market::Finland => finland,
    };
    PhoneNumber::parse(&format!("{prefix}{USUAL}")).ok()
}

pub(super) fn card_bin() -> Option<CardBin> {
    CardBin::parse(CARD_BIN).ok()
}

/// The two digits of a listed number.
fn special(number: &PhoneNumber) -> Option<u8> {
    let ending = PREFIXES.iter().find_map(|prefix| number.as_str().strip_prefix(prefix))?;
    let digits = (ending.len() == 2).then(|| ending.parse().ok()).flatten()?;
    LISTED.contains(&digits).then_some(digits)
}

fn born(number: &PhoneNumber, special: Option<u8>, today: Date) -> Date {
    // Whoever shall be of a certain age has the birthday that keeps it all year.
    let of_age = |years: i16| date(today.year() - years, 1, 1);
    match special {
        Some(33) => of_age(14),
        Some(34) => of_age(17),
        _ => {
            let seed = seed(number);
            let part = |count: usize| i8::try_from(1 + seed % count).unwrap_or(1);
            date(1950 + i16::from(part(45)), part(12), part(28))
        }
    }
}

fn age(born: Date, today: Date) -> u8 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    let years = today.year() - born.year() - i16::from(!had_birthday);
    u8::try_from(years).unwrap_or_default()
}

fn address(street: &str, seed: usize, city: &str, post_code: &str, country: &str) -> Address {
    Address {
        line_1: format!("{street} {}", 1 + seed % 90).into(),
        line_2: None,
        city: city.into(),
        post_code: post_code.into(),
        country: country.into(),
    }
}

fn seed(number: &PhoneNumber) -> usize {
    number
        .as_str()
        .bytes()
        .fold(7, |sum: usize, digit| sum.wrapping_mul(31).wrapping_add(usize::from(digit)) % 1_000_003)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_768_839_992_099);

    fn payer(number: &str) -> Option<TestPayer> {
        TestPayer::find(&PhoneNumber::parse(number).unwrap(), NOW, false)
    }

    #[test]
    fn the_listed_numbers_are_payers_in_every_market_and_others_only_if_any_is() {
        for prefix in PREFIXES {
            for ending in 0..=99 {
                let is_listed = payer(&format!("{prefix}{ending:02}")).is_some();
                assert_eq!(is_listed, (10..=45).contains(&ending), "{prefix}{ending:02}");
            }
        }
        assert!(payer("4712345678").is_none());
        assert!(TestPayer::find(&PhoneNumber::parse("4712345678").unwrap(), NOW, true).is_some());
    }

    #[test]
    fn what_is_special_follows_from_the_number() {
        let of = |ending: u8| payer(&format!("47400000{ending}")).unwrap();
        assert_eq!(
            [30, 31, 32, 10].map(|ending| of(ending).cards),
            [Cards::None, Cards::ExpiredOnly, Cards::CommercialOnly, Cards::Good]
        );
        assert_eq!([33, 34].map(|ending| of(ending).age), [14, 17]);
        assert!(of(35).is_blocked && !of(36).is_blocked);
        let adults = (10..=45).filter(|ending| ![33, 34].contains(ending)).all(|ending| of(ending).age >= 18);
        assert!(adults, "everybody else is an adult");
        let profile = |ending: u8| {
            let number = PhoneNumber::parse(&format!("47400000{ending}")).unwrap();
            of(ending).profile(Sub([0; 16]), &number)
        };
        assert_eq!(profile(37).addresses[0].country.as_ref(), "DE");
        assert_eq!(profile(39).addresses.len(), 3);
        assert!(!profile(38).email.unwrap().1);
        assert_eq!(profile(10), profile(10), "the same every time");
    }

    #[test]
    fn an_age_changes_on_the_birthday() {
        let born = date(2000, 2, 29);
        for (today, years) in [(date(2018, 2, 28), 17), (date(2018, 3, 1), 18), (date(2024, 2, 29), 24)] {
            assert_eq!(age(born, today), years, "{today}");
        }
    }
}
