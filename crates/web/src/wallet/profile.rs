//! W9: who the payer is, where the payer lives, and what the payer does without a person.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::{
    payer::Address,
    text::{Email, Id, PersonName},
    time::Span,
    wallet::{self as rules, ADDRESSES_MAX, After, Date, Payer, Returns, SCRIPT_STEPS_MAX, SavedAddress, Script},
};

use super::session::Here;
use crate::{
    Web,
    clean::Shown,
    cookie,
    forms::Form,
    language::Language,
    pay::NotFound,
    render::render,
    view::{
        paths,
        wallet::profile::{self as view, Act, BrowserMode, Profile, ProfileField, Step},
    },
    visit::Visit,
};

/// The most characters of a line of an address.
const LINE_CHARACTERS_MAX: usize = 100;
/// The longest a step may wait, in seconds: a day.
const STEP_SECONDS_MAX: i64 = 86_400;

/// What of the page was filled in and refused.
#[derive(Default)]
struct Refused {
    wrong: Vec<ProfileField>,
    written: Option<(String, String, String)>,
    wrong_address: Option<String>,
    address: Option<view::Address>,
}

/// The page.
pub(crate) async fn page(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    match Here::enter(&web, visit, &msisdn).await {
        Ok((here, visit)) => shown(&web, visit, &here, Refused::default()),
        Err(response) => response,
    }
}

/// Name, address for mail, birthday, language, browser.
pub(crate) async fn save(State(web): State<Web>, Path(msisdn): Path<String>, form: Form) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let (name, email) = (PersonName::parse(form.field("name")), Email::parse(form.field("email")));
    let born = Date::parse(form.field("birth_date"));
    let mut wrong = Vec::new();
    wrong.extend(name.is_err().then_some(ProfileField::Name));
    wrong.extend(email.is_err().then_some(ProfileField::Email));
    wrong.extend(born.is_none().then_some(ProfileField::BirthDate));
    let (Ok(name), Ok(email), Some(born)) = (name, email, born) else {
        let field = |name| form.field(name).to_owned();
        let written = Some((field("name"), field("email"), field("birth_date")));
        return shown(&web, form.visit, &here, Refused { wrong, written, ..Refused::default() });
    };
    let mut form = form;
    let language = Language::from_code(form.field("language"));
    if let Some(language) = language {
        form.visit.set(cookie::LANGUAGE, language.code());
    }
    let language: Option<Box<str>> = language.map(|language| language.code().into());
    let returns = Returns::from_name(form.field("browser")).unwrap_or_default();
    change(&web, form, here, move |payer| Payer {
        name: name.clone(),
        email: email.clone(),
        born,
        language: language.clone(),
        returns,
        ..payer.clone()
    })
    .await
}

/// What the payer does without a person.
pub(crate) async fn save_script(State(web): State<Web>, Path(msisdn): Path<String>, form: Form) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let acts = form.every("do").zip(form.every("after"));
    let steps: Vec<rules::Step> = acts.filter_map(|(act, after)| step(act, after)).take(SCRIPT_STEPS_MAX).collect();
    change(&web, form, here, move |payer| {
        let script = Script { steps: steps.clone(), next: 0 };
        Payer { script, ..payer.clone() }
    })
    .await
}

/// Another address.
pub(crate) async fn add_address(State(web): State<Web>, Path(msisdn): Path<String>, form: Form) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let is_full = here.payer.addresses.len() >= ADDRESSES_MAX;
    let Some(address) = read_address(&form).filter(|_| !is_full) else {
        let refused =
            Refused { wrong_address: Some(String::new()), address: Some(written(&form)), ..Refused::default() };
        return shown(&web, form.visit, &here, refused);
    };
    let Ok(id) = Id::parse(&free_id(&here.payer)) else { return StatusCode::NOT_FOUND.into_response() };
    change(&web, form, here, move |payer| {
        let mut payer = payer.clone();
        if payer.addresses.len() < ADDRESSES_MAX && payer.addresses.iter().all(|saved| saved.id != id) {
            payer.addresses.push(SavedAddress { id: id.clone(), address: address.clone() });
        }
        payer
    })
    .await
}

/// Changes an address, makes it the main one, or takes it away.
pub(crate) async fn act_on_address(
    State(web): State<Web>,
    Path((msisdn, id, what)): Path<(String, String, String)>,
    form: Form,
) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let Ok(id) = Id::parse(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let address = read_address(&form);
    if what == "change" && address.is_none() {
        let refused = Refused { wrong_address: Some(id.as_str().to_owned()), ..Refused::default() };
        return shown(&web, form.visit, &here, refused);
    }
    change(&web, form, here, move |payer| {
        let mut payer = payer.clone();
        let Some(place) = payer.addresses.iter().position(|saved| saved.id == id) else { return payer };
        let saved = payer.addresses.remove(place);
        match (what.as_str(), &address) {
            ("change", Some(address)) => {
                payer.addresses.insert(place, SavedAddress { id: id.clone(), address: address.clone() });
            }
            ("main", _) => payer.addresses.insert(0, saved),
            ("remove", _) => {}
            _ => payer.addresses.insert(place, saved),
        }
        payer
    })
    .await
}

