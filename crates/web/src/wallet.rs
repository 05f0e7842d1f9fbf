//! The wallet: the page that stands in for a payer's app, in a sandbox.
//!
//! Anybody may be anybody here, several at once: who acts is part of each address, and a cookie lists who is signed in. Looking at a page
//! changes nothing; whatever a payer does is a form, and what comes of it is shown by the page it leads to.

mod cards;
mod history;
mod inbox;
mod profile;
mod receipt;
mod request;
mod scan;
mod session;
mod sign_in;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use self::session::{Here, signed_in};
use crate::{Web, view::paths};

/// Every page of the wallet.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route(paths::WALLET, get(sign_in::page))
        .route(paths::SIGN_IN, post(sign_in::sign_in))
        .route(paths::SIGN_OUT, post(sign_in::sign_out))
        .route(paths::INBOX, get(inbox::page))
        .route(paths::INBOX_STREAM, get(inbox::stream))
        .route(paths::INBOX_STATE, get(inbox::state))
        .route(paths::REQUEST, get(request::page))
        .route(paths::REQUEST_ACTION, get(request::told).post(request::act))
        .route(paths::SCAN, get(scan::page).post(scan::read))
        .route(paths::MY_CODE, get(scan::my_code))
        .route(paths::MY_CODE_PICTURE, get(scan::my_code_picture))
        .route(paths::CARDS, get(cards::page).post(cards::add))
        .route(paths::CARD_ACTION, post(cards::act))
        .route(paths::HISTORY, get(history::page))
        .route(paths::HISTORY_ITEM, get(history::item))
        .route(paths::HISTORY_PICTURE, get(history::picture))
        .route(paths::PROFILE, get(profile::page).post(profile::save))
        .route(paths::SCRIPT, post(profile::save_script))
        .route(paths::ADDRESSES, post(profile::add_address))
        .route(paths::ADDRESS_ACTION, post(profile::act_on_address))
}
