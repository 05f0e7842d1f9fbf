//! W1: what is asked of the payer, live.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{payment::State as Standing, text::PhoneNumber, time::Span};
use engine::{Engine, Trouble, live::Topic, news::News, request::Asked};

use super::{receipt, session::Here};
use crate::{
    Web, amount,
    clean::Shown,
    language::Language,
    live::{self, Look, Now},
    pay::{NotFound, deadline_of, home_of},
    render::render,
    view::{
        paths,
        wallet::inbox::{Gone, Inbox, Row},
    },
    visit::Visit,
};

/// For how long it is said that a request has gone.
const GONE_FOR: Span = Span::minutes(2);
/// How many requests that went are looked at.
const GONE_MAX: u32 = 20;

/// The list.
pub(crate) async fn page(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    let (here, visit) = match Here::enter(&web, visit, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let seen = Seen::read(&web.engine, &here.payer.number).await;
    let Seen { waiting, gone, news } = match seen {
        Ok(seen) => seen,
        Err(trouble) => return NotFound::Trouble(trouble).answer(&web, visit),
    };
    let language = here.language(&visit);
    let step = step(&waiting, &gone, &news);
    let (later, requests): (Vec<&Asked>, Vec<&Asked>) = waiting.iter().partition(|asked| is_postponed(asked));
    let rows = |asked: Vec<&Asked>| asked.into_iter().map(|asked| row(&web, &here, asked, language)).collect();
    let page = Inbox {
        wallet: here.wallet(&web, &visit, here.path(paths::INBOX, &[])),
        step,
        requests: rows(requests),
        later: rows(later),
        gone: gone.iter().map(gone_of).collect(),
        news: news.iter().map(|news| news_of(&web, &here, news, language)).collect(),
    };
    visit.answer(render(StatusCode::OK, &page))
}

/// How it stands, for a page that asks.
pub(crate) async fn state(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    match Here::enter(&web, visit, &msisdn).await {
        Ok((here, _)) => live::state(look(&web, here.payer.number)).await,
        Err(response) => response,
    }
}

/// How it stands, told as it changes.
pub(crate) async fn stream(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    match Here::enter(&web, visit, &msisdn).await {
        Ok((here, _)) => {
            let number = here.payer.number;
            live::stream(&web, vec![Topic::Payer(number.clone())], look(&web, number))
        }
        Err(response) => response,
    }
}

fn look(web: &Web, number: PhoneNumber) -> Look {
    let engine = web.engine.clone();
    Arc::new(move || {
        let (engine, number) = (engine.clone(), number.clone());
        Box::pin(async move {
            let Seen { waiting, gone, news } = Seen::read(&engine, &number).await?;
            let topics = waiting.iter().map(topic).chain([Topic::Payer(number)]).collect();
            Ok(Some(Now { step: step(&waiting, &gone, &news), left_ms: None, topics }))
        })
    })
}

/// What waits for a payer, and what was there a moment ago.
struct Seen {
    waiting: Vec<Asked>,
    gone: Vec<Asked>,
    news: Vec<News>,
}

impl Seen {
    async fn read(engine: &Engine, number: &PhoneNumber) -> Result<Self, Trouble> {
        let waiting = engine.waiting_for(number).await?;
        let mut gone = engine.history_of(number, None, GONE_MAX).await?;
        gone.retain(|asked| {
            let is_over = matches!(asked.payment.state, Standing::Terminated | Standing::Expired);
            let now = engine.clock().now(&asked.unit.space);
            is_over && now < asked.payment.last_event_at.plus(GONE_FOR)
        });
        Ok(Self { waiting, gone, news: engine.news_of(number).await? })
    }
}

fn step(waiting: &[Asked], gone: &[Asked], news: &[News]) -> String {
    let one = |asked: &Asked| {
        let at = asked.request.holder.as_ref().map_or(0, |holder| holder.asked_at.milliseconds());
        format!(
            "{}.{}.{at}{}",
            asked.unit.msn.as_str(),
            asked.payment.reference.as_str(),
            u8::from(is_postponed(asked))
        )
    };
    let gone = gone.iter().map(|asked| format!("{}-", one(asked)));
    let news = news.iter().map(|news| news.at.milliseconds().to_string());
    waiting.iter().map(one).chain(gone).chain(news).collect::<Vec<_>>().join("_")
}

fn topic(asked: &Asked) -> Topic {
    Topic::Payment(asked.payment.msn.clone(), asked.payment.reference.clone())
}

fn is_postponed(asked: &Asked) -> bool {
    asked.request.holder.as_ref().is_some_and(|holder| holder.is_postponed)
}

fn row(web: &Web, here: &Here, asked: &Asked, language: Language) -> Row {
    let Asked { payment, unit, .. } = asked;
    let now = web.engine.clock().now(&unit.space);
    Row {
        id: web.engine.link_token(&payment.msn, &payment.reference),
        merchant: Shown::of(unit.name.as_str()),
        amount: amount::text_at_home(payment.amount(), language, home_of(&here.payer.number).currency()),
        description: payment.terms.description.as_ref().map(|text| Shown::of(text.as_str())),
        deadline: deadline_of(payment.created_at, payment.terms.expires_at, now, unit.market),
    }
}

fn news_of(web: &Web, here: &Here, news: &News, language: Language) -> (String, String) {
    let texts = language.texts();
    let what = match &news.category {
        Some(category) => receipt::category_text(category, texts),
        None => texts.cat_receipt,
    };
    let id = web.engine.link_token(&news.asked.payment.msn, &news.asked.payment.reference);
    (texts.news(Shown::of(news.asked.unit.name.as_str()), what), here.path(paths::HISTORY_ITEM, &[&id]))
}

fn gone_of(asked: &Asked) -> Gone {
    let merchant = Shown::of(asked.unit.name.as_str());
    match asked.payment.state {
        Standing::Terminated => Gone::Withdrawn(merchant),
        _ => Gone::Expired(merchant),
    }
}
