//! `GET` and `PUT /{msisdn}`: a payer with everything a test may want to be different about one.
//!
//! A change replaces the members it names and leaves the others; members nobody knows are read over. Everything that is wrong with it is
//! told in one answer, each by its path.

mod addresses;
mod script;
mod sources;

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use domain::{
    text::{Email, Id, Invalid, PersonName},
    wallet::{Date, Payer, Returns, SavedAddress, Script, Source},
};
use engine::access::Tenant;
use wire::{problem::JSON, test_wallet::Payer as PayerView};

use super::{payer_of, read_json};
use crate::{
    Api, Refusal,
    body::{Json, Members, Violations},
    path::Part,
    reply,
};

/// The one way today in which a payer learns of requests.
const PUSH_MODE: &str = "instant";
const LANGUAGES: [(&str, &str); 5] = [("en", "en"), ("no", "no"), ("da", "da"), ("fi", "fi"), ("sv", "sv")];
const DATE: Invalid = Invalid("must be a day of the calendar, written YYYY-MM-DD");

/// The payer as it is now.
pub(crate) async fn get(
    State(api): State<Api>,
    Extension(_): Extension<Tenant>,
    Part(number): Part,
) -> Result<Response, Refusal> {
    let payer = api.engine().payer(&payer_of(&api, &number)?).await?;
    payer.map(|payer| shown(&payer)).ok_or_else(Refusal::internal)
}

/// The payer after these members are replaced.
pub(crate) async fn put(
    State(api): State<Api>,
    Extension(_): Extension<Tenant>,
    Part(number): Part,
    body: Body,
) -> Result<Response, Refusal> {
    let number = payer_of(&api, &number)?;
    let changes = Changes::read(&read_json(body).await?)?;
    let payer = api.engine().change_payer(&number, move |before| changes.apply(before)).await?;
    payer.map(|payer| shown(&payer)).ok_or_else(Refusal::internal)
}

/// The members that are named.
struct Changes {
    name: Option<PersonName>,
    born: Option<Date>,
    email: Option<Email>,
    addresses: Option<Vec<SavedAddress>>,
    sources: Option<Vec<Source>>,
    returns: Option<Returns>,
    language: Option<Option<Box<str>>>,
    script: Option<Script>,
}

impl Changes {
    fn read(json: &Json) -> Result<Self, Refusal> {
        let mut violations = Violations::default();
        let body = Members::of_body(json, &mut violations);
        push_mode(&body, &mut violations);
        let changes = Self {
            name: body.parsed("name", &mut violations, PersonName::parse),
            born: body.parsed("birthDate", &mut violations, |text| Date::parse(text).ok_or(DATE)),
            email: body.parsed("email", &mut violations, Email::parse),
            addresses: addresses::read(&body, &mut violations),
            sources: sources::read(&body, &mut violations),
            returns: browser_mode(&body, &mut violations),
            language: language(&body, &mut violations),
            script: script::read(&body, &mut violations),
        };
        violations.into_result()?;
        Ok(changes)
    }

    fn apply(&self, before: &Payer) -> Payer {
        let Self { name, born, email, addresses, sources, returns, language, script } = self;
        let mut after = before.clone();
        after.name = name.clone().unwrap_or(after.name);
        after.born = born.unwrap_or(after.born);
        after.email = email.clone().unwrap_or(after.email);
        after.addresses = addresses.clone().unwrap_or(after.addresses);
        after.sources = sources.clone().unwrap_or(after.sources);
        after.returns = returns.unwrap_or(after.returns);
        after.language = language.clone().unwrap_or(after.language);
        after.script = script.clone().unwrap_or(after.script);
        after
    }
}

fn push_mode(body: &Members<'_>, violations: &mut Violations) {
    body.parsed("pushMode", violations, |text| match text {
        PUSH_MODE => Ok(()),
        _ => Err(Invalid("must be instant; delayed, lost and invisible come later")),
    });
}

fn browser_mode(body: &Members<'_>, violations: &mut Violations) -> Option<Returns> {
    const RULE: Invalid = Invalid("must be one of same, never; new-context and other-device come later");
    body.parsed("browserMode", violations, |text| Returns::from_name(text).ok_or(RULE))
}

/// Here `null` says something: the language is the browser's.
fn language(body: &Members<'_>, violations: &mut Violations) -> Option<Option<Box<str>>> {
    let is_taken_away = body.all().iter().any(|(name, value)| **name == *"language" && *value == Json::Null);
    match body.word("language", &LANGUAGES, violations) {
        Some(language) => Some(Some(language.into())),
        None => is_taken_away.then_some(None),
    }
}

/// The id of an element, which no element before it has.
fn own_id(element: &Members<'_>, taken: &mut Vec<Id>, violations: &mut Violations) -> Option<Id> {
    element.require("id", violations);
    let id = element.parsed("id", violations, Id::parse)?;
    if taken.contains(&id) {
        let path = element.path_of("id");
        violations.note(path.clone(), format!("The field {path} is the id of an element before it."));
    }
    taken.push(id.clone());
    Some(id)
}

/// Notes that an array has more elements than it may.
fn at_most(body: &Members<'_>, name: &str, most: usize, violations: &mut Violations) {
    if body.array(name, violations).is_some_and(|elements| elements.len() > most) {
        violations.note(name, format!("The field {name} must have at most {most} elements."));
    }
}

fn shown(payer: &Payer) -> Response {
    let view = PayerView {
        name: payer.name.as_str().to_owned(),
        birth_date: payer.born.to_string(),
        email: payer.email.as_str().to_owned(),
        addresses: payer.addresses.iter().map(addresses::view).collect(),
        sources: payer.sources.iter().map(sources::view).collect(),
        push_mode: PUSH_MODE.to_owned(),
        browser_mode: payer.returns.name().to_owned(),
        language: payer.language.as_deref().map(str::to_owned),
        script: payer.script.steps.iter().map(script::view).collect(),
    };
    reply::json(StatusCode::OK, JSON, &view)
}
