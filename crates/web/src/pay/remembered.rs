//! The numbers a browser was asked to remember, one for each sales unit: sealed, so that only this installation can read them.

use domain::text::{Msn, PhoneNumber};

use crate::{Web, cookie, visit::Visit};

const PURPOSE: &str = "phone";
/// The most sales units a browser remembers a number for; those asked for last.
const SALES_UNITS_MAX: usize = 20;

/// The number this browser remembers for the sales unit.
pub(super) fn read(web: &Web, visit: &Visit, msn: &Msn) -> Option<PhoneNumber> {
    let remembered = all(web, visit);
    let (_, number) = remembered.iter().find(|(of, _)| of == msn.as_str())?;
    PhoneNumber::parse(number).ok()
}

/// From now on the browser remembers this number for the sales unit.
pub(super) fn keep(web: &Web, visit: &mut Visit, msn: &Msn, number: &PhoneNumber) {
    let mut remembered = others(web, visit, msn);
    remembered.insert(0, (msn.as_str().to_owned(), number.as_str().to_owned()));
    remembered.truncate(SALES_UNITS_MAX);
    set(web, visit, &remembered);
}

/// From now on it remembers none for it.
pub(super) fn forget(web: &Web, visit: &mut Visit, msn: &Msn) {
    let remembered = others(web, visit, msn);
    match remembered.is_empty() {
        true => visit.forget(cookie::PHONE),
        false => set(web, visit, &remembered),
    }
}

fn others(web: &Web, visit: &Visit, msn: &Msn) -> Vec<(String, String)> {
    let mut remembered = all(web, visit);
    remembered.retain(|(of, _)| of != msn.as_str());
    remembered
}

fn all(web: &Web, visit: &Visit) -> Vec<(String, String)> {
    let sealed = visit.cookie(cookie::PHONE).and_then(|sealed| web.engine.open_from_browser(PURPOSE, &sealed));
    let pair = |text: &str| text.split_once(' ').map(|(msn, number)| (msn.to_owned(), number.to_owned()));
    sealed.unwrap_or_default().split(',').filter_map(pair).collect()
}

fn set(web: &Web, visit: &mut Visit, remembered: &[(String, String)]) {
    let pairs: Vec<String> = remembered.iter().map(|(msn, number)| format!("{msn} {number}")).collect();
    if let Some(sealed) = web.engine.seal_for_browser(PURPOSE, &pairs.join(",")) {
        visit.set(cookie::PHONE, &sealed);
    }
}
