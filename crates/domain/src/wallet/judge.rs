//! What a source says to a payment: the published test amounts and the rules of a wallet, in their order.
//!
//! The amounts are those of the published test environment. They decline with whatever is tried first and pay with another source, so
//! that a second chance can be tried with any two.

use super::{Behaviour, Date, Payer, Source, SourceKind};
use crate::{merchant::Market, money::Money, text::Id};

/// Nobody younger pays a business, in years.
pub const AGE_MIN: u8 = 15;

/// The published test amount whose outcome the bank keeps to itself for a while, in minor units.
const UNANSWERED: i64 = 201;

/// Why a source does not pay; each has a text the payer reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decline {
    /// There is not enough money.
    Funds,
    /// The bank says no, or suspects something: it never says which.
    Issuer,
    /// More than it may pay.
    Limit,
    /// The card is over.
    Expired,
    /// The card cannot be used.
    Invalid,
    /// The bank could not make sure who asked.
    Authentication,
    /// A company's card where those are not taken.
    Blocked,
    /// There is nothing to pay with.
    NoSource,
    /// A card of a country whose cards are not taken.
    Country,
}

impl Decline {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Funds,
        Self::Issuer,
        Self::Limit,
        Self::Expired,
        Self::Invalid,
        Self::Authentication,
        Self::Blocked,
        Self::NoSource,
        Self::Country,
    ];

    /// Those a source can be made to give.
    pub const OF_BANKS: [Self; 7] =
        [Self::Funds, Self::Issuer, Self::Limit, Self::Expired, Self::Invalid, Self::Authentication, Self::Country];

    /// The key of its text.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Funds => "decl_funds",
            Self::Issuer => "decl_issuer",
            Self::Limit => "decl_limit",
            Self::Expired => "decl_expired",
            Self::Invalid => "decl_invalid",
            Self::Authentication => "decl_auth",
            Self::Blocked => "decl_blocked",
            Self::NoSource => "decl_nosource",
            Self::Country => "decl_country",
        }
    }

    /// The reason of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decline| decline.key() == key)
    }
}

/// What is to be paid, as far as a source is asked about it.
#[derive(Clone, Copy, Debug)]
pub struct Purchase<'a> {
    /// How much.
    pub amount: Money,
    /// Where the sales unit sells.
    pub market: Market,
    /// Whether a company's card may not pay it.
    pub blocks_commercial_cards: bool,
    /// The youngest payer it is for, in years.
    pub minimum_age: Option<u8>,
    /// With what it was declined before.
    pub declined_with: &'a [Id],
    /// Whether the payer's bank has made sure who asks.
    pub is_confirmed: bool,
}

/// What stands in the way of paying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// The payer is younger than this, and no source can help.
    UnderAge(u8),
    /// The source declines; another may pay.
    Declined(Decline),
    /// The bank wants to make sure who asks; then it pays.
    ConfirmFirst,
    /// The bank does not say whether it pays; no other source is tried until it does.
    Unanswered,
}

/// Whether the payer can pay this with the source, today.
///
/// # Errors
/// What stands in the way, of several the first.
pub fn judge(payer: &Payer, source: Option<&Source>, purchase: &Purchase<'_>, today: Date) -> Result<(), Obstacle> {
    let least = AGE_MIN.max(purchase.minimum_age.unwrap_or_default());
    if payer.born.age_on(today) < least {
        return Err(Obstacle::UnderAge(least));
    }
    let declined = |decline| Err(Obstacle::Declined(decline));
    let Some(source) = source else { return declined(Decline::NoSource) };
    if source.is_commercial() && purchase.blocks_commercial_cards {
        return declined(Decline::Blocked);
    }
    let is_second_chance = purchase.declined_with.iter().any(|id| *id != source.id);
    if let (Some(decline), false) = (of_amount(purchase), is_second_chance) {
        return declined(decline);
    }
    if matches!(&source.kind, SourceKind::Card { expiry, .. } if expiry.is_over(today)) {
        return declined(Decline::Expired);
    }
    if let Behaviour::Declines(decline) = source.behaviour {
        return declined(decline);
    }
    if source.balance.is_some_and(|balance| balance < purchase.amount.value) {
        return declined(Decline::Funds);
    }
    let is_asked = source.behaviour == Behaviour::Confirms || asks_first(purchase);
    match () {
        () if is_asked && !purchase.is_confirmed => Err(Obstacle::ConfirmFirst),
        () if purchase.amount.value.value() == UNANSWERED => Err(Obstacle::Unanswered),
        () => Ok(()),
    }
}

/// What the published test amounts decline for. Those of strong authentication act in Norway alone.
fn of_amount(purchase: &Purchase<'_>) -> Option<Decline> {
    match (purchase.amount.value.value(), purchase.market) {
        (151, _) => Some(Decline::Funds),
        (182 | 183, _) => Some(Decline::Issuer),
        (184, _) => Some(Decline::Limit),
        (186, _) => Some(Decline::Expired),
        (187, _) => Some(Decline::Invalid),
        (197, Market::Norway) => Some(Decline::Authentication),
        _ => None,
    }
}

/// The published test amount of strong authentication.
fn asks_first(purchase: &Purchase<'_>) -> bool {
    purchase.amount.value.value() == 202 && purchase.market == Market::Norway
}

#[cfg(test)]
mod tests;
