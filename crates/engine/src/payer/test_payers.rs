//! The payers of a sandbox: everybody with a telephone number, and some whose number says that something about them is special.
//!
//! A payer is computed from the number, so that every sandbox has the same ones and none has to be made first. The listed numbers end in
//! two digits that say what is special. Once something about a payer is changed it is stored, and then that counts.

use domain::{
    merchant::Market,
    money::MinorUnits,
    payer::Address,
    text::{CardBin, Email, Id, PersonName, PhoneNumber},
    time::Span,
    wallet::{
        Act, After, Behaviour, Brand, Date, Decline, Expiry, Payer, Returns, SavedAddress, Script, Source, SourceKind,
        Step,
    },
};

/// What the listed numbers begin with; two digits follow.
const PREFIXES: [&str; 4] = ["47400000", "45200000", "3584000000", "467017406"];
/// The listed numbers end in these and those between.
pub(crate) const LISTED: std::ops::RangeInclusive<u8> = 10..=45;
/// The one nothing is special about.
const USUAL: &str = "10";

const FIRST_NAMES: [&str; 12] =
    ["Ada", "Bjørn", "Clara", "Daniel", "Eva", "Frida", "Gustav", "Hanna", "Ivar", "Liv", "Mikko", "Sofie"];
const LAST_NAMES: [&str; 11] =
    ["Berg", "Dahl", "Eriksen", "Holm", "Korhonen", "Lund", "Moen", "Nygård", "Solberg", "Virtanen", "Ødegård"];

