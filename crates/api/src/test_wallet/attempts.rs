//! `GET /_kasse/test/payments/{reference}/attempts`: what was declined, which no published API tells.

use axum::{Extension, extract::State, http::StatusCode, response::Response};
use domain::request::{Note, NoteKind};
use engine::access::Tenant;
use wire::{
    problem::JSON,
    test_wallet::{Attempt, Attempts},
};

use super::reference_of;
use crate::{Api, Refusal, convert, epayment::rejection::reference_not_found, path::Part, reply};

/// Every attempt that is still in the record, first to last.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    Part(reference): Part,
) -> Result<Response, Refusal> {
    let reference = reference_of(&reference, &tenant)?;
    let asked = api.engine().asked(tenant.unit(), &reference).await?;
    let asked = asked.ok_or_else(|| reference_not_found(reference.as_str(), &tenant))?;
    let attempts = asked.request.notes.iter().filter_map(attempt).collect();
    Ok(reply::json(StatusCode::OK, JSON, &Attempts { attempts }))
}

fn attempt(note: &Note) -> Option<Attempt> {
    let reason = note.reason.filter(|_| note.kind == NoteKind::DeclinedAttempt)?;
    Some(Attempt {
        at: convert::timestamp(note.at),
        source: note.source.as_ref().map(|source| source.as_str().to_owned()),
        reason: reason.key().to_owned(),
    })
}
