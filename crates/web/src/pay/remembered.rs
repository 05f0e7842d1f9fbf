//! The number a browser was asked to remember: sealed, so that only this installation can read it.

use domain::text::PhoneNumber;

use crate::{Web, cookie, visit::Visit};

const PURPOSE: &str = "phone";

/// The number this browser remembers.
pub(super) fn read(web: &Web, visit: &Visit) -> Option<PhoneNumber> {
    let sealed = visit.cookie(cookie::PHONE)?;
    PhoneNumber::parse(&web.engine.open_from_browser(PURPOSE, &sealed)?).ok()
}

/// From now on the browser remembers this number.
pub(super) fn keep(web: &Web, visit: &mut Visit, number: &PhoneNumber) {
    if let Some(sealed) = web.engine.seal_for_browser(PURPOSE, number.as_str()) {
        visit.set(cookie::PHONE, &sealed);
    }
}
