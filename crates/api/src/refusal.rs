//! Everything the APIs refuse with, and the one place where it becomes bytes.
//!
//! A [`Refusal`] says what the caller is told; `observe` adds the request's name and path when it renders it. Three shapes exist side by
//! side because the published service has three layers: problems of the APIs, errors of the gateway before them, and the identity
//! provider's. The log is told the code, never the sentence.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use engine::Trouble;
use wire::{
    access_token::{IdentityError, OauthError},
    order_management::{ErrorResponse, InvalidParam},
    problem::{
        ExtraDetail, GatewayError, GatewayFailure, JSON, PROBLEM_JSON, Problem, ResponseInfo, ResponseResult,
        Unauthorized,
    },
};

use crate::{path, trace::TraceParent};

/// When a refused caller may come back, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;
const INTERNAL_CODE: &str = "3010";
const SOMETHING_WENT_WRONG: &str = "Something went wrong, please try again later.";
const SEE_EXTRA_DETAILS: &str = "See extraDetails for further details";

/// A refusal: a status and what is said about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    status: StatusCode,
    shape: Shape,
    retry_after_seconds: Option<u64>,
    authenticate: Option<String>,
    close: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Shape {
    /// A published rule with its number.
    Rule { code: &'static str, title: &'static str, detail: String },
    /// Violated fields; or, with none, a status with a sentence.
    Problem { detail: String, fields: Vec<(String, String)> },
    /// The same of the Order Management API.
    Order { detail: String, fields: Vec<(String, String)> },
    /// The gateway.
    Gateway { message: String },
    /// A token that is none.
    Unauthorized,
    /// The identity provider.
    Identity(Box<IdentityError>),
    /// The specialised token endpoint.
    Oauth(OauthError),
    /// A defect of ours.
    Internal,
}

impl Refusal {
    /// A published rule of an API, by its number.
    pub fn rule(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(status, Shape::Rule { code, title, detail: detail.into() })
    }

