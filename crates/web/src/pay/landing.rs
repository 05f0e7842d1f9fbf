//! What the landing page shows of a payment as it stands.

use axum::{http::StatusCode, response::Response};
use domain::{
    merchant::{Flag, Market},
    payment::{Method, State as Standing},
    text::PhoneNumber,
    time::Timestamp,
    wallet::Returns,
};
use engine::{Mode, request::Asked};

use super::{number, remembered, step};
use crate::{
    Web, amount,
    clean::Shown,
    countries, moment,
    render::render,
    view::{
        Deadline, Masked,
        landing::{CardSoon, End, Link, Outcome, PhoneEntry, PhoneProblem, Processing, Summary, Waiting, WalletLink},
        paths,
    },
    visit::Visit,
};

/// The field for a number, as it was sent and refused.
#[derive(Default)]
pub(super) struct Field {
    pub(super) problem: Option<PhoneProblem>,
    /// Whether no number is taken from this address for a while.
    pub(super) is_locked: bool,
    pub(super) prefix: String,
    pub(super) written: String,
}

/// The page of the payment.
pub(super) fn answer(web: &Web, visit: Visit, asked: &Asked, field: Field, returns: Returns) -> Response {
    let status = match &field {
        Field { is_locked: true, .. } => StatusCode::TOO_MANY_REQUESTS,
        Field { problem: Some(_), .. } => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let wants_another = visit.parameter("number").is_some() || status != StatusCode::OK;
    let is_waiting = asked.request.holder.is_some() && !(wants_another && asked.request.takes_numbers());
    match (&asked.payment.state, asked.payment.terms.method) {
        (Standing::Created, Method::Card) => {
            let page = CardSoon { frame: frame(web, &visit, asked), summary: summary(&visit, asked) };
            visit.answer(render(status, &page))
        }
        (Standing::Created, Method::Wallet) if is_waiting => {
            let page = waiting(web, &visit, asked);
            visit.answer(render(status, &page))
        }
        (Standing::Created, Method::Wallet) => {
            let page = phone_entry(web, &visit, asked, field);
            visit.answer(render(status, &page))
        }
        (Standing::Processing(_), _) => {
            let (frame, link) = (frame(web, &visit, asked), link(web, &visit, asked));
            let updates = visit.parameter("auto") != Some("off");
            let page = Processing { frame, link, summary: summary(&visit, asked), updates };
            visit.answer(render(status, &page))
        }
        (ended, _) => {
            let page = outcome(web, &visit, asked, end(ended), returns);
            visit.answer(render(status, &page))
        }
    }
}

fn waiting(web: &Web, visit: &Visit, asked: &Asked) -> Waiting {
    let holder = asked.request.holder.as_ref().map(|holder| holder.number.as_str()).unwrap_or_default();
    let token = web.engine.link_token(&asked.payment.msn, &asked.payment.reference);
    let has_wallet = web.engine.policy().mode == Mode::Sandbox && !holder.is_empty();
    let shows_code = has_wallet && !visit.is_mobile();
    Waiting {
        frame: frame(web, visit, asked),
        link: link(web, visit, asked),
        summary: summary(visit, asked),
        deadline: deadline(web, asked),
        number: Masked(holder).to_string(),
        wallet: has_wallet.then(|| format!("{}?user={holder}&request={token}", paths::WALLET)),
        may_change: asked.request.takes_numbers() && !is_fixed(asked),
        shows_code,
        updates: visit.parameter("auto") != Some("off"),
    }
}

fn phone_entry(web: &Web, visit: &Visit, asked: &Asked, field: Field) -> PhoneEntry {
    let remembered = remembered::read(web, visit, &asked.unit.msn);
    let is_remembered = remembered.is_some();
    let known = asked.payment.terms.phone_number.clone().or(remembered);
    let (prefix, phone) = match (field.problem, known) {
        (Some(_), _) => (field.prefix, field.written),
        (None, Some(number)) => number::parts(&number, countries::prefixes()),
        (None, None) => (home_prefix(asked.unit.market).to_owned(), String::new()),
    };
    let token = web.engine.link_token(&asked.payment.msn, &asked.payment.reference);
    let is_sandbox = web.engine.policy().mode == Mode::Sandbox;
    PhoneEntry {
        frame: frame(web, visit, asked),
        link: link(web, visit, asked),
        summary: summary(visit, asked),
        deadline: deadline(web, asked),
        prefix,
        phone: Shown::of(&phone),
        is_fixed: is_fixed(asked),
        is_remembered,
        problem: field.problem,
        is_locked: field.is_locked || !asked.request.takes_numbers(),
        wallet: is_sandbox
            .then(|| WalletLink { href: format!("{}?request={token}", paths::WALLET), is_first: visit.is_mobile() }),
    }
}

/// Whether the number the merchant named is the only one that can be given.
fn is_fixed(asked: &Asked) -> bool {
    asked.payment.terms.phone_number.is_some() && asked.unit.flags.has(Flag::LandingPhoneLocked)
}

fn outcome(web: &Web, visit: &Visit, asked: &Asked, end: End, returns: Returns) -> Outcome {
    let return_url = asked.payment.terms.return_url.as_ref().filter(|_| returns != Returns::Never);
    Outcome {
        frame: frame(web, visit, asked),
        summary: summary(visit, asked),
        end,
        return_url: return_url.map(|url| url.as_str().to_owned()),
    }
}

const fn end(state: &Standing) -> End {
    match state {
        Standing::Created | Standing::Processing(_) | Standing::Authorized(_) => End::Approved,
        Standing::Aborted => End::Aborted,
        Standing::Expired => End::Expired,
        Standing::Terminated => End::Terminated,
    }
}

fn frame(web: &Web, visit: &Visit, asked: &Asked) -> crate::view::Frame {
    let token = web.engine.link_token(&asked.payment.msn, &asked.payment.reference);
    let path = if asked.payment.terms.method == Method::Card { paths::CARD } else { paths::PAY };
    let address = paths::with_token(path, &[], &token);
    visit.frame_at(web, visit.language(Some(asked.unit.market)), address)
}

fn link(web: &Web, visit: &Visit, asked: &Asked) -> Link {
    Link {
        token: web.engine.link_token(&asked.payment.msn, &asked.payment.reference),
        csrf: visit.csrf(web),
        step: step(asked),
    }
}

fn summary(visit: &Visit, asked: &Asked) -> Summary {
    let language = visit.language(Some(asked.unit.market));
    Summary {
        merchant: Shown::of(asked.unit.name.as_str()),
        company: None,
        amount: amount::text(asked.payment.amount(), language),
        description: asked.payment.terms.description.as_ref().map(|text| Shown::of(text.as_str())),
    }
}

fn deadline(web: &Web, asked: &Asked) -> Deadline {
    let (created, expires) = (asked.payment.created_at, asked.payment.terms.expires_at);
    deadline_of(created, expires, web.engine.clock().now(&asked.unit.space), asked.unit.market)
}

/// Until when something is open.
pub(crate) fn deadline_of(begins: Timestamp, ends: Timestamp, now: Timestamp, market: Market) -> Deadline {
    Deadline {
        left_ms: ends.since(now).as_milliseconds(),
        total_ms: ends.since(begins).as_milliseconds(),
        ends_at: moment::ends_at(ends, now, market),
    }
}

/// The calling code most payers of a sales unit have.
pub(crate) const fn home_prefix(market: Market) -> &'static str {
    match market {
        Market::Norway => "47",
        Market::Denmark => "45",
        Market::Finland => "358",
    }
}

/// The market a number is at home in, where we know it.
pub(crate) fn home_of(number: &PhoneNumber) -> Market {
    Market::ALL.into_iter().find(|market| number.as_str().starts_with(home_prefix(*market))).unwrap_or(Market::Norway)
}
