//! The rows of a payment and its log.

use domain::{
    payment::{Event, Occurrence, Payment, ShortLink, State},
    time::Timestamp,
};
use rusqlite::{Connection, params};

use super::Failure;
use crate::record;

pub(super) fn insert(connection: &Connection, payment: &Payment) -> Result<i64, Failure> {
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

pub(super) fn update(connection: &Connection, row: i64, payment: &Payment) -> Result<i64, Failure> {
    let sums = payment.aggregate();
    let (authorization, authorized_at, payer_sub) = match &payment.state {
        State::Authorized(reservation) => (
            Some(record::write_authorization(reservation.authorization())?),
            Some(reservation.authorized_at().milliseconds()),
            reservation.authorization().profile.as_ref().map(|profile| profile.sub.0),
        ),
        _ => (None, None, None),
    };
    let mut statement = connection.prepare_cached(
        "update payments set state = ?2, authorized = ?3, captured = ?4, refunded = ?5, cancelled = ?6, authorization = ?7,
           authorized_at = ?8, due_at = ?9, last_sequence = ?10, last_event_at = ?11, payer_sub = ?12
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
        payer_sub,
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
    let Event { sequence, occurrence, at, psp_reference, idempotency_key } = event;
    let detail = match occurrence {
        Occurrence::Authorized(authorization) => Some(record::write_authorization(authorization)?),
        _ => None,
    };
    let amount = occurrence.amount(payment);
    let mut statement = connection.prepare_cached(
        "insert into events (msn, payment, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail,
           success)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
        occurrence.succeeded(),
    ])?;
    Ok(())
}
