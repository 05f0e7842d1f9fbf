//! One intent inside the writer's transaction: key, load, decide, write.
//!
//! Nothing here commits. A refusal writes nothing; a failure is the writer's to roll back.

mod directory;
mod payment;

use domain::{
    payment::{Payment, Refusal, Rejection},
    text::{Msn, Reference},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    read,
    rows::{self, RowError, SELECT_PAYMENT, StoredPayment},
};
use crate::{Answer, Idempotency, Intent, Kept, Outcome, PaymentChange, PaymentDecision, Work, record};

/// Why an intent could not be carried through.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite could not; the writer judges what that means.
    Sql(rusqlite::Error),
    /// The payment was found broken before.
    SetAside,
    /// Data or decision contradicts itself; the payment named is not to be changed any more.
    Broken(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // A check or a key of the schema said no: that is our defect, and no other intent's concern.
            Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Self::Broken(format!("the schema refused the change: {error}"))
            }
            _ => Self::Sql(error),
        }
    }
}

impl From<RowError> for Failure {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Sql(error) => error.into(),
            RowError::Unreadable(what) => Self::Broken(what),
        }
    }
}

impl From<record::Unreadable> for Failure {
    fn from(unreadable: record::Unreadable) -> Self {
        Self::Broken(unreadable.0)
    }
}

pub(super) fn carry_out(connection: &Connection, intent: &Intent) -> Result<Outcome, Failure> {
    match &intent.work {
        Work::Payment { msn, reference, idempotency, decide } => {
            if let Some(idempotency) = idempotency
                && let Some(kept) = kept(connection, msn, idempotency)?
            {
                return Ok(kept.outcome_for(&idempotency.fingerprint));
            }
            let answer = match change_payment(connection, msn, reference, decide)? {
                Ok(answer) => answer,
                Err(rejection) => return Ok(Outcome::Rejected(rejection)),
            };
            if let Some(idempotency) = idempotency {
                keep(connection, msn, idempotency, &answer, intent.now)?;
            }
            Ok(Outcome::Done(answer))
        }
        Work::Directory { decide } => {
            let stored = read::directory(connection)?;
            if let Some(change) = decide(&stored) {
                directory::change(connection, &change, intent.now)?;
            }
            Ok(Outcome::Done(Answer::none()))
        }
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
) -> Result<Result<Answer, Rejection>, Failure> {
    let stored = load(connection, msn, reference)?;
    if stored.as_ref().is_some_and(|stored| stored.quarantined) {
        return Err(Failure::SetAside);
    }
    let change = match decide(stored.as_ref().map(|stored| &stored.payment)) {
        Ok(change) => change,
        Err(Refusal::Rule(rejection)) => return Ok(Err(rejection)),
        Err(Refusal::Broken(broken)) => return Err(Failure::Broken(broken.0.to_owned())),
    };
    check(stored.as_ref(), &change)?;
    if !change.events.is_empty() {
        let row = match &stored {
            Some(stored) => payment::update(connection, stored.row, &change.payment)?,
            None => payment::insert(connection, &change.payment)?,
        };
        for event in &change.events {
            payment::insert_event(connection, row, &change.payment, event)?;
        }
        if let Some(link) = change.short_link.filter(|_| stored.is_none()) {
            payment::insert_short_link(connection, link, &change.payment)?;
        }
    }
    match change.refused {
        Some(rejection) => Ok(Err(rejection)),
        None => Ok(Ok(change.answer)),
    }
}

/// What is about to be written must be the fold of what is stored and the new events. Asserted here, where every change passes.
fn check(stored: Option<&StoredPayment>, change: &PaymentChange) -> Result<(), Failure> {
    let mut events = change.events.iter();
    let start = match (stored, &change.payment) {
        (Some(stored), _) => Ok(stored.payment.clone()),
        (None, Payment { msn, reference, terms, .. }) => match events.next() {
            Some(first) => Payment::opened(msn.clone(), reference.clone(), terms.clone(), first),
            None => return Err(Failure::Broken("a payment without events".to_owned())),
        },
    };
    let folded = start.and_then(|start| events.try_fold(start, |payment, event| payment.after(event)));
    match folded {
        Ok(folded) if folded == change.payment => Ok(()),
        Ok(_) => Err(Failure::Broken("the change is not what its events make of it".to_owned())),
        Err(broken) => Err(Failure::Broken(broken.0.to_owned())),
    }
}

fn load(connection: &Connection, msn: &Msn, reference: &Reference) -> Result<Option<StoredPayment>, Failure> {
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
