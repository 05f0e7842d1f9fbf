//! The landing page: where a payment link leads a payer who has no wallet on the device, and where the browser goes back to the shop.
//!
//! It shows how the payment stands, takes the number of whoever pays, and gives up. Who may pay and what becomes of it is the engine's.
//! Every act is a form with an answer that loads the page again; a script may send the same form and ask for less.

mod acts;
mod landing;
pub(crate) mod number;
mod remembered;
pub(crate) mod tries;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{
    merchant::Flag,
    payment::{Method, State as Standing, UserFlow},
};
use engine::{Trouble, live::Topic, request::Asked};

pub(crate) use self::{
    acts::{cancel, forget, left, phone},
    landing::{deadline_of, home_of, home_prefix},
};
use crate::{
    Web,
    live::{self, Look, Now},
    qr,
    render::render,
    secure,
    view::{
        landing::{Notice, Saying},
        paths,
    },
    visit::Visit,
    wallet,
};

/// The most characters a tab may be called.
pub(super) const TAB_CHARACTERS_MAX: usize = 64;

/// The page of any payment.
pub(crate) async fn page(State(web): State<Web>, visit: Visit) -> Response {
    if visit.is_framed() {
        return in_a_frame(&web, visit);
    }
    let asked = match found(&web, visit.parameter("token").unwrap_or_default()).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, visit),
    };
    if let Some(elsewhere) = in_the_wallet(&web, &visit, &asked) {
        return visit.answer((StatusCode::FOUND, [(header::LOCATION, elsewhere)]).into_response());
    }
    shown(&web, visit, &asked).await
}

/// The page of a payment by card.
pub(crate) async fn card(State(web): State<Web>, visit: Visit) -> Response {
    if visit.is_framed() {
        return in_a_frame(&web, visit);
    }
    match found(&web, visit.parameter("token").unwrap_or_default()).await {
        Ok(asked) if asked.payment.terms.method == Method::Card => shown(&web, visit, &asked).await,
        Ok(_) => NotFound::Dead.answer(&web, visit),
        Err(why) => why.answer(&web, visit),
    }
}

async fn shown(web: &Web, visit: Visit, asked: &Asked) -> Response {
    match web.engine.returns_of(asked).await {
        Ok(returns) => landing::answer(web, visit, asked, landing::Field::default(), returns),
        Err(trouble) => NotFound::Trouble(trouble).answer(web, visit),
    }
}

/// How the payment stands, for a page that asks.
pub(crate) async fn state(State(web): State<Web>, visit: Visit) -> Response {
    let token = visit.parameter("token").unwrap_or_default().to_owned();
    live::state(look(&web, token)).await
}

/// How the payment stands, told as it changes. A tab that listens has not gone.
pub(crate) async fn stream(State(web): State<Web>, visit: Visit) -> Response {
    let token = visit.parameter("token").unwrap_or_default().to_owned();
    let asked = match found(&web, &token).await {
        Ok(asked) => asked,
        Err(why) => return why.answer(&web, visit),
    };
    let tab = visit.parameter("tab").unwrap_or_default();
    if !tab.is_empty() && tab.len() <= TAB_CHARACTERS_MAX && visit.comes_from_here() {
        // Where it cannot be written the payment is given up in a moment; the page then says so.
        let _written_or_not = web.engine.come_back(&asked, tab).await;
    }
    let topics = topics(&asked);
    live::stream(&web, topics, look(&web, token))
}

/// The payment as a code, for a phone to be held before the screen.
///
/// There is one for as long as the link leads anywhere: a page that showed it may still be loading it when the payment moves on.
pub(crate) async fn code(State(web): State<Web>, visit: Visit) -> Response {
    match found(&web, visit.parameter("token").unwrap_or_default()).await {
        Ok(asked) => {
            let token = web.engine.link_token(&asked.payment.msn, &asked.payment.reference);
            qr::of_text(&format!("{}{}", web.public_url, paths::with_token(paths::PAY, &[], &token)))
        }
        Err(why) => why.answer(&web, visit),
    }
}

/// Why there is no page of a payment.
pub(crate) enum NotFound {
    /// There is no such link any more, or never was.
    Dead,
    /// Whoever asks for the money may not at present.
    Inactive,
    /// The store has no answer.
    Trouble(Trouble),
}

