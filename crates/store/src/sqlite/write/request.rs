//! The rows of requests and payers.

use domain::{
    payment::{Payment, Rejection},
    request::Request,
    text::{Msn, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use rusqlite::{Connection, params};

use super::{Failure, load};
use crate::{
    Announce, Lane, PayerDecision, RequestDecision, decision,
    record::{RequestColumns, write_payer},
    sqlite::requests,
};

/// Lets the decision change the request, its payment and its payer, or answers the rule that stands in the way.
pub(super) fn change(
    connection: &Connection,
    msn: &Msn,
    reference: &Reference,
    payer: Option<&PhoneNumber>,
    decide: &RequestDecision,
    told: (Announce, Timestamp, &mut Vec<Lane>),
) -> Result<Result<(), Rejection>, Failure> {
    let stored = load(connection, msn, reference)?;
    let request = requests::request(connection, msn, reference)?;
    let payer = match payer {
        Some(number) => requests::payer(connection, number)?,
        None => None,
    };
    let payment = stored.as_ref().map(|(_, stored)| stored);
    let change = match decision::ask_request(payment, request.as_ref(), payer.as_ref(), decide)? {
        Ok(change) => change,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if let Some((payment, events)) = change.payment.as_ref().filter(|(_, events)| !events.is_empty()) {
        super::put(connection, stored.as_ref().map(|(row, _)| *row), payment, events, told)?;
    }
    if let (Some(request), Some((_, stored))) = (&change.request, &stored) {
        put(connection, &stored.payment, request)?;
    }
    if let Some(payer) = &change.payer {
        put_payer(connection, payer)?;
    }
    Ok(Ok(()))
}

/// The request as it is now; one that is there and has changed more often stays as it is.
pub(super) fn put(connection: &Connection, payment: &Payment, request: &Request) -> Result<(), Failure> {
    let columns = RequestColumns::of(request)?;
    let mut statement = connection.prepare_cached(
        "insert into requests (msn, reference, payer, asked_at, expires_at, next_at, version, detail)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (msn, reference) do update set payer = excluded.payer, asked_at = excluded.asked_at,
           next_at = excluded.next_at, version = excluded.version, detail = excluded.detail
         where excluded.version > requests.version",
    )?;
    statement.execute(params![
        payment.msn.as_str(),
        payment.reference.as_str(),
        columns.payer,
        columns.asked_at,
        payment.terms.expires_at.milliseconds(),
        columns.next_at,
        columns.version,
        columns.detail,
    ])?;
    Ok(())
}

/// Lets the decision change the payer.
pub(super) fn change_payer(
    connection: &Connection,
    number: &PhoneNumber,
    decide: &PayerDecision,
) -> Result<(), Failure> {
    let stored = requests::payer(connection, number)?;
    match decision::ask_payer(stored.as_ref(), decide)? {
        Some(payer) => put_payer(connection, &payer),
        None => Ok(()),
    }
}

fn put_payer(connection: &Connection, payer: &Payer) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "insert into payers (number, version, detail) values (?1, ?2, ?3)
         on conflict (number) do update set version = excluded.version, detail = excluded.detail",
    )?;
    statement.execute(params![payer.number.as_str(), payer.version, write_payer(payer)?])?;
    Ok(())
}
