//! W6: what the payer pays from. Test cards have no number: there is no field a real one could be entered into.

use askama::Template;

use super::{Part, Wallet};
use crate::{clean::Shown, texts::Texts, view::paths};

/// What a test card does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Does {
    /// It pays.
    Work,
    /// The bank declines.
    Issuer,
    /// The limit is always reached.
    Limit,
    /// It cannot be used.
    Invalid,
    /// The bank cannot tell who pays.
    Authentication,
    /// The bank asks for a code.
    StepUp,
    /// The bank does not answer.
    Unknown,
    /// It is of a country that is not accepted.
    Country,
    /// It pays, and what is captured does not arrive.
    CaptureFail,
    /// It pays after a while.
    Slow,
}

impl Does {
    /// Everything a card can do.
    pub(crate) const ALL: [Self; 10] = [
        Self::Work,
        Self::Issuer,
        Self::Limit,
        Self::Invalid,
        Self::Authentication,
        Self::StepUp,
        Self::Unknown,
        Self::Country,
        Self::CaptureFail,
        Self::Slow,
    ];

    /// What forms call it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Work => "works",
            Self::Issuer => "issuer",
            Self::Limit => "limit",
            Self::Invalid => "invalid",
            Self::Authentication => "authentication",
            Self::StepUp => "step-up",
            Self::Unknown => "unknown",
            Self::Country => "country",
            Self::CaptureFail => "capture-fails",
            Self::Slow => "slow",
        }
    }

    /// What pages call it.
    pub(crate) const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Work => texts.does_work,
            Self::Issuer => texts.does_issuer,
            Self::Limit => texts.does_limit,
            Self::Invalid => texts.does_invalid,
            Self::Authentication => texts.does_auth,
            Self::StepUp => texts.does_step_up,
            Self::Unknown => texts.does_unknown,
            Self::Country => texts.does_country,
            Self::CaptureFail => texts.does_capture_fail,
            Self::Slow => texts.does_slow,
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
    /// What is on it, as it stands in the field: digits with a decimal point, or nothing.
    pub(crate) balance_field: String,
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

    fn brands(&self) -> [&'static str; 2] {
        BRANDS
    }

    fn everything(&self) -> [Does; 10] {
        Does::ALL
    }

    fn wrong(&self, field: CardField) -> bool {
        self.new.wrong.contains(&field)
    }
}
