//! Every reason, and its neighbours.

use super::*;
use crate::{
    money::{Currency, MinorUnits},
    text::{CardBin, Email, PersonName, PhoneNumber},
    wallet::{Brand, Expiry, Returns, Script},
};

const TODAY: Date = Date { year: 2026, month: 1, day: 19 };

fn card(id: &str) -> Source {
    Source {
        id: Id::parse(id).unwrap(),
        kind: SourceKind::Card {
            brand: Brand::Visa,
            bin: CardBin::parse("429198").unwrap(),
            last_4: *b"1234",
            expiry: Expiry { year: 2026, month: 1 },
            is_commercial: false,
        },
        balance: None,
        behaviour: Behaviour::Pays,
    }
}

fn payer(born: &str) -> Payer {
    Payer {
        number: PhoneNumber::parse("4712345678").unwrap(),
        name: PersonName::parse("Ada Berg").unwrap(),
        email: Email::parse("ada@example.com").unwrap(),
        email_is_verified: true,
        born: Date::parse(born).unwrap(),
        addresses: Vec::new(),
        sources: Vec::new(),
        is_blocked: false,
        returns: Returns::Same,
        language: None,
        script: Script::default(),
        version: 0,
    }
}

fn purchase(value: i64, market: Market) -> Purchase<'static> {
    let amount = Money { value: MinorUnits::new(value).unwrap(), currency: Currency::Nok };
    Purchase {
        amount,
        market,
        blocks_commercial_cards: false,
        minimum_age: None,
        declined_with: &[],
        is_confirmed: true,
    }
}

fn said(source: &Source, purchase: &Purchase<'_>) -> Option<Decline> {
    match judge(&payer("1980-01-01"), Some(source), purchase, TODAY) {
        Ok(()) => None,
        Err(Obstacle::Declined(decline)) => Some(decline),
        Err(Obstacle::Unanswered) => {
            assert_eq!(purchase.amount.value.value(), 201);
            None
        }
        Err(Obstacle::UnderAge(_) | Obstacle::ConfirmFirst) => panic!("an adult, known to the bank"),
    }
}

#[test]
fn the_published_amounts_decline_for_their_reasons_and_their_neighbours_pay() {
    use Decline::{Authentication, Expired, Funds, Invalid, Issuer, Limit};
    let declines = [(151, Funds), (182, Issuer), (183, Issuer), (184, Limit), (186, Expired), (187, Invalid)];
    for market in Market::ALL {
        for value in 140..210 {
            let expected = declines.iter().find(|(amount, _)| *amount == value).map(|(_, decline)| *decline);
            let expected = expected.or((value == 197 && market == Market::Norway).then_some(Authentication));
            assert_eq!(said(&card("one"), &purchase(value, market)), expected, "{value} in {}", market.code());
        }
    }
}

#[test]
fn another_source_than_the_declined_one_pays() {
    let [one, two] = ["one", "two"].map(|id| Id::parse(id).unwrap());
    let (first, second) = (card("one"), card("two"));
    let declined_with = [one.clone()];
    let again = Purchase { declined_with: &declined_with, ..purchase(151, Market::Norway) };
    assert_eq!(said(&first, &again), Some(Decline::Funds), "the same declines again");
    assert_eq!(said(&second, &again), None);
    let both = [one, two];
    assert_eq!(said(&first, &Purchase { declined_with: &both, ..again }), None);
}

#[test]
fn a_source_declines_for_what_it_is() {
    let usual = purchase(1_000, Market::Denmark);
    let sums = |balance: i64| Source { balance: MinorUnits::new(balance), ..card("one") };
    assert_eq!(said(&sums(1_000), &usual), None, "just enough");
    assert_eq!(said(&sums(999), &usual), Some(Decline::Funds));
    let expiring = |month| {
        let SourceKind::Card { brand, bin, last_4, is_commercial, .. } = card("one").kind else { panic!("a card") };
        let kind = SourceKind::Card { brand, bin, last_4, is_commercial, expiry: Expiry { year: 2025, month } };
        Source { kind, ..card("one") }
    };
    assert_eq!(said(&expiring(12), &usual), Some(Decline::Expired));
    for decline in Decline::OF_BANKS {
        let source = Source { behaviour: Behaviour::Declines(decline), ..card("one") };
        assert_eq!(said(&source, &usual), Some(decline));
    }
    let SourceKind::Card { brand, bin, last_4, expiry, .. } = card("one").kind else { panic!("a card") };
    let kind = SourceKind::Card { brand, bin, last_4, expiry, is_commercial: true };
    let company = Source { kind, ..card("one") };
    assert_eq!(said(&company, &usual), None);
    assert_eq!(said(&company, &Purchase { blocks_commercial_cards: true, ..usual }), Some(Decline::Blocked));
    assert_eq!(judge(&payer("1980-01-01"), None, &usual, TODAY), Err(Obstacle::Declined(Decline::NoSource)));
}

#[test]
fn some_are_asked_who_they_are_before_they_pay() {
    let judged = |source: &Source, purchase: &Purchase<'_>| judge(&payer("1980-01-01"), Some(source), purchase, TODAY);
    let asking = Source { behaviour: Behaviour::Confirms, ..card("one") };
    for (source, value, market, is_asked) in [
        (&asking, 1_000, Market::Denmark, true),
        (&card("one"), 202, Market::Norway, true),
        (&card("one"), 202, Market::Denmark, false),
        (&card("one"), 203, Market::Norway, false),
    ] {
        let unconfirmed = Purchase { is_confirmed: false, ..purchase(value, market) };
        let expected = if is_asked { Err(Obstacle::ConfirmFirst) } else { Ok(()) };
        assert_eq!(judged(source, &unconfirmed), expected, "{value}");
        assert_eq!(judged(source, &purchase(value, market)), Ok(()));
    }
}

#[test]
fn of_one_published_amount_the_bank_does_not_say_whether_it_pays() {
    let declining = Source { behaviour: Behaviour::Declines(Decline::Issuer), ..card("one") };
    for market in Market::ALL {
        let judged =
            |source: &Source, value| judge(&payer("1980-01-01"), Some(source), &purchase(value, market), TODAY);
        assert_eq!(judged(&card("one"), 201), Err(Obstacle::Unanswered));
        assert_eq!([200, 203].map(|value| judged(&card("one"), value)), [Ok(()), Ok(())]);
        assert_eq!(judged(&declining, 201), Err(Obstacle::Declined(Decline::Issuer)), "a source that declines does");
    }
}

#[test]
fn whoever_is_too_young_is_told_the_age_whatever_there_is_to_pay_with() {
    let usual = purchase(1_000, Market::Norway);
    let of_age = |born, minimum_age| judge(&payer(born), Some(&card("one")), &Purchase { minimum_age, ..usual }, TODAY);
    assert_eq!(of_age("2011-01-19", None), Ok(()), "fifteen today");
    assert_eq!(of_age("2011-01-20", None), Err(Obstacle::UnderAge(15)), "fifteen tomorrow");
    assert_eq!(of_age("2008-01-19", Some(18)), Ok(()));
    assert_eq!(of_age("2008-01-20", Some(18)), Err(Obstacle::UnderAge(18)));
    assert_eq!(of_age("2011-01-19", Some(3)), Ok(()), "never lower than for everybody");
}
