//! Samples of the landing page.

use super::{HOSTILE, LONG, Screen, Words, html, shown, someday, soon, sum};
use crate::{
    clean::Shown,
    view::{
        Frame, Masked,
        landing::{
            End, Link, Notice, Outcome, PhoneEntry, PhoneProblem, Processing, Saying, Summary, Waiting, WalletLink,
        },
    },
};

pub(super) const SCREENS: &[Screen] = &[
    Screen::of("phone", |frame, words| html(&phone(frame, words))),
    Screen::of("phone-prefilled", |frame, words| {
        html(&PhoneEntry { phone: shown("400 00 010"), is_remembered: true, ..phone(frame, words) })
    }),
    Screen::of("phone-invalid", |frame, words| html(&refused(frame, words, PhoneProblem::Invalid))),
    Screen::of("phone-cannot-pay", |frame, words| html(&refused(frame, words, PhoneProblem::CannotPay))),
    Screen::of("phone-locked", |frame, words| html(&PhoneEntry { is_locked: true, ..phone(frame, words) })),
    Screen::of("phone-fixed", |frame, words| {
        html(&PhoneEntry { phone: shown("40000010"), is_fixed: true, ..phone(frame, words) })
    }),
    Screen::of("phone-on-mobile", |frame, words| html(&on_mobile(frame, words))),
    Screen::of("phone-long-living", |frame, words| html(&PhoneEntry { deadline: someday(), ..phone(frame, words) })),
    Screen::of("phone-long-words", |frame, words| html(&refused(frame, words, PhoneProblem::CannotPay))).with(&LONG),
    Screen::of("phone-hostile", |frame, words| html(&refused(frame, words, PhoneProblem::Invalid))).with(&HOSTILE),
    Screen::of("waiting", |frame, words| html(&waiting(frame, words))),
    Screen::of("waiting-with-code", |frame, words| html(&Waiting { shows_code: true, ..waiting(frame, words) })),
    Screen::of("waiting-without-updates", |frame, words| html(&Waiting { updates: false, ..waiting(frame, words) })),
    Screen::of("waiting-long-words", |frame, words| html(&waiting(frame, words))).with(&LONG),
    Screen::of("waiting-hostile", |frame, words| html(&Waiting { shows_code: true, ..waiting(frame, words) }))
        .with(&HOSTILE),
    Screen::of("processing", |frame, words| html(&processing(frame, words))),
    Screen::of("processing-hostile", |frame, words| html(&processing(frame, words))).with(&HOSTILE),
    Screen::of("approved", |frame, words| html(&outcome(frame, words, End::Approved))),
    Screen::of("approved-without-way-back", |frame, words| {
        html(&Outcome { return_url: None, ..outcome(frame, words, End::Approved) })
    }),
    Screen::of("approved-to-an-app", |frame, words| {
        let return_url = Some("acme-shop://done?order=1&lang=en".to_owned());
        html(&Outcome { return_url, ..outcome(frame, words, End::Approved) })
    }),
    Screen::of("aborted", |frame, words| html(&outcome(frame, words, End::Aborted))),
    Screen::of("expired", |frame, words| html(&outcome(frame, words, End::Expired))),
    Screen::of("terminated", |frame, words| html(&outcome(frame, words, End::Terminated))),
    Screen::of("terminated-long-words", |frame, words| html(&outcome(frame, words, End::Terminated))).with(&LONG),
    Screen::of("approved-hostile", |frame, words| html(&outcome(frame, words, End::Approved))).with(&HOSTILE),
    Screen::of("terminated-hostile", |frame, words| html(&outcome(frame, words, End::Terminated))).with(&HOSTILE),
    Screen::of("link-dead", |frame, _| html(&notice(frame, Saying::LinkDead))),
    Screen::of("broken", |frame, words| {
        let trace = format!("4bf92f3577b34da6a3ce929d0e0e4736-{}", words.own);
        html(&notice(frame, Saying::Broken(trace)))
    }),
    Screen::of("broken-hostile", |frame, words| html(&notice(frame, Saying::Broken(words.own.to_owned()))))
        .with(&HOSTILE),
    Screen::of("unavailable", |frame, _| html(&notice(frame, Saying::Unavailable))),
    Screen::of("stale", |frame, _| html(&notice(frame, Saying::Stale))),
    Screen::of("framed", |frame, words| html(&notice(frame, Saying::Framed(format!("/pay?token={}", words.own))))),
    Screen::of("framed-hostile", |frame, words| html(&notice(frame, Saying::Framed(words.own.to_owned()))))
        .with(&HOSTILE),
];

/// The page most payers see first; the budget is measured on it.
pub(super) fn phone(frame: &Frame, words: &Words) -> PhoneEntry {
    PhoneEntry {
        frame: frame.clone(),
        link: link(words),
        summary: summary(frame, words),
        deadline: soon(),
        prefix: "47".to_owned(),
        phone: Shown::default(),
        is_fixed: false,
        is_remembered: false,
        problem: None,
        is_locked: false,
        wallet: None,
    }
}

fn refused(frame: &Frame, words: &Words, problem: PhoneProblem) -> PhoneEntry {
    let phone_field = shown(if words.amount == HOSTILE.amount { words.own } else { "400 00 0" });
    let wallet = Some(WalletLink { href: format!("/wallet?from={}", words.own), is_first: false });
    let is_remembered = true;
    let prefix = words.own.to_owned();
    PhoneEntry { phone: phone_field, prefix, problem: Some(problem), wallet, is_remembered, ..phone(frame, words) }
}

fn on_mobile(frame: &Frame, words: &Words) -> PhoneEntry {
    let wallet = Some(WalletLink { href: "/wallet".to_owned(), is_first: true });
    PhoneEntry { wallet, ..phone(frame, words) }
}

fn waiting(frame: &Frame, words: &Words) -> Waiting {
    let number = if words.amount == HOSTILE.amount { words.own.to_owned() } else { Masked("4740000010").to_string() };
    Waiting {
        frame: frame.clone(),
        link: link(words),
        summary: summary(frame, words),
        deadline: soon(),
        number,
        wallet: Some(format!("/wallet/4740000010/requests/{}", words.own)),
        may_change: true,
        shows_code: false,
        updates: true,
    }
}

fn processing(frame: &Frame, words: &Words) -> Processing {
    Processing { frame: frame.clone(), link: link(words), summary: summary(frame, words), updates: true }
}

fn outcome(frame: &Frame, words: &Words, end: End) -> Outcome {
    let return_url = Some(words.return_url.to_owned());
    Outcome { frame: frame.clone(), summary: summary(frame, words), end, return_url }
}

fn notice(frame: &Frame, what: Saying) -> Notice {
    Notice { frame: frame.clone(), what }
}

fn link(words: &Words) -> Link {
    Link { token: words.own.to_owned(), csrf: words.own.to_owned(), step: words.own.to_owned() }
}

fn summary(frame: &Frame, words: &Words) -> Summary {
    Summary {
        merchant: shown(words.merchant),
        company: Some(shown(words.company)),
        amount: sum(frame, words.amount),
        description: Some(shown(words.description)),
    }
}