    /// Fields that break a rule, each with the rule.
    pub fn fields(fields: Vec<(String, String)>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Shape::Problem { detail: SEE_EXTRA_DETAILS.to_owned(), fields })
    }

    /// One field that breaks a rule.
    pub fn field(name: &str, reason: impl Into<String>) -> Self {
        Self::fields(vec![(name.to_owned(), reason.into())])
    }

    /// The same, with this sentence above the violated fields.
    pub(crate) fn headed(mut self, sentence: &str) -> Self {
        if let Shape::Problem { detail, fields } = &mut self.shape
            && !fields.is_empty()
        {
            sentence.clone_into(detail);
        }
        self
    }

    /// The same as the Order Management API words it, where it is about what was asked of that API.
    pub(crate) fn of_order(self) -> Self {
        match self.shape {
            Shape::Problem { detail, fields } => {
                // Some clients show this sentence and nothing else.
                let detail = fields.first().map_or(detail, |(_, reason)| reason.clone());
                Self { shape: Shape::Order { detail, fields }, ..self }
            }
            _ => self,
        }
    }

    /// Something the Order Management API writes once, and that is there.
    pub(crate) fn order_conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Shape::Order { detail: detail.into(), fields: Vec::new() })
    }

    /// A route that there is, but not by this method any more.
    pub(crate) fn withdrawn() -> Self {
        Self::gateway(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    /// Good credentials for something else.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Shape::Problem { detail: detail.into(), fields: Vec::new() })
    }

    /// Nothing under the name that was asked for.
    pub fn nothing_there(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Shape::Problem { detail: detail.into(), fields: Vec::new() })
    }

    /// Not as things stand; the one line says what stands in the way, and how.
    pub fn conflict(detail: impl Into<String>, name: &str, reason: &str) -> Self {
        let fields = vec![(name.to_owned(), reason.to_owned())];
        Self::new(StatusCode::CONFLICT, Shape::Problem { detail: detail.into(), fields })
    }

    /// A bearer token that is none.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Shape::Unauthorized)
    }

    /// An error of the identity provider.
    pub fn identity(status: StatusCode, error: IdentityError) -> Self {
        Self::new(status, Shape::Identity(Box::new(error)))
    }

    /// An error of the specialised token endpoint; one of credentials says how they are to be sent.
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        let error = OauthError { error: error.to_owned(), error_description: description.to_owned() };
        let authenticate = (status == StatusCode::UNAUTHORIZED).then(|| "Basic realm=\"miami\"".to_owned());
        Self { authenticate, ..Self::new(status, Shape::Oauth(error)) }
    }

    /// A subscription key that is missing or nobody's; `realm` names the API whose key was asked for.
    pub fn subscription_key(message: &str, realm: &str) -> Self {
        let challenge =
            format!("AzureApiManagementKey realm=\"{realm}\",name=\"Ocp-Apim-Subscription-Key\",type=\"header\"");
        Self { authenticate: Some(challenge), ..Self::gateway(StatusCode::UNAUTHORIZED, message) }
    }

    /// No such route, or not by this method.
    pub fn not_found() -> Self {
        Self::gateway(StatusCode::NOT_FOUND, "Resource not found")
    }

    /// Too many calls of one kind.
    pub fn rate_limited(seconds: u64) -> Self {
        let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
        Self { retry_after_seconds: Some(seconds), ..Self::gateway(StatusCode::TOO_MANY_REQUESTS, &message) }
    }

    /// Too many answers without an end at once.
    pub fn too_many_streams(most: usize) -> Self {
        let message = format!("There are {most} streams already, and there may be no more. Close one first.");
        Self::gateway(StatusCode::TOO_MANY_REQUESTS, &message)
    }

    /// More is going on than the server takes on.
    pub fn overloaded() -> Self {
        let code = "3010";
        let detail = "The service is busy. Repeat the request with the same key.";
        let rule = Self::rule(StatusCode::SERVICE_UNAVAILABLE, code, "Service unavailable", detail);
        Self { retry_after_seconds: Some(RETRY_AFTER_SECONDS), ..rule }
    }

    /// A body beyond the limit.
    pub fn body_too_large(bytes_max: usize) -> Self {
        let message = format!("The request body is larger than {bytes_max} bytes.");
        Self { close: true, ..Self::gateway(StatusCode::PAYLOAD_TOO_LARGE, &message) }
    }

    /// A body slower than the limit.
    pub fn body_too_slow() -> Self {
        Self { close: true, ..Self::gateway(StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.") }
    }

    /// A body that ended before its end.
    pub fn body_broken_off() -> Self {
        Self {
            close: true,
            ..Self::gateway(StatusCode::BAD_REQUEST, "The request body ended early or is badly framed.")
        }
    }

    /// An address beyond the limit.
    pub fn uri_too_long(bytes_max: usize) -> Self {
        Self::gateway(StatusCode::URI_TOO_LONG, &format!("The request address is longer than {bytes_max} bytes."))
    }

    /// A request that names no host, or several: whoever passed it on may have read it differently.
    pub fn host_not_named_once() -> Self {
        Self { close: true, ..Self::gateway(StatusCode::BAD_REQUEST, "The request must have exactly one Host header.") }
    }

    /// A header whose second value another reader might believe instead of the first.
    pub fn header_given_twice(name: &str) -> Self {
        Self::gateway(StatusCode::BAD_REQUEST, &format!("The header {name} must not be given more than once."))
    }

    /// A compressed body.
    pub fn encoded_body() -> Self {
        let message = "Content-Encoding is not supported on requests; send the body as it is.";
        Self { close: true, ..Self::gateway(StatusCode::UNSUPPORTED_MEDIA_TYPE, message) }
    }

    /// A defect of ours. The caller learns that a repetition is safe and nothing else.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Shape::Internal)
    }

    fn gateway(status: StatusCode, message: &str) -> Self {
        Self::new(status, Shape::Gateway { message: message.to_owned() })
    }

    const fn new(status: StatusCode, shape: Shape) -> Self {
        Self { status, shape, retry_after_seconds: None, authenticate: None, close: false }
    }

    /// Whether what was sent is wrong in itself, whatever it is about.
    pub(crate) const fn is_about_content(&self) -> bool {
        match &self.shape {
            Shape::Problem { fields, .. } => !fields.is_empty(),
            Shape::Rule { code, .. } => matches!(code.as_bytes(), b"4040"),
            _ => false,
        }
    }

    /// The number of the rule, for the log.
    pub(crate) const fn code(&self) -> Option<&'static str> {
        match &self.shape {
            Shape::Rule { code, .. } => Some(code),
            Shape::Internal => Some(INTERNAL_CODE),
            _ => None,
        }
    }

    /// The refusal in bytes, for the request of this name and path.
    pub(crate) fn render(&self, trace: &TraceParent, instance: &str) -> Response {
        let (content_type, body) = match &self.shape {
            Shape::Rule { code, title, detail } => {
                let code = ExtraDetail { name: "ErrorCode".to_owned(), reason: (*code).to_owned() };
                (PROBLEM_JSON, self.problem(title, detail, vec![code], trace, instance))
            }
            Shape::Problem { detail, fields } => {
                let title = self.status.canonical_reason().unwrap_or_default();
                let lines = fields.iter().cloned().map(|(name, reason)| ExtraDetail { name, reason }).collect();
                (PROBLEM_JSON, self.problem(title, detail, lines, trace, instance))
            }
            Shape::Order { detail, fields } => (JSON, bytes(&self.order_error(detail, fields, trace))),
            Shape::Gateway { message } => {
                (JSON, bytes(&GatewayError { status_code: self.status.as_u16(), message: message.clone() }))
            }
            Shape::Unauthorized => (JSON, bytes(&unauthorized_body())),
            Shape::Identity(error) => (JSON, bytes(error)),
            Shape::Oauth(error) => (JSON, bytes(error)),
            Shape::Internal if path::is_of_tokens(instance) => (JSON, bytes(&self.gateway_failure(trace))),
            Shape::Internal => {
                let code = ExtraDetail { name: "ErrorCode".to_owned(), reason: INTERNAL_CODE.to_owned() };
                let detail = "Something went wrong here. Repeat the request with the same key.";
                (PROBLEM_JSON, self.problem("Internal error", detail, vec![code], trace, instance))
            }
        };
        let mut response = (self.status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        if content_type == PROBLEM_JSON {
            put(&mut response, header::CONTENT_LANGUAGE, "en");
        }
        if let Some(seconds) = self.retry_after_seconds {
            put(&mut response, header::RETRY_AFTER, &seconds.to_string());
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            put(&mut response, header::ALLOW, "GET, DELETE");
        }
        if let Some(challenge) = &self.authenticate {
            put(&mut response, header::WWW_AUTHENTICATE, challenge);
        }
        if self.close {
            put(&mut response, header::CONNECTION, "close");
        }
        response
    }

    fn order_error(&self, detail: &str, fields: &[(String, String)], trace: &TraceParent) -> ErrorResponse {
        let (section, title) = match self.status {
            StatusCode::NOT_FOUND => ("6.5.4", "Not Found"),
            StatusCode::CONFLICT => ("6.5.8", "Conflict"),
            _ => ("6.5.1", "One or more validation errors occurred."),
        };
        ErrorResponse {
            kind: format!("https://datatracker.ietf.org/doc/html/rfc7231#section-{section}"),
            title: title.to_owned(),
            detail: detail.to_owned(),
            instance: trace.unsampled(),
            invalid_params: fields.iter().cloned().map(|(name, reason)| InvalidParam { name, reason }).collect(),
        }
    }

    /// What the gateway says of a defect behind it; the request has one name, in whichever form.
    fn gateway_failure(&self, trace: &TraceParent) -> GatewayFailure {
        GatewayFailure {
            status_code: self.status.as_u16(),
            message: "Internal server error".to_owned(),
            activity_id: trace.as_uuid(),
        }
    }

    fn problem(
        &self,
        title: &str,
        detail: &str,
        extra_details: Vec<ExtraDetail>,
        trace: &TraceParent,
        instance: &str,
    ) -> Vec<u8> {
        bytes(&Problem {
            kind: format!("https://httpstatuses.io/{}", self.status.as_u16()),
            title: title.to_owned(),
            detail: detail.to_owned(),
            instance: instance.to_owned(),
            status: self.status.as_u16(),
            trace_id: trace.to_string(),
            extra_details,
        })
    }
}

/// A refusal on its way to the layer that renders it.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::InProgress => {
                let detail = "A request under this Idempotency-Key is being carried out. Repeat it with the same key.";
                let rule = Self::rule(StatusCode::LOCKED, "6160", "Order processing", detail);
                Self { retry_after_seconds: Some(RETRY_AFTER_SECONDS), ..rule }
            }
            Trouble::Overloaded | Trouble::Unavailable(_) => {
                tracing::warn!(%trouble, "a request could not be served");
                Self::overloaded()
            }
            Trouble::Broken(_) => {
                tracing::error!(%trouble, "a request met a defect");
                Self::internal()
            }
        }
    }
}

impl From<Vec<(String, String)>> for Refusal {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self::fields(fields)
    }
}

/// The answer to a request whose handler panicked. What it said stays in the log's own panic report.
pub(crate) fn panicked() -> Refusal {
    tracing::error!("a request handler panicked");
    Refusal::internal()
}

fn unauthorized_body() -> Unauthorized {
    let message = SOMETHING_WENT_WRONG.to_owned();
    Unauthorized {
        response_info: ResponseInfo { response_code: 401, response_message: message.clone() },
        result: ResponseResult { message },
    }
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn bytes<T: serde::Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}
