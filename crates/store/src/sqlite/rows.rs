//! Rows of SQLite as columns: one function per table. What the columns mean is in `record`, for every keeper alike.

use std::borrow::Cow;

use domain::{merchant::SalesUnit, payment::Event, time::Timestamp};
use rusqlite::Row;

use crate::{
    Connection, KeySet, Partner,
    record::{self, EventColumns, KeySetColumns, PaymentColumns, StandingColumns, StoredPayment, Unreadable},
};

/// What can go wrong with a row.
#[derive(Debug)]
pub(super) enum RowError {
    /// SQLite could not answer.
    Sql(rusqlite::Error),
    /// It answered something that makes no sense.
    Unreadable(String),
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
        match error {
            // The answer came; a value in it is of the wrong kind, length or size.
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => {
                Self::Unreadable(error.to_string())
            }
            error => Self::Sql(error),
        }
    }
}

impl From<Unreadable> for RowError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable.0)
    }
}

/// What [`payment`] reads, in its order.
pub(super) const SELECT_PAYMENT: &str =
    "select payment, quarantined, msn, reference, psp_reference, currency, amount, state, authorized, captured, refunded, cancelled,
       terms, authorization, authorized_at, created_at, expires_at, last_sequence, last_event_at, due_at
     from payments where msn = ?1 and reference = ?2";

/// The payment and its place in order of arrival.
pub(super) fn payment(row: &Row<'_>) -> Result<(i64, StoredPayment), RowError> {
    let due_at: Option<i64> = row.get(19)?;
    let columns = PaymentColumns {
        msn: text(row, 2)?,
        reference: text(row, 3)?,
        psp_reference: row.get(4)?,
        currency: text(row, 5)?,
        amount: row.get(6)?,
        terms: text(row, 12)?.into(),
        created_at: row.get(15)?,
        expires_at: row.get(16)?,
        standing: StandingColumns {
            state: text(row, 7)?,
            authorized: row.get(8)?,
            captured: row.get(9)?,
            refunded: row.get(10)?,
            cancelled: row.get(11)?,
            authorization: optional_text(row, 13)?.map(Cow::Borrowed),
            authorized_at: row.get(14)?,
            payer_sub: None,
            due_at,
            last_sequence: row.get(17)?,
            last_event_at: row.get(18)?,
        },
    };
    let due_at = due_at.map(Timestamp::from_milliseconds);
    Ok((row.get(0)?, StoredPayment { quarantined: row.get(1)?, due_at, payment: columns.read()? }))
}

/// What [`event`] reads, in its order.
pub(super) const SELECT_EVENTS: &str =
    "select sequence, name, amount, at, psp_reference, idempotency_key, detail, success, currency
     from events where msn = ?1 and payment = ?2 order by sequence";

pub(super) fn event(row: &Row<'_>) -> Result<Event, RowError> {
    let columns = EventColumns {
        sequence: row.get(0)?,
        name: text(row, 1)?,
        currency: text(row, 8)?,
        amount: row.get(2)?,
        at: row.get(3)?,
        psp_reference: row.get(4)?,
        idempotency_key: optional_text(row, 5)?,
        detail: optional_text(row, 6)?.map(Cow::Borrowed),
        success: row.get(7)?,
    };
    Ok(columns.read()?)
}

/// What [`sales_unit`] reads, in its order.
pub(super) const SELECT_SALES_UNITS: &str = "select msn, name, market, space, flags from sales_units order by msn";

pub(super) fn sales_unit(row: &Row<'_>) -> Result<SalesUnit, RowError> {
    Ok(record::read_sales_unit(text(row, 0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?, text(row, 4)?)?)
}

/// What [`key_set`] reads, in its order.
pub(super) const SELECT_KEY_SETS: &str =
    "select id, msn, partner, client_id, generation, client_secret, primary_key, secondary_key
     from key_sets order by coalesce(msn, partner), id";

pub(super) fn key_set(row: &Row<'_>) -> Result<KeySet, RowError> {
    let columns = KeySetColumns {
        id: row.get(0)?,
        msn: optional_text(row, 1)?,
        partner: optional_text(row, 2)?,
        client_id: text(row, 3)?,
        generation: row.get(4)?,
        client_secret: row.get(5)?,
        primary_key: row.get(6)?,
        secondary_key: row.get(7)?,
    };
    Ok(columns.read()?)
}

/// What [`partner`] reads, in its order.
pub(super) const SELECT_PARTNERS: &str = "select partner, name from partners order by partner";

pub(super) fn partner(row: &Row<'_>) -> Result<Partner, RowError> {
    Ok(record::read_partner(text(row, 0)?, text(row, 1)?)?)
}

/// What [`connection`] reads, in its order.
pub(super) const SELECT_CONNECTIONS: &str = "select msn, partner from partner_connections order by msn";

pub(super) fn connection(row: &Row<'_>) -> Result<Connection, RowError> {
    Ok(record::read_connection(text(row, 0)?, text(row, 1)?)?)
}

pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, RowError> {
    optional_text(row, column)?.ok_or_else(|| no_text(column))
}

pub(super) fn optional_text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, RowError> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| no_text(column))
}

fn no_text(column: usize) -> RowError {
    RowError::Unreadable(format!("column {column} holds no text"))
}

pub(super) fn blob<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], RowError> {
    row.get_ref(column)?.as_blob().map_err(|_| RowError::Unreadable(format!("column {column} holds no bytes")))
}
