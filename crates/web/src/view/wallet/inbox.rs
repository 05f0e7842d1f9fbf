//! W1: what is asked of the payer.

use askama::Template;

use super::{Part, Wallet};
use crate::{
    clean::Shown,
    view::{Deadline, paths},
};

/// One request in the list.
#[derive(Clone)]
pub(crate) struct Row {
    /// What addresses call the request.
    pub(crate) id: String,
    /// Who asks.
    pub(crate) merchant: Shown,
    /// For how much.
    pub(crate) amount: String,
    /// What for.
    pub(crate) description: Option<Shown>,
    /// Until when.
    pub(crate) deadline: Deadline,
}

/// What has become of a request that was here.
#[derive(Clone)]
pub(crate) enum Gone {
    /// The shop took it back.
    Withdrawn(Shown),
    /// Nobody approved in time.
    Expired(Shown),
}

/// The list of requests.
#[derive(Template)]
#[template(path = "wallet/inbox.html")]
pub(crate) struct Inbox {
    /// What surrounds the page.
    pub(crate) wallet: Wallet,
    /// What the stream calls the state of the inbox: another text whenever the lists differ.
    pub(crate) step: String,
    /// What is open, newest first.
    pub(crate) requests: Vec<Row>,
    /// What was put off, newest first.
    pub(crate) later: Vec<Row>,
    /// What is open no more, since the payer last looked.
    pub(crate) gone: Vec<Gone>,
    /// What came to something that was paid: what it says and where it is.
    pub(crate) news: Vec<(String, String)>,
}

impl Inbox {
    const fn here(&self) -> Part {
        Part::Inbox
    }

    fn stream(&self) -> String {
        self.wallet.path(paths::INBOX_STREAM, &[])
    }

    fn poll(&self) -> String {
        self.wallet.path(paths::INBOX_STATE, &[])
    }

    fn request(&self, row: &Row) -> String {
        self.wallet.path(paths::REQUEST, &[&row.id])
    }

    fn scan(&self) -> String {
        self.wallet.path(paths::SCAN, &[])
    }

    fn my_code(&self) -> String {
        self.wallet.path(paths::MY_CODE, &[])
    }

    /// What a screen reader is told where the newest request was not there before.
    fn announcement(&self) -> Option<String> {
        let newest = self.requests.first()?;
        Some(self.wallet.frame.texts().push_text(&newest.merchant, &newest.amount))
    }

    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.later.is_empty()
    }

    fn gone_text(&self, gone: &Gone) -> String {
        let texts = self.wallet.frame.texts();
        match gone {
            Gone::Withdrawn(merchant) => texts.done_withdrawn(merchant),
            Gone::Expired(merchant) => texts.expired_from(merchant),
        }
    }
}
