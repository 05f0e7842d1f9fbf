//! What is read of requests and payers.

use domain::{
    request::Request,
    text::{Msn, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::{
    read,
    rows::{self, RowError},
};
use crate::{
    AskedPayment, Finding,
    findings::LAPSES_APART,
    record::{RequestColumns, read_payer},
};

/// What [`request_of`] reads, in its order.
macro_rules! request {
    () => {
        "payer, asked_at, next_at, version, detail"
    };
}

pub(super) fn request(connection: &Connection, msn: &Msn, reference: &Reference) -> Result<Option<Request>, RowError> {
    let sql = concat!("select ", request!(), " from requests where msn = ?1 and reference = ?2");
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params![msn.as_str(), reference.as_str()])?;
    found.next()?.map(|row| request_of(row, 0)).transpose()
}

pub(super) fn asked_payment(
    connection: &Connection,
    msn: &Msn,
    reference: &Reference,
) -> Result<Option<AskedPayment>, RowError> {
    let Some(payment) = read::payment(connection, msn, reference)? else { return Ok(None) };
    let request = request(connection, msn, reference)?.unwrap_or_default();
    Ok(Some(AskedPayment { payment, request }))
}

pub(super) fn waiting_for(
    connection: &Connection,
    payer: &PhoneNumber,
    of: Option<&Msn>,
    now: Timestamp,
    most: u32,
) -> Result<Vec<AskedPayment>, RowError> {
    let sql = concat!(
        "select r.msn, r.reference, ",
        request!(),
        " from requests as r where r.payer = ?1 and r.expires_at > ?2 and (?3 is null or r.msn = ?3)
           and exists (select 1 from payments as p
             where p.msn = r.msn and p.reference = r.reference and p.state = 'CREATED')
         order by r.asked_at desc, r.msn, r.reference limit ?4"
    );
    asked(connection, sql, params![payer.as_str(), now.milliseconds(), of.map(Msn::as_str), most])
}

pub(super) fn asked_of(
    connection: &Connection,
    payer: &PhoneNumber,
    before: Option<Timestamp>,
    most: u32,
) -> Result<Vec<AskedPayment>, RowError> {
    let sql = concat!(
        "select msn, reference, ",
        request!(),
        " from requests where payer = ?1 and asked_at < ?2 order by asked_at desc, msn, reference limit ?3"
    );
    let before = before.map_or(i64::MAX, Timestamp::milliseconds);
    asked(connection, sql, params![payer.as_str(), before, most])
}

fn asked(connection: &Connection, sql: &'static str, parameters: impl Params) -> Result<Vec<AskedPayment>, RowError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(parameters)?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let (msn, reference) = name(row)?;
        if let Some(payment) = read::payment(connection, &msn, &reference)? {
            all.push(AskedPayment { payment, request: request_of(row, 2)? });
        }
    }
    Ok(all)
}

pub(super) fn next_planned(connection: &Connection) -> Result<Vec<(Msn, Timestamp)>, RowError> {
    let mut statement = connection.prepare_cached(
        "select sales_units.msn,
                (select min(next_at) from requests where requests.msn = sales_units.msn and next_at is not null)
         from sales_units",
    )?;
    let mut found = statement.query([])?;
    let mut units = Vec::new();
    while let Some(row) = found.next()? {
        if let Some(earliest) = row.get::<_, Option<i64>>(1)? {
            let msn = Msn::parse(rows::text(row, 0)?).map_err(|_| odd("an msn"))?;
            units.push((msn, Timestamp::from_milliseconds(earliest)));
        }
    }
    Ok(units)
}

pub(super) fn planned(
    connection: &Connection,
    msn: &Msn,
    until: Timestamp,
    most: u32,
) -> Result<Vec<Reference>, RowError> {
    let mut statement = connection.prepare_cached(
        "select msn, reference from requests where msn = ?1 and next_at is not null and next_at <= ?2
           and exists (select 1 from payments as p where p.msn = requests.msn and p.reference = requests.reference and p.quarantined = 0)
         order by next_at limit ?3",
    )?;
    let mut found = statement.query(params![msn.as_str(), until.milliseconds(), most])?;
    let mut references = Vec::new();
    while let Some(row) = found.next()? {
        references.push(name(row)?.1);
    }
    Ok(references)
}

