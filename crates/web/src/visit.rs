//! One request of a browser, as pages see it: what it asks for, in which language, and what it brings back.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use domain::merchant::Market;
use engine::pages::{Client, RequestName};

use crate::{
    Web,
    cookie::{self, Cookie},
    language::{self, Language},
    view::Frame,
};

/// The most characters of a value in an address that are looked at.
const VALUE_BYTES_MAX: usize = 4096;
/// What the code of a form is a code for.
const FORM: &str = "form";

/// A request, with what its answer will set.
pub(crate) struct Visit {
    address: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    is_secure: bool,
    request_name: Arc<str>,
    client: Option<IpAddr>,
    /// What the browser is known by; new where it brought nothing.
    browser: String,
    set: Vec<HeaderValue>,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let is_secure = web.is_secure();
        let address = parts.uri.path_and_query().map_or_else(String::new, |address| address.as_str().to_owned());
        let query = parts.uri.query().map(read_query).unwrap_or_default();
        let headers = parts.headers.clone();
        let known = cookie::BROWSER.read(&headers, is_secure).filter(|name| is_name(name));
        let is_known = known.is_some();
        let browser = known.unwrap_or_else(|| web.engine.browser_name());
        let name = parts.extensions.get::<RequestName>().map(|name| name.0.clone());
        let request_name = name.unwrap_or_default();
        let client = parts.extensions.get::<Client>().map(|client| client.0);
        let mut visit = Self { address, query, headers, is_secure, request_name, client, browser, set: Vec::new() };
        if !is_known {
            let name = visit.browser.clone();
            visit.set(cookie::BROWSER, &name);
        }
        if let Some(language) = visit.chosen_now() {
            visit.set(cookie::LANGUAGE, language.code());
        }
        Ok(visit)
    }
}

impl Visit {
    /// From now on the page is one that is found there: what a form was sent to is no page.
    pub(crate) fn stands_at(&mut self, address: String) {
        self.address = address;
    }

    /// A parameter of the address.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A cookie's value.
    pub(crate) fn cookie(&self, cookie: Cookie) -> Option<String> {
        cookie.read(&self.headers, self.is_secure)
    }

    /// The answer sets this cookie.
    pub(crate) fn set(&mut self, cookie: Cookie, value: &str) {
        self.set.extend(cookie.set(value, self.is_secure));
    }

    /// The answer makes the browser forget this cookie.
    pub(crate) fn forget(&mut self, cookie: Cookie) {
        self.set.extend(cookie.forget(self.is_secure));
    }

    /// The language to speak, where the sales unit sells in this market.
    pub(crate) fn language(&self, market: Option<Market>) -> Language {
        let chosen = self.cookie(cookie::LANGUAGE);
        language::choose(&language::Asked {
            query: self.parameter("lang"),
            is_from_menu: self.parameter("menu").is_some(),
            cookie: chosen.as_deref(),
            accepted: self.header(header::ACCEPT_LANGUAGE),
            market,
        })
    }

    /// The language that was chosen in the menu, now or before.
    pub(crate) fn chosen_language(&self) -> Option<Language> {
        let before = || self.cookie(cookie::LANGUAGE).as_deref().and_then(Language::from_code);
        self.chosen_now().or_else(before)
    }

    /// What the request is called in the log.
    pub(crate) fn request_name(&self) -> &str {
        &self.request_name
    }

    fn chosen_now(&self) -> Option<Language> {
        self.parameter("menu")?;
        self.parameter("lang").and_then(Language::from_code)
    }

    /// What surrounds a page at the address asked for.
    pub(crate) fn frame(&self, web: &Web, language: Language) -> Frame {
        self.frame_at(web, language, self.address.clone())
    }

    /// The same, of a page that is found at another address.
    pub(crate) fn frame_at(&self, web: &Web, language: Language, address: String) -> Frame {
        Frame { is_sandbox: web.is_sandbox(), language, address }
    }

    /// What the forms of this page have to bring back.
    pub(crate) fn csrf(&self, web: &Web) -> String {
        web.engine.page_code(FORM, &self.browser)
    }

    /// Whether a form brought back what this browser was given.
    pub(crate) fn is_csrf(&self, web: &Web, given: &str) -> bool {
        web.engine.is_page_code(FORM, &self.browser, given)
    }

    /// Whether a browser that says where a request comes from says that it comes from here. One that says nothing brings a code.
    pub(crate) fn comes_from_here(&self) -> bool {
        let site = self.headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        if let Some(site) = site {
            return site == "same-origin";
        }
        // Pages that send no referrer are of no origin when they post.
        match self.header(header::ORIGIN) {
            None | Some("null") => true,
            Some(origin) => {
                let host = self.header(header::HOST).unwrap_or_default();
                origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
            }
        }
    }

    /// Whose address the request comes from.
    pub(crate) const fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Whether the page is to stand in a frame of another page.
    pub(crate) fn is_framed(&self) -> bool {
        let place = self.headers.get("sec-fetch-dest").and_then(|value| value.to_str().ok());
        matches!(place, Some("iframe" | "frame" | "embed" | "object"))
    }

    /// Whether the device is a phone or a tablet, by what its browser calls itself.
    pub(crate) fn is_mobile(&self) -> bool {
        let agent = self.header(header::USER_AGENT).unwrap_or_default();
        ["Mobi", "Android", "iPhone", "iPad"].iter().any(|word| agent.contains(word))
    }

    /// Whether a script asks, which wants no page.
    pub(crate) fn wants_json(&self) -> bool {
        self.header(header::ACCEPT).is_some_and(|accepted| accepted.contains("application/json"))
    }

    /// The answer, with the cookies it sets.
    pub(crate) fn answer(self, mut response: Response) -> Response {
        for cookie in self.set {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

fn read_query(query: &str) -> Vec<(String, String)> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    pairs.into_iter().filter(|(_, value)| value.len() <= VALUE_BYTES_MAX).collect()
}

/// Whether it looks like a name we give.
fn is_name(text: &str) -> bool {
    (16..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
