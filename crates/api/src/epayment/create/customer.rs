//! `customer`: whom the merchant names as payer, in one of three ways.

use domain::{
    payer::Customer,
    text::{Invalid, PhoneNumber},
};

use crate::body::{Members, Violations};

/// The fewest and the most characters of a personal code's content.
const PERSONAL_QR_CHARACTERS: std::ops::RangeInclusive<usize> = 5..=255;

/// An object that names nobody is no mistake: real clients send other members in it.
pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<Customer> {
    let customer = body.object("customer", violations)?;
    let phone_number = customer.parsed("phoneNumber", violations, PhoneNumber::parse).map(Customer::PhoneNumber);
    let personal_qr = customer.parsed("personalQr", violations, personal_qr).map(Customer::PersonalQr);
    let token = customer.text("customerToken", violations).map(|token| Customer::Token(token.into()));
    let named = ["phoneNumber", "personalQr", "customerToken"].map(|name| customer.get(name, violations).is_some());
    if named.into_iter().filter(|is_named| *is_named).count() > 1 {
        let reason = "The field customer must have at most one of phoneNumber, personalQr and customerToken.";
        violations.note("customer", reason);
    }
    phone_number.or(personal_qr).or(token)
}

fn personal_qr(text: &str) -> Result<Box<str>, Invalid> {
    const RULE: Invalid = Invalid("must be 5 to 255 characters, the whole content of the code");
    if PERSONAL_QR_CHARACTERS.contains(&text.chars().count()) { Ok(text.into()) } else { Err(RULE) }
}
