//! The decision to bring a payment into being.
//!
//! The caller has read the request and found every field well-formed; what is asked here are the rules that need the sales unit, in the
//! published order, first failure wins. The sales unit's references are the store's to know: it says whether the reference is free.

use crate::{
    merchant::{Flag, Market, SalesUnit},
    money::{Currency, MinorUnits, Money},
    payment::{Event, LIFETIME, Occurrence, PspReference, Rejection, ReturnUrl, Terms, UserFlow},
    text::{Description, IdempotencyKey, PhoneNumber},
    time::Timestamp,
};

/// The most metadata pairs of a payment.
pub const METADATA_PAIRS_MAX: usize = 5;
/// The most characters of a metadata key.
pub const METADATA_KEY_CHARACTERS_MAX: usize = 100;
/// The most characters of a metadata value.
pub const METADATA_VALUE_CHARACTERS_MAX: usize = 500;

/// What a merchant asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// How much.
    pub amount: ProposedAmount,
    /// How the payer is to be asked.
    pub flow: UserFlow,
    /// Where the payer is to be sent afterwards, as given.
    pub return_url: Option<Box<str>>,
    /// The payer, if the merchant knows one.
    pub phone_number: Option<PhoneNumber>,
    /// Whether commercial cards shall not pay it.
    pub blocks_commercial_cards: bool,
    /// The youngest payer it is for, in years.
    pub minimum_age: Option<u8>,
    /// When it shall lapse, if not after the usual time.
    pub expires_at: Option<Timestamp>,
    /// What is bought, as written.
    pub receipt: Option<Box<str>>,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether the payer stands in the shop.
    pub customer_present: bool,
    /// The merchant's own pairs, in order, as given.
    pub metadata: Option<Vec<(Box<str>, Box<str>)>>,
    /// What the reader of the request knows to stand in the way; it is told in its place among the rules.
    pub obstacle: Option<Rejection>,
    /// The key of the request.
    pub create_key: IdempotencyKey,
}

/// A sum as a merchant wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProposedAmount {
    /// Minor units; `None` where the text was a number or a string but no whole number.
    pub value: Option<MinorUnits>,
    /// Of what.
    pub currency: Currency,
}

/// What this installation allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Payers may be sent to plain `http` on this machine.
    pub insecure_return_urls_allowed: bool,
}

/// The terms and the first event of the payment, or the rule that forbids it.
pub fn create(
    proposal: &Proposal,
    unit: &SalesUnit,
    rules: Rules,
    now: Timestamp,
    psp_reference: PspReference,
) -> Result<(Terms, Event), Rejection> {
    let amount = amount(proposal.amount, unit)?;
    if let Some(obstacle) = &proposal.obstacle {
        return Err(obstacle.clone());
    }
    permitted(proposal, unit)?;
    let expires_at = expiry(proposal, unit, now)?;
    let return_url = return_url(proposal, rules)?;
    if let Some(pairs) = &proposal.metadata {
        metadata(pairs)?;
    }
    if proposal.phone_number.as_ref().is_some_and(|number| !number.is_plausible()) {
        return Err(Rejection::PhoneNumberNotPlausible);
    }
    let terms = Terms {
        amount,
        flow: proposal.flow,
        return_url,
        phone_number: proposal.phone_number.clone(),
        blocks_commercial_cards: proposal.blocks_commercial_cards,
        minimum_age: proposal.minimum_age,
        receipt: proposal.receipt.clone(),
        description: proposal.description.clone(),
        customer_present: proposal.customer_present,
        metadata: proposal.metadata.clone(),
        expires_at,
        create_key: proposal.create_key.clone(),
    };
    let event = Event {
        sequence: 1,
        occurrence: Occurrence::Created,
        at: now,
        psp_reference,
        idempotency_key: Some(proposal.create_key.clone()),
    };
    Ok((terms, event))
}

fn amount(proposed: ProposedAmount, unit: &SalesUnit) -> Result<Money, Rejection> {
    let minimum = proposed.currency.payment_minimum();
    let value = proposed.value.ok_or(Rejection::AmountNotWhole)?;
    if value < minimum {
        return Err(Rejection::AmountTooSmall { minimum });
    }
    if proposed.currency != unit.market.currency() {
        return Err(Rejection::CurrencyNotOfMarket);
    }
    Ok(Money { value, currency: proposed.currency })
}

/// What the sales unit must be allowed for this.
fn permitted(proposal: &Proposal, unit: &SalesUnit) -> Result<(), Rejection> {
    if proposal.expires_at.is_some() && !unit.flags.has(Flag::LongLivingAllowed) {
        return Err(Rejection::LongLivingNotAllowed);
    }
    if !unit.flags.has(Flag::BankAccountVerified) {
        return Err(Rejection::BankAccountNotVerified);
    }
    if proposal.flow == UserFlow::PushMessage && !unit.flags.has(Flag::PushMessageAllowed) {
        return Err(Rejection::PushMessageNotAllowed);
    }
    if proposal.blocks_commercial_cards && unit.market == Market::Norway {
        return Err(Rejection::BlockedSourcesNotApplicable);
    }
    Ok(())
}

/// When the payment lapses. Whoever wants longer than usual has to say what is bought.
fn expiry(proposal: &Proposal, unit: &SalesUnit, now: Timestamp) -> Result<Timestamp, Rejection> {
    let usual = now.plus(LIFETIME);
    let Some(expires_at) = proposal.expires_at else { return Ok(usual) };
    if proposal.receipt.is_none() {
        return Err(Rejection::LongLivingNeedsReceipt);
    }
    if expires_at <= usual {
        return Err(Rejection::ExpiryTooSoon);
    }
    if expires_at >= now.plus(unit.long_living_max()) {
        return Err(Rejection::ExpiryTooLate);
    }
    Ok(expires_at)
}

/// Where the payer goes afterwards; whoever is pushed to goes nowhere but must be named.
fn return_url(proposal: &Proposal, rules: Rules) -> Result<Option<ReturnUrl>, Rejection> {
    if proposal.flow == UserFlow::PushMessage {
        return match proposal.phone_number {
            Some(_) => Ok(None),
            None => Err(Rejection::MissingParameter("customer")),
        };
    }
    let given = proposal.return_url.as_deref().ok_or(Rejection::MissingParameter("returnUrl"))?;
    let parsed = ReturnUrl::parse(given, rules.insecure_return_urls_allowed);
    parsed.map(Some).map_err(|_| Rejection::InvalidUrl("returnUrl"))
}

fn metadata(pairs: &[(Box<str>, Box<str>)]) -> Result<(), Rejection> {
    if pairs.len() > METADATA_PAIRS_MAX {
        return Err(Rejection::MetadataTooManyPairs);
    }
    for (index, (key, value)) in pairs.iter().enumerate() {
        if pairs.iter().take(index).any(|(earlier, _)| earlier == key) {
            return Err(Rejection::MetadataDuplicateKey);
        }
        if key.chars().count() > METADATA_KEY_CHARACTERS_MAX {
            return Err(Rejection::MetadataKeyTooLong);
        }
        if value.chars().count() > METADATA_VALUE_CHARACTERS_MAX {
            return Err(Rejection::MetadataValueTooLong);
        }
    }
    Ok(())
}
