//! `GET /_kasse/test/gallery`: every screen in every state and language, with made-up payments. For people who look and for tests that
//! check; a sandbox has it, production does not.
//!
//! A sample is the real template with a real view model. Only what would act by itself is taken off: it hears of no changes and sends
//! nobody on.

mod landing;
mod wallet;

use askama::Template;
use axum::{
    extract::{Path, Query, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use domain::money::{Currency, MinorUnits, Money};
use serde::Deserialize;

use crate::{
    amount, asset,
    clean::Shown,
    language::{Asked, Language, choose},
    render::render,
    view::{Deadline, Frame},
};

/// Where the list of screens is.
pub(crate) const ROUTE: &str = "/_kasse/test/gallery";
/// The list with a slash behind it, so that its links are relative to it.
pub(crate) const LIST: &str = "/_kasse/test/gallery/";
/// Where a screen is.
pub(crate) const SCREEN: &str = "/_kasse/test/gallery/{name}";

/// What the pages of payers need of a content security policy, and no more: a sample obeys it like a real page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// What others wrote, in a sample.
struct Words {
    merchant: &'static str,
    company: &'static str,
    description: &'static str,
    person: &'static str,
    item: &'static str,
    /// Stands for ids, tokens and other texts of ours.
    own: &'static str,
    return_url: &'static str,
    /// What is paid, in minor units.
    amount: i64,
}

const USUAL: Words = Words {
    merchant: "Acme Demo Shop",
    company: "Acme Norge AS",
    description: "One pair of socks",
    person: "Kari Nordmann",
    item: "Wool socks, size 42",
    own: "sample",
    return_url: "https://shop.example/done?order=1&lang=en",
    amount: 49_900,
};

const LONG: Words = Words {
    merchant: "Det Nordnorske Fiskeeksportselskapets Aktieselskabsrederifællesskabsforretning & Sønner av 1887",
    company: "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilaskoulutuskeskus Oyj",
    description: "Elektroencefalografundersökningsutrustning, 47 delar, med monteringsanvisning och tre års \
        utökad garanti",
    person: "Maximiliana Alexandra Fredrikke Løvenskiold-Christoffersen",
    item: "Speciallægepraksisplanlægningsstabiliseringsperiodekalender i ekstra stort format, 2027",
    own: "sample-with-a-name-that-is-as-long-as-a-reference-may-be-and-no-longer",
    return_url: "https://shop.example/done/with/a/rather/long/path?and=parameters",
    amount: 999_999_999_999_999,
};

const HOSTILE: Words = Words {
    merchant: "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>",
    company: "--></title></main><h1>Paid</h1>",
    description: "pay \u{202e}00.1 KON\u{202c}\u{2066}\u{200b}\u{feff} {a} &lt;b&gt; {{7*7}}\n<style>*{display:none}</style>",
    person: "\" autofocus onfocus=alert(1) x=\"",
    item: "'><svg/onload=alert(1)>",
    own: "\"><script>alert(1)</script>&a=b",
    return_url: "https://shop.example/?a=\"><script>alert(1)</script>&b='x'",
    amount: 100,
};

/// A screen in one of its states.
struct Screen {
    name: &'static str,
    words: &'static Words,
    html: fn(&Frame, &Words) -> String,
}

impl Screen {
    const fn of(name: &'static str, html: fn(&Frame, &Words) -> String) -> Self {
        Self { name, words: &USUAL, html }
    }

    const fn with(self, words: &'static Words) -> Self {
        Self { words, ..self }
    }
}

fn screens() -> impl Iterator<Item = &'static Screen> {
    landing::SCREENS.iter().chain(wallet::SCREENS)
}

fn html(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

fn frame(name: &str, language: Language) -> Frame {
    Frame { is_sandbox: true, language, address: format!("{LIST}{name}") }
}

fn sum(frame: &Frame, minor_units: i64) -> String {
    let value = MinorUnits::new(minor_units).unwrap_or(MinorUnits::ZERO);
    let (currency, home) = match frame.language {
        Language::Danish => (Currency::Dkk, Currency::Dkk),
        Language::Finnish => (Currency::Eur, Currency::Eur),
        Language::Swedish => (Currency::Nok, Currency::Sek),
        Language::English | Language::Norwegian => (Currency::Nok, Currency::Nok),
    };
    amount::text_at_home(Money { value, currency }, frame.language, home)
}

/// A part of a sum, of which the whole has said in which currency it is.
fn part(frame: &Frame, minor_units: i64) -> String {
    let whole = sum(frame, minor_units);
    whole.split(" (").next().unwrap_or_default().to_owned()
}

fn shown(text: &str) -> Shown {
    Shown::of(text)
}

fn soon() -> Deadline {
    Deadline { left_ms: 583_000, total_ms: 600_000, ends_at: "16:36".to_owned() }
}

fn someday() -> Deadline {
    Deadline { left_ms: 3 * 24 * 3_600_000, total_ms: 7 * 24 * 3_600_000, ends_at: "3.12. 16:36".to_owned() }
}

/// The page without what acts by itself, and with a picture where the code of a payment would be.
fn still(page: &str) -> String {
    let icon = format!("src=\"{}\" data-code=\"", asset::url("icon.svg"));
    page.replace(" data-stream=", " data-sample-stream=")
        .replace(" data-poll=", " data-sample-poll=")
        .replace(" data-after=", " data-sample-after=")
        .replace("src=\"/pay/qr.svg", &format!("{icon}/pay/qr.svg"))
        .replace("src=\"/wallet/", &format!("{icon}/wallet/"))
}

#[derive(Template)]
#[template(path = "gallery/index.html")]
struct Index {
    screens: Vec<&'static Screen>,
    languages: [Language; 5],
}

#[derive(Deserialize)]
pub(crate) struct Parameters {
    lang: Option<String>,
}

/// The way to the list.
pub(crate) async fn moved() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, LIST)]).into_response()
}

/// The list of screens.
pub(crate) async fn list() -> Response {
    let page = Index { screens: screens().collect(), languages: Language::ALL };
    (guarded(), render(StatusCode::OK, &page)).into_response()
}

/// One screen.
pub(crate) async fn screen(
    Path(name): Path<String>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Some(screen) = screens().find(|screen| screen.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query = parameters.ok().and_then(|Query(parameters)| parameters.lang);
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = choose(&Asked { query: query.as_deref(), accepted, ..Asked::default() });
    let page = (screen.html)(&frame(screen.name, language), screen.words);
    (guarded(), Html(still(&page))).into_response()
}

const fn guarded() -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_SECURITY_POLICY, POLICY)]
}

#[cfg(test)]
mod tests;
