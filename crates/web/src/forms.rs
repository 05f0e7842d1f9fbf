//! What forms send: read within a limit, and believed only where they come from a page of ours in the same browser.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};

use crate::{Web, view::paths, visit::Visit};

/// The most bytes of a form.
pub(crate) const FORM_BYTES_MAX: usize = 32 * 1024;
/// The most fields of a form.
const FIELDS_MAX: usize = 512;

/// A form that came from a page of ours, with the request that brought it.
pub(crate) struct Form {
    pub(crate) visit: Visit,
    fields: Vec<(String, String)>,
}

impl FromRequest<Web> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, web).await;
        let path = parts.uri.path().to_owned();
        let request = Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, web).await.map_err(|refused| refused.into_response())?;
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
        let mut form = Self { visit, fields };
        let page = page_of(&path, form.field("token"));
        form.visit.stands_at(page);
        let is_believed = form.fields.len() <= FIELDS_MAX
            && form.visit.comes_from_here()
            && form.visit.is_csrf(web, form.field("csrf"));
        if is_believed { Ok(form) } else { Err(crate::pay::not_from_here(web, form.visit)) }
    }
}

impl Form {
    /// A field, with no white space around it; empty where it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether a box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        !self.field(name).is_empty()
    }

    /// Every field of this name, in order.
    pub(crate) fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// On to another page, which is then loaded.
    pub(crate) fn see(self, address: &str) -> Response {
        self.visit.answer(Redirect::to(address).into_response())
    }

    /// For scripts: it is done.
    pub(crate) fn done(self) -> Response {
        self.visit.answer(json(StatusCode::OK, r#"{"ok":true}"#.to_owned()))
    }

    /// For scripts: it is not done, for this reason. That was asked and answered, so a browser has nothing to complain of.
    pub(crate) fn not_done(self, reason: &str) -> Response {
        self.visit.answer(json(StatusCode::OK, format!(r#"{{"error":"{reason}"}}"#)))
    }
}

/// A short answer to a script.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    (status, [(axum::http::header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl Form {
    /// The payer an address names, who is signed in here.
    ///
    /// # Errors
    /// The answer where nobody of that number is.
    pub(crate) async fn enter(self, web: &Web, msisdn: &str) -> Result<(crate::wallet::Here, Self), Response> {
        let Self { visit, fields } = self;
        let (here, visit) = crate::wallet::Here::enter(web, visit, msisdn).await?;
        Ok((here, Self { visit, fields }))
    }
}

/// The page a form of ours stands on, by where the form was sent.
fn page_of(path: &str, token: &str) -> String {
    let above = |path: &str| path.rsplit_once('/').map_or_else(|| path.to_owned(), |(page, _)| page.to_owned());
    let of_payer = |part: &str| {
        let payer: Vec<&str> = path.split('/').take(3).collect();
        format!("{}/{part}", payer.join("/"))
    };
    match path {
        path if path.starts_with("/pay") => paths::with_token(paths::PAY, &[], token),
        paths::SIGN_IN | paths::SIGN_OUT => paths::WALLET.to_owned(),
        path if path.contains("/requests/") => above(path),
        path if path.contains("/cards") => of_payer("cards"),
        path if path.ends_with("/script") || path.contains("/addresses") => of_payer("profile"),
        path => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_on_a_page_that_can_be_loaded() {
        for (sent_to, page) in [
            ("/pay/phone", "/pay?token=t"),
            ("/pay/cancel", "/pay?token=t"),
            ("/wallet/sign-in", "/wallet"),
            ("/wallet/4740000010/requests/abc/approve", "/wallet/4740000010/requests/abc"),
            ("/wallet/4740000010/cards", "/wallet/4740000010/cards"),
            ("/wallet/4740000010/cards/card-1/balance", "/wallet/4740000010/cards"),
            ("/wallet/4740000010/script", "/wallet/4740000010/profile"),
            ("/wallet/4740000010/addresses/home/change", "/wallet/4740000010/profile"),
            ("/wallet/4740000010/profile", "/wallet/4740000010/profile"),
        ] {
            assert_eq!(page_of(sent_to, "t"), page, "{sent_to}");
        }
    }
}
