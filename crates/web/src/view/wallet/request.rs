//! W2: one request, and what stands in its way.

use askama::Template;

use super::{Part, Wallet, receipt::Receipt};
use crate::{
    clean::Shown,
    texts::Texts,
    view::{Deadline, paths},
};

/// Why a source was not good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decline {
    /// Not enough money.
    Funds,
    /// The bank said no; it is not told why.
    Issuer,
    /// A limit is reached.
    Limit,
    /// The card has expired.
    Expired,
    /// The card cannot be used.
    Invalid,
    /// The bank could not tell who pays.
    Authentication,
    /// The business takes no company cards.
    Blocked,
    /// The payer has no card.
    NoSource,
    /// Cards of that country are not taken.
    Country,
}

impl Decline {
    /// What the payer is told.
    pub(crate) const fn text(self, texts: &Texts) -> &'static str {
        match self {
            Self::Funds => texts.decl_funds,
            Self::Issuer => texts.decl_issuer,
            Self::Limit => texts.decl_limit,
            Self::Expired => texts.decl_expired,
            Self::Invalid => texts.decl_invalid,
            Self::Authentication => texts.decl_auth,
            Self::Blocked => texts.decl_blocked,
            Self::NoSource => texts.decl_nosource,
            Self::Country => texts.decl_country,
        }
    }
}

/// Something to pay from.
#[derive(Clone)]
pub(crate) struct Source {
    /// What forms call it.
    pub(crate) id: String,
    /// The kind of card, such as `Visa`.
    pub(crate) brand: Shown,
    /// Its last four digits.
    pub(crate) last4: String,
    /// Whether a company pays.
    pub(crate) is_commercial: bool,
    /// Whether it is chosen when the page opens.
    pub(crate) is_chosen: bool,
    /// Why it cannot be chosen here.
    pub(crate) blocked: Option<Decline>,
}

/// A request that can be approved. Its forms post `csrf`, `seen`, and where it is approved `source`.
#[derive(Template)]
#[template(path = "wallet/request.html")]
pub(crate) struct Request {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What addresses call the request.
    pub(crate) id: String,
    /// What the stream calls the state the page shows.
    pub(crate) step: String,
    /// Says what exactly is shown, so that nothing else is approved: posted back with the form.
    pub(crate) seen: String,
    /// Who asks.
    pub(crate) merchant: Shown,
    /// The company behind it.
    pub(crate) company: Option<Shown>,
    /// The number of the sales unit.
    pub(crate) msn: String,
    /// What the shop calls the payment.
    pub(crate) reference: String,
    /// What it is for.
    pub(crate) description: Option<Shown>,
    /// For how much.
    pub(crate) amount: String,
    /// Until when.
    pub(crate) deadline: Deadline,
    /// What is bought.
    pub(crate) receipt: Option<Receipt>,
    /// What the shop will be told of the payer, once it is paid.
    pub(crate) shared: Vec<&'static str>,
    /// What can be paid from.
    pub(crate) sources: Vec<Source>,
    /// Why the last attempt came to nothing.
    pub(crate) decline: Option<Decline>,
    /// Whether it can be put off.
    pub(crate) may_postpone: bool,
    /// The shop's terms.
    pub(crate) terms_url: Option<String>,
    /// What the shop says about privacy.
    pub(crate) privacy_url: Option<String>,
}

impl Request {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn stream(&self) -> String {
        self.action("stream")
    }

    fn poll(&self) -> String {
        self.action("state")
    }

    fn action(&self, action: &str) -> String {
        self.wallet.path(paths::REQUEST_ACTION, &[&self.id, action])
    }

    fn cards(&self) -> String {
        self.wallet.path(paths::CARDS, &[])
    }

    fn can_approve(&self) -> bool {
        self.sources.iter().any(|source| source.blocked.is_none())
    }

    fn title(&self) -> String {
        let texts = self.wallet.frame.texts();
        let title = format!("{} – {}", self.amount, texts.pay_to(&self.merchant));
        match self.decline {
            Some(decline) => format!("{} – {title}", texts.error_in_title(decline.text(texts))),
            None => title,
        }
    }
}

/// A request about which nothing can be done here.
#[derive(Template)]
#[template(path = "wallet/standstill.html")]
pub(crate) struct Standstill {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What addresses call the request.
    pub(crate) id: String,
    /// What the stream calls the state the page shows.
    pub(crate) step: String,
    /// Who asks.
    pub(crate) merchant: Shown,
    /// For how much; `None` where it is nobody's business.
    pub(crate) amount: Option<String>,
    /// Why.
    pub(crate) why: Why,
}

/// Why nothing can be done about a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// Another payer has it.
    AlreadyOpen,
    /// It has to be delivered, and the wallet cannot ask where to yet.
    Delivery,
    /// This payer may pay nobody.
    CannotPay,
    /// The bank has not said yes or no.
    Processing,
    /// The payer is younger than so many years.
    TooYoung(u8),
}

impl Standstill {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn stream(&self) -> String {
        self.wallet.path(paths::REQUEST_ACTION, &[&self.id, "stream"])
    }

    fn poll(&self) -> String {
        self.wallet.path(paths::REQUEST_ACTION, &[&self.id, "state"])
    }

    fn heading(&self) -> String {
        let texts = self.wallet.frame.texts();
        match self.why {
            Why::AlreadyOpen => texts.already_open.to_owned(),
            Why::Delivery => texts.needs_delivery.to_owned(),
            Why::CannotPay => texts.cannot_pay.to_owned(),
            Why::Processing => texts.processing.to_owned(),
            Why::TooYoung(years) => texts.age_wallet(years, &self.merchant),
        }
    }

    fn is_processing(&self) -> bool {
        self.why == Why::Processing
    }
}

/// The bank asks who pays. Its form posts `csrf`, `seen`, `source` and `code`.
#[derive(Template)]
#[template(path = "wallet/step_up.html")]
pub(crate) struct StepUp {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What addresses call the request.
    pub(crate) id: String,
    /// Says what exactly is approved.
    pub(crate) seen: String,
    /// What is paid from.
    pub(crate) source: Source,
    /// Who asks.
    pub(crate) merchant: Shown,
    /// For how much.
    pub(crate) amount: String,
}

impl StepUp {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn confirm(&self) -> String {
        self.wallet.path(paths::REQUEST_ACTION, &[&self.id, "confirm"])
    }

    fn request(&self) -> String {
        self.wallet.path(paths::REQUEST, &[&self.id])
    }
}
