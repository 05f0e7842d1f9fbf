//! The decision to bring a payment into being.
//!
//! The caller has read the request and found every field well-formed; what is asked here are the rules that need the sales unit, in the
//! published order, first failure wins. The sales unit's references are the store's to know: it says whether the reference is free.

use crate::{
    merchant::{Flag, Market, SalesUnit},
    money::{Currency, MinorUnits, Money},
    payer::{Customer, Scope, UnknownClaim},
    payment::{
        CallbackUrl, Event, LIFETIME, Method, MethodObstacle, Occurrence, PspReference, Rejection, ReturnUrl, Terms,
        UserFlow,
    },
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
    /// What the payer is to pay with; `None` for a way that is published and possible nowhere here.
    pub method: Option<Method>,
    /// How the payer is to be asked.
    pub flow: UserFlow,
    /// Where the payer is to be sent afterwards, as given.
    pub return_url: Option<Box<str>>,
    /// Where the payer finds a receipt, as given.
    pub receipt_url: Option<Box<str>>,
    /// The payer, if the merchant knows one.
    pub customer: Option<Customer>,
    /// Whether commercial cards shall not pay it.
    pub blocks_commercial_cards: bool,
    /// The youngest payer it is for, in years.
    pub minimum_age: Option<u8>,
    /// When it shall lapse, if not after the usual time.
    pub expires_at: Option<Timestamp>,
    /// What the merchant asks to be told of the payer.
    pub scope: Result<Scope, UnknownClaim>,
    /// How what is bought may be delivered.
    pub express: Option<Express>,
    /// What is bought, as written.
    pub receipt: Option<Box<str>>,
    /// What the merchant's trade adds, as written.
    pub industry_data: Option<Box<str>>,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether the payer stands in the shop.
    pub customer_present: bool,
    /// The merchant's own pairs, in order, as given.
    pub metadata: Option<Vec<(Box<str>, Box<str>)>>,
    /// The key of the request.
    pub create_key: IdempotencyKey,
}

/// How what is bought may be delivered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Express {
    /// All of it, as written.
    pub written: Box<str>,
    /// Where the ways to deliver come from.
    pub offers: ExpressOffers,
}

/// Where the ways to deliver come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExpressOffers {
    /// From a list of so many.
    Fixed(usize),
    /// From the merchant, asked at this address.
    Dynamic(Box<str>),
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
    /// Merchants may be called by plain `http`.
    pub insecure_callback_urls_allowed: bool,
}

