//! W8: what the payer was asked for, and what became of it.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{
    money::{MinorUnits, Money},
    payment::{Event, Occurrence, Payment, State as Standing},
};
use engine::{Image, Trouble, request::Asked};

use super::{receipt, session::Here};
use crate::{
    Web, amount,
    clean::Shown,
    language::Language,
    moment,
    pay::{NotFound, home_of},
    render::render,
    view::{
        paths,
        wallet::history::{Filter, History, Item, Kind, Row, Transaction},
    },
    visit::Visit,
};

/// How many are shown.
const SHOWN_MAX: u32 = 100;

/// The list.
pub(crate) async fn page(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let asked = match web.engine.history_of(&here.payer.number, None, SHOWN_MAX).await {
        Ok(asked) => asked,
        Err(trouble) => return NotFound::Trouble(trouble).answer(&web, visit),
    };
    let language = here.language(&visit);
    let filter = Filter::from_code(visit.parameter("show").unwrap_or_default());
    let over = asked.iter().filter(|asked| !asked.payment.state.is_open());
    let rows = over.map(|asked| row(&web, &here, asked, language)).filter(|row| is_shown(filter, row.kind)).collect();
    let page = History { wallet: here.wallet(&web, &visit, here.path(paths::HISTORY, &[])), filter, rows };
    visit.answer(render(StatusCode::OK, &page))
}

/// One payment.
pub(crate) async fn item(State(web): State<Web>, visit: Visit, Path((msisdn, id)): Path<(String, String)>) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let found = match web.engine.log_of_link(&id).await {
        Ok(found) => found.filter(|(asked, _)| asked.request.is_of(&here.payer.number)),
        Err(trouble) => return NotFound::Trouble(trouble).answer(&web, visit),
    };
    let Some((asked, events)) = found else { return NotFound::Dead.answer(&web, visit) };
    let order = match receipt::order_of(&web, &asked).await {
        Ok(order) => order,
        Err(trouble) => return NotFound::Trouble(trouble).answer(&web, visit),
    };
    let language = here.language(&visit);
    let category = order.category.as_ref();
    let has_picture = category.is_some_and(|category| category.image.is_some());
    let (kind, sum) = summary(&asked.payment);
    let page = Item {
        wallet: here.wallet(&web, &visit, here.path(paths::HISTORY_ITEM, &[&id])),
        merchant: Shown::of(asked.unit.name.as_str()),
        amount: at_home(&here, asked.payment.in_currency(sum), language),
        kind,
        description: asked.payment.terms.description.as_ref().map(|text| Shown::of(text.as_str())),
        transactions: events.iter().rev().filter_map(|event| transaction(&here, &asked, event, language)).collect(),
        receipt: receipt::receipt_of(&order, language),
        picture: has_picture.then(|| here.path(paths::HISTORY_PICTURE, &[&id])),
        button: category
            .map(|category| (receipt::category_text(category, language.texts()), category.url.as_str().to_owned())),
        receipt_url: asked.payment.terms.receipt_url.as_ref().map(|url| url.as_str().to_owned()),
        msn: asked.unit.msn.as_str().to_owned(),
        reference: asked.payment.reference.as_str().to_owned(),
    };
    visit.answer(render(StatusCode::OK, &page))
}

/// The picture of a payment's order, for its payer alone.
pub(crate) async fn picture(
    State(web): State<Web>,
    visit: Visit,
    Path((msisdn, id)): Path<(String, String)>,
) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let asked = match web.engine.log_of_link(&id).await {
        Ok(found) => found.map(|(asked, _)| asked).filter(|asked| asked.request.is_of(&here.payer.number)),
        Err(trouble) => return NotFound::Trouble(trouble).answer(&web, visit),
    };
    let Some(asked) = asked else { return StatusCode::NOT_FOUND.into_response() };
    match picture_of(&web, &asked).await {
        Ok(Some(image)) => {
            let headers = [
                (header::CONTENT_TYPE, image.picture.media_type.name()),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'"),
                (header::CONTENT_DISPOSITION, "inline"),
            ];
            (headers, image.bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, visit),
    }
}

async fn picture_of(web: &Web, asked: &Asked) -> Result<Option<Image>, Trouble> {
    let order = receipt::order_of(web, asked).await?;
    let Some(image) = order.category.and_then(|category| category.image) else { return Ok(None) };
    web.engine.image(&asked.unit.msn, &image).await
}

fn is_shown(filter: Filter, kind: Kind) -> bool {
    match filter {
        Filter::All => true,
        Filter::Reserved => kind == Kind::Reserved,
        Filter::Captured => kind == Kind::Captured,
        Filter::Refunded => kind == Kind::Refunded,
    }
}

fn row(web: &Web, here: &Here, asked: &Asked, language: Language) -> Row {
    let (kind, sum) = summary(&asked.payment);
    Row {
        id: web.engine.link_token(&asked.payment.msn, &asked.payment.reference),
        merchant: Shown::of(asked.unit.name.as_str()),
        amount: at_home(here, asked.payment.in_currency(sum), language),
        kind,
        at: moment::day_and_time(asked.payment.last_event_at, asked.unit.market),
    }
}

/// What is left of the payment, in a word and a sum: what was paid and not given back; what is reserved as long as nothing is paid.
fn summary(payment: &Payment) -> (Kind, MinorUnits) {
    let sums = payment.aggregate();
    let kept = sums.captured.minus(sums.refunded).unwrap_or_default();
    match &payment.state {
        Standing::Authorized(_) if sums.captured.is_zero() && sums.cancelled == sums.authorized => {
            (Kind::Released, sums.cancelled)
        }
        Standing::Authorized(_) if sums.captured.is_zero() => (Kind::Reserved, sums.authorized),
        Standing::Authorized(_) if kept.is_zero() => (Kind::Refunded, sums.refunded),
        Standing::Authorized(_) => (Kind::Captured, kept),
        _ => (Kind::Failed, payment.terms.amount.value),
    }
}

fn transaction(here: &Here, asked: &Asked, event: &Event, language: Language) -> Option<Transaction> {
    let kind = match &event.occurrence {
        Occurrence::Authorized(_) => Kind::Reserved,
        Occurrence::Captured(_) => Kind::Captured,
        Occurrence::Refunded(_) => Kind::Refunded,
        Occurrence::Cancelled(_) => Kind::Released,
        Occurrence::Aborted | Occurrence::Expired | Occurrence::Terminated | Occurrence::RefundRefused(_) => {
            Kind::Failed
        }
        Occurrence::Created | Occurrence::Processing(_) => return None,
    };
    let with = asked.request.paid_with.as_deref().filter(|_| kind == Kind::Reserved);
    Some(Transaction {
        kind,
        amount: at_home(here, event.occurrence.amount(&asked.payment), language),
        at: moment::day_and_time(event.at, asked.unit.market),
        note: with.map(Shown::of),
    })
}

fn at_home(here: &Here, money: Money, language: Language) -> String {
    amount::text_at_home(money, language, home_of(&here.payer.number).currency())
}
