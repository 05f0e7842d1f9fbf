//! W2 and W7: one request, what the payer does about it, and how it came out.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::{
    merchant::Market,
    payer::Claim,
    payment::{Method, State as Standing, UserFlow},
    text::{Id, PhoneNumber},
    wallet::{self as rules, Payer, Returns},
};
use engine::{
    Engine, Order, Trouble,
    live::Topic,
    request::{Asked, Verdict, is_long_living},
};

use super::{receipt, session::Here};
use crate::{
    Web, amount,
    clean::Shown,
    forms::Form,
    live::{self, Look, Now},
    pay::{NotFound, deadline_of, home_of},
    render::render,
    texts::Texts,
    view::{
        paths,
        wallet::{
            request::{Decline, Request, Source, Standstill, StepUp, Why},
            result::{Outcome, ResultPage, WayBack},
        },
    },
    visit::Visit,
};

/// What the code of what was seen is a code for.
const SEEN: &str = "seen";
/// The code by which the simulated bank knows the payer.
const BANK_CODE: &str = "1234";

/// The request, or what became of it.
pub(crate) async fn page(State(web): State<Web>, visit: Visit, Path((msisdn, id)): Path<(String, String)>) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    match found(&web, &id).await {
        Ok(asked) => shown(&web, visit, &here, &asked, &id).await,
        Err(why) => why.answer(&web, visit),
    }
}

/// What a page of the request is told: how it stands, once or as it changes.
pub(crate) async fn told(
    State(web): State<Web>,
    visit: Visit,
    Path((msisdn, id, what)): Path<(String, String, String)>,
) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let asked = match found(&web, &id).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, visit),
    };
    let number = here.payer.number;
    match what.as_str() {
        "state" => live::state(look(&web, number, id)).await,
        "stream" => {
            if asked.payment.state == Standing::Created && visit.comes_from_here() {
                // Whoever listens has the request before the eyes. Where it cannot be written it is opened by what the payer does.
                let _written_or_not = web.engine.open(&number, &asked.unit, &asked.payment.reference).await;
            }
            live::stream(&web, vec![topic(&asked)], look(&web, number, id))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What the payer does about it.
pub(crate) async fn act(
    State(web): State<Web>,
    Path((msisdn, id, what)): Path<(String, String, String)>,
    form: Form,
) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let asked = match found(&web, &id).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, form.visit),
    };
    let (number, unit, reference) = (&here.payer.number, &asked.unit, &asked.payment.reference);
    let verdict = match what.as_str() {
        "approve" | "confirm" if !web.engine.is_page_code(SEEN, &seen(&asked), form.field("seen")) => {
            // What was seen is not what would be paid: it is shown again.
            Ok(Verdict::Done)
        }
        "approve" => web.engine.try_to_approve(number, unit, reference, Id::parse(form.field("source")).ok()).await,
        "confirm" if form.field("code") != BANK_CODE => {
            web.engine.fail_confirmation(number, unit, reference, Id::parse(form.field("source")).ok()).await
        }
        "confirm" => web.engine.approve(number, unit, reference, Id::parse(form.field("source")).ok()).await,
        "reject" => web.engine.reject(number, unit, reference).await,
        "postpone" => web.engine.postpone(number, unit, reference).await,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match verdict {
        Ok(Verdict::ConfirmFirst) => step_up(&web, form, &here, &asked, &id),
        Ok(Verdict::Done) if what == "postpone" => {
            let inbox = here.path(paths::INBOX, &[]);
            form.see(&inbox)
        }
        // The page says what came of it.
        Ok(_) => {
            let page = here.path(paths::REQUEST, &[&id]);
            form.see(&page)
        }
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, form.visit),
    }
}

async fn shown(web: &Web, visit: Visit, here: &Here, asked: &Asked, id: &str) -> Response {
    let number = &here.payer.number;
    let is_mine = asked.request.is_of(number);
    let is_taken = asked.request.holder.is_some() && !is_mine;
    if is_taken && asked.request.withdrawn_from.contains(number) {
        return result(web, visit, here, asked, id, Outcome::Withdrawn);
    }
    if is_taken {
        return standstill(web, visit, here, asked, id, Why::AlreadyOpen);
    }
    match &asked.payment.state {
        Standing::Created => {}
        Standing::Processing(_) => return standstill(web, visit, here, asked, id, Why::Processing),
        Standing::Authorized(_) => return result(web, visit, here, asked, id, Outcome::Paid),
        Standing::Aborted => return result(web, visit, here, asked, id, Outcome::Cancelled),
        Standing::Expired => return result(web, visit, here, asked, id, Outcome::Expired),
        Standing::Terminated => return result(web, visit, here, asked, id, Outcome::Withdrawn),
    }
    if here.payer.is_blocked {
        return standstill(web, visit, here, asked, id, Why::CannotPay);
    }
    if asked.payment.terms.shipping.is_some() {
        return standstill(web, visit, here, asked, id, Why::Delivery);
    }
    if let Some(years) = web.engine.too_young_for(&here.payer, asked) {
        return standstill(web, visit, here, asked, id, Why::TooYoung(years));
    }
    let order = match receipt::order_of(web, asked).await {
        Ok(order) => order,
        Err(trouble) => return NotFound::Trouble(trouble).answer(web, visit),
    };
    let page = request(web, &visit, here, (asked, &order), id);
    visit.answer(render(StatusCode::OK, &page))
}

