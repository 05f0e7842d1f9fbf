//! The merchant's side: markets and sales units.
//!
//! A sales unit is what every API call acts on. Keys and who may use them are not rules of payment: the engine has them.

use crate::{
    money::Currency,
    text::{Msn, SalesUnitName, Space},
    time::Span,
};

/// A country a sales unit can belong to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Market {
    /// Norway.
    Norway,
    /// Denmark.
    Denmark,
    /// Finland.
    Finland,
}

impl Market {
    /// Every market.
    pub const ALL: [Self; 3] = [Self::Norway, Self::Denmark, Self::Finland];

    /// The ISO 3166-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Norway => "NO",
            Self::Denmark => "DK",
            Self::Finland => "FI",
        }
    }

    /// The market with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|market| market.code() == code)
    }

    /// The one currency wallet payments are made in here.
    pub const fn currency(self) -> Currency {
        match self {
            Self::Norway => Currency::Nok,
            Self::Denmark => Currency::Dkk,
            Self::Finland => Currency::Eur,
        }
    }
}

/// A sales unit with what it is allowed to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SalesUnit {
    /// Its number.
    pub msn: Msn,
    /// Its name, shown to payers.
    pub name: SalesUnitName,
    /// Where it sells.
    pub market: Market,
    /// Whose business clock it lives by.
    pub space: Space,
    /// What is switched on.
    pub flags: Flags,
}

/// What a sales unit may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags {
    /// Off: deactivated, every call is refused.
    pub active: bool,
    /// Off: it has no ePayment product.
    pub epayment_allowed: bool,
    /// On: 180 days to capture in Denmark and Finland too.
    pub late_capture: bool,
    /// Off: a capture must be of the whole authorized amount.
    pub partial_capture_allowed: bool,
}

impl Flags {
    /// What a new sales unit starts with.
    pub const NEW: Self =
        Self { active: true, epayment_allowed: true, late_capture: true, partial_capture_allowed: true };
}

impl SalesUnit {
    /// How long after authorization a payment may be captured or cancelled.
    pub const fn capture_period(&self) -> Span {
        match (self.market, self.flags.late_capture) {
            (Market::Norway, _) | (_, true) => Span::days(180),
            (Market::Denmark | Market::Finland, false) => Span::days(14),
        }
    }
}
