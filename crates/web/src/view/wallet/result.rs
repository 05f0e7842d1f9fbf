//! W7: how it came out.

use askama::Template;

use super::{Part, Wallet, request::Decline};
use crate::{clean::Shown, view::paths};

/// How a request came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// It is paid.
    Paid,
    /// The source was not good; another can be tried.
    Declined(Decline),
    /// The payer rejected it.
    Cancelled,
    /// Nobody approved in time.
    Expired,
    /// The shop took it back.
    Withdrawn,
}

/// How the payer gets back to the shop.
#[derive(Clone)]
pub(crate) enum WayBack {
    /// By this address, byte for byte as it was given.
    Link(String),
    /// The shop's own window goes on by itself.
    Elsewhere,
    /// Not at all.
    None,
}

/// The page after a decision.
#[derive(Template)]
#[template(path = "wallet/result.html")]
pub(crate) struct ResultPage {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What addresses call the request.
    pub(crate) id: String,
    /// How it came out.
    pub(crate) outcome: Outcome,
    /// Who asked.
    pub(crate) merchant: Shown,
    /// For how much.
    pub(crate) amount: String,
    /// How the payer gets back to the shop.
    pub(crate) way_back: WayBack,
}

impl ResultPage {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn heading(&self) -> String {
        let texts = self.wallet.frame.texts();
        match self.outcome {
            Outcome::Paid => texts.done_ok.to_owned(),
            Outcome::Declined(decline) => decline.text(texts).to_owned(),
            Outcome::Cancelled => texts.done_cancelled.to_owned(),
            Outcome::Expired => texts.done_expired.to_owned(),
            Outcome::Withdrawn => texts.done_withdrawn(&self.merchant),
        }
    }

    fn is_good(&self) -> bool {
        self.outcome == Outcome::Paid
    }

    fn retry(&self) -> Option<String> {
        matches!(self.outcome, Outcome::Declined(_)).then(|| self.wallet.path(paths::REQUEST, &[&self.id]))
    }

    fn link(&self) -> Option<&str> {
        match &self.way_back {
            WayBack::Link(url) => Some(url),
            WayBack::Elsewhere | WayBack::None => None,
        }
    }

    fn goes_on_elsewhere(&self) -> bool {
        matches!(self.way_back, WayBack::Elsewhere)
    }
}
