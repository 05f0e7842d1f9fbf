//! One intent inside the writer's transaction: key, load, decide, write.
//!
//! Nothing here commits. A refusal writes nothing; a failure is the writer's to roll back.

use domain::{
    merchant::SalesUnit,
    payment::{Event, Occurrence, Payment, Refusal, State},
    text::{Msn, Reference},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{self, RowError, SELECT_PAYMENT, SELECT_SALES_UNITS, StoredPayment};
use crate::{
    Answer, Digest, Idempotency, Intent, Kept, KeyKind, KeySetId, NewSalesUnit, Outcome, PaymentChange,
    PaymentDecision, SalesUnitChange, Work, record,
};

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
    if let Some(idempotency) = &intent.idempotency
        && let Some(kept) = kept(connection, &intent.msn, idempotency)?
    {
        return Ok(kept.outcome_for(&idempotency.fingerprint));
    }
    match &intent.work {
        Work::Payment { reference, decide } => change_payment(connection, intent, reference, decide),
        Work::SalesUnit { decide } => {
            let stored = sales_unit(connection, &intent.msn)?;
            if let Some(change) = decide(stored.as_ref()) {
                change_sales_unit(connection, &intent.msn, &change)?;
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

fn change_payment(
    connection: &Connection,
    intent: &Intent,
    reference: &Reference,
    decide: &PaymentDecision,
) -> Result<Outcome, Failure> {
    let stored = load(connection, &intent.msn, reference)?;
    if stored.as_ref().is_some_and(|stored| stored.quarantined) {
        return Err(Failure::SetAside);
    }
    let change = match decide(stored.as_ref().map(|stored| &stored.payment)) {
        Ok(change) => change,
        Err(Refusal::Rule(rejection)) => return Ok(Outcome::Rejected(rejection)),
        Err(Refusal::Broken(broken)) => return Err(Failure::Broken(broken.0.to_owned())),
    };
    check(stored.as_ref(), &change)?;
    if !change.events.is_empty() {
        let row = match &stored {
            Some(stored) => update_payment(connection, stored.row, &change.payment)?,
            None => insert_payment(connection, &change.payment)?,
        };
        for event in &change.events {
            insert_event(connection, row, &change.payment, event)?;
        }
    }
    if let Some(idempotency) = &intent.idempotency {
        keep(connection, &intent.msn, idempotency, &change.answer, intent.now)?;
    }
    Ok(Outcome::Done(change.answer))
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

fn insert_payment(connection: &Connection, payment: &Payment) -> Result<i64, Failure> {
    let sums = payment.aggregate();
    let mut statement = connection.prepare_cached(
        "insert into payments (msn, reference, psp_reference, currency, amount, state, authorized, captured, refunded, cancelled,
           terms, created_at, expires_at, due_at, last_sequence, last_event_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    let row = statement.insert(params![
        payment.msn.as_str(),
        payment.reference.as_str(),
        payment.psp_reference.0,
        payment.terms.amount.currency.code(),
        payment.terms.amount.value.value(),
        payment.state.name(),
        sums.authorized.value(),
        sums.captured.value(),
        sums.refunded.value(),
        sums.cancelled.value(),
        record::write_terms(&payment.terms)?,
        payment.created_at.milliseconds(),
        payment.terms.expires_at.milliseconds(),
        payment.due_at().map(Timestamp::milliseconds),
        payment.last_sequence,
        payment.last_event_at.milliseconds(),
    ])?;
    Ok(row)
}

fn update_payment(connection: &Connection, row: i64, payment: &Payment) -> Result<i64, Failure> {
    let sums = payment.aggregate();
    let (authorization, authorized_at) = match &payment.state {
        State::Authorized(reservation) => (
            Some(record::write_authorization(reservation.authorization())?),
            Some(reservation.authorized_at().milliseconds()),
        ),
        _ => (None, None),
    };
    let mut statement = connection.prepare_cached(
        "update payments set state = ?2, authorized = ?3, captured = ?4, refunded = ?5, cancelled = ?6, authorization = ?7,
           authorized_at = ?8, due_at = ?9, last_sequence = ?10, last_event_at = ?11
         where payment = ?1",
    )?;
    statement.execute(params![
        row,
        payment.state.name(),
        sums.authorized.value(),
        sums.captured.value(),
        sums.refunded.value(),
        sums.cancelled.value(),
        authorization,
        authorized_at,
        payment.due_at().map(Timestamp::milliseconds),
        payment.last_sequence,
        payment.last_event_at.milliseconds(),
    ])?;
    Ok(row)
}

fn insert_event(connection: &Connection, row: i64, payment: &Payment, event: &Event) -> Result<(), Failure> {
    let Event { sequence, occurrence, at, psp_reference, idempotency_key } = event;
    let detail = match occurrence {
        Occurrence::Authorized(authorization) => Some(record::write_authorization(authorization)?),
        _ => None,
    };
    let amount = occurrence.amount(payment);
    let mut statement = connection.prepare_cached(
        "insert into events (msn, payment, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    statement.execute(params![
        payment.msn.as_str(),
        row,
        sequence,
        occurrence.name().as_str(),
        amount.currency.code(),
        amount.value.value(),
        at.milliseconds(),
        psp_reference.0,
        idempotency_key.as_ref().map(|key| key.as_str()),
        detail,
    ])?;
    Ok(())
}

fn sales_unit(connection: &Connection, msn: &Msn) -> Result<Option<SalesUnit>, Failure> {
    let mut statement = connection.prepare_cached(SELECT_SALES_UNITS)?;
    let mut found = statement.query(params![Some(msn.as_str())])?;
    match found.next()? {
        Some(row) => Ok(Some(rows::sales_unit(row)?)),
        None => Ok(None),
    }
}

fn change_sales_unit(connection: &Connection, msn: &Msn, change: &SalesUnitChange) -> Result<(), Failure> {
    match change {
        SalesUnitChange::Create(new) => insert_sales_unit(connection, new),
        SalesUnitChange::Update(unit) => update_sales_unit(connection, unit),
        SalesUnitChange::ReplaceKey { key_set, key, digest } => replace_key(connection, msn, *key_set, *key, *digest),
    }
}

fn replace_key(
    connection: &Connection,
    msn: &Msn,
    key_set: KeySetId,
    key: KeyKind,
    digest: Digest,
) -> Result<(), Failure> {
    let sql = match key {
        KeyKind::ClientSecret => "update key_sets set client_secret = ?3 where msn = ?1 and id = ?2",
        KeyKind::PrimarySubscriptionKey => "update key_sets set primary_key = ?3 where msn = ?1 and id = ?2",
        KeyKind::SecondarySubscriptionKey => "update key_sets set secondary_key = ?3 where msn = ?1 and id = ?2",
    };
    connection.execute(sql, params![msn.as_str(), key_set.0, digest.0])?;
    Ok(())
}

fn update_sales_unit(connection: &Connection, unit: &SalesUnit) -> Result<(), Failure> {
    let SalesUnit { msn, name, market, space, flags } = unit;
    connection.execute(
        "update sales_units set name = ?2, market = ?3, space = ?4, flags = ?5 where msn = ?1",
        params![msn.as_str(), name.as_str(), market.code(), space.as_str(), rows::flags_text(*flags)],
    )?;
    Ok(())
}

fn insert_sales_unit(connection: &Connection, new: &NewSalesUnit) -> Result<(), Failure> {
    let NewSalesUnit { unit, key_set, created_at } = new;
    let SalesUnit { msn, name, market, space, flags } = unit;
    connection.execute(
        "insert into sales_units (msn, name, market, space, flags, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            msn.as_str(),
            name.as_str(),
            market.code(),
            space.as_str(),
            rows::flags_text(*flags),
            created_at.milliseconds(),
        ],
    )?;
    let [primary, secondary] = key_set.subscription_keys;
    connection.execute(
        "insert into key_sets (msn, id, client_id, client_secret, primary_key, secondary_key, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            key_set.msn.as_str(),
            key_set.id.0,
            key_set.client_id,
            key_set.client_secret.0,
            primary.0,
            secondary.0,
            created_at.milliseconds()
        ],
    )?;
    Ok(())
}
