//! Codes: one that is read by pasting what stands in it, and the payer's own.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use engine::request::Asked;

use super::session::Here;
use crate::{
    Web,
    clean::Shown,
    forms::Form,
    pay::NotFound,
    qr,
    render::render,
    view::{
        paths,
        wallet::scan::{MyCode, Scan},
    },
    visit::Visit,
};

/// The most characters of a code that is read.
const CONTENT_CHARACTERS_MAX: usize = 2048;

/// The field a code is pasted into.
pub(crate) async fn page(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    match Here::enter(&web, visit, &msisdn).await {
        Ok((here, visit)) => shown(&web, visit, &here, StatusCode::OK, ""),
        Err(response) => response,
    }
}

/// Opens the request a code leads to; it is then this payer's.
pub(crate) async fn read(State(web): State<Web>, Path(msisdn): Path<String>, form: Form) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let content = form.field("content").to_owned();
    let asked = match web.engine.asked_of_code(&content).await {
        Ok(asked) => asked.filter(|_| content.len() <= CONTENT_CHARACTERS_MAX),
        Err(trouble) => return NotFound::Trouble(trouble).answer(&web, form.visit),
    };
    let Some(Asked { payment, unit, .. }) = asked else {
        return shown(&web, form.visit, &here, StatusCode::UNPROCESSABLE_ENTITY, &content);
    };
    match web.engine.open(&here.payer.number, &unit, &payment.reference).await {
        Ok(_its_page_says_whether) => {
            let id = web.engine.link_token(&payment.msn, &payment.reference);
            let page = here.path(paths::REQUEST, &[&id]);
            form.see(&page)
        }
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, form.visit),
    }
}

/// The payer's own code, to be held before a shop's scanner.
pub(crate) async fn my_code(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let content = content(&web, &here);
    let page = MyCode { wallet: here.wallet(&web, &visit, here.path(paths::MY_CODE, &[])), content };
    visit.answer(render(StatusCode::OK, &page))
}

/// The same as a picture.
pub(crate) async fn my_code_picture(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    match Here::enter(&web, visit, &msisdn).await {
        Ok((here, _)) => qr::of_text(&content(&web, &here)),
        Err(response) => response,
    }
}

fn content(web: &Web, here: &Here) -> String {
    format!("{}{}", web.public_url, web.engine.code_of_payer(&here.payer.number))
}

fn shown(web: &Web, visit: Visit, here: &Here, status: StatusCode, content: &str) -> Response {
    let page = Scan {
        wallet: here.wallet(web, &visit, here.path(paths::SCAN, &[])),
        content: Shown::of(content),
        is_foreign: status != StatusCode::OK,
    };
    visit.answer(render(status, &page))
}
