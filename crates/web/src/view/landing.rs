//! The landing page in each of its states.

use askama::Template;

use super::{BRAND, Deadline, Frame, paths};
use crate::{
    clean::Shown,
    countries::{self, Country},
};

/// What is paid, to whom: the part that stands above every state.
#[derive(Clone)]
pub(crate) struct Summary {
    /// The name of the sales unit.
    pub(crate) merchant: Shown,
    /// The company behind it, where it has another name.
    pub(crate) company: Option<Shown>,
    /// The amount as text.
    pub(crate) amount: String,
    /// What it is for.
    pub(crate) description: Option<Shown>,
}

/// What the page and its forms carry to find the payment again.
#[derive(Clone)]
pub(crate) struct Link {
    /// The token of the payment link.
    pub(crate) token: String,
    /// Proves that a form came from this page.
    pub(crate) csrf: String,
    /// What the stream and the state call the state the page shows. Opaque, and the same text there and here: where it differs, the
    /// script loads the page anew.
    pub(crate) step: String,
}

impl Link {
    /// Where the script hears of changes.
    pub(crate) fn stream(&self) -> String {
        paths::with_token(paths::PAY_STREAM, &[], &self.token)
    }

    /// Where the script asks while it hears nothing.
    pub(crate) fn poll(&self) -> String {
        paths::with_token(paths::PAY_STATE, &[], &self.token)
    }

    /// The page itself.
    pub(crate) fn page(&self) -> String {
        paths::with_token(paths::PAY, &[], &self.token)
    }

    /// The page with the field for a number, although one was given.
    pub(crate) fn other_number(&self) -> String {
        paths::with_token(paths::PAY, &[("number", "new")], &self.token)
    }

    /// The waiting page that does not load itself anew.
    pub(crate) fn without_updates(&self) -> String {
        paths::with_token(paths::PAY, &[("auto", "off")], &self.token)
    }

    /// The payment as a code.
    pub(crate) fn code(&self) -> String {
        paths::with_token(paths::PAY_CODE, &[], &self.token)
    }
}

/// What was wrong with the number that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PhoneProblem {
    /// It is no telephone number.
    Invalid,
    /// It cannot pay here; nobody is told why.
    CannotPay,
}

/// The way into the wallet on the same device.
#[derive(Clone)]
pub(crate) struct WalletLink {
    /// Where it leads.
    pub(crate) href: String,
    /// Whether it stands before the field for a number, as on a phone.
    pub(crate) is_first: bool,
}

/// L1, and L7 on it: who pays?
#[derive(Template)]
#[template(path = "landing/phone.html")]
pub(crate) struct PhoneEntry {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// What its forms carry.
    pub(crate) link: Link,
    /// What is paid.
    pub(crate) summary: Summary,
    /// Until when.
    pub(crate) deadline: Deadline,
    /// The calling code that is chosen, digits only.
    pub(crate) prefix: String,
    /// What stands in the field: prefilled, or what was sent and refused.
    pub(crate) phone: Shown,
    /// Whether another number may not be entered.
    pub(crate) is_fixed: bool,
    /// Whether this browser remembers a number: then it can be forgotten.
    pub(crate) is_remembered: bool,
    /// What was wrong with the number.
    pub(crate) problem: Option<PhoneProblem>,
    /// Whether too many numbers were tried: then there is no field any more.
    pub(crate) is_locked: bool,
    /// The way into the wallet on this device, where there is one.
    pub(crate) wallet: Option<WalletLink>,
}

impl PhoneEntry {
    fn countries(&self) -> impl Iterator<Item = Country> {
        countries::listed(self.frame.language, &self.prefix)
    }

    fn problem_text(&self) -> Option<&'static str> {
        let texts = self.frame.texts();
        self.problem.map(|problem| match problem {
            PhoneProblem::Invalid => texts.phone_invalid,
            PhoneProblem::CannotPay => texts.cannot_pay,
        })
    }

    fn title(&self) -> String {
        let texts = self.frame.texts();
        let problem = self.problem_text().or(self.is_locked.then_some(texts.too_many));
        let title = texts.title_pay(BRAND);
        problem.map_or_else(|| title.clone(), |problem| format!("{} – {title}", texts.error_in_title(problem)))
    }

    fn wallet_first(&self) -> Option<&WalletLink> {
        self.wallet.as_ref().filter(|wallet| wallet.is_first)
    }

    fn wallet_last(&self) -> Option<&WalletLink> {
        self.wallet.as_ref().filter(|wallet| !wallet.is_first)
    }
}

