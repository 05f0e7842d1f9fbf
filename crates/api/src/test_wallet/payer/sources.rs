//! `sources` of a payer: cards and accounts behind which nothing real stands.
//!
//! No number of a card is ever read or shown: its last four digits and its brand are all there is of one.

use domain::{
    money::MinorUnits,
    text::{CardBin, Id, Invalid},
    wallet::{Behaviour, Brand, Expiry, SOURCES_MAX, Source, SourceKind, last_4},
};
use wire::test_wallet::Source as SourceView;

use super::{at_most, own_id};
use crate::body::{Members, Violations};

const KINDS: [(&str, Kind); 2] = [("card", Kind::Card), ("account", Kind::Account)];
const BALANCES: std::ops::RangeInclusive<i64> = 0..=i64::MAX;
/// Of a source that does not say.
const USUAL_LAST_4: [u8; 4] = *b"0000";
/// Of a card that does not say: later than anybody tests.
const USUAL_EXPIRY: Expiry = Expiry { year: 2099, month: 12 };
const LAST_4: Invalid = Invalid("must be the last four digits");
const EXPIRY: Invalid = Invalid("must be a month written MM/YY");
const BRAND: Invalid = Invalid("must be one of Visa, Mastercard");
const BEHAVIOUR: Invalid = Invalid(
    "must be one of pays, confirms, decl_funds, decl_issuer, decl_limit, decl_expired, decl_invalid, decl_auth, decl_country",
);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Card,
    Account,
}

pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<Vec<Source>> {
    at_most(body, "sources", SOURCES_MAX, violations);
    let mut ids = Vec::new();
    let elements = body.objects("sources", violations)?;
    Some(elements.iter().filter_map(|element| source(element, &mut ids, violations)).collect())
}

fn source(element: &Members<'_>, ids: &mut Vec<Id>, violations: &mut Violations) -> Option<Source> {
    let id = own_id(element, ids, violations);
    let kind = match element.has("kind") {
        true => element.word("kind", &KINDS, violations),
        false => Some(Kind::Card),
    };
    let digits = element.parsed("last4", violations, |text| last_4(text).ok_or(LAST_4)).unwrap_or(USUAL_LAST_4);
    let brand = element.parsed("brand", violations, |text| Brand::from_name(text).ok_or(BRAND));
    let expiry = element.parsed("expiry", violations, |text| Expiry::parse(text).ok_or(EXPIRY));
    let is_commercial = element.boolean("commercial", violations);
    let balance = element.integer("balance", BALANCES, violations).and_then(MinorUnits::new);
    let behaviour = element.parsed("behaviour", violations, |text| Behaviour::from_name(text).ok_or(BEHAVIOUR));
    let kind = match kind? {
        Kind::Card => {
            let brand = brand.unwrap_or(Brand::Visa);
            SourceKind::Card {
                brand,
                bin: CardBin::parse(brand.test_bin()).ok()?,
                last_4: digits,
                expiry: expiry.unwrap_or(USUAL_EXPIRY),
                is_commercial: is_commercial.unwrap_or(false),
            }
        }
        Kind::Account => {
            for name in ["brand", "expiry", "commercial"].into_iter().filter(|name| element.has(name)) {
                let path = element.path_of(name);
                violations.note(path.clone(), format!("The field {path} is of cards alone."));
            }
            SourceKind::Account { last_4: digits }
        }
    };
    Some(Source { id: id?, kind, balance, behaviour: behaviour.unwrap_or_default() })
}

pub(super) fn view(source: &Source) -> SourceView {
    let (kind, brand, expiry, commercial) = match &source.kind {
        SourceKind::Card { brand, expiry, is_commercial, .. } => {
            ("card", Some(brand.name().to_owned()), Some(expiry.to_string()), Some(*is_commercial))
        }
        SourceKind::Account { .. } => ("account", None, None, None),
    };
    SourceView {
        id: source.id.as_str().to_owned(),
        kind: kind.to_owned(),
        brand,
        last4: source.last_4().map(char::from).iter().collect(),
        expiry,
        balance: source.balance.map(MinorUnits::value),
        commercial,
        behaviour: source.behaviour.name().to_owned(),
    }
}
