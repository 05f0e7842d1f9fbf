//! The refusals that many operations share, as the documents describe them.
#![allow(dead_code, reason = "these types are described, never made")]

use utoipa::IntoResponses;
use wire::problem::{AccessError, GatewayError, Problem, Unauthorized};

/// Of every operation that needs a token.
#[derive(IntoResponses)]
pub(crate) enum GuardRefusals {
    /// A subscription key or a token that is missing or none.
    #[response(status = 401)]
    Unauthorized(AccessError),
    /// The sales unit may not, or is not the caller's.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
}

/// Of every operation on registrations.
#[derive(IntoResponses)]
pub(crate) enum ScopeRefusals {
    /// Violated fields, or a header that is none.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// A subscription key or a token that is missing or none.
    #[response(status = 401)]
    Unauthorized(AccessError),
    /// The sales unit may not, or is not the caller's.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
}

/// Of every operation with a body.
#[derive(IntoResponses)]
pub(crate) enum BodyRefusals {
    /// The body did not arrive in time.
    #[response(status = 408)]
    TooSlow(GatewayError),
    /// The body is larger than 1 MiB; where it holds a picture, than 4 MiB.
    #[response(status = 413)]
    TooLarge(GatewayError),
    /// The body is compressed.
    #[response(status = 415)]
    Encoded(GatewayError),
}

/// Of every operation.
#[derive(IntoResponses)]
pub(crate) enum Failures {
    /// A defect of ours; repeat the request with the same key.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// Busy, or not able to write now; `Retry-After` says when to come back.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// Of a read that needs no subscription key.
#[derive(IntoResponses)]
pub(crate) enum TokenRefusals {
    /// The header Merchant-Serial-Number is no number of a sales unit.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// A token that is missing or none.
    #[response(status = 401)]
    Unauthorized(Unauthorized),
    /// The sales unit may not, or is not the caller's.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
}

/// Of every operation on a payment that is there.
#[derive(IntoResponses)]
pub(crate) enum PaymentRefusals {
    /// The sales unit has no such payment.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
}

/// Of every operation that is counted.
#[derive(IntoResponses)]
pub(crate) enum CountRefusals {
    /// Too many calls; `Retry-After` says when to come back.
    #[response(status = 429)]
    TooMany(GatewayError),
}

/// Of an approval in somebody's stead.
#[derive(IntoResponses)]
pub(crate) enum ApproveRefusals {
    /// Violated fields, or a rule with its number.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// The only card of the test payer has expired; or a defect of ours.
    #[response(status = 500, content_type = "application/problem+json")]
    CardExpired(Problem),
}

/// Of every operation that changes something under a key.
#[derive(IntoResponses)]
pub(crate) enum ChangeRefusals {
    /// Violated fields, or a rule with its number.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// The key, or the reference, was used for something else.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// The first request under the key is still being carried out.
    #[response(status = 423, content_type = "application/problem+json")]
    Locked(Problem),
}