async fn change(
    web: &Web,
    form: Form,
    here: Here,
    change: impl Fn(&Payer) -> Payer + Send + Sync + 'static,
) -> Response {
    match web.engine.change_payer(&here.payer.number, change).await {
        Ok(_) => {
            let page = format!("{}?saved=1", here.path(paths::PROFILE, &[]));
            form.see(&page)
        }
        Err(trouble) => NotFound::Trouble(trouble).answer(web, form.visit),
    }
}

fn shown(web: &Web, visit: Visit, here: &Here, refused: Refused) -> Response {
    let payer = &here.payer;
    let is_refused = !refused.wrong.is_empty() || refused.wrong_address.is_some();
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let own = || (payer.name.as_str().to_owned(), payer.email.as_str().to_owned(), payer.born.to_string());
    let (name, email, born) = refused.written.unwrap_or_else(own);
    let page = Profile {
        wallet: here.wallet(web, &visit, here.path(paths::PROFILE, &[])),
        name: Shown::of(&name),
        email: Shown::of(&email),
        birth_date: Shown::of(&born),
        language: here.language(&visit),
        browser: match payer.returns {
            Returns::Same => BrowserMode::Same,
            Returns::Never => BrowserMode::Never,
        },
        addresses: payer.addresses.iter().enumerate().map(|(place, saved)| address(place, saved)).collect(),
        new_address: refused.address.unwrap_or_default(),
        script: payer.script.steps.iter().map(shown_step).collect(),
        wrong: refused.wrong,
        is_full: payer.addresses.len() >= ADDRESSES_MAX,
        wrong_address: refused.wrong_address,
        is_saved: visit.parameter("saved").is_some(),
    };
    visit.answer(render(status, &page))
}

fn address(place: usize, saved: &SavedAddress) -> view::Address {
    let Address { line_1, line_2, city, post_code, country } = &saved.address;
    view::Address {
        id: saved.id.as_str().to_owned(),
        line1: Shown::of(line_1),
        line2: Shown::of(line_2.as_deref().unwrap_or_default()),
        post_code: Shown::of(post_code),
        city: Shown::of(city),
        country: Shown::of(country),
        is_main: place == 0,
    }
}

fn written(form: &Form) -> view::Address {
    let field = |name| Shown::of(form.field(name));
    view::Address {
        id: String::new(),
        line1: field("line1"),
        line2: field("line2"),
        post_code: field("post_code"),
        city: field("city"),
        country: field("country"),
        is_main: false,
    }
}

fn read_address(form: &Form) -> Option<Address> {
    let line = |name| {
        let text = form.field(name);
        let is_good = text.chars().count() <= LINE_CHARACTERS_MAX && !text.chars().any(char::is_control);
        is_good.then_some(text)
    };
    let given = |name| line(name).filter(|text| !text.is_empty());
    let country =
        given("country").filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()));
    Some(Address {
        line_1: given("line1")?.into(),
        line_2: Some(line("line2")?).filter(|text| !text.is_empty()).map(Into::into),
        city: given("city")?.into(),
        post_code: given("post_code")?.into(),
        country: country?.to_uppercase().into(),
    })
}

fn free_id(payer: &Payer) -> String {
    let numbers = payer.addresses.iter().filter_map(|saved| saved.id.as_str().strip_prefix("address-")?.parse().ok());
    let highest: u32 = numbers.max().unwrap_or_default();
    format!("address-{}", highest.saturating_add(1))
}

fn step(act: &str, after: &str) -> Option<rules::Step> {
    let act = rules::Act::from_name(act).filter(|act| *act != rules::Act::Consult)?;
    let seconds = after.parse::<i64>().unwrap_or_default().clamp(-STEP_SECONDS_MAX, STEP_SECONDS_MAX);
    let span = Span::seconds(seconds.abs());
    Some(rules::Step { act, after: if seconds < 0 { After::BeforeEnd(span) } else { After::Request(span) } })
}

fn shown_step(step: &rules::Step) -> Step {
    let after_seconds = match step.after {
        After::Request(span) => span.as_seconds_rounded_up(),
        After::BeforeEnd(span) => -span.as_seconds_rounded_up(),
    };
    let act = Act::ALL.into_iter().find(|act| act.code() == step.act.name());
    Step { act, after_seconds }
}