fn request(web: &Web, visit: &Visit, here: &Here, (asked, order): (&Asked, &Order), id: &str) -> Request {
    let Asked { payment, unit, request, .. } = asked;
    let language = here.language(visit);
    let now = web.engine.clock().now(&unit.space);
    let declined = request.holder.as_ref().and_then(|holder| holder.declined.clone());
    let without_source = here.payer.sources.is_empty().then_some(Decline::NoSource);
    Request {
        wallet: here.wallet(web, visit, here.path(paths::REQUEST, &[id])),
        id: id.to_owned(),
        step: step(asked, &here.payer.number),
        seen: web.engine.page_code(SEEN, &seen(asked)),
        merchant: Shown::of(unit.name.as_str()),
        company: None,
        msn: unit.msn.as_str().to_owned(),
        reference: payment.reference.as_str().to_owned(),
        description: payment.terms.description.as_ref().map(|text| Shown::of(text.as_str())),
        amount: amount_at_home(asked, &here.payer, language),
        deadline: deadline_of(payment.created_at, payment.terms.expires_at, now, unit.market),
        receipt: receipt::receipt_of(order, language),
        shared: payment.terms.scope.claims().map(|claim| claim_text(claim, language.texts())).collect(),
        sources: sources(asked, &here.payer, declined.as_ref().and_then(|(source, _)| source.as_ref())),
        decline: declined.map(|(_, reason)| decline(reason)).or(without_source),
        may_postpone: is_long_living(payment),
        terms_url: None,
        privacy_url: None,
    }
}

/// The first that was not declined is chosen.
fn sources(asked: &Asked, payer: &Payer, declined: Option<&Id>) -> Vec<Source> {
    let blocks = asked.payment.terms.blocks_commercial_cards;
    let is_free = |source: &rules::Source| !(blocks && source.is_commercial());
    let free = payer.sources.iter().filter(|source| is_free(source));
    let chosen = free.clone().find(|source| declined != Some(&source.id)).or_else(|| free.clone().next());
    let chosen = chosen.map(|source| source.id.clone());
    let shown = |source: &rules::Source| Source {
        id: source.id.as_str().to_owned(),
        brand: Shown::of(brand(source)),
        last4: last_4(source),
        is_commercial: source.is_commercial(),
        is_chosen: chosen.as_ref() == Some(&source.id),
        blocked: (!is_free(source)).then_some(Decline::Blocked),
    };
    payer.sources.iter().map(shown).collect()
}

fn step_up(web: &Web, form: Form, here: &Here, asked: &Asked, id: &str) -> Response {
    let wanted = form.field("source");
    let all = sources(asked, &here.payer, None);
    let source = all.iter().find(|source| source.id == wanted).or_else(|| all.first()).cloned();
    let Some(source) = source else { return StatusCode::NOT_FOUND.into_response() };
    let language = here.language(&form.visit);
    let page = StepUp {
        wallet: here.wallet(web, &form.visit, here.path(paths::REQUEST, &[id])),
        id: id.to_owned(),
        seen: web.engine.page_code(SEEN, &seen(asked)),
        source,
        merchant: Shown::of(asked.unit.name.as_str()),
        amount: amount_at_home(asked, &here.payer, language),
    };
    form.visit.answer(render(StatusCode::OK, &page))
}

fn standstill(web: &Web, visit: Visit, here: &Here, asked: &Asked, id: &str, why: Why) -> Response {
    let language = here.language(&visit);
    // To whom a request belongs that is somebody else's, and for how much, is not this payer's to know.
    let is_shown = why != Why::AlreadyOpen;
    let page = Standstill {
        wallet: here.wallet(web, &visit, here.path(paths::REQUEST, &[id])),
        id: id.to_owned(),
        step: step(asked, &here.payer.number),
        merchant: Shown::of(asked.unit.name.as_str()),
        amount: is_shown.then(|| amount_at_home(asked, &here.payer, language)),
        why,
    };
    visit.answer(render(StatusCode::OK, &page))
}

fn result(web: &Web, visit: Visit, here: &Here, asked: &Asked, id: &str, outcome: Outcome) -> Response {
    let language = here.language(&visit);
    let page = ResultPage {
        wallet: here.wallet(web, &visit, here.path(paths::REQUEST, &[id])),
        id: id.to_owned(),
        outcome,
        merchant: Shown::of(asked.unit.name.as_str()),
        amount: amount_at_home(asked, &here.payer, language),
        way_back: way_back(web, here, asked),
    };
    visit.answer(render(StatusCode::OK, &page))
}

