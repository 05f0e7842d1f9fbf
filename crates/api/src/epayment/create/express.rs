//! `shipping`: how what is bought may be delivered, as a list or from a merchant who is asked once the address is known.

use std::collections::HashSet;

use domain::{
    money::{Currency, MinorUnits},
    payment::{Express, ExpressOffers, ReturnUrl},
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
    let dynamic = shipping.object("dynamicOptions", violations);
    if shipping.has("fixedOptions") == shipping.has("dynamicOptions") {
        let reason = "The field shipping must have exactly one of fixedOptions and dynamicOptions.";
        violations.note(shipping.path_of("fixedOptions"), reason);
    }
    let mut ids = HashSet::new();
    let count = groups.as_ref().map(Vec::len);
    within_list(&shipping, "fixedOptions", count, violations);
    for group in groups.into_iter().flatten() {
        read_group(&group, currency, &mut ids, violations);
    }
    let callback_url = dynamic.and_then(|dynamic| callback_url(&dynamic, violations));
    let written = Json::to_text(body.get("shipping", violations)?).into();
    let offers = match (count, callback_url) {
        (Some(count), _) => ExpressOffers::Fixed(count),
        (None, Some(url)) => ExpressOffers::Dynamic(url),
        (None, None) => return None,
    };
    Some(Express { written, offers })
}

fn read_group<'a>(
    group: &Members<'a>,
    currency: Option<Currency>,
    ids: &mut HashSet<&'a str>,
    violations: &mut Violations,
) {
    for name in ["type", "brand", "options"] {
        group.require(name, violations);
    }
    group.word("type", &TYPES, violations);
    group.word("brand", &BRANDS, violations);
    group.boolean("isDefault", violations);
    group.integer("priority", PRIORITIES, violations);
    let options = group.objects("options", violations);
    within_list(group, "options", options.as_ref().map(Vec::len), violations);
    for option in options.into_iter().flatten() {
        read_option(&option, currency, ids, violations);
    }
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
    for name in ["id", "name", "meta", "estimatedDelivery"] {
        option.parsed(name, violations, within_text);
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

/// The length is a rule of the field; whether it is an address is asked later, with a number of its own.
fn callback_url(dynamic: &Members<'_>, violations: &mut Violations) -> Option<Box<str>> {
    const RULE: Invalid = Invalid("must be at most 2500 characters");
    dynamic.require("callbackUrl", violations);
    dynamic.text("callbackAuthorizationToken", violations);
    dynamic.parsed("callbackUrl", violations, |text| {
        if text.chars().count() > ReturnUrl::CHARACTERS_MAX { Err(RULE) } else { Ok(text.into()) }
    })
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

fn within_list(members: &Members<'_>, name: &str, count: Option<usize>, violations: &mut Violations) {
    if count.is_some_and(|count| count > LIST_MAX) {
        let path = members.path_of(name);
        violations.note(path.clone(), format!("The field {path} must have at most {LIST_MAX} elements."));
    }
}

fn within_text(text: &str) -> Result<(), Invalid> {
    const RULE: Invalid = Invalid("must be 1 to 255 characters");
    if text.is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX { Err(RULE) } else { Ok(()) }
}
