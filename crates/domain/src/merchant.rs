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

/// One thing a sales unit may do or be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flag {
    /// Off: deactivated, every call is refused.
    Active,
    /// Off: it has no ePayment product.
    EpaymentAllowed,
    /// Express payments, with shipping.
    ExpressAllowed,
    /// Payments that are pushed to the payer's wallet.
    PushMessageAllowed,
    /// Payments that may stay open longer than ten minutes.
    LongLivingAllowed,
    /// 180 days to capture in Denmark and Finland too.
    LateCapture,
    /// Payments by a card that is in no wallet.
    CardAllowed,
    /// Off: a capture must be of the whole authorized amount.
    PartialCaptureAllowed,
    /// Asking for a payer's national identity number or accounts.
    RestrictedScopesAllowed,
    /// Off: nothing can be created until the bank account is verified.
    BankAccountVerified,
    /// A payer the merchant named cannot be another on the landing page.
    LandingPhoneLocked,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 11] = [
        Self::Active,
        Self::EpaymentAllowed,
        Self::ExpressAllowed,
        Self::PushMessageAllowed,
        Self::LongLivingAllowed,
        Self::LateCapture,
        Self::CardAllowed,
        Self::PartialCaptureAllowed,
        Self::RestrictedScopesAllowed,
        Self::BankAccountVerified,
        Self::LandingPhoneLocked,
    ];

    /// Its name, as operators write it and the store keeps it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::EpaymentAllowed => "epayment_allowed",
            Self::ExpressAllowed => "express_allowed",
            Self::PushMessageAllowed => "push_message_allowed",
            Self::LongLivingAllowed => "long_living_allowed",
            Self::LateCapture => "late_capture",
            Self::CardAllowed => "card_allowed",
            Self::PartialCaptureAllowed => "partial_capture_allowed",
            Self::RestrictedScopesAllowed => "restricted_scopes_allowed",
            Self::BankAccountVerified => "bank_account_verified",
            Self::LandingPhoneLocked => "landing_phone_locked",
        }
    }

    /// The flag of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The flags that are on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(u16);

impl Flags {
    /// None.
    pub const NONE: Self = Self(0);
    /// What a new sales unit starts with: everything that allows something.
    pub const NEW: Self = Self((1 << Flag::ALL.len()) - 1).with(Flag::LandingPhoneLocked, false);

    /// Whether the flag is on.
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// The flags with this one on or off.
    #[must_use]
    pub const fn with(self, flag: Flag, on: bool) -> Self {
        if on { Self(self.0 | flag.bit()) } else { Self(self.0 & !flag.bit()) }
    }

    /// Those that are on.
    pub fn on(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }
}

impl SalesUnit {
    /// How long after authorization a payment may be captured or cancelled.
    pub const fn capture_period(&self) -> Span {
        match (self.market, self.flags.has(Flag::LateCapture)) {
            (Market::Norway, _) | (_, true) => Span::days(180),
            (Market::Denmark | Market::Finland, false) => Span::days(14),
        }
    }

    /// The longest a payment that says so may stay open.
    pub const fn long_living_max(&self) -> Span {
        match self.market {
            Market::Norway => Span::days(1),
            Market::Denmark | Market::Finland => Span::days(60),
        }
    }
}
