//! Rows of PostgreSQL as columns: one function per table. What the columns mean is in `record`, for every keeper alike.

use std::borrow::Cow;

use domain::{merchant::SalesUnit, payment::Event, time::Timestamp};
use tokio_postgres::{Row, types::FromSql};

use super::fault::Fault;
use crate::{
    Answer, Connection, Kept, KeySet, Partner,
    record::{self, EventColumns, KeySetColumns, PaymentColumns, StandingColumns, StoredPayment},
};

/// The payment of a row that begins with the columns of [`LOCK_PAYMENTS`](super::statements::LOCK_PAYMENTS).
pub(super) fn payment(row: &Row) -> Result<StoredPayment, Fault> {
    let due_at: Option<i64> = get(row, 17)?;
    let columns = PaymentColumns {
        msn: get(row, 18)?,
        reference: get(row, 0)?,
        psp_reference: bytes(row, 2)?,
        currency: get(row, 3)?,
        amount: get(row, 4)?,
        terms: Cow::Borrowed(get(row, 5)?),
        created_at: get(row, 6)?,
        expires_at: get(row, 7)?,
        standing: StandingColumns {
            state: get(row, 8)?,
            authorized: get(row, 9)?,
            captured: get(row, 10)?,
            refunded: get(row, 11)?,
            cancelled: get(row, 12)?,
            authorization: get::<Option<&str>>(row, 13)?.map(Cow::Borrowed),
            authorized_at: get(row, 14)?,
            payer_sub: None,
            due_at,
            last_sequence: number(row, 15)?,
            last_event_at: get(row, 16)?,
        },
    };
    let due_at = due_at.map(Timestamp::from_milliseconds);
    Ok(StoredPayment { quarantined: get(row, 1)?, due_at, payment: columns.read()? })
}

/// The event of a row, whose columns begin at `first`.
pub(super) fn event(row: &Row, first: usize) -> Result<Event, Fault> {
    let columns = EventColumns {
        sequence: number(row, first)?,
        name: get(row, first + 1)?,
        currency: get(row, first + 2)?,
        amount: get(row, first + 3)?,
        at: get(row, first + 4)?,
        psp_reference: bytes(row, first + 5)?,
        idempotency_key: get(row, first + 6)?,
        detail: get::<Option<&str>>(row, first + 7)?.map(Cow::Borrowed),
        success: get(row, first + 8)?,
    };
    Ok(columns.read()?)
}

/// What was kept, whose columns begin at `first`.
pub(super) fn kept(row: &Row, first: usize) -> Result<Kept, Fault> {
    let status: i32 = get(row, first + 1)?;
    let body: &[u8] = get(row, first + 2)?;
    let status = u16::try_from(status).map_err(|_| record::odd("a status"))?;
    Ok(Kept { fingerprint: bytes(row, first)?, answer: Answer { status, body: body.to_vec().into() } })
}

pub(super) fn sales_unit(row: &Row) -> Result<SalesUnit, Fault> {
    Ok(record::read_sales_unit(get(row, 0)?, get(row, 1)?, get(row, 2)?, get(row, 3)?, get(row, 4)?)?)
}

pub(super) fn partner(row: &Row) -> Result<Partner, Fault> {
    Ok(record::read_partner(get(row, 0)?, get(row, 1)?)?)
}

pub(super) fn connection(row: &Row) -> Result<Connection, Fault> {
    Ok(record::read_connection(get(row, 0)?, get(row, 1)?)?)
}

pub(super) fn key_set(row: &Row) -> Result<KeySet, Fault> {
    let columns = KeySetColumns {
        id: bytes(row, 0)?,
        msn: get(row, 1)?,
        partner: get(row, 2)?,
        client_id: get(row, 3)?,
        generation: number(row, 4)?,
        client_secret: optional_bytes(row, 5)?,
        primary_key: optional_bytes(row, 6)?,
        secondary_key: optional_bytes(row, 7)?,
    };
    Ok(columns.read()?)
}

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Fault> {
    Ok(row.try_get(column)?)
}

pub(super) fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], Fault> {
    let found: &[u8] = get(row, column)?;
    Ok(found.try_into().map_err(|_| record::odd("the length of a value"))?)
}

pub(super) fn optional_bytes<const N: usize>(row: &Row, column: usize) -> Result<Option<[u8; N]>, Fault> {
    let found: Option<&[u8]> = get(row, column)?;
    Ok(found.map(TryInto::try_into).transpose().map_err(|_| record::odd("the length of a value"))?)
}

/// PostgreSQL has no whole numbers without a sign.
pub(super) fn number(row: &Row, column: usize) -> Result<u32, Fault> {
    let found: i64 = get(row, column)?;
    Ok(u32::try_from(found).map_err(|_| record::odd("a number"))?)
}
