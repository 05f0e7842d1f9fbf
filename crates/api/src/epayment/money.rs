//! Sums of money in requests: `{"currency": "NOK", "value": 1000}`.
//!
//! Only a JSON integer is a sum. A decimal or a string has a published number of its own (4040), told alone only where nothing else is
//! wrong; everything else that is no sum is a violated field.

use domain::{
    money::{Currency, MinorUnits, Money},
    payment::{ProposedAmount, Rejection},
};

use crate::body::{Json, Members, Violations};

/// The sum of a required member; its value is `None` where it was written as a decimal or a string.
pub(super) fn required_amount(
    members: &Members<'_>,
    name: &str,
    violations: &mut Violations,
) -> Option<ProposedAmount> {
    members.require(name, violations);
    let amount = members.object(name, violations)?;
    amount.require("currency", violations);
    amount.require("value", violations);
    let words = Currency::ALL.map(|currency| (currency.code(), currency));
    let currency = amount.word("currency", &words, violations);
    let value = value(&amount, violations);
    Some(ProposedAmount { value: value?, currency: currency? })
}

/// The sum of an adjustment, which has no later place to ask whether it is whole.
pub(super) fn whole(amount: ProposedAmount) -> Result<Money, Rejection> {
    let value = amount.value.ok_or(Rejection::AmountNotWhole)?;
    Ok(Money { value, currency: amount.currency })
}

/// `Some(None)`: a decimal or a string.
fn value(amount: &Members<'_>, violations: &mut Violations) -> Option<Option<MinorUnits>> {
    let path = amount.path_of("value");
    match amount.get("value", violations)? {
        Json::Number(text) if is_integer(text) => {
            let value = text.parse().ok().and_then(MinorUnits::new).filter(|value| *value <= MinorUnits::REQUEST_MAX);
            if value.is_none() {
                let most = MinorUnits::REQUEST_MAX.value();
                violations.note(path.clone(), format!("The field {path} must be an integer between 0 and {most}."));
            }
            value.map(Some)
        }
        Json::Number(_) | Json::Text(_) => {
            let reason = format!("The field {path} must be an integer in minor units, not a decimal or a string.");
            violations.note_softly(path, reason);
            Some(None)
        }
        other => {
            amount.wrong_type("value", "an integer", other, violations);
            None
        }
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}