/// A landing page that is open goes back to the shop by itself; whoever is pushed to goes nowhere.
fn way_back(web: &Web, here: &Here, asked: &Asked) -> WayBack {
    let is_pushed = asked.payment.terms.flow == UserFlow::PushMessage;
    match &asked.payment.terms.return_url {
        Some(_) if web.engine.is_watched(&landing(asked)) => WayBack::Elsewhere,
        Some(url) if !is_pushed && here.payer.returns != Returns::Never => WayBack::Link(url.as_str().to_owned()),
        _ => WayBack::None,
    }
}

fn landing(asked: &Asked) -> Topic {
    Topic::Landing(asked.payment.msn.clone(), asked.payment.reference.clone())
}

fn amount_at_home(asked: &Asked, payer: &Payer, language: crate::language::Language) -> String {
    let home: Market = home_of(&payer.number);
    amount::text_at_home(asked.payment.amount(), language, home.currency())
}

async fn found(web: &Web, id: &str) -> Result<Asked, NotFound> {
    match web.engine.asked_of_link(id).await {
        Ok(Some(asked)) if asked.payment.terms.method == Method::Wallet => Ok(asked),
        Ok(_) => Err(NotFound::Dead),
        Err(trouble) => Err(NotFound::Trouble(trouble)),
    }
}

fn look(web: &Web, number: PhoneNumber, id: String) -> Look {
    let engine = web.engine.clone();
    Arc::new(move || {
        let (engine, number, id) = (engine.clone(), number.clone(), id.clone());
        Box::pin(async move { now(&engine, &number, &id).await })
    })
}

async fn now(engine: &Engine, number: &PhoneNumber, id: &str) -> Result<Option<Now>, Trouble> {
    let Some(asked) = engine.asked_of_link(id).await? else { return Ok(None) };
    let now = engine.clock().now(&asked.unit.space);
    let left = asked.payment.terms.expires_at.since(now).as_milliseconds();
    let is_open = asked.payment.state == Standing::Created;
    Ok(Some(Now { step: step(&asked, number), left_ms: is_open.then_some(left), topics: vec![topic(&asked)] }))
}

fn topic(asked: &Asked) -> Topic {
    Topic::Payment(asked.payment.msn.clone(), asked.payment.reference.clone())
}

/// What the page shows, in a word: whose it is, how often it was declined, how it stands.
fn step(asked: &Asked, number: &PhoneNumber) -> String {
    let request = &asked.request;
    // How somebody else's request fares is nobody's business.
    match &request.holder {
        Some(holder) if holder.number != *number && request.withdrawn_from.contains(number) => "withdrawn".to_owned(),
        Some(holder) if holder.number != *number => "theirs".to_owned(),
        _ if matches!(asked.payment.state, Standing::Processing(_)) => "processing".to_owned(),
        _ => format!("{}-{}", asked.payment.state.name().to_lowercase(), request.declined_with().len()),
    }
}

const fn claim_text(claim: Claim, texts: &Texts) -> &'static str {
    match claim {
        Claim::Name => texts.scope_name,
        Claim::Address => texts.scope_address,
        Claim::Email => texts.scope_email,
        Claim::PhoneNumber => texts.scope_phone,
        Claim::BirthDate => texts.scope_birth,
        Claim::Nin => texts.scope_nin,
        Claim::AccountNumbers => texts.scope_accounts,
    }
}

/// What the payer approves, as text: whom, how much, of what.
fn seen(asked: &Asked) -> String {
    let payment = &asked.payment;
    let amount = payment.terms.amount;
    let (msn, reference) = (payment.msn.as_str(), payment.reference.as_str());
    format!("{msn}/{reference}/{}/{}/{}", asked.unit.name.as_str(), amount.value.value(), amount.currency.code())
}

pub(super) const fn brand(source: &rules::Source) -> &'static str {
    match &source.kind {
        rules::SourceKind::Card { brand, .. } => brand.name(),
        rules::SourceKind::Account { .. } => "••••",
    }
}

pub(super) fn last_4(source: &rules::Source) -> String {
    source.last_4().map(char::from).iter().collect()
}

pub(super) const fn decline(reason: rules::Decline) -> Decline {
    match reason {
        rules::Decline::Funds => Decline::Funds,
        rules::Decline::Issuer => Decline::Issuer,
        rules::Decline::Limit => Decline::Limit,
        rules::Decline::Expired => Decline::Expired,
        rules::Decline::Invalid => Decline::Invalid,
        rules::Decline::Authentication => Decline::Authentication,
        rules::Decline::Blocked => Decline::Blocked,
        rules::Decline::NoSource => Decline::NoSource,
        rules::Decline::Country => Decline::Country,
    }
}