/// L2: the request is with the payer.
#[derive(Template)]
#[template(path = "landing/waiting.html")]
pub(crate) struct Waiting {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// What its forms carry.
    pub(crate) link: Link,
    /// What is paid.
    pub(crate) summary: Summary,
    /// Until when.
    pub(crate) deadline: Deadline,
    /// The number the request went to, masked.
    pub(crate) number: String,
    /// Where the wallet of the request is on this device.
    pub(crate) wallet: Option<String>,
    /// Whether another number may be used.
    pub(crate) may_change: bool,
    /// Whether a code for another device is shown.
    pub(crate) shows_code: bool,
    /// Whether the page loads itself anew where no script runs; `auto=off` stops it.
    pub(crate) updates: bool,
}

/// A payment by card, which cannot be entered yet.
#[derive(Template)]
#[template(path = "landing/card.html")]
pub(crate) struct CardSoon {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// What is paid.
    pub(crate) summary: Summary,
}

/// The bank has not said yes or no.
#[derive(Template)]
#[template(path = "landing/processing.html")]
pub(crate) struct Processing {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// What finds the payment again; no form is left.
    pub(crate) link: Link,
    /// What is paid.
    pub(crate) summary: Summary,
    /// Whether the page loads itself anew where no script runs.
    pub(crate) updates: bool,
}

/// How a payment came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// L3: the payer approved.
    Approved,
    /// L4: the payer rejected or cancelled.
    Aborted,
    /// L5: nobody approved in time.
    Expired,
    /// L6: the shop took it back.
    Terminated,
}

impl End {
    /// After how long the payer is sent on, in milliseconds; `None` where only the payer goes.
    pub(crate) const fn goes_on_after_ms(self) -> Option<i64> {
        match self {
            Self::Approved => Some(1000),
            Self::Aborted => Some(3000),
            Self::Expired => Some(5000),
            Self::Terminated => None,
        }
    }
}

/// L3 to L6: it is over.
#[derive(Template)]
#[template(path = "landing/outcome.html")]
pub(crate) struct Outcome {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// What was to be paid.
    pub(crate) summary: Summary,
    /// How it came out.
    pub(crate) end: End,
    /// Where the shop goes on: byte for byte as it was given, custom schemes included. Without it nobody is sent anywhere.
    pub(crate) return_url: Option<String>,
}

impl Outcome {
    fn heading(&self) -> String {
        let texts = self.frame.texts();
        match self.end {
            End::Approved => texts.done_ok.to_owned(),
            End::Aborted => texts.done_cancelled.to_owned(),
            End::Expired => texts.done_expired.to_owned(),
            End::Terminated => texts.done_withdrawn(&self.summary.merchant),
        }
    }

    fn goes_on_after_ms(&self) -> Option<i64> {
        self.return_url.as_ref().and(self.end.goes_on_after_ms())
    }

    fn goes_on_after_seconds(&self) -> Option<i64> {
        self.goes_on_after_ms().map(|milliseconds| milliseconds / 1000)
    }

    const fn is_good(&self) -> bool {
        matches!(self.end, End::Approved)
    }
}

/// A page that has nothing of a payment.
#[derive(Template)]
#[template(path = "landing/notice.html")]
pub(crate) struct Notice {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// What it says.
    pub(crate) what: Saying,
}

/// What a page without a payment says.
pub(crate) enum Saying {
    /// L8: the link is of no payment, or of one that ended long ago.
    LinkDead,
    /// L8: the payment cannot be shown. With it the reference for support.
    Broken(String),
    /// The store has no answer.
    Unavailable,
    /// The form was of a page that another browser was given, or this one long ago.
    Stale,
    /// The page stands in a frame. With it the page's own address.
    Framed(String),
}

impl Notice {
    fn heading(&self) -> String {
        let texts = self.frame.texts();
        match &self.what {
            Saying::LinkDead => texts.link_dead.to_owned(),
            Saying::Broken(reference) => texts.err_generic(reference),
            Saying::Unavailable => texts.unavailable.to_owned(),
            Saying::Stale => texts.stale.to_owned(),
            Saying::Framed(_) => texts.title_pay(BRAND),
        }
    }

    fn hint(&self) -> Option<&'static str> {
        let texts = self.frame.texts();
        match &self.what {
            Saying::LinkDead | Saying::Broken(_) => Some(texts.new_payment),
            Saying::Unavailable => Some(texts.unavailable_hint),
            Saying::Stale | Saying::Framed(_) => None,
        }
    }

    fn again(&self) -> Option<&str> {
        matches!(self.what, Saying::Unavailable | Saying::Stale).then_some(self.frame.address.as_str())
    }

    fn own_window(&self) -> Option<&str> {
        match &self.what {
            Saying::Framed(address) => Some(address),
            Saying::LinkDead | Saying::Broken(_) | Saying::Unavailable | Saying::Stale => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_is_sent_on_soon_after_each_end_but_the_shops_own() {
        let after = [End::Approved, End::Aborted, End::Expired, End::Terminated].map(End::goes_on_after_ms);
        assert_eq!(after, [Some(1000), Some(3000), Some(5000), None]);
    }
}
