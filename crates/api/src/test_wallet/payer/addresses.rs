//! `addresses` of a payer.

use domain::{
    payer::Address,
    text::Invalid,
    wallet::{ADDRESSES_MAX, SavedAddress},
};
use wire::test_wallet::Address as AddressView;

use super::{at_most, own_id};
use crate::body::{Members, Violations};

/// The most characters of a line: ours, so that a page can show it.
const LINE_CHARACTERS_MAX: usize = 100;
const LINE: Invalid = Invalid("must be 1 to 100 characters, none of them a control character");
const COUNTRY: Invalid = Invalid("must be a country by its two capital letters");

pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<Vec<SavedAddress>> {
    at_most(body, "addresses", ADDRESSES_MAX, violations);
    let mut ids = Vec::new();
    let elements = body.objects("addresses", violations)?;
    Some(elements.iter().filter_map(|element| address(element, &mut ids, violations)).collect())
}

fn address(
    element: &Members<'_>,
    ids: &mut Vec<domain::text::Id>,
    violations: &mut Violations,
) -> Option<SavedAddress> {
    let id = own_id(element, ids, violations);
    for name in ["addressLine1", "city", "postCode", "country"] {
        element.require(name, violations);
    }
    let mut text = |name| element.parsed(name, violations, line);
    let (line_1, line_2) = (text("addressLine1"), text("addressLine2"));
    let (city, post_code) = (text("city"), text("postCode"));
    let country = element.parsed("country", violations, country);
    let address = Address { line_1: line_1?, line_2, city: city?, post_code: post_code?, country: country? };
    Some(SavedAddress { id: id?, address })
}

fn line(text: &str) -> Result<Box<str>, Invalid> {
    let is_good = (1..=LINE_CHARACTERS_MAX).contains(&text.chars().count()) && !text.trim().is_empty();
    if is_good && !text.chars().any(char::is_control) { Ok(text.into()) } else { Err(LINE) }
}

fn country(text: &str) -> Result<Box<str>, Invalid> {
    let is_good = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_good { Ok(text.into()) } else { Err(COUNTRY) }
}

pub(super) fn view(saved: &SavedAddress) -> AddressView {
    let Address { line_1, line_2, city, post_code, country } = &saved.address;
    AddressView {
        id: saved.id.as_str().to_owned(),
        address_line1: line_1.as_ref().to_owned(),
        address_line2: line_2.as_deref().map(str::to_owned),
        city: city.as_ref().to_owned(),
        post_code: post_code.as_ref().to_owned(),
        country: country.as_ref().to_owned(),
    }
}