pub(super) fn versions(connection: &Connection, payments: &[(Msn, Reference)]) -> Result<Vec<u64>, RowError> {
    let mut statement = connection.prepare_cached(
        "select p.last_sequence + coalesce((select r.version from requests as r
           where r.msn = p.msn and r.reference = p.reference), 0)
         from payments as p where p.msn = ?1 and p.reference = ?2",
    )?;
    let mut versions = Vec::with_capacity(payments.len());
    for (msn, reference) in payments {
        let version = statement.query_row(params![msn.as_str(), reference.as_str()], |row| row.get::<_, u32>(0));
        versions.push(version.optional()?.map_or(0, u64::from));
    }
    Ok(versions)
}

pub(super) fn payer(connection: &Connection, number: &PhoneNumber) -> Result<Option<Payer>, RowError> {
    let mut statement = connection.prepare_cached("select number, version, detail from payers where number = ?1")?;
    let mut found = statement.query(params![number.as_str()])?;
    found.next()?.map(payer_of).transpose()
}

pub(super) fn payers(connection: &Connection, most: u32) -> Result<Vec<Payer>, RowError> {
    let mut statement =
        connection.prepare_cached("select number, version, detail from payers order by number limit ?1")?;
    let mut found = statement.query(params![most])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(payer_of(row)?);
    }
    Ok(all)
}

/// Requests and payers that cannot be read.
pub(super) fn findings(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    let mut findings = Vec::new();
    let mut statement = connection.prepare(concat!(
        "select msn, reference, ",
        request!(),
        ", expires_at = (select p.expires_at from payments as p
             where p.msn = requests.msn and p.reference = requests.reference)
         from requests order by msn, reference"
    ))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let subject = format!("the request of payment {} of {}", rows::text(row, 1)?, rows::text(row, 0)?);
        let lapses_with_payment: Option<bool> = row.get(7)?;
        if lapses_with_payment != Some(true) {
            findings.push(Finding { subject: subject.clone(), problem: LAPSES_APART.to_owned() });
        }
        note(&mut findings, subject, request_of(row, 2))?;
    }
    let mut statement = connection.prepare("select number, version, detail from payers order by number")?;
    let mut found = statement.query([])?;
    let mut place = 0;
    while let Some(row) = found.next()? {
        place += 1;
        // Not by number: whoever reads a report need not know who the payers are.
        note(&mut findings, format!("payer {place} in order of number"), payer_of(row))?;
    }
    Ok(findings)
}

fn note<T>(findings: &mut Vec<Finding>, subject: String, read: Result<T, RowError>) -> Result<(), RowError> {
    match read {
        Ok(_) => Ok(()),
        Err(RowError::Unreadable(problem)) => {
            findings.push(Finding { subject, problem });
            Ok(())
        }
        Err(error @ RowError::Sql(_)) => Err(error),
    }
}

fn name(row: &Row<'_>) -> Result<(Msn, Reference), RowError> {
    let msn = Msn::parse(rows::text(row, 0)?).map_err(|_| odd("an msn"))?;
    Ok((msn, Reference::parse(rows::text(row, 1)?).map_err(|_| odd("a reference"))?))
}

fn request_of(row: &Row<'_>, first: usize) -> Result<Request, RowError> {
    let columns = RequestColumns {
        payer: rows::optional_text(row, first)?,
        asked_at: row.get(first + 1)?,
        next_at: row.get(first + 2)?,
        version: row.get(first + 3)?,
        detail: rows::text(row, first + 4)?.into(),
    };
    Ok(columns.read()?)
}

fn payer_of(row: &Row<'_>) -> Result<Payer, RowError> {
    Ok(read_payer(rows::text(row, 0)?, row.get(1)?, rows::text(row, 2)?)?)
}

fn odd(what: &str) -> RowError {
    RowError::Unreadable(format!("{what} does not make sense"))
}
