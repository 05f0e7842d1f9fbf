//! Codes: one that is read by pasting it, and the payer's own.

use askama::Template;

use super::{Part, Wallet};
use crate::{clean::Shown, view::paths};

/// The field a code is pasted into. Its form posts `csrf` and `content`.
#[derive(Template)]
#[template(path = "wallet/scan.html")]
pub(crate) struct Scan {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What was pasted and refused.
    pub(crate) content: Shown,
    /// Whether it was refused: it is not ours, or of no open payment.
    pub(crate) is_foreign: bool,
}

impl Scan {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn action(&self) -> String {
        self.wallet.path(paths::SCAN, &[])
    }
}

/// The payer's own code.
#[derive(Template)]
#[template(path = "wallet/my_code.html")]
pub(crate) struct MyCode {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What the code says, for whoever cannot scan.
    pub(crate) content: String,
}

impl MyCode {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn picture(&self) -> String {
        self.wallet.path(paths::MY_CODE_PICTURE, &[])
    }
}
