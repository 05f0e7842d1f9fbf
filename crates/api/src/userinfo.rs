//! `GET /vipps-userinfo-api/userinfo/{sub}`: what a payer has shared with the sales unit, for a week after the payment.
//!
//! A token is enough; a subscription key beside it is ignored, because the published guide forbids it and real clients send it.

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::payer::{Address, Profile};
use engine::access::Tenant;
use wire::{
    problem::{JSON, Problem},
    userinfo::{Userinfo, UserinfoAddress},
};

use crate::{
    Api, Refusal, convert,
    openapi::{Failures, TokenRefusals},
    reply,
};

#[utoipa::path(
    get,
    path = "/userinfo/{sub}",
    tag = "Payers",
    operation_id = "getUserinfo",
    summary = "Read what a payer has shared",
    params(("sub" = String, Path, description = "The `profile.sub` of a payment")),
    responses(
        (status = 200, description = "What was shared last", body = Userinfo),
        TokenRefusals,
        Failures,
        (status = 404, description = "Nothing was shared in the last 168 hours", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Path(sub): Path<String>,
) -> Result<Response, Refusal> {
    let unknown =
        || Refusal::nothing_there("Nobody of this id has shared anything with the sales unit in the last 168 hours.");
    let sub = convert::parse_sub(&sub).ok_or_else(unknown)?;
    let profile = api.engine().shared_profile(&tenant, sub).await?.ok_or_else(unknown)?;
    Ok(reply::json(StatusCode::OK, JSON, &userinfo(profile)))
}

fn userinfo(profile: Profile) -> Userinfo {
    let Profile { sub, name, email, phone_number, birth_date, addresses } = profile;
    let (given_name, family_name) = name.unzip();
    let (email, email_verified) = email.unzip();
    let (home, others) = match addresses.split_first() {
        Some((home, others)) => {
            (Some(address("home", home)), Some(others.iter().map(|other| address("other", other)).collect()))
        }
        None => (None, None),
    };
    Userinfo {
        sub: convert::sub(sub),
        name: given_name.as_ref().zip(family_name.as_ref()).map(|(given, family)| format!("{given} {family}")),
        given_name: given_name.map(Into::into),
        family_name: family_name.map(Into::into),
        email: email.map(Into::into),
        email_verified,
        phone_number: phone_number.map(|number| number.as_str().to_owned()),
        birthdate: birth_date.map(Into::into),
        address: home,
        other_addresses: others,
    }
}

fn address(kind: &str, address: &Address) -> UserinfoAddress {
    let Address { line_1, line_2, city, post_code, country } = address;
    let street: Vec<&str> = std::iter::once(&**line_1).chain(line_2.as_deref()).collect();
    UserinfoAddress {
        address_type: kind.to_owned(),
        street_address: street.join("\n"),
        postal_code: post_code.as_ref().to_owned(),
        region: city.as_ref().to_owned(),
        country: country.as_ref().to_owned(),
        formatted: format!("{}\n{post_code}\n{city}\n{country}", street.join("\n")),
    }
}
