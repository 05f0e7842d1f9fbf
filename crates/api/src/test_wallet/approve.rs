//! `POST /{msisdn}/requests/{reference}/approve`: the payer goes through the screens and pays.
//!
//! What the body leaves out is the payer's first: source, address, yes to what is asked. Where a merchant asks for nothing of the payer,
//! nothing can be refused. An Express payment ends at its address: nobody can say yet how it is to be delivered.

use axum::{Extension, body::Body, extract::State, response::Response};
use domain::text::Id;
use engine::access::Tenant;

use super::{Place, payer_of, read_json, reference_of, told};
use crate::{
    Api, Refusal,
    body::{Members, Violations},
    path::TwoParts,
};

struct Choices {
    source: Option<Id>,
    is_refused: bool,
}

/// The payer pays, or refuses to share what the merchant asks for.
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    TwoParts(number, reference): TwoParts,
    body: Body,
) -> Result<Response, Refusal> {
    let (number, reference) = (payer_of(&api, &number)?, reference_of(&reference, &tenant)?);
    let choices = read(body).await?;
    let (engine, unit) = (api.engine(), tenant.unit());
    let refuses = choices.is_refused && {
        let payment = engine.payment(&tenant, &reference).await?;
        payment.is_some_and(|payment| !payment.terms.scope.is_empty())
    };
    let verdict = match refuses {
        true => engine.reject(&number, unit, &reference).await?,
        false => engine.approve(&number, unit, &reference, choices.source).await?,
    };
    told(&api, &tenant, &reference, verdict, Place::Wallet).await
}

async fn read(body: Body) -> Result<Choices, Refusal> {
    let json = read_json(body).await?;
    let mut violations = Violations::default();
    let members = Members::of_body(&json, &mut violations);
    let source = members.parsed("source", &mut violations, Id::parse);
    let consent = members.boolean("consent", &mut violations);
    for name in ["addressId", "shippingOptionId"] {
        members.text(name, &mut violations);
    }
    violations.into_result()?;
    Ok(Choices { source, is_refused: consent == Some(false) })
}
