//! `POST /payments`: every field read and judged on its own first, all violations in one answer; the rules that need the sales unit are
//! asked inside the store's transaction, after the key.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    payment::{Payment, Proposal, Rejection, ReturnUrl, UserFlow},
    text::{Description, Invalid, PhoneNumber, Reference},
};
use engine::{access::Tenant, payment::Keyed};
use wire::epayment::v1::CreatePaymentResponse;

use super::{count_change, json_body, money, receipt, rejection, view};
use crate::{
    Api, Refusal,
    body::{Json, Members, Violations, fingerprint},
    convert, headers,
    rate_limit::Limited,
    reply,
};

const PATH: &str = "/epayment/v1/payments";
/// The ways to pay that are published.
const PAYMENT_METHODS: [(&str, Method); 3] =
    [("WALLET", Method::Wallet), ("CARD", Method::Card), ("CARD_PASSTHROUGH", Method::CardPassthrough)];
/// The ways to be asked that are published; the one not served is refused by name.
const USER_FLOWS: [(&str, Option<UserFlow>); 4] = [
    ("WEB_REDIRECT", Some(UserFlow::WebRedirect)),
    ("PUSH_MESSAGE", Some(UserFlow::PushMessage)),
    ("NATIVE_REDIRECT", Some(UserFlow::NativeRedirect)),
    ("QR", None),
];
/// How a payment is to be paid.
#[derive(Clone, Copy)]
enum Method {
    Wallet,
    Card,
    CardPassthrough,
}

/// The youngest payer a payment may be for, in years.
const MINIMUM_AGES: std::ops::RangeInclusive<i64> = 0..=100;

pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let json = json_body(body).await;
    count_change(&api, Limited::Create, &tenant, json.as_ref().map_or("", written_reference))?;
    let json = json?;
    let (reference, proposal) = read(&headers, &json)?;
    let text = reference.as_str().to_owned();
    let keyed = Keyed { key: proposal.create_key.clone(), fingerprint: fingerprint("POST", PATH, Some(&json)) };
    let redirect_url = view::redirect_url(&api, tenant.msn(), &reference, proposal.flow);
    let answer =
        Box::new(move |payment: &Payment| reply::kept(StatusCode::CREATED, &created(payment, redirect_url.clone())));
    let outcome = api.engine().create_payment(&tenant, reference, proposal, keyed, answer).await?;
    reply::of_outcome(
        outcome,
        |rejected| rejection::refusal(rejected, &text, &tenant),
        || rejection::conflict("4020", "Idempotency error"),
    )
}

fn created(payment: &Payment, redirect_url: Option<String>) -> CreatePaymentResponse {
    CreatePaymentResponse { redirect_url, reference: payment.reference.as_str().to_owned() }
}