/// The payer of this number as nobody has changed it; where not any number is one, only the listed.
pub(crate) fn find(number: &PhoneNumber, today: Date, any_number: bool) -> Option<Payer> {
    let special = special(number);
    if special.is_none() && !any_number {
        return None;
    }
    let seed = seed(number);
    let pick = |names: &[&'static str], seed: usize| names.get(seed % names.len()).copied().unwrap_or("Ada");
    let name = format!("{} {}", pick(&FIRST_NAMES, seed), pick(&LAST_NAMES, seed / 7));
    Some(Payer {
        number: number.clone(),
        name: PersonName::parse(&name).ok()?,
        email: Email::parse(&format!("payer-{}@example.com", number.as_str())).ok()?,
        email_is_verified: special != Some(38),
        born: born(seed, special, today)?,
        addresses: addresses(number, special, seed),
        sources: sources(special, seed, today)?,
        is_blocked: special == Some(35),
        returns: if special == Some(18) { Returns::Never } else { Returns::Same },
        language: None,
        script: script(special),
        version: 0,
    })
}

/// The number nothing is special about, of a market.
pub(crate) fn usual(market: Market) -> Option<PhoneNumber> {
    listed(market, USUAL)
}

/// The number that ends in this, of a market.
pub(crate) fn listed(market: Market, ending: &str) -> Option<PhoneNumber> {
    let [norway, denmark, finland, _] = PREFIXES;
    let prefix = match market {
        Market::Norway => norway,
        Market::Denmark => denmark,
        Market::Finland => finland,
    };
    PhoneNumber::parse(&format!("{prefix}{ending}")).ok()
}

/// The two digits of a listed number.
pub(crate) fn special(number: &PhoneNumber) -> Option<u8> {
    let ending = PREFIXES.iter().find_map(|prefix| number.as_str().strip_prefix(prefix))?;
    let digits = (ending.len() == 2).then(|| ending.parse().ok()).flatten()?;
    LISTED.contains(&digits).then_some(digits)
}

fn sources(special: Option<u8>, seed: usize, today: Date) -> Option<Vec<Source>> {
    let card = |id: &str, brand: Brand, seed: usize| {
        let last_4 = format!("{:04}", seed % 10_000);
        Some(Source {
            id: Id::parse(id).ok()?,
            kind: SourceKind::Card {
                brand,
                bin: CardBin::parse(brand.test_bin()).ok()?,
                last_4: domain::wallet::last_4(&last_4)?,
                expiry: Expiry { year: today.year.saturating_add(3), month: 12 },
                is_commercial: false,
            },
            balance: None,
            behaviour: Behaviour::Pays,
        })
    };
    let mut first = card("card-1", Brand::Visa, seed)?;
    let second = card("card-2", Brand::Mastercard, seed.wrapping_mul(31))?;
    match (special, &mut first.kind) {
        (Some(30), _) => return Some(Vec::new()),
        (Some(31), SourceKind::Card { expiry, .. }) => {
            *expiry = Expiry { year: today.year.saturating_sub(1), month: 1 };
            return Some(vec![first]);
        }
        (Some(32), SourceKind::Card { is_commercial, .. }) => {
            *is_commercial = true;
            return Some(vec![first]);
        }
        (Some(11), _) => first.balance = Some(MinorUnits::ZERO),
        (Some(20), _) => first.behaviour = Behaviour::Declines(Decline::Issuer),
        _ => {}
    }
    Some(vec![first, second])
}

fn script(special: Option<u8>) -> Script {
    let after = |seconds| After::Request(Span::seconds(seconds));
    let step = match special {
        Some(12 | 18 | 19 | 20) => Step { act: Act::Approve, after: after(1) },
        Some(13) => Step { act: Act::Approve, after: after(8) },
        Some(14) => Step { act: Act::Approve, after: After::BeforeEnd(Span::seconds(1)) },
        Some(15) => Step { act: Act::Reject, after: after(3) },
        Some(16) => Step { act: Act::Ignore, after: after(0) },
        Some(17) => Step { act: Act::Open, after: after(1) },
        Some(21) => Step { act: Act::Cancel, after: after(1) },
        Some(22) => Step { act: Act::Back, after: after(1) },
        Some(23) => Step { act: Act::ApproveTwice, after: after(1) },
        _ => return Script::default(),
    };
    Script { steps: vec![step], next: 0 }
}

fn addresses(number: &PhoneNumber, special: Option<u8>, seed: usize) -> Vec<SavedAddress> {
    let home = match number.as_str() {
        _ if special == Some(37) => address("Unter den Linden", seed, "Berlin", "10117", "DE"),
        text if text.starts_with("45") => address("Nygade", seed, "København K", "1164", "DK"),
        text if text.starts_with("358") => address("Aleksanterinkatu", seed, "Helsinki", "00100", "FI"),
        text if text.starts_with("46") => address("Drottninggatan", seed, "Stockholm", "11151", "SE"),
        _ => address("Storgata", seed, "Oslo", "0155", "NO"),
    };
    let mut all = vec![("home", home.clone())];
    if special == Some(39) {
        all.push(("work", Address { line_2: Some("c/o Acme".into()), ..home.clone() }));
        all.push(("cabin", Address { line_1: "Fjellveien 1".into(), ..home }));
    }
    all.into_iter().filter_map(|(id, address)| Some(SavedAddress { id: Id::parse(id).ok()?, address })).collect()
}

/// Whoever shall be of a certain age has the birthday that keeps it all year.
fn born(seed: usize, special: Option<u8>, today: Date) -> Option<Date> {
    let of_age = |years| Date::new(today.year.saturating_sub(years), 1, 1);
    match special {
        Some(33) => of_age(14),
        Some(34) => of_age(17),
        _ => {
            let part = |count: usize| u8::try_from(1 + seed % count).unwrap_or(1);
            Date::new(1950 + u16::from(part(45)), part(12), part(28))
        }
    }
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

    const TODAY: Date = Date { year: 2026, month: 1, day: 19 };

    fn payer(number: &str) -> Option<Payer> {
        find(&PhoneNumber::parse(number).unwrap(), TODAY, false)
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
        assert!(find(&PhoneNumber::parse("4712345678").unwrap(), TODAY, true).is_some());
    }

    #[test]
    fn what_is_special_follows_from_the_number() {
        let of = |ending: u8| payer(&format!("47400000{ending}")).unwrap();
        let cards = [30, 31, 32, 10].map(|ending| of(ending).sources.len());
        assert_eq!(cards, [0, 1, 1, 2]);
        assert!(matches!(of(31).sources[0].kind, SourceKind::Card { expiry, .. } if expiry.is_over(TODAY)));
        assert!(of(32).sources[0].is_commercial() && !of(10).sources[0].is_commercial());
        assert_eq!(of(11).sources[0].balance, Some(MinorUnits::ZERO));
        assert_eq!(of(20).sources[0].behaviour, Behaviour::Declines(Decline::Issuer));
        assert_eq!([33, 34].map(|ending| of(ending).born.age_on(TODAY)), [14, 17]);
        assert!(of(35).is_blocked && !of(36).is_blocked);
        let is_adult = |ending: &u8| of(*ending).born.age_on(TODAY) >= 18;
        assert!((10..=45).filter(|ending| ![33, 34].contains(ending)).all(|ending| is_adult(&ending)));
        assert_eq!(of(37).addresses[0].address.country.as_ref(), "DE");
        assert_eq!(of(39).addresses.len(), 3);
        assert!(!of(38).email_is_verified);
        assert_eq!(of(10), of(10), "the same every time");
        assert_eq!(of(10).script, Script::default(), "a person acts");
        assert_eq!(of(13).script.steps, [Step { act: Act::Approve, after: After::Request(Span::seconds(8)) }]);
        assert_eq!(of(18).returns, Returns::Never);
    }
}
