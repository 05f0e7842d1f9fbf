//! `shipping`: how what is bought may be delivered, as a list or from a merchant who is asked once the address is known.

use std::collections::HashSet;

use domain::{
    money::{Currency, MinorUnits},
    payment::{Express, ExpressOffers},
    text::Invalid,
};

use crate::body::{Json, Members, Violations};

const TYPES: [(&str, ()); 5] =
    [("HOME_DELIVERY", ()), ("PICKUP_POINT", ()), ("MAILBOX", ()), ("IN_STORE", ()), ("OTHER", ())];
const BRANDS: [(&str, ()); 13] = [
    ("POSTEN", ()),
    ("BRING", ()),
    ("POSTNORD", ()),
    ("HELTHJEM", ()),
    ("PORTERBUDDY", ()),
    ("DHL", ()),
    ("INSTABOX", ()),
    ("FEDEX", ()),
    ("MATKAHUOLTO", ()),
    ("GLS", ()),
    ("POSTI", ()),
    ("GORDON", ()),
    ("OTHER", ()),
];
const PRIORITIES: std::ops::RangeInclusive<i64> = i32::MIN as i64..=i32::MAX as i64;
/// The most groups, and the most options of a group: ours, so that a payer can be shown them.
const LIST_MAX: usize = 100;
/// The most characters of any text of an option: ours, as above.
const TEXT_CHARACTERS_MAX: usize = 255;

/// The ways to deliver a payment in `currency`, where that is known; notes what is wrong with them.
pub(super) fn read(body: &Members<'_>, currency: Option<Currency>, violations: &mut Violations) -> Option<Express> {
    let shipping = body.object("shipping", violations)?;
    allowed_countries(&shipping, violations);
    let groups = shipping.objects("fixedOptions", violations);
    within_list(&shipping, "fixedOptions", violations);
    let dynamic = shipping.object("dynamicOptions", violations);
    if shipping.has("fixedOptions") == shipping.has("dynamicOptions") {
        let reason = "The field shipping must have exactly one of fixedOptions and dynamicOptions.";
        violations.note("shipping", reason);
    }
    let mut ids = HashSet::new();
    let count = groups.map(|groups| groups.iter().map(|group| read_group(group, currency, &mut ids, violations)).sum());
    let callback_url = dynamic.and_then(|dynamic| callback_url(&dynamic, violations));
    let written = Json::to_text(body.get("shipping", violations)?).into();
    let offers = match (count, callback_url) {
        (Some(count), _) => ExpressOffers::Fixed(count),
        (None, Some(url)) => ExpressOffers::Dynamic(url),
        (None, None) => return None,
    };
    Some(Express { written, offers })
}

/// How many ways it has.
fn read_group<'a>(
    group: &Members<'a>,
    currency: Option<Currency>,
    ids: &mut HashSet<&'a str>,
    violations: &mut Violations,
) -> usize {
    for name in ["type", "brand", "options"] {
        group.require(name, violations);
    }
    group.word("type", &TYPES, violations);
    group.word("brand", &BRANDS, violations);
    group.boolean("isDefault", violations);
    group.integer("priority", PRIORITIES, violations);
    within_list(group, "options", violations);
    let options = group.objects("options", violations).unwrap_or_default();
    for option in &options {
        read_option(option, currency, ids, violations);
    }
    options.len()
}

fn read_option<'a>(
    option: &Members<'a>,
    currency: Option<Currency>,
    ids: &mut HashSet<&'a str>,
    violations: &mut Violations,
) {
    for name in ["id", "amount", "name"] {
        option.require(name, violations);
    }
    for name in ["id", "name"] {
        option.parsed(name, violations, within_text);
    }
    for name in ["meta", "estimatedDelivery"] {
        option.parsed(name, violations, within_note);
    }
    if let Some(id) = option.text("id", violations)
        && !ids.insert(id)
    {
        let path = option.path_of("id");
        violations.note(path.clone(), format!("The field {path} must not be given to two options."));
    }
    option.boolean("isDefault", violations);
    option.integer("priority", PRIORITIES, violations);
    let Some(amount) = option.object("amount", violations) else { return };
    amount.require("currency", violations);
    amount.require("value", violations);
    amount.integer("value", 0..=MinorUnits::REQUEST_MAX.value(), violations);
    let words = Currency::ALL.map(|currency| (currency.code(), currency));
    let given = amount.word("currency", &words, violations);
    if given.zip(currency).is_some_and(|(given, currency)| given != currency) {
        let path = amount.path_of("currency");
        violations.note(path.clone(), format!("The field {path} must be the currency of the payment."));
    }
}

/// Whether it is an address is asked later, with a number of its own.
fn callback_url(dynamic: &Members<'_>, violations: &mut Violations) -> Option<Box<str>> {
    dynamic.require("callbackUrl", violations);
    dynamic.text("callbackAuthorizationToken", violations);
    dynamic.text("callbackUrl", violations).map(Into::into)
}

fn allowed_countries(shipping: &Members<'_>, violations: &mut Violations) {
    let countries = shipping.array("allowedCountries", violations).unwrap_or_default();
    for (index, country) in countries.iter().enumerate() {
        let is_code = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if !matches!(country, Json::Text(text) if is_code(text)) {
            let path = format!("{}[{index}]", shipping.path_of("allowedCountries"));
            violations.note(path.clone(), format!("The field {path} must be a country code of two capital letters."));
        }
    }
}

fn within_list(members: &Members<'_>, name: &str, violations: &mut Violations) {
    if members.array(name, violations).is_some_and(|elements| elements.len() > LIST_MAX) {
        let path = members.path_of(name);
        violations.note(path.clone(), format!("The field {path} must have at most {LIST_MAX} elements."));
    }
}

fn within_text(text: &str) -> Result<(), Invalid> {
    const RULE: Invalid = Invalid("must be 1 to 255 characters");
    if text.is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX { Err(RULE) } else { Ok(()) }
}

/// What is only shown may be left empty.
fn within_note(text: &str) -> Result<(), Invalid> {
    const RULE: Invalid = Invalid("must be at most 255 characters");
    if text.chars().count() > TEXT_CHARACTERS_MAX { Err(RULE) } else { Ok(()) }
}
