//! W6: what the payer pays from. Test cards have no number: there is no field a real one could be entered into.

use askama::Template;
use domain::wallet::SOURCES_MAX;

use super::{Part, Wallet};
use crate::{clean::Shown, texts::Texts, view::paths};

/// What a test card does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Does {
    /// It pays.
    Work,
    /// It pays once the payer has confirmed it.
    StepUp,
    /// Its bank says no.
    Issuer,
    /// There is not enough money.
    Funds,
    /// A limit is reached.
    Limit,
    /// It is over, whatever is printed on it.
    Expired,
    /// It cannot be used.
    Invalid,
    /// Its bank cannot tell who pays.
    Authentication,
    /// It is of a country whose cards are not taken.
    Country,
}

impl Does {
    /// Everything a test card can do.
    pub(crate) const ALL: [Self; 9] = [
        Self::Work,
        Self::StepUp,
        Self::Issuer,
        Self::Funds,
        Self::Limit,
        Self::Expired,
        Self::Invalid,
        Self::Authentication,
        Self::Country,
    ];

    /// What forms call it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Work => "works",
            Self::StepUp => "step-up",
            Self::Issuer => "issuer",
            Self::Funds => "funds",
            Self::Limit => "limit",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Authentication => "authentication",
            Self::Country => "country",
        }
    }

    /// The one forms call so.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|does| does.code() == code)
    }

    /// What pages call it.
    pub(crate) const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Work => texts.does_work,
            Self::StepUp => texts.does_step_up,
            Self::Issuer => texts.does_issuer,
            Self::Funds => texts.does_funds,
            Self::Limit => texts.does_limit,
            Self::Expired => texts.does_expired,
            Self::Invalid => texts.does_invalid,
            Self::Authentication => texts.does_auth,
            Self::Country => texts.does_country,
        }
    }
}

/// The brands a test card can have: as forms and pages call them.
pub(crate) const BRANDS: [&str; 2] = ["Visa", "Mastercard"];

/// A card.
#[derive(Clone)]
pub(crate) struct Card {
    /// What addresses call it.
    pub(crate) id: String,
    /// The kind of card.
    pub(crate) brand: Shown,
    /// Its last four digits.
    pub(crate) last4: String,
    /// Until when it is good, `MM/YY`.
    pub(crate) expiry: String,
    /// Whether that is over.
    pub(crate) is_expired: bool,
    /// What is on it, as text; `None` where it never runs out.
    pub(crate) balance: Option<String>,
    /// What is on it, as it stands in the field: digits with a decimal point, nothing, or what was written and is no sum.
    pub(crate) balance_field: Shown,
    /// Whether what stands in the field is no sum.
    pub(crate) is_balance_wrong: bool,
    /// Whether a company pays.
    pub(crate) is_commercial: bool,
    /// Whether it is what is paid from first.
    pub(crate) is_main: bool,
    /// What it does.
    pub(crate) does: Does,
}

/// A field of the form for a new card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CardField {
    /// `last4`.
    Last4,
    /// `expiry`.
    Expiry,
    /// `balance`.
    Balance,
}

/// The form for a new card, as it was filled: `brand`, `last4`, `expiry`, `balance`, `commercial`, `does`.
#[derive(Clone)]
pub(crate) struct NewCard {
    /// `brand`, one of [`BRANDS`].
    pub(crate) brand: String,
    /// `last4`.
    pub(crate) last4: Shown,
    /// `expiry`.
    pub(crate) expiry: Shown,
    /// `balance`.
    pub(crate) balance: Shown,
    /// `commercial`.
    pub(crate) is_commercial: bool,
    /// `does`.
    pub(crate) does: Does,
    /// Which of them cannot be.
    pub(crate) wrong: Vec<CardField>,
}

impl Default for NewCard {
    fn default() -> Self {
        Self {
            brand: "Visa".to_owned(),
            last4: Shown::default(),
            expiry: Shown::default(),
            balance: Shown::default(),
            is_commercial: false,
            does: Does::Work,
            wrong: Vec::new(),
        }
    }
}

/// The list of cards.
#[derive(Template)]
#[template(path = "wallet/cards.html")]
pub(crate) struct Cards {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// The cards, the main one first.
    pub(crate) cards: Vec<Card>,
    /// The form for another one.
    pub(crate) new: NewCard,
    /// Whether there are as many as there can be.
    pub(crate) is_full: bool,
    /// Whether something has just been saved.
    pub(crate) is_saved: bool,
}

impl Cards {
    const fn here(&self) -> Part {
        Part::Cards
    }

    fn add(&self) -> String {
        self.wallet.path(paths::CARDS, &[])
    }

    fn action(&self, card: &Card, action: &str) -> String {
        self.wallet.path(paths::CARD_ACTION, &[&card.id, action])
    }

    fn full(&self) -> String {
        self.wallet.frame.texts().full(SOURCES_MAX)
    }

    fn brands(&self) -> [&'static str; 2] {
        BRANDS
    }

    fn everything(&self) -> [Does; 9] {
        Does::ALL
    }

    fn has_mistakes(&self) -> bool {
        !self.new.wrong.is_empty() || self.cards.iter().any(|card| card.is_balance_wrong)
    }

    fn wrong(&self, field: CardField) -> bool {
        self.new.wrong.contains(&field)
    }
}
