//! Who is signed in to the wallet of a browser: a list of numbers that only this installation can have written.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{text::PhoneNumber, wallet::Payer};

use crate::{
    Web, cookie,
    language::Language,
    pay::NotFound,
    view::{paths, wallet as view},
    visit::Visit,
};

/// What the code of the list is a code for.
const PURPOSE: &str = "wallet";
/// The most payers in one browser; of more the one who was longest away goes.
pub(super) const SIGNED_IN_MAX: usize = 8;

/// Those who are signed in, whoever acted last first.
pub(crate) fn signed_in(web: &Web, visit: &Visit) -> Vec<PhoneNumber> {
    let Some(cookie) = visit.cookie(cookie::WALLET) else { return Vec::new() };
    let Some((list, code)) = cookie.rsplit_once('.') else { return Vec::new() };
    if !web.is_sandbox() || !web.engine.is_page_code(PURPOSE, list, code) {
        return Vec::new();
    }
    list.split('-').filter_map(|number| PhoneNumber::parse(number).ok()).take(SIGNED_IN_MAX).collect()
}

/// From now on these are signed in.
pub(super) fn keep(web: &Web, visit: &mut Visit, numbers: &[PhoneNumber]) {
    if numbers.is_empty() {
        return visit.forget(cookie::WALLET);
    }
    let list = numbers.iter().map(PhoneNumber::as_str).collect::<Vec<_>>().join("-");
    let code = web.engine.page_code(PURPOSE, &list);
    visit.set(cookie::WALLET, &format!("{list}.{code}"));
}

/// The list with this one at its head.
pub(super) fn with(mut numbers: Vec<PhoneNumber>, number: PhoneNumber) -> Vec<PhoneNumber> {
    numbers.retain(|other| *other != number);
    numbers.insert(0, number);
    numbers.truncate(SIGNED_IN_MAX);
    numbers
}

/// The payer an address names, who is signed in here.
pub(crate) struct Here {
    pub(super) payer: Payer,
    others: Vec<Payer>,
}

impl Here {
    /// The payer of this number.
    ///
    /// # Errors
    /// The answer where nobody of that number is signed in, or the store has none.
    pub(crate) async fn enter(web: &Web, visit: Visit, msisdn: &str) -> Result<(Self, Visit), Response> {
        let numbers = signed_in(web, &visit);
        let mut payers = Vec::new();
        for number in &numbers {
            match web.engine.payer(number).await {
                Ok(payer) => payers.extend(payer),
                Err(trouble) => return Err(NotFound::Trouble(trouble).answer(web, visit)),
            }
        }
        let place = payers.iter().position(|payer| payer.number.as_str() == msisdn);
        match place.map(|place| payers.remove(place)) {
            Some(payer) => Ok((Self { payer, others: payers }, visit)),
            None => Err(visit.answer(Redirect::to(paths::WALLET).into_response())),
        }
    }

    /// The language the payer reads: the one chosen in this browser, the payer's own, or else the browser's.
    pub(super) fn language(&self, visit: &Visit) -> Language {
        let own = self.payer.language.as_deref().and_then(Language::from_code);
        visit.chosen_language().or(own).unwrap_or_else(|| visit.language(None))
    }

    /// What surrounds the page.
    pub(super) fn wallet(&self, web: &Web, visit: &Visit, address: String) -> view::Wallet {
        view::Wallet {
            frame: visit.frame_at(web, self.language(visit), address),
            csrf: visit.csrf(web),
            payer: shown(&self.payer),
            others: self.others.iter().map(shown).collect(),
        }
    }

    /// An address of this payer's.
    pub(super) fn path(&self, route: &str, values: &[&str]) -> String {
        let mut all = vec![self.payer.number.as_str()];
        all.extend(values);
        paths::filled(route, &all)
    }
}

pub(super) fn shown(payer: &Payer) -> view::Payer {
    view::Payer { msisdn: payer.number.as_str().to_owned(), name: payer.name.as_str().into() }
}
