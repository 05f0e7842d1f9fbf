//! The wallet: the web page that stands in for an app.

pub(crate) mod cards;
pub(crate) mod history;
pub(crate) mod inbox;
pub(crate) mod profile;
pub(crate) mod receipt;
pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod scan;
pub(crate) mod sign_in;

use super::{Frame, paths};
use crate::{clean::Shown, texts::Texts};

/// Somebody who pays.
#[derive(Clone)]
pub(crate) struct Payer {
    /// Country code and number, digits only.
    pub(crate) msisdn: String,
    /// What the payer is called.
    pub(crate) name: Shown,
}

impl Payer {
    /// The payer's requests.
    pub(crate) fn inbox(&self) -> String {
        paths::filled(paths::INBOX, &[&self.msisdn])
    }
}

/// A part of the wallet, as its menu shows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Requests.
    Inbox,
    /// What has been.
    History,
    /// What is paid from.
    Cards,
    /// Who pays.
    Profile,
}

impl Part {
    /// Every part, in the order of the menu.
    pub(crate) const ALL: [Self; 4] = [Self::Inbox, Self::History, Self::Cards, Self::Profile];

    const fn route(self) -> &'static str {
        match self {
            Self::Inbox => paths::INBOX,
            Self::History => paths::HISTORY,
            Self::Cards => paths::CARDS,
            Self::Profile => paths::PROFILE,
        }
    }

    const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Inbox => texts.inbox,
            Self::History => texts.hist,
            Self::Cards => texts.cards,
            Self::Profile => texts.profile,
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Inbox => "M4 13h4l2 3h4l2-3h4M4 13v6h16v-6M4 13l3-8h10l3 8",
            Self::History => "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
            Self::Cards => "M3 6h18v12H3zM3 10h18M6 15h4",
            Self::Profile => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c0-4 3-6 7-6s7 2 7 6",
        }
    }
}

/// One entry of the wallet's menu.
pub(crate) struct Entry {
    /// What it says.
    pub(crate) name: &'static str,
    /// Where it leads.
    pub(crate) href: String,
    /// Its picture, as a path in a square of 24.
    pub(crate) icon: &'static str,
    /// Whether the page is of this part.
    pub(crate) is_current: bool,
}

/// What surrounds every page of a payer who is signed in.
#[derive(Clone)]
pub(crate) struct Wallet {
    /// What surrounds every page.
    pub(crate) frame: Frame,
    /// Proves that a form came from these pages.
    pub(crate) csrf: String,
    /// Whose wallet it is.
    pub(crate) payer: Payer,
    /// Who else is signed in here.
    pub(crate) others: Vec<Payer>,
}

impl Wallet {
    /// The menu on a page of this part.
    pub(crate) fn menu(&self, here: Part) -> Vec<Entry> {
        let entry = |part: Part| Entry {
            name: part.name(self.frame.texts()),
            href: self.path(part.route(), &[]),
            icon: part.icon(),
            is_current: part == here,
        };
        Part::ALL.map(entry).into()
    }

    /// A route of this payer, its further places filled.
    pub(crate) fn path(&self, route: &str, values: &[&str]) -> String {
        let mut all = vec![self.payer.msisdn.as_str()];
        all.extend(values);
        paths::filled(route, &all)
    }

    fn wallets(&self) -> &'static str {
        paths::WALLET
    }

    fn sign_out(&self) -> &'static str {
        paths::SIGN_OUT
    }
}
