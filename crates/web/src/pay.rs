//! `GET /pay?token=…` and `GET /card?token=…`: what a payment link shows. For now the payment and where it stands; approving comes with
//! the payer's own pages, entering a card with the card's.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use domain::{
    merchant::SalesUnit,
    money::Money,
    payment::{Method, Payment, State as Standing},
};
use engine::Trouble;
use serde::Deserialize;

use crate::{Web, render::render};

#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    pub(crate) token: String,
}

#[derive(Template)]
#[template(path = "pay.html")]
struct PayPage<'a> {
    is_sandbox: bool,
    by_card: bool,
    merchant: &'a str,
    reference: &'a str,
    amount: String,
    description: Option<&'a str>,
    state: &'static str,
    standing: &'static str,
    open_until: Option<String>,
}

#[derive(Template)]
#[template(path = "link_dead.html")]
struct LinkDeadPage {
    is_sandbox: bool,
}

#[derive(Template)]
#[template(path = "unavailable.html")]
struct UnavailablePage {
    is_sandbox: bool,
}

/// The page of any payment.
pub(crate) async fn page(State(web): State<Web>, link: Result<Query<Link>, QueryRejection>) -> Response {
    shown(&web, link, |_| true).await
}

/// The page of a payment by card.
pub(crate) async fn card(State(web): State<Web>, link: Result<Query<Link>, QueryRejection>) -> Response {
    shown(&web, link, |payment| payment.terms.method == Method::Card).await
}

async fn shown(web: &Web, link: Result<Query<Link>, QueryRejection>, belongs: impl Fn(&Payment) -> bool) -> Response {
    let token = link.map(|Query(link)| link.token).unwrap_or_default();
    match web.engine.payment_of_link(&token).await {
        Ok(Some((payment, unit))) if belongs(&payment) => {
            render(StatusCode::OK, &pay_page(web.is_sandbox(), &payment, &unit))
        }
        Ok(_) => link_dead(web),
        Err(trouble) => unavailable(web, &trouble),
    }
}

/// The page of every link that leads nowhere, whatever the reason.
pub(crate) fn link_dead(web: &Web) -> Response {
    render(StatusCode::NOT_FOUND, &LinkDeadPage { is_sandbox: web.is_sandbox() })
}

/// The page where the store has no answer.
pub(crate) fn unavailable(web: &Web, trouble: &Trouble) -> Response {
    tracing::warn!(%trouble, "a page could not be shown");
    render(StatusCode::SERVICE_UNAVAILABLE, &UnavailablePage { is_sandbox: web.is_sandbox() })
}

fn pay_page<'a>(is_sandbox: bool, payment: &'a Payment, unit: &'a SalesUnit) -> PayPage<'a> {
    PayPage {
        is_sandbox,
        by_card: payment.terms.method == Method::Card,
        merchant: unit.name.as_str(),
        reference: payment.reference.as_str(),
        amount: in_major_units(payment.amount()),
        description: payment.terms.description.as_ref().map(|description| description.as_str()),
        state: payment.state.name(),
        standing: standing(&payment.state),
        open_until: matches!(payment.state, Standing::Created).then(|| until(payment)),
    }
}

const fn standing(state: &Standing) -> &'static str {
    match state {
        Standing::Created => "Waiting for approval",
        Standing::Authorized(_) => "Approved",
        Standing::Aborted => "Cancelled by the payer",
        Standing::Expired => "Expired: nobody approved in time",
        Standing::Terminated => "Cancelled by the shop",
    }
}

fn until(payment: &Payment) -> String {
    let at = jiff::Timestamp::from_millisecond(payment.terms.expires_at.milliseconds());
    at.map(|at| at.strftime("%H:%M:%S UTC").to_string()).unwrap_or_default()
}

fn in_major_units(money: Money) -> String {
    let minor = money.value.value();
    format!("{}.{:02} {}", minor / 100, minor % 100, money.currency.code())
}
