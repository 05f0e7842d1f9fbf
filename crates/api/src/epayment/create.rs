//! `POST /payments`: every field read and judged on its own first, all violations in one answer; the rules that need the sales unit are
//! asked inside the store's transaction, after the key.

mod customer;
mod express;
mod flow;
mod industry;
mod method;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    order::Receipt,
    payer::Scope,
    payment::{Payment, Proposal},
    text::{Description, Reference},
};
use engine::{access::Tenant, payment::Keyed};
use wire::epayment::v1::{CreatePaymentRequest, CreatePaymentResponse};

use super::{count_change, money, rejection, view};
use crate::{
    Api, Refusal,
    body::{self, Json, Members, Violations, fingerprint},
    convert, headers,
    openapi::{
        BodyRefusals, CallHeaders, ChangeRefusals, CountRefusals, Failures, GuardRefusals, IdempotencyKey,
        SystemHeaders,
    },
    order_management::receipt::{self, Place},
    rate_limit::Limited,
    reply,
};

const PATH: &str = "/epayment/v1/payments";
/// Members that not every create has a use for.
const ONLY_LOOKED_AT_SOMETIMES: [&str; 2] = ["qrFormat", "cardPassthrough"];
/// The youngest payer a payment may be for, in years.
const MINIMUM_AGES: std::ops::RangeInclusive<i64> = 0..=100;

#[utoipa::path(
    post,
    path = "/v1/payments",
    tag = "Payments",
    operation_id = "createPayment",
    summary = "Create a payment",
    params(IdempotencyKey, CallHeaders, SystemHeaders),
    request_body(content = CreatePaymentRequest),
    responses(
        (status = 201, description = "Created, or created before under the same key", body = CreatePaymentResponse),
        GuardRefusals,
        ChangeRefusals,
        CountRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let json = body::read_json(body).await;
    count_change(&api, Limited::Create, &tenant, json.as_ref().map_or("", written_reference))?;
    let json = json?;
    let (reference, proposal, receipt) = read(&headers, &json)?;
    let text = reference.as_str().to_owned();
    let keyed = Keyed { key: proposal.create_key.clone(), fingerprint: fingerprint("POST", PATH, Some(&json)) };
    let links = api.clone();
    let answer = Box::new(move |payment: &Payment| reply::kept(StatusCode::CREATED, &created(&links, payment)));
    let outcome = api.engine().create_payment(&tenant, reference, proposal, receipt, keyed, answer).await?;
    reply::of_outcome(
        outcome,
        |rejected| rejection::refusal(rejected, &text, &tenant),
        || rejection::conflict("4020", "Idempotency error"),
    )
}

fn created(api: &Api, payment: &Payment) -> CreatePaymentResponse {
    let redirect_url = view::redirect_url(api, payment);
    CreatePaymentResponse { redirect_url, reference: payment.reference.as_str().to_owned() }
}

fn read(headers: &HeaderMap, json: &Json) -> Result<(Reference, Proposal, Option<Receipt>), Refusal> {
    let mut violations = Violations::default();
    let key = headers::required_key(headers, &mut violations);
    let body = Members::of_body(json, &mut violations);
    let reference_name = reference_name(&body, &mut violations);
    for name in ONLY_LOOKED_AT_SOMETIMES {
        // Noted if it is there twice.
        body.get(name, &mut violations);
    }
    body.require(reference_name, &mut violations);
    let reference = body.parsed(reference_name, &mut violations, Reference::parse);
    let amount = money::required_amount(&body, "amount", &mut violations);
    let method = method::read(&body, &mut violations);
    let flow = flow::read(&body, &mut violations);
    let return_url = body.text("returnUrl", &mut violations).map(Into::into);
    let receipt_url = body.text("receiptUrl", &mut violations).map(Into::into);
    let customer = customer::read(&body, &mut violations);
    let presence = [("CUSTOMER_PRESENT", true), ("CUSTOMER_NOT_PRESENT", false)];
    let customer_present = body.word("customerInteraction", &presence, &mut violations);
    let age = body.integer("minimumUserAge", MINIMUM_AGES, &mut violations);
    let expires_at = body.parsed("expiresAt", &mut violations, convert::parse_timestamp);
    let profile = body.object("profile", &mut violations);
    let scope = profile.and_then(|profile| profile.text("scope", &mut violations));
    let express = express::read(&body, amount.map(|amount| amount.currency), &mut violations);
    let receipt = body.object("receipt", &mut violations);
    let receipt = receipt.and_then(|receipt| receipt::read(&receipt, Place::Payment, &mut violations));
    let written_receipt = body.get("receipt", &mut violations).map(|receipt| Json::to_text(receipt).into());
    let industry_data = industry::read(&body, &mut violations);
    let description = body.parsed("paymentDescription", &mut violations, Description::parse);
    let metadata = metadata(&body, &mut violations);
    violations.into_result()?;
    let (Some(key), Some(reference), Some(amount), Some(method), Some(flow)) = (key, reference, amount, method, flow)
    else {
        return Err(Refusal::internal());
    };
    let proposal = Proposal {
        amount,
        method: method.method,
        flow,
        return_url,
        receipt_url,
        customer,
        blocks_commercial_cards: method.blocks_commercial_cards,
        minimum_age: age.and_then(|age| u8::try_from(age).ok()),
        expires_at,
        scope: Scope::parse(scope.unwrap_or_default()),
        express,
        receipt: written_receipt,
        industry_data,
        description,
        customer_present: customer_present.unwrap_or(false),
        metadata,
        create_key: key,
    };
    Ok((reference, proposal, receipt))
}

/// Whatever was written as the reference, for counting calls that got it wrong too.
fn written_reference(json: &Json) -> &str {
    let Json::Object(members) = json else { return "" };
    let reference = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("reference")).map(|(_, value)| value);
    match reference {
        Some(Json::Text(text) | Json::Number(text)) => text,
        _ => "",
    }
}

/// Older clients capitalise this one name; written both ways it would have two readings.
fn reference_name(body: &Members<'_>, violations: &mut Violations) -> &'static str {
    let has = |name: &str| body.all().iter().any(|(member, _)| **member == *name);
    match (has("reference"), has("Reference")) {
        (true, true) => {
            violations.note("reference", "The field reference is given more than once.");
            "reference"
        }
        (false, true) => "Reference",
        _ => "reference",
    }
}

/// Pairs as written; how many and how long they may be, and that no key comes twice, are rules with numbers of their own.
fn metadata(body: &Members<'_>, violations: &mut Violations) -> Option<Vec<(Box<str>, Box<str>)>> {
    let metadata = body.object("metadata", violations)?;
    let mut pairs = Vec::with_capacity(metadata.all().len().min(16));
    for (key, value) in metadata.all() {
        match value {
            Json::Text(text) | Json::Number(text) => pairs.push((key.clone(), text.clone())),
            other => metadata.wrong_type(key, "a string", other, violations),
        }
    }
    Some(pairs)
}