/// The terms and the first event of the payment, or the rule that forbids it.
///
/// `payer` is whom the proposal's customer was found to be, or why nobody was; it is told last.
pub fn create(
    proposal: &Proposal,
    unit: &SalesUnit,
    rules: Rules,
    payer: Result<Option<PhoneNumber>, Rejection>,
    now: Timestamp,
    psp_reference: PspReference,
) -> Result<(Terms, Event), Rejection> {
    if proposal.method.is_none() {
        return Err(Rejection::PaymentMethodNotPossible(MethodObstacle::Passthrough));
    }
    let amount = amount(proposal.amount, unit)?;
    let method = method(proposal, unit)?;
    let scope = scope(proposal)?;
    permitted(proposal, scope, unit)?;
    let expires_at = expiry(proposal, unit, now)?;
    required(proposal)?;
    let (return_url, receipt_url) = addresses(proposal, rules)?;
    if let Some(pairs) = &proposal.metadata {
        metadata(pairs)?;
    }
    let phone_number = payer?;
    let terms = Terms {
        amount,
        method,
        flow: proposal.flow,
        return_url,
        receipt_url,
        phone_number,
        blocks_commercial_cards: proposal.blocks_commercial_cards,
        minimum_age: proposal.minimum_age,
        scope,
        shipping: proposal.express.as_ref().map(|express| express.written.clone()),
        receipt: proposal.receipt.clone(),
        industry_data: proposal.industry_data.clone(),
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

/// A card outside a wallet is paid with on a page, at once, and delivers nothing.
fn method(proposal: &Proposal, unit: &SalesUnit) -> Result<Method, Rejection> {
    let obstacle = match proposal.method {
        None => Some(MethodObstacle::Passthrough),
        Some(Method::Wallet) => None,
        Some(Method::Card) if !unit.flags.has(Flag::CardAllowed) => Some(MethodObstacle::CardNotAllowed),
        Some(Method::Card) if proposal.flow != UserFlow::WebRedirect => Some(MethodObstacle::CardNeedsWebRedirect),
        Some(Method::Card) if proposal.expires_at.is_some() => Some(MethodObstacle::CardCannotWait),
        Some(Method::Card) if proposal.express.is_some() => Some(MethodObstacle::CardCannotShip),
        Some(Method::Card) => None,
    };
    match (proposal.method, obstacle) {
        (Some(method), None) => Ok(method),
        (_, obstacle) => Err(Rejection::PaymentMethodNotPossible(obstacle.unwrap_or(MethodObstacle::Passthrough))),
    }
}

/// Whoever delivers has to know exactly whom and where to.
fn scope(proposal: &Proposal) -> Result<Scope, Rejection> {
    match proposal.scope {
        Err(UnknownClaim) => Err(Rejection::ScopeInvalid),
        Ok(scope) if proposal.express.is_some() && scope != Scope::EXPRESS => Err(Rejection::ScopeInvalid),
        Ok(scope) => Ok(scope),
    }
}

/// What the sales unit must be allowed for this.
fn permitted(proposal: &Proposal, scope: Scope, unit: &SalesUnit) -> Result<(), Rejection> {
    if proposal.express.is_some() && !unit.flags.has(Flag::ExpressAllowed) {
        return Err(Rejection::ExpressNotAllowed);
    }
    if scope.is_restricted() && !unit.flags.has(Flag::RestrictedScopesAllowed) {
        return Err(Rejection::ScopeNotAllowed);
    }
    if proposal.expires_at.is_some() && !unit.flags.has(Flag::LongLivingAllowed) {
        return Err(Rejection::LongLivingNotAllowed);
    }
    if !unit.flags.has(Flag::BankAccountVerified) {
        return Err(Rejection::BankAccountNotVerified);
    }
    if proposal.flow == UserFlow::PushMessage && !unit.flags.has(Flag::PushMessageAllowed) {
        return Err(Rejection::PushMessageNotAllowed);
    }
    let has_sources = proposal.method == Some(Method::Wallet);
    if proposal.blocks_commercial_cards && (unit.market == Market::Norway || !has_sources) {
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

/// What the user flow cannot do without.
fn required(proposal: &Proposal) -> Result<(), Rejection> {
    let missing = match proposal.flow {
        UserFlow::WebRedirect | UserFlow::NativeRedirect if proposal.return_url.is_none() => "returnUrl",
        UserFlow::PushMessage if proposal.customer.is_none() => "customer",
        _ => {
            let is_empty = |express: &Express| express.offers == ExpressOffers::Fixed(0);
            let has_nothing = proposal.express.as_ref().is_some_and(is_empty);
            return if has_nothing { Err(Rejection::ShippingOptionsMissing) } else { Ok(()) };
        }
    };
    Err(Rejection::MissingParameter(missing))
}

/// Where the payer goes afterwards and finds a receipt. Whoever is pushed to goes nowhere, so that address is not asked.
fn addresses(proposal: &Proposal, rules: Rules) -> Result<(Option<ReturnUrl>, Option<ReturnUrl>), Rejection> {
    let parse = |name: &'static str, given: &Option<Box<str>>| {
        let parsed = given.as_deref().map(|given| ReturnUrl::parse(given, rules.insecure_return_urls_allowed));
        parsed.transpose().map_err(|_| Rejection::InvalidUrl(name, ReturnUrl::RULE))
    };
    let return_url = match proposal.flow {
        UserFlow::PushMessage => None,
        _ => parse("returnUrl", &proposal.return_url)?,
    };
    let receipt_url = parse("receiptUrl", &proposal.receipt_url)?;
    if let Some(Express { offers: ExpressOffers::Dynamic(url), .. }) = &proposal.express {
        let parsed = CallbackUrl::parse(url, rules.insecure_callback_urls_allowed);
        parsed.map_err(|rule| Rejection::InvalidUrl("shipping.dynamicOptions.callbackUrl", rule))?;
    }
    Ok((return_url, receipt_url))
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
