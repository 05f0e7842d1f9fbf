//! One intent inside the writer's transaction: key, load, decide, write.
//!
//! Nothing here commits. A refusal writes nothing; a failure is the writer's to roll back.

mod delivery;
mod directory;
mod order;
mod payment;
mod request;
mod webhook;

use domain::{
    payment::{Event, Payment, Rejection},
    text::{Msn, Reference},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    claims::Claims,
    read,
    rows::{self, RowError, SELECT_PAYMENT},
};
use crate::{
    Announce, Answer, Idempotency, Intent, Kept, Lane, Outcome, PaymentDecision, Work,
    decision::{self, Defect},
    record::{StoredPayment, Unreadable},
};

/// Why an intent could not be carried through.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite could not; the writer judges what that means.
    Sql(rusqlite::Error),
    /// Data or decision contradicts itself.
    Defect(Defect),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // A check or a key of the schema said no: that is our defect, and no other intent's concern.
            Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Self::Defect(Defect::Broken(format!("the schema refused the change: {error}")))
            }
            _ => Self::Sql(error),
        }
    }
}

impl From<RowError> for Failure {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Sql(error) => error.into(),
            RowError::Unreadable(what) => Self::Defect(Defect::Broken(what)),
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        Self::Defect(unreadable.into())
    }
}

impl From<Defect> for Failure {
    fn from(defect: Defect) -> Self {
        Self::Defect(defect)
    }
}

/// Carries the intent out, and notes where something is to be sent of it.
pub(super) fn carry_out(
    connection: &Connection,
    intent: &Intent,
    claims: &Claims,
    lanes: &mut Vec<Lane>,
) -> Result<Outcome, Failure> {
    match &intent.work {
        Work::Payment { msn, reference, idempotency, decide, announce } => {
            if let Some(idempotency) = idempotency
                && let Some(kept) = kept(connection, msn, idempotency)?
            {
                return Ok(kept.outcome_for(&idempotency.fingerprint));
            }
            let answer = match change_payment(connection, msn, reference, decide, (*announce, intent.now, lanes))? {
                Ok(answer) => answer,
                Err(rejection) => return Ok(Outcome::Rejected(rejection)),
            };
            if let Some(idempotency) = idempotency {
                keep(connection, msn, idempotency, &answer, intent.now)?;
            }
            Ok(Outcome::Done(answer))
        }
        Work::Request { msn, reference, payer, decide, announce } => {
            let told = (*announce, intent.now, lanes);
            Ok(match request::change(connection, msn, reference, payer.as_ref(), decide, told)? {
                Ok(()) => Outcome::Done(Answer::none()),
                Err(rejection) => Outcome::Rejected(rejection),
            })
        }
        Work::Payer { number, decide } => {
            request::change_payer(connection, number, decide)?;
            Ok(Outcome::Done(Answer::none()))
        }
        Work::Directory { decide } => {
            let stored = read::directory(connection)?;
            if let Some(change) = decision::ask_directory(&stored, decide)? {
                directory::change(connection, &change, intent.now)?;
            }
            Ok(Outcome::Done(Answer::none()))
        }
        Work::Webhooks { owner, decide } => {
            webhook::change(connection, owner, decide)?;
            Ok(Outcome::Done(Answer::none()))
        }
        Work::Deliveries(change) => {
            delivery::change(connection, change, intent.now, claims, lanes)?;
            Ok(Outcome::Done(Answer::none()))
        }
        Work::Order { msn, subject, decide } => order::change(connection, msn, subject, decide),
    }
}

/// From now on the payment can be read but not changed, and nothing about it is due.
pub(super) fn quarantine(connection: &Connection, msn: &Msn, reference: &Reference) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("update payments set quarantined = 1, due_at = null where msn = ?1 and reference = ?2")?
        .execute(params![msn.as_str(), reference.as_str()])
        .map(drop)
}

/// The answer, once what the decision asked for is written; or the refusal, which a failed attempt in the log may stand beside.
fn change_payment(
    connection: &Connection,
    msn: &Msn,
    reference: &Reference,
    decide: &PaymentDecision,
    (announce, now, lanes): (Announce, Timestamp, &mut Vec<Lane>),
) -> Result<Result<Answer, Rejection>, Failure> {
    let stored = load(connection, msn, reference)?;
    let change = match decision::ask(stored.as_ref().map(|(_, stored)| stored), decide)? {
        Ok(change) => change,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if !change.events.is_empty() {
        let row = stored.as_ref().map(|(row, _)| *row);
        put(connection, row, &change.payment, &change.events, (announce, now, lanes))?;
        if let Some(request) = &change.request {
            request::put(connection, &change.payment, request)?;
        }
        if let Some(link) = change.short_link.filter(|_| stored.is_none()) {
            payment::insert_short_link(connection, link, &change.payment)?;
        }
        if let Some(receipt) = change.receipt.filter(|_| stored.is_none()) {
            order::insert_receipt(connection, msn, &receipt)?;
        }
    }
    match change.refused {
        Some(rejection) => Ok(Err(rejection)),
        None => Ok(Ok(change.answer)),
    }
}

/// The payment as it has become, with the events that made it so and word of them.
fn put(
    connection: &Connection,
    row: Option<i64>,
    payment: &Payment,
    events: &[Event],
    (announce, now, lanes): (Announce, Timestamp, &mut Vec<Lane>),
) -> Result<(), Failure> {
    let row = match row {
        Some(row) => payment::update(connection, row, payment)?,
        None => payment::insert(connection, payment)?,
    };
    for event in events {
        payment::insert_event(connection, row, payment, event)?;
    }
    delivery::tell(connection, payment, events, announce, now, lanes)
}

fn load(connection: &Connection, msn: &Msn, reference: &Reference) -> Result<Option<(i64, StoredPayment)>, Failure> {
    let mut statement = connection.prepare_cached(SELECT_PAYMENT)?;
    let mut found = statement.query(params![msn.as_str(), reference.as_str()])?;
    match found.next()? {
        Some(row) => Ok(Some(rows::payment(row)?)),
        None => Ok(None),
    }
}

fn kept(connection: &Connection, msn: &Msn, idempotency: &Idempotency) -> Result<Option<Kept>, Failure> {
    let mut statement = connection.prepare_cached(
        "select fingerprint, status, body from kept_answers
         where msn = ?1 and operation = ?2 and reference = ?3 and idempotency_key = ?4",
    )?;
    let found = statement
        .query_row(
            params![msn.as_str(), idempotency.operation.name(), scope(idempotency), idempotency.key.as_str()],
            |row| {
                let body: Vec<u8> = row.get(2)?;
                Ok(Kept { fingerprint: row.get(0)?, answer: Answer { status: row.get(1)?, body: body.into() } })
            },
        )
        .optional()?;
    Ok(found)
}

fn keep(
    connection: &Connection,
    msn: &Msn,
    idempotency: &Idempotency,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "insert into kept_answers (msn, operation, reference, idempotency_key, fingerprint, status, body, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        msn.as_str(),
        idempotency.operation.name(),
        scope(idempotency),
        idempotency.key.as_str(),
        idempotency.fingerprint,
        answer.status,
        answer.body.as_ref(),
        now.milliseconds(),
    ])?;
    Ok(())
}

fn scope(idempotency: &Idempotency) -> &str {
    idempotency.reference.as_ref().map_or("", Reference::as_str)
}
