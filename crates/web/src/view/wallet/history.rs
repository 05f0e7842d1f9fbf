//! W8: what has been paid.

use askama::Template;

use super::{Part, Wallet, receipt::Receipt};
use crate::{amount, clean::Shown, texts::Texts, view::paths};

/// What happened to money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// It was set aside.
    Reserved,
    /// It was paid.
    Captured,
    /// It came back.
    Refunded,
    /// It is no longer set aside.
    Released,
    /// It should have happened and did not.
    Failed,
}

impl Kind {
    /// The word for it.
    pub(crate) const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Reserved => texts.h_reserved,
            Self::Captured => texts.h_captured,
            Self::Refunded => texts.h_refunded,
            Self::Released => texts.h_released,
            Self::Failed => texts.h_failed,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Released => "released",
            Self::Failed => "failed",
        }
    }

    /// The amount with the sign it has for the payer.
    fn signed(self, amount: &str) -> String {
        match self {
            Self::Captured => amount::paid(amount),
            Self::Refunded => amount::returned(amount),
            Self::Reserved | Self::Released | Self::Failed => amount.to_owned(),
        }
    }
}

/// One thing that happened.
#[derive(Clone)]
pub(crate) struct Transaction {
    /// What.
    pub(crate) kind: Kind,
    /// How much, without a sign.
    pub(crate) amount: String,
    /// When, as a calendar says it.
    pub(crate) at: String,
    /// What was said about it.
    pub(crate) note: Option<Shown>,
}

impl Transaction {
    fn signed(&self) -> String {
        self.kind.signed(&self.amount)
    }
}

/// One payment in the list.
#[derive(Clone)]
pub(crate) struct Row {
    /// What addresses call it.
    pub(crate) id: String,
    /// Who was paid.
    pub(crate) merchant: Shown,
    /// How much in the end, or what is set aside while nothing is paid.
    pub(crate) amount: String,
    /// Where it stands.
    pub(crate) kind: Kind,
    /// When it last changed, as a calendar says it.
    pub(crate) at: String,
}

/// What is listed. The address says it as `show`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Filter {
    /// Everything.
    All,
    /// What is set aside.
    Reserved,
    /// What is paid.
    Captured,
    /// What came back.
    Refunded,
}

impl Filter {
    const ALL: [Self; 4] = [Self::All, Self::Reserved, Self::Captured, Self::Refunded];

    /// What addresses call it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Reserved => "reserved",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
        }
    }

    /// The filter an address names; anything else is all.
    pub(crate) fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|filter| filter.code() == code).unwrap_or(Self::All)
    }

    const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::All => texts.hist_all,
            Self::Reserved => texts.h_reserved,
            Self::Captured => texts.h_captured,
            Self::Refunded => texts.h_refunded,
        }
    }
}

/// The list.
#[derive(Template)]
#[template(path = "wallet/history.html")]
pub(crate) struct History {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What is listed.
    pub(crate) filter: Filter,
    /// The payments, newest first.
    pub(crate) rows: Vec<Row>,
}

impl History {
    const fn here(&self) -> Part {
        Part::History
    }

    fn filters(&self) -> [Filter; 4] {
        Filter::ALL
    }

    fn filtered(&self, filter: &Filter) -> String {
        format!("{}?show={}", self.wallet.path(paths::HISTORY, &[]), filter.code())
    }

    fn item(&self, row: &Row) -> String {
        self.wallet.path(paths::HISTORY_ITEM, &[&row.id])
    }

    fn signed(&self, row: &Row) -> String {
        row.kind.signed(&row.amount)
    }
}

/// One payment.
#[derive(Template)]
#[template(path = "wallet/item.html")]
pub(crate) struct Item {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// Who was paid.
    pub(crate) merchant: Shown,
    /// How much in the end, or what is set aside while nothing is paid.
    pub(crate) amount: String,
    /// Where it stands.
    pub(crate) kind: Kind,
    /// What it was for.
    pub(crate) description: Option<Shown>,
    /// What happened, newest first.
    pub(crate) transactions: Vec<Transaction>,
    /// What was bought.
    pub(crate) receipt: Option<Receipt>,
    /// Where the shop keeps a receipt, byte for byte as it was given.
    pub(crate) receipt_url: Option<String>,
    /// The picture of the order.
    pub(crate) picture: Option<String>,
    /// The button of the order: what it says and where it leads.
    pub(crate) button: Option<(&'static str, String)>,
    /// The number of the sales unit.
    pub(crate) msn: String,
    /// What the shop calls the payment.
    pub(crate) reference: String,
}

impl Item {
    const fn here(&self) -> Part {
        Part::History
    }

    fn back(&self) -> String {
        self.wallet.path(paths::HISTORY, &[])
    }
}
