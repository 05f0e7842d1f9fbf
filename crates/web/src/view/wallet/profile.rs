//! W9: who the payer is, and what the payer does without a person.

use askama::Template;
use domain::wallet::ADDRESSES_MAX;

use super::{Part, Wallet};
use crate::{
    clean::Shown,
    countries::{self, Country},
    language::Language,
    texts::Texts,
    view::paths,
};

/// Where somebody lives. Forms call the fields `line1`, `line2`, `post_code`, `city`, `country`.
#[derive(Clone, Default)]
pub(crate) struct Address {
    /// What addresses of pages call it; nothing for one that is new.
    pub(crate) id: String,
    /// Street and number.
    pub(crate) line1: Shown,
    /// What stands below it.
    pub(crate) line2: Shown,
    /// The postcode.
    pub(crate) post_code: Shown,
    /// The city.
    pub(crate) city: Shown,
    /// The country's ISO 3166-1 code.
    pub(crate) country: Shown,
    /// Whether it is the one that is used first.
    pub(crate) is_main: bool,
}

/// What happens after a payment in the wallet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BrowserMode {
    /// The way back to the shop is offered.
    Same,
    /// It is not.
    Never,
}

/// What a scripted payer does with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// Approves it.
    Approve,
    /// Approves it with two taps.
    ApproveTwice,
    /// Rejects it.
    Reject,
    /// Opens it.
    Open,
    /// Lets it lie.
    Ignore,
    /// Cancels on the landing page.
    Cancel,
    /// Goes back in the browser.
    Back,
}

impl Act {
    /// Everything a scripted payer does.
    pub(crate) const ALL: [Self; 7] =
        [Self::Approve, Self::ApproveTwice, Self::Reject, Self::Open, Self::Ignore, Self::Cancel, Self::Back];

    /// What forms call it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::ApproveTwice => "approveTwice",
            Self::Reject => "reject",
            Self::Open => "open",
            Self::Ignore => "ignore",
            Self::Cancel => "cancel",
            Self::Back => "back",
        }
    }

    /// What pages call it.
    pub(crate) const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Approve => texts.script_approve,
            Self::ApproveTwice => texts.user_23,
            Self::Reject => texts.script_reject,
            Self::Open => texts.script_open,
            Self::Ignore => texts.script_ignore,
            Self::Cancel => texts.user_21,
            Self::Back => texts.user_22,
        }
    }
}

/// One step of a script. The form has as many `do` and `after` as there are steps, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// What is done; `None` for a row without a step, which the form leaves out.
    pub(crate) act: Option<Act>,
    /// After how many seconds; fewer than none before the request expires.
    pub(crate) after_seconds: i64,
}

impl Step {
    fn does(&self, act: &Act) -> bool {
        self.act.as_ref() == Some(act)
    }
}

/// A field of the form about the payer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ProfileField {
    /// `name`.
    Name,
    /// `email`.
    Email,
    /// `birth_date`.
    BirthDate,
}

/// How many rows without a step the form offers, so that steps can be added where no script runs.
const ROWS_MORE: usize = 2;

/// The page. Its first form posts `name`, `email`, `birth_date`, `language` and `browser`.
#[derive(Template)]
#[template(path = "wallet/profile.html")]
pub(crate) struct Profile {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// The payer's name.
    pub(crate) name: Shown,
    /// The payer's email address.
    pub(crate) email: Shown,
    /// The payer's date of birth, `YYYY-MM-DD`.
    pub(crate) birth_date: Shown,
    /// The language the payer is written to in.
    pub(crate) language: Language,
    /// What happens after a payment.
    pub(crate) browser: BrowserMode,
    /// Where the payer lives, the main address first.
    pub(crate) addresses: Vec<Address>,
    /// The form for another address, as it was filled.
    pub(crate) new_address: Address,
    /// What the payer does without a person; nothing where a person acts.
    pub(crate) script: Vec<Step>,
    /// Which fields cannot be.
    pub(crate) wrong: Vec<ProfileField>,
    /// Whether there are as many addresses as there can be.
    pub(crate) is_full: bool,
    /// Which address cannot be, by its id; nothing names the new one.
    pub(crate) wrong_address: Option<String>,
    /// Whether something has just been saved.
    pub(crate) is_saved: bool,
}

impl Profile {
    const fn here(&self) -> Part {
        Part::Profile
    }

    fn save(&self) -> String {
        self.wallet.path(paths::PROFILE, &[])
    }

    fn save_script(&self) -> String {
        self.wallet.path(paths::SCRIPT, &[])
    }

    fn full(&self) -> String {
        self.wallet.frame.texts().full(ADDRESSES_MAX)
    }

    fn add(&self) -> String {
        self.wallet.path(paths::ADDRESSES, &[])
    }

    fn action(&self, address: &Address, action: &str) -> String {
        self.wallet.path(paths::ADDRESS_ACTION, &[&address.id, action])
    }

    fn languages(&self) -> [Language; 5] {
        Language::ALL
    }

    fn countries(&self) -> impl Iterator<Item = Country> {
        countries::listed(self.wallet.frame.language, "")
    }

    fn acts(&self) -> [Act; 7] {
        Act::ALL
    }

    fn wrong(&self, field: ProfileField) -> bool {
        self.wrong.contains(&field)
    }

    fn wrong_address(&self, id: &str) -> bool {
        self.wrong_address.as_deref() == Some(id)
    }

    fn rows(&self) -> Vec<Step> {
        let empty = Step { act: None, after_seconds: 0 };
        self.script.iter().copied().chain([empty; ROWS_MORE]).collect()
    }
}
