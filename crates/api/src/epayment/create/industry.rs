//! `industryData`: what the merchant's trade has to say of a payment. Published for airlines.

use domain::text::Invalid;

use crate::body::{Json, Members, Violations};

/// What there is, as it was written; notes what is wrong with it.
pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<Box<str>> {
    let industry = body.object("industryData", violations)?;
    if let Some(airline) = industry.object("airlineData", violations) {
        for name in ["agencyInvoiceNumber", "airlineCode", "airlineDesignatorCode", "passengerName"] {
            airline.require(name, violations);
        }
        airline.parsed("agencyInvoiceNumber", violations, |text| {
            within(text, 1..=6, Invalid("must be 1 to 6 characters"))
        });
        airline.parsed("airlineCode", violations, airline_code);
        airline.parsed("airlineDesignatorCode", violations, airline_designator);
        airline.parsed("passengerName", violations, |text| within(text, 1..=49, Invalid("must be 1 to 49 characters")));
        airline
            .parsed("ticketNumber", violations, |text| within(text, 1..=150, Invalid("must be 1 to 150 characters")));
    }
    body.get("industryData", violations).map(|data| Json::to_text(data).into())
}

fn within(text: &str, characters: std::ops::RangeInclusive<usize>, rule: Invalid) -> Result<(), Invalid> {
    if characters.contains(&text.chars().count()) { Ok(()) } else { Err(rule) }
}

fn airline_code(text: &str) -> Result<(), Invalid> {
    const RULE: Invalid = Invalid("must be exactly three digits");
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit()) { Ok(()) } else { Err(RULE) }
}

fn airline_designator(text: &str) -> Result<(), Invalid> {
    // Published as two letters; airlines have designators with a digit in them (U2, 4Y), and those fly too.
    const RULE: Invalid = Invalid("must be exactly two letters or digits");
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) { Ok(()) } else { Err(RULE) }
}
