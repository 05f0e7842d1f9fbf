//! `/{msisdn}/requests`: what a payer is asked for, and everything that is done with a request but paying.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use domain::{
    payment::State as Standing,
    text::{PhoneNumber, Reference},
};
use engine::{
    access::Tenant,
    request::{Asked, Verdict},
};
use wire::{
    problem::JSON,
    test_wallet::{Request, Requests},
};

use super::{Place, payer_of, reference_of, screen_of, told};
use crate::{
    Api, Refusal, convert,
    path::{Part, TwoParts},
    reply,
};

/// How a tab is called that no browser has.
const TAB: &str = "automation";

/// What waits for the payer, of this sales unit.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(number): Part,
) -> Result<Response, Refusal> {
    let number = payer_of(&api, &number)?;
    let waiting = api.engine().waiting_at(&number, tenant.unit()).await?;
    let requests = waiting.iter().map(request).collect();
    Ok(reply::json(StatusCode::OK, JSON, &Requests { requests }))
}

/// The payer looks at it.
pub(crate) async fn open(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    path: TwoParts,
) -> Result<Response, Refusal> {
    let (number, reference) = named(&api, &tenant, &path)?;
    let verdict = api.engine().open(&number, tenant.unit(), &reference).await?;
    told(&api, &tenant, &reference, verdict, Place::Wallet).await
}

/// The payer refuses.
pub(crate) async fn reject(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    path: TwoParts,
) -> Result<Response, Refusal> {
    let (number, reference) = named(&api, &tenant, &path)?;
    let verdict = api.engine().reject(&number, tenant.unit(), &reference).await?;
    told(&api, &tenant, &reference, verdict, Place::Wallet).await
}

/// The payer puts it off.
pub(crate) async fn postpone(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    path: TwoParts,
) -> Result<Response, Refusal> {
    let (number, reference) = named(&api, &tenant, &path)?;
    let verdict = api.engine().postpone(&number, tenant.unit(), &reference).await?;
    told(&api, &tenant, &reference, verdict, Place::Wallet).await
}

/// The payer's script leaves it alone.
pub(crate) async fn ignore(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    path: TwoParts,
) -> Result<Response, Refusal> {
    let (number, reference) = named(&api, &tenant, &path)?;
    let verdict = match is_anothers(&api, &tenant, &number, &reference).await? {
        true => Verdict::AlreadyOpen,
        false => api.engine().ignore(&number, tenant.unit(), &reference).await?,
    };
    told(&api, &tenant, &reference, verdict, Place::Wallet).await
}

/// The payer's browser goes back from the landing page.
pub(crate) async fn back(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    path: TwoParts,
) -> Result<Response, Refusal> {
    let (number, reference) = named(&api, &tenant, &path)?;
    let verdict = match is_anothers(&api, &tenant, &number, &reference).await? {
        true => Verdict::AlreadyOpen,
        false => api.engine().leave(tenant.unit(), &reference, TAB).await?,
    };
    told(&api, &tenant, &reference, verdict, Place::Landing).await
}

fn named(api: &Api, tenant: &Tenant, path: &TwoParts) -> Result<(PhoneNumber, Reference), Refusal> {
    let TwoParts(number, reference) = path;
    Ok((payer_of(api, number)?, reference_of(reference, tenant)?))
}

/// Whether somebody else is asked, as long as anybody is.
async fn is_anothers(api: &Api, tenant: &Tenant, number: &PhoneNumber, reference: &Reference) -> Result<bool, Refusal> {
    let Some(Asked { payment, request, .. }) = api.engine().asked(tenant.unit(), reference).await? else {
        return Ok(false);
    };
    Ok(payment.state == Standing::Created && request.holder.is_some() && !request.is_of(number))
}

fn request(Asked { payment, request, unit: _ }: &Asked) -> Request {
    Request {
        reference: payment.reference.as_str().to_owned(),
        amount: convert::amount(payment.amount()),
        screen: screen_of(request).to_owned(),
        expires_at: convert::timestamp(payment.terms.expires_at),
    }
}
