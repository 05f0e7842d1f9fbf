//! Requests with a token, which is fetched and renewed as it is needed.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use engine::clock::Stopwatch;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::{sync::Mutex, time::timeout};
use wire::access_token::TokenResponse;
use zeroize::Zeroizing;

use super::{
    Keys, Server, Trouble,
    events::Events,
    trouble::{beginning, said},
};

/// The most bytes of an answer that is read as a whole.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long the body of such an answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

/// A server and the keys to use it with.
pub(crate) struct Session {
    server: Server,
    keys: Keys,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: Zeroizing<String>,
    since: Stopwatch,
    lifetime: Duration,
}

/// What a call is called where it is refused, its method, its path.
pub(crate) type Call<'a> = (&'static str, Method, &'a str);

impl Session {
    pub(crate) fn new((server, keys): (Server, Keys)) -> Self {
        Self { server, keys, token: Mutex::new(None) }
    }

    /// The server.
    pub(crate) const fn server(&self) -> &Server {
        &self.server
    }

    /// Whom and what it is used for, in words.
    pub(crate) fn described(&self) -> String {
        format!("{} at {}", self.keys.holder(), self.server.url())
    }

    /// Calls, and reads the answer as JSON; nothing where it has no body.
    pub(crate) async fn call(&self, call: Call<'_>, body: &Value) -> Result<Value, Trouble> {
        let what = call.0;
        let response = self.authorized(&call, body).await?;
        let (status, body) = self.whole(response).await?;
        if !status.is_success() {
            return Err(Trouble::refused(what, status, &body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|_| self.server.stranger(beginning(&body)))
    }

    /// Opens a stream of events.
    pub(super) async fn stream(&self, what: &'static str, path: &str) -> Result<Events, Trouble> {
        let response = self.authorized(&(what, Method::GET, path), &Value::Null).await?;
        let status = response.status();
        let is_stream = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        if status.is_success() && is_stream {
            return Ok(Events::new(response.into_body(), self.server.url()));
        }
        let (status, body) = self.whole(response).await?;
        if status.is_success() {
            return Err(self.server.stranger("what it sends is no stream of events"));
        }
        Err(Trouble::refused(what, status, &body))
    }

    /// Sends with a token, and once more with another where that one does not count any more.
    async fn authorized(&self, call: &Call<'_>, body: &Value) -> Result<Response<Incoming>, Trouble> {
        let token = self.token().await?;
        let response = self.server.send(self.request(call, body, &token)?).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.forget(&token).await;
        let token = self.token().await?;
        self.server.send(self.request(call, body, &token)?).await
    }

    fn request(&self, call: &Call<'_>, body: &Value, token: &str) -> Result<Request<Full<Bytes>>, Trouble> {
        let (_, method, path) = call;
        let authorization = Zeroizing::new(format!("Bearer {token}"));
        let mut headers =
            vec![("authorization", authorization.as_str()), ("ocp-apim-subscription-key", &self.keys.subscription_key)];
        if let Some(msn) = &self.keys.msn {
            headers.push(("merchant-serial-number", msn));
        }
        let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        if !bytes.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        request(method.clone(), path, &headers, bytes)
    }

    /// A token that counts for a while.
    async fn token(&self) -> Result<Zeroizing<String>, Trouble> {
        let mut kept = self.token.lock().await;
        match &*kept {
            Some(token) if token.since.elapsed() < token.lifetime / 2 => Ok(token.text.clone()),
            _ => {
                let token = self.fetch_token().await?;
                let text = token.text.clone();
                *kept = Some(token);
                Ok(text)
            }
        }
    }

    async fn forget(&self, token: &str) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|kept| *kept.text == token) {
            *kept = None;
        }
    }

    async fn fetch_token(&self) -> Result<Token, Trouble> {
        let Keys { client_id, client_secret, subscription_key, msn: _ } = &self.keys;
        let headers = [
            ("client_id", client_id.as_str()),
            ("client_secret", client_secret),
            ("ocp-apim-subscription-key", subscription_key),
        ];
        let since = Stopwatch::start();
        let request = request(Method::POST, "/accesstoken/get", &headers, Bytes::new())?;
        let (status, body) = self.whole(self.server.send(request).await?).await?;
        if !status.is_success() {
            return Err(match said(&body) {
                Some(_) => Trouble::refused("the keys", status, &body),
                None => self.server.stranger(format!("{} to a request for a token", status.as_u16())),
            });
        }
        let token: TokenResponse =
            serde_json::from_slice(&body).map_err(|_| self.server.stranger("what it gives is no token"))?;
        let lifetime = Duration::from_secs(token.expires_in.parse().unwrap_or(0));
        Ok(Token { text: Zeroizing::new(token.access_token), since, lifetime })
    }

    async fn whole(&self, response: Response<Incoming>) -> Result<(StatusCode, Bytes), Trouble> {
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        match timeout(ANSWER_TIME_MAX, body.collect()).await {
            Ok(Ok(collected)) => Ok((status, collected.to_bytes())),
            Ok(Err(error)) => Err(self.server.unreachable(error)),
            Err(_) => Err(self.server.unreachable("the answer took too long")),
        }
    }
}

fn request(
    method: Method,
    path: &str,
    headers: &[(&'static str, &str)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Trouble> {
    let refused =
        |said: &str| Trouble::Refused { what: "to be asked", status: StatusCode::BAD_REQUEST, said: said.to_owned() };
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|_| refused("the path is none"))?;
    for (name, value) in headers {
        let mut value = HeaderValue::from_str(value).map_err(|_| refused("a key holds a character that no key has"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(request)
}
