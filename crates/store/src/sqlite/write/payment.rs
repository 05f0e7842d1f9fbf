//! The rows of a payment and its log.

use domain::payment::{Event, Payment, ShortLink};
use rusqlite::{Connection, params};

use super::Failure;
use crate::record::{EventColumns, PaymentColumns, StandingColumns};

pub(super) fn insert(connection: &Connection, payment: &Payment) -> Result<i64, Failure> {
    let columns = PaymentColumns::of(payment)?;
    let mut statement = connection.prepare_cached(
        "insert into payments (msn, reference, psp_reference, currency, amount, state, authorized, captured, refunded, cancelled,
           terms, created_at, expires_at, due_at, last_sequence, last_event_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    let row = statement.insert(params![
        columns.msn,
        columns.reference,
        columns.psp_reference,
        columns.currency,
        columns.amount,
        columns.standing.state,
        columns.standing.authorized,
        columns.standing.captured,
        columns.standing.refunded,
        columns.standing.cancelled,
        columns.terms,
        columns.created_at,
        columns.expires_at,
        columns.standing.due_at,
        columns.standing.last_sequence,
        columns.standing.last_event_at,
    ])?;
    Ok(row)
}

pub(super) fn update(connection: &Connection, row: i64, payment: &Payment) -> Result<i64, Failure> {
    let columns = StandingColumns::of(payment)?;
    let mut statement = connection.prepare_cached(
        "update payments set state = ?2, authorized = ?3, captured = ?4, refunded = ?5, cancelled = ?6, authorization = ?7,
           authorized_at = ?8, due_at = ?9, last_sequence = ?10, last_event_at = ?11, payer_sub = ?12
         where payment = ?1",
    )?;
    statement.execute(params![
        row,
        columns.state,
        columns.authorized,
        columns.captured,
        columns.refunded,
        columns.cancelled,
        columns.authorization,
        columns.authorized_at,
        columns.due_at,
        columns.last_sequence,
        columns.last_event_at,
        columns.payer_sub,
    ])?;
    Ok(row)
}

/// From now on the link names the payment.
pub(super) fn insert_short_link(connection: &Connection, link: ShortLink, payment: &Payment) -> Result<(), Failure> {
    let mut statement =
        connection.prepare_cached("insert into short_links (id, msn, reference) values (?1, ?2, ?3)")?;
    statement.execute(params![link.0, payment.msn.as_str(), payment.reference.as_str()])?;
    Ok(())
}

pub(super) fn insert_event(connection: &Connection, row: i64, payment: &Payment, event: &Event) -> Result<(), Failure> {
    let columns = EventColumns::of(event, payment)?;
    let mut statement = connection.prepare_cached(
        "insert into events (msn, payment, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail,
           success)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    statement.execute(params![
        payment.msn.as_str(),
        row,
        columns.sequence,
        columns.name,
        columns.currency,
        columns.amount,
        columns.at,
        columns.psp_reference,
        columns.idempotency_key,
        columns.detail,
        columns.success,
    ])?;
    Ok(())
}
