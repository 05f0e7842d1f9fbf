//! Who pays? The list of test payers, a field for any number, and the end of a session.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{merchant::Market, text::PhoneNumber};
use engine::Trouble;

use super::session::{self, shown, signed_in};
use crate::{
    Web,
    clean::Shown,
    forms::Form,
    pay::{NotFound, home_of, home_prefix, number},
    render::render,
    view::{
        paths,
        wallet::sign_in::{SignIn, SignInProblem, TEST_PAYERS, TestPayer},
    },
    visit::Visit,
};

/// The published PIN of test payers; none at all is as good.
const PIN: &str = "1236";

/// The wallet's first page. An address with a number signs its payer in, which only a sandbox does; one with a request leads on to it.
pub(crate) async fn page(State(web): State<Web>, mut visit: Visit) -> Response {
    let request = request_of(visit.parameter("request").unwrap_or_default());
    let wanted = visit.parameter("user").map(|user| number::read(home_prefix(Market::Norway), &with_plus(user)));
    let known = signed_in(&web, &visit);
    match (wanted, known.first()) {
        (Some(Some(number)), _) if web.engine.has_payer(&number) => {
            session::keep(&web, &mut visit, &session::with(known, number.clone()));
            let onward = onward(&number, request.as_deref());
            visit.answer(Redirect::to(&onward).into_response())
        }
        (Some(_), _) => shown_again(&web, visit, "", Some(SignInProblem::Phone), request).await,
        (None, Some(number)) if request.is_some() => {
            let onward = onward(number, request.as_deref());
            visit.answer(Redirect::to(&onward).into_response())
        }
        (None, _) => shown_again(&web, visit, "", None, request).await,
    }
}

/// Signs a payer in.
pub(crate) async fn sign_in(State(web): State<Web>, mut form: Form) -> Response {
    let request = request_of(form.field("request"));
    let written = form.field("phone").to_owned();
    let number = read(&written).filter(|number| web.engine.has_payer(number));
    let Some(number) = number else {
        return shown_again(&web, form.visit, &written, Some(SignInProblem::Phone), request).await;
    };
    if !matches!(form.field("pin"), "" | PIN) {
        return shown_again(&web, form.visit, &written, Some(SignInProblem::Pin), request).await;
    }
    let numbers = session::with(signed_in(&web, &form.visit), number.clone());
    session::keep(&web, &mut form.visit, &numbers);
    let onward = onward(&number, request.as_deref());
    form.see(&onward)
}

/// Signs a payer out, and leaves the others.
pub(crate) async fn sign_out(State(web): State<Web>, mut form: Form) -> Response {
    let leaving = form.field("phone").to_owned();
    let mut numbers = signed_in(&web, &form.visit);
    numbers.retain(|number| number.as_str() != leaving);
    session::keep(&web, &mut form.visit, &numbers);
    form.see(paths::WALLET)
}

async fn shown_again(
    web: &Web,
    visit: Visit,
    written: &str,
    problem: Option<SignInProblem>,
    request: Option<String>,
) -> Response {
    match page_of(web, &visit, written, problem, request).await {
        Ok(page) => {
            let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            visit.answer(render(status, &page))
        }
        Err(trouble) => NotFound::Trouble(trouble).answer(web, visit),
    }
}

async fn page_of(
    web: &Web,
    visit: &Visit,
    written: &str,
    problem: Option<SignInProblem>,
    request: Option<String>,
) -> Result<SignIn, Trouble> {
    let mut payers = Vec::new();
    for number in signed_in(web, visit) {
        payers.extend(web.engine.payer(&number).await?);
    }
    let market = payers.first().map_or(Market::Norway, |payer| home_of(&payer.number));
    let listed = web.engine.listed_payers(market).into_iter();
    let test_payers = listed
        .filter(|(ending, _)| TEST_PAYERS.contains(ending))
        .map(|(behaviour, payer)| TestPayer { payer: shown(&payer), behaviour })
        .collect();
    Ok(SignIn {
        frame: visit.frame(web, visit.language(None)),
        csrf: visit.csrf(web),
        signed_in: payers.iter().map(shown).collect(),
        test_payers,
        phone: Shown::of(written),
        problem,
        request,
    })
}

/// A number as it stands in an address or a field, whichever country it is of.
fn read(written: &str) -> Option<PhoneNumber> {
    Market::ALL
        .into_iter()
        .find_map(|market| number::read(home_prefix(market), written))
        .or_else(|| number::read("", &with_plus(written)))
}

/// Digits alone are a whole number here.
fn with_plus(text: &str) -> String {
    if text.starts_with('+') || text.starts_with("00") { text.to_owned() } else { format!("+{text}") }
}

/// The token of a request, as far as it can be one.
fn request_of(text: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!text.is_empty() && text.len() <= 160 && text.bytes().all(is_token)).then(|| text.to_owned())
}

fn onward(number: &PhoneNumber, request: Option<&str>) -> String {
    match request {
        Some(id) => paths::filled(paths::REQUEST, &[number.as_str(), id]),
        None => paths::filled(paths::INBOX, &[number.as_str()]),
    }
}
