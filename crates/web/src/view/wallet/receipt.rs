//! What a receipt says, as a table. Sums are texts: who fills them has added them up.

use crate::{clean::Shown, texts::Texts};

/// A receipt.
#[derive(Clone)]
pub(crate) struct Receipt {
    /// What was bought, line by line.
    pub(crate) lines: Vec<Line>,
    /// All of it.
    pub(crate) total: String,
    /// Tax that is part of it, by rate.
    pub(crate) taxes: Vec<Tax>,
    /// What was given on top.
    pub(crate) tip: Option<String>,
    /// What was paid otherwise.
    pub(crate) paid_otherwise: Vec<(Otherwise, String)>,
    /// The receipt's number.
    pub(crate) number: Option<Shown>,
    /// The till it is from.
    pub(crate) till: Option<Shown>,
    /// What the shop's scanner reads.
    pub(crate) barcode: Option<Barcode>,
}

/// A barcode: its text, and bars where they can be drawn.
#[derive(Clone)]
pub(crate) struct Barcode {
    /// What it says.
    pub(crate) text: Shown,
    /// Its width in modules and its dark parts as a path.
    pub(crate) bars: Option<(usize, String)>,
}

/// One line.
#[derive(Clone)]
pub(crate) struct Line {
    /// What it is.
    pub(crate) name: Shown,
    /// How many and of what price, such as `2 × 199,00 kr`.
    pub(crate) quantity: Option<Shown>,
    /// What it costs, discount included.
    pub(crate) amount: String,
    /// What it would cost more.
    pub(crate) discount: Option<String>,
    /// What kind of line it is.
    pub(crate) kind: LineKind,
}

/// What kind of line it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineKind {
    /// Something that is bought.
    Item,
    /// Something that is given back.
    Return,
    /// What it costs to have it brought.
    Shipping,
}

/// Tax of one rate.
#[derive(Clone)]
pub(crate) struct Tax {
    /// The rate, such as `25 %`; `None` where it is not known.
    pub(crate) rate: Option<String>,
    /// How much.
    pub(crate) amount: String,
}

/// Another way a part was paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Otherwise {
    /// By a gift card.
    GiftCard,
    /// By card, at the shop.
    Card,
    /// By a voucher.
    Voucher,
    /// In cash.
    Cash,
}

impl Otherwise {
    /// Its name.
    pub(crate) const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::GiftCard => texts.by_gift_card,
            Self::Card => texts.by_card,
            Self::Voucher => texts.by_voucher,
            Self::Cash => texts.by_cash,
        }
    }
}

impl Line {
    /// The word for a line that is nothing bought.
    pub(crate) const fn word(&self, texts: &Texts) -> Option<&'static str> {
        match self.kind {
            LineKind::Item => None,
            LineKind::Return => Some(texts.returned),
            LineKind::Shipping => Some(texts.shipping),
        }
    }
}