fn read(headers: &HeaderMap, json: &Json) -> Result<(Reference, Proposal), Refusal> {
    let mut violations = Violations::default();
    let key = headers::required_key(headers, &mut violations);
    let body = Members::of_body(json, &mut violations);
    let reference_name = reference_name(&body);
    body.require(reference_name, &mut violations);
    let reference = body.parsed(reference_name, &mut violations, Reference::parse);
    let amount = money::required_amount(&body, "amount", &mut violations);
    let method = payment_method(&body, &mut violations);
    body.require("userFlow", &mut violations);
    let flow = body.word("userFlow", &USER_FLOWS, &mut violations);
    let return_url = body.parsed("returnUrl", &mut violations, within_return_url);
    let customer = customer(&body, &mut violations);
    let presence = [("CUSTOMER_PRESENT", true), ("CUSTOMER_NOT_PRESENT", false)];
    let customer_present = body.word("customerInteraction", &presence, &mut violations);
    let age = body.integer("minimumUserAge", MINIMUM_AGES, &mut violations);
    let expires_at = body.parsed("expiresAt", &mut violations, convert::parse_timestamp);
    let receipt = receipt::read(&body, &mut violations);
    let description = body.parsed("paymentDescription", &mut violations, Description::parse);
    let metadata = metadata(&body, &mut violations);
    let scope = body.object("profile", &mut violations).and_then(|profile| profile.text("scope", &mut violations));
    let shipping = body.object("shipping", &mut violations).map(|_| "shipping");
    violations.into_result()?;
    let (Some(key), Some(reference), Some(amount), Some(method), Some(flow)) = (key, reference, amount, method, flow)
    else {
        return Err(Refusal::internal());
    };
    let scope = scope.is_some_and(|scope| !scope.trim().is_empty()).then_some("profile.scope");
    let flow_not_served = flow.is_none().then_some("userFlow QR");
    let not_served = flow_not_served.or(customer.not_served).or(scope).or(shipping);
    let proposal = Proposal {
        amount,
        flow: flow.unwrap_or(UserFlow::WebRedirect),
        return_url,
        phone_number: customer.phone_number,
        blocks_commercial_cards: method.blocks_commercial_cards,
        minimum_age: age.and_then(|age| u8::try_from(age).ok()),
        expires_at,
        receipt,
        description,
        customer_present: customer_present.unwrap_or(false),
        metadata,
        obstacle: method.obstacle.or(not_served.map(Rejection::NotServed)),
        create_key: key,
    };
    Ok((reference, proposal))
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

/// Older clients capitalise this one name.
fn reference_name(body: &Members<'_>) -> &'static str {
    let has = |name: &str| body.all().iter().any(|(member, _)| **member == *name);
    if !has("reference") && has("Reference") { "Reference" } else { "reference" }
}

/// The length is a rule of the field; whether it is an address is asked later, with a number of its own.
fn within_return_url(text: &str) -> Result<Box<str>, Invalid> {
    const RULE: Invalid = Invalid("must be at most 2500 characters");
    if text.chars().count() > ReturnUrl::CHARACTERS_MAX { Err(RULE) } else { Ok(text.into()) }
}

/// How it is to be paid, and what stands in the way of that, if anything does.
struct PaymentMethod {
    blocks_commercial_cards: bool,
    obstacle: Option<Rejection>,
}

fn payment_method(body: &Members<'_>, violations: &mut Violations) -> Option<PaymentMethod> {
    body.require("paymentMethod", violations);
    let method = body.object("paymentMethod", violations)?;
    method.require("type", violations);
    let blocks_commercial_cards = blocked_sources(&method, violations);
    let obstacle = match method.word("type", &PAYMENT_METHODS, violations)? {
        Method::Wallet => None,
        Method::Card => Some(Rejection::NotServed("paymentMethod.type CARD")),
        Method::CardPassthrough => Some(Rejection::PaymentMethodNotPossible),
    };
    Some(PaymentMethod { blocks_commercial_cards, obstacle })
}

/// Whether commercial cards are blocked: the one source that can be.
fn blocked_sources(method: &Members<'_>, violations: &mut Violations) -> bool {
    let sources = match method.get("blockedSources", violations) {
        None => return false,
        Some(Json::Array(sources)) => sources,
        Some(other) => {
            method.wrong_type("blockedSources", "an array", other, violations);
            return false;
        }
    };
    for (index, source) in sources.iter().enumerate() {
        if *source != Json::Text("COMMERCIAL_CARDS".into()) {
            let path = format!("{}[{index}]", method.path_of("blockedSources"));
            violations.note(path.clone(), format!("The field {path} must be COMMERCIAL_CARDS."));
        }
    }
    !sources.is_empty()
}

/// Whom the merchant named as payer.
#[derive(Default)]
struct Customer {
    phone_number: Option<PhoneNumber>,
    not_served: Option<&'static str>,
}

fn customer(body: &Members<'_>, violations: &mut Violations) -> Customer {
    let Some(customer) = body.object("customer", violations) else { return Customer::default() };
    let phone_number = customer.parsed("phoneNumber", violations, PhoneNumber::parse);
    let personal_qr = customer.text("personalQr", violations);
    let customer_token = customer.text("customerToken", violations);
    let named = ["phoneNumber", "personalQr", "customerToken"].map(|name| customer.get(name, violations).is_some());
    if named.into_iter().filter(|is_named| *is_named).count() > 1 {
        let reason = "The field customer must have at most one of phoneNumber, personalQr and customerToken.";
        violations.note("customer", reason);
    }
    let not_served = personal_qr.map(|_| "customer.personalQr").or(customer_token.map(|_| "customer.customerToken"));
    Customer { phone_number, not_served }
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