impl NotFound {
    /// The page that says so.
    pub(crate) fn answer(self, web: &Web, visit: Visit) -> Response {
        let (status, what) = match self {
            Self::Dead => (StatusCode::NOT_FOUND, Saying::LinkDead),
            Self::Inactive => (StatusCode::FORBIDDEN, Saying::Broken(visit.request_name().to_owned())),
            Self::Trouble(trouble) => {
                tracing::warn!(%trouble, "a page could not be shown");
                (StatusCode::SERVICE_UNAVAILABLE, Saying::Unavailable)
            }
        };
        notice(web, visit, status, what)
    }
}

/// The page where a form did not come from a page of ours in the same browser.
pub(crate) fn not_from_here(web: &Web, visit: Visit) -> Response {
    if visit.wants_json() {
        return visit.answer(crate::forms::json(StatusCode::FORBIDDEN, r#"{"error":"reload"}"#.to_owned()));
    }
    notice(web, visit, StatusCode::FORBIDDEN, Saying::Stale)
}

/// Nobody pays in somebody else's frame; the page there says so, whatever payment it is of, and opens on its own.
fn in_a_frame(web: &Web, visit: Visit) -> Response {
    let frame = visit.frame(web, visit.language(None));
    let what = Saying::Framed(frame.address.clone());
    let mut response = render(StatusCode::FORBIDDEN, &Notice { frame, what });
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, secure::IN_A_FRAME);
    visit.answer(response)
}

fn notice(web: &Web, visit: Visit, status: StatusCode, what: Saying) -> Response {
    let frame = visit.frame(web, visit.language(None));
    visit.answer(render(status, &Notice { frame, what }))
}

/// The payment of a link, with who asks for it.
pub(super) async fn found(web: &Web, token: &str) -> Result<Asked, NotFound> {
    match web.engine.asked_of_link(token).await {
        Ok(Some(asked)) if !asked.unit.flags.has(Flag::Active) => Err(NotFound::Inactive),
        // Whoever is pushed to is sent nowhere: there is no landing page of such a payment.
        Ok(Some(asked)) if asked.payment.terms.flow == UserFlow::PushMessage => Err(NotFound::Dead),
        Ok(Some(asked)) => Ok(asked),
        Ok(None) => Err(NotFound::Dead),
        Err(trouble) => Err(NotFound::Trouble(trouble)),
    }
}

/// Where the device has the wallet, a link opens there, as a phone's own switch to an app would.
fn in_the_wallet(web: &Web, visit: &Visit, asked: &Asked) -> Option<String> {
    let is_asked = asked.payment.state == Standing::Created && asked.payment.terms.method == Method::Wallet;
    if !is_asked || !visit.is_mobile() {
        return None;
    }
    let payers = wallet::signed_in(web, visit);
    let payer = payers.iter().find(|number| asked.request.is_of(number)).or(payers.first())?;
    let id = web.engine.link_token(&asked.payment.msn, &asked.payment.reference);
    Some(paths::filled(paths::REQUEST, &[payer.as_str(), &id]))
}

fn look(web: &Web, token: String) -> Look {
    let engine = web.engine.clone();
    std::sync::Arc::new(move || {
        let (engine, token) = (engine.clone(), token.clone());
        Box::pin(async move {
            let Some(asked) = engine.asked_of_link(&token).await? else { return Ok(None) };
            let now = engine.clock().now(&asked.unit.space);
            let left = asked.payment.terms.expires_at.since(now).as_milliseconds();
            let is_open = asked.payment.state == Standing::Created;
            Ok(Some(Now { step: step(&asked), left_ms: is_open.then_some(left), topics: topics(&asked) }))
        })
    })
}

/// Whoever looks at a landing page is known to, so that a wallet leaves the way back to it.
fn topics(asked: &Asked) -> Vec<Topic> {
    let (msn, reference) = (&asked.payment.msn, &asked.payment.reference);
    vec![Topic::Payment(msn.clone(), reference.clone()), Topic::Landing(msn.clone(), reference.clone())]
}

/// What the page shows, in a word: it changes with whatever changes the page, and with nothing else.
pub(super) fn step(asked: &Asked) -> String {
    let request = &asked.request;
    match (&asked.payment.state, &request.holder) {
        (Standing::Created, Some(holder)) => {
            format!("asked-{}-{}", holder.asked_at.milliseconds(), request.withdrawn_from.len())
        }
        (Standing::Created, None) => format!("open-{}", u8::from(request.takes_numbers())),
        (Standing::Processing(_), _) => "processing".to_owned(),
        (ended, _) => ended.name().to_lowercase(),
    }
}
