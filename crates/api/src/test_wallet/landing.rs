//! `POST /landing/{token}/…`: what a payer does on the landing page, without a browser.

use axum::{Extension, body::Body, extract::State, response::Response};
use domain::{payment::Method, text::PhoneNumber};
use engine::{
    access::Tenant,
    request::{Asked, Verdict},
};

use super::{Place, read_json, told};
use crate::{
    Api, Refusal,
    body::{Members, Violations},
    path::Part,
};

/// A number is given.
pub(crate) async fn phone(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(token): Part,
    body: Body,
) -> Result<Response, Refusal> {
    let asked = of_link(&api, &tenant, &token).await?;
    let number = read(body).await?;
    let reference = &asked.payment.reference;
    let verdict = match asked.payment.terms.method {
        Method::Wallet => api.engine().submit_number(&asked.unit, reference, &number).await?,
        Method::Card => Verdict::NotThere,
    };
    told(&api, &tenant, reference, verdict, Place::Landing).await
}

/// The payer gives up.
pub(crate) async fn cancel(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(token): Part,
) -> Result<Response, Refusal> {
    let asked = of_link(&api, &tenant, &token).await?;
    let reference = &asked.payment.reference;
    let verdict = api.engine().give_up(&asked.unit, reference).await?;
    told(&api, &tenant, reference, verdict, Place::Landing).await
}

/// The payment a token opens, if it is the caller's.
async fn of_link(api: &Api, tenant: &Tenant, token: &str) -> Result<Asked, Refusal> {
    let asked = api.engine().asked_of_link(token).await?;
    let asked = asked.filter(|asked| asked.payment.msn == *tenant.msn());
    asked.ok_or_else(|| Refusal::nothing_there("This token opens no payment of this sales unit, or not any more."))
}

async fn read(body: Body) -> Result<PhoneNumber, Refusal> {
    let json = read_json(body).await?;
    let mut violations = Violations::default();
    let members = Members::of_body(&json, &mut violations);
    members.require("msisdn", &mut violations);
    let number = members.parsed("msisdn", &mut violations, PhoneNumber::parse);
    violations.into_result()?;
    number.ok_or_else(Refusal::internal)
}
