//! Rows and the domain's values: one function per direction and table.
//!
//! What is read back is parsed as strictly as what comes from outside: a row that no longer makes sense is [`Unreadable`], never a guess.

use domain::{
    merchant::{Flag, Flags, Market, SalesUnit},
    money::{Currency, MinorUnits, Money},
    payment::{Event, Occurrence, Payment, PspReference, Reservation, State},
    text::{IdempotencyKey, Msn, PartnerId, PartnerName, Reference, SalesUnitName, Space},
    time::Timestamp,
};
use rusqlite::Row;

use crate::{
    Connection, Digest, KeyHolder, KeySet, KeySetId, Partner,
    record::{self, Unreadable},
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

/// A payment as stored, with what only the keeper needs to know of it.
pub(super) struct StoredPayment {
    /// Its place in order of arrival.
    pub(super) row: i64,
    /// Whether it may only be read.
    pub(super) quarantined: bool,
    /// When it is looked at though nobody asks.
    pub(super) due_at: Option<Timestamp>,
    pub(super) payment: Payment,
}

/// What [`payment`] reads, in its order.
pub(super) const SELECT_PAYMENT: &str =
    "select payment, quarantined, msn, reference, psp_reference, currency, amount, state, authorized, captured, refunded, cancelled,
       terms, authorization, authorized_at, created_at, expires_at, last_sequence, last_event_at, due_at
     from payments where msn = ?1 and reference = ?2";

pub(super) fn payment(row: &Row<'_>) -> Result<StoredPayment, RowError> {
    let currency = Currency::from_code(text(row, 5)?).ok_or_else(|| odd("currency"))?;
    let amount = Money { value: minor_units(row, 6)?, currency };
    let stored = StoredPayment {
        row: row.get(0)?,
        quarantined: row.get(1)?,
        due_at: row.get::<_, Option<i64>>(19)?.map(Timestamp::from_milliseconds),
        payment: Payment {
            msn: Msn::parse(text(row, 2)?).map_err(|_| odd("msn"))?,
            reference: Reference::parse(text(row, 3)?).map_err(|_| odd("reference"))?,
            psp_reference: PspReference(row.get(4)?),
            terms: record::read_terms(text(row, 12)?, amount, time(row, 16)?)?,
            created_at: time(row, 15)?,
            state: state(row)?,
            last_sequence: row.get(17)?,
            last_event_at: time(row, 18)?,
        },
    };
    let sums = stored.payment.aggregate();
    let columns = [minor_units(row, 8)?, minor_units(row, 9)?, minor_units(row, 10)?, minor_units(row, 11)?];
    if [sums.authorized, sums.captured, sums.refunded, sums.cancelled] != columns {
        return Err(odd("its sums"));
    }
    Ok(stored)
}

fn state(row: &Row<'_>) -> Result<State, RowError> {
    Ok(match text(row, 7)? {
        "CREATED" => State::Created,
        "ABORTED" => State::Aborted,
        "EXPIRED" => State::Expired,
        "TERMINATED" => State::Terminated,
        "AUTHORIZED" => {
            let untouched = Reservation::new(record::read_authorization(text(row, 13)?)?, time(row, 14)?);
            let moved = untouched.with_movements(minor_units(row, 9)?, minor_units(row, 10)?, minor_units(row, 11)?);
            State::Authorized(moved.ok_or_else(|| odd("its sums"))?)
        }
        _ => return Err(odd("state")),
    })
}

/// What [`event`] reads, in its order.
pub(super) const SELECT_EVENTS: &str =
    "select sequence, name, amount, at, psp_reference, idempotency_key, detail, success
     from events where msn = ?1 and payment = ?2 order by sequence";

pub(super) fn event(row: &Row<'_>) -> Result<Event, RowError> {
    let amount = minor_units(row, 2)?;
    let key: Option<Box<str>> = row.get(5)?;
    Ok(Event {
        sequence: row.get(0)?,
        occurrence: match text(row, 1)? {
            "CREATED" => Occurrence::Created,
            "AUTHORIZED" => {
                let authorization = record::read_authorization(text(row, 6)?)?;
                if authorization.amount != amount {
                    return Err(odd("the sum of an event"));
                }
                Occurrence::Authorized(authorization)
            }
            "CAPTURED" => Occurrence::Captured(amount),
            "REFUNDED" if row.get(7)? => Occurrence::Refunded(amount),
            "REFUNDED" => Occurrence::RefundRefused(amount),
            "CANCELLED" => Occurrence::Cancelled(amount),
            "ABORTED" => Occurrence::Aborted,
            "EXPIRED" => Occurrence::Expired,
            "TERMINATED" => Occurrence::Terminated,
            _ => return Err(odd("the name of an event")),
        },
        at: time(row, 3)?,
        psp_reference: PspReference(row.get(4)?),
        idempotency_key: key.map(|key| IdempotencyKey::parse(&key).map_err(|_| odd("idempotency_key"))).transpose()?,
    })
}

/// What [`sales_unit`] reads, in its order.
pub(super) const SELECT_SALES_UNITS: &str = "select msn, name, market, space, flags from sales_units order by msn";

pub(super) fn sales_unit(row: &Row<'_>) -> Result<SalesUnit, RowError> {
    Ok(SalesUnit {
        msn: Msn::parse(text(row, 0)?).map_err(|_| odd("msn"))?,
        name: SalesUnitName::parse(text(row, 1)?).map_err(|_| odd("name"))?,
        market: Market::from_code(text(row, 2)?).ok_or_else(|| odd("market"))?,
        space: Space::parse(text(row, 3)?).map_err(|_| odd("space"))?,
        flags: flags(text(row, 4)?)?,
    })
}

/// Flags as text: the names of those that are on, with spaces between.
pub(super) fn flags_text(flags: Flags) -> String {
    flags.on().map(Flag::name).collect::<Vec<_>>().join(" ")
}

fn flags(text: &str) -> Result<Flags, RowError> {
    text.split_whitespace()
        .try_fold(Flags::NONE, |flags, name| Ok(flags.with(Flag::from_name(name).ok_or_else(|| odd("a flag"))?, true)))
}

/// What [`key_set`] reads, in its order.
pub(super) const SELECT_KEY_SETS: &str =
    "select id, msn, partner, client_id, generation, client_secret, primary_key, secondary_key
     from key_sets order by coalesce(msn, partner), id";

pub(super) fn key_set(row: &Row<'_>) -> Result<KeySet, RowError> {
    let (msn, partner): (Option<Box<str>>, Option<Box<str>>) = (row.get(1)?, row.get(2)?);
    let holder = match (msn, partner) {
        (Some(msn), None) => KeyHolder::SalesUnit(Msn::parse(&msn).map_err(|_| odd("msn"))?),
        (None, Some(partner)) => KeyHolder::Partner(PartnerId::parse(&partner).map_err(|_| odd("partner"))?),
        _ => return Err(odd("the holder of a key set")),
    };
    let digest = |column| Ok::<_, RowError>(row.get::<_, Option<[u8; 32]>>(column)?.map(Digest));
    Ok(KeySet {
        id: KeySetId(row.get(0)?),
        holder,
        client_id: text(row, 3)?.into(),
        generation: row.get(4)?,
        client_secret: digest(5)?,
        subscription_keys: [digest(6)?, digest(7)?],
    })
}

/// What [`partner`] reads, in its order.
pub(super) const SELECT_PARTNERS: &str = "select partner, name from partners order by partner";

pub(super) fn partner(row: &Row<'_>) -> Result<Partner, RowError> {
    Ok(Partner {
        id: PartnerId::parse(text(row, 0)?).map_err(|_| odd("partner"))?,
        name: PartnerName::parse(text(row, 1)?).map_err(|_| odd("name"))?,
    })
}

/// What [`connection`] reads, in its order.
pub(super) const SELECT_CONNECTIONS: &str = "select msn, partner from partner_connections order by msn";

pub(super) fn connection(row: &Row<'_>) -> Result<Connection, RowError> {
    Ok(Connection {
        msn: Msn::parse(text(row, 0)?).map_err(|_| odd("msn"))?,
        partner: PartnerId::parse(text(row, 1)?).map_err(|_| odd("partner"))?,
    })
}

pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, RowError> {
    let value = row.get_ref(column)?;
    value.as_str().map_err(|_| RowError::Unreadable(format!("column {column} holds no text")))
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, RowError> {
    Ok(Timestamp::from_milliseconds(row.get(column)?))
}

fn minor_units(row: &Row<'_>, column: usize) -> Result<MinorUnits, RowError> {
    MinorUnits::new(row.get(column)?).ok_or_else(|| odd("a sum"))
}

fn odd(what: &str) -> RowError {
    RowError::Unreadable(format!("{what} does not make sense"))
}
