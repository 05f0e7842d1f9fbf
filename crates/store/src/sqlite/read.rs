//! The queries of readers. None of them feeds a decision.

use domain::{
    payer::Sub,
    payment::{Event, Payment, ShortLink},
    text::{Msn, Reference},
    time::Timestamp,
};
use rusqlite::{Connection, Row, params};

use super::{
    deliveries, orders, requests,
    rows::{
        self, RowError, SELECT_CONNECTIONS, SELECT_EVENTS, SELECT_KEY_SETS, SELECT_PARTNERS, SELECT_PAYMENT,
        SELECT_SALES_UNITS,
    },
};
use crate::{Directory, Finding, examine, examine_directory, findings::told::CONTRADICTIONS, record::StoredPayment};

/// Nobody else changes what one process holds for itself.
pub(super) const DIRECTORY_VERSION: u64 = 0;

pub(super) fn payment(connection: &Connection, msn: &Msn, reference: &Reference) -> Result<Option<Payment>, RowError> {
    Ok(stored(connection, msn.as_str(), reference.as_str())?.map(|(_, stored)| stored.payment))
}

pub(super) fn payment_with_events(
    connection: &Connection,
    msn: &Msn,
    reference: &Reference,
) -> Result<Option<(Payment, Vec<Event>)>, RowError> {
    let Some((row, stored)) = stored(connection, msn.as_str(), reference.as_str())? else { return Ok(None) };
    let events = events(connection, msn.as_str(), row)?;
    Ok(Some((stored.payment, events)))
}

pub(super) fn payment_of_short_link(
    connection: &Connection,
    msn: &Msn,
    link: ShortLink,
) -> Result<Option<Reference>, RowError> {
    let mut statement = connection.prepare_cached("select reference from short_links where id = ?1 and msn = ?2")?;
    let mut found = statement.query(params![link.0, msn.as_str()])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let reference = Reference::parse(rows::text(row, 0)?);
    reference.map(Some).map_err(|_| RowError::Unreadable("a short link".to_owned()))
}

pub(super) fn last_shared(connection: &Connection, msn: &Msn, sub: Sub) -> Result<Option<Payment>, RowError> {
    let mut statement = connection.prepare_cached(
        "select reference from payments where msn = ?1 and payer_sub = ?2 order by authorized_at desc, payment desc limit 1",
    )?;
    let mut found = statement.query(params![msn.as_str(), sub.0])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Ok(stored(connection, msn.as_str(), rows::text(row, 0)?)?.map(|(_, stored)| stored.payment))
}

pub(super) fn next_due(connection: &Connection) -> Result<Vec<(Msn, Timestamp)>, RowError> {
    let mut statement = connection.prepare_cached(
        "select sales_units.msn,
                (select min(due_at) from payments where payments.msn = sales_units.msn and due_at is not null) as earliest
         from sales_units",
    )?;
    let mut found = statement.query([])?;
    let mut units = Vec::new();
    while let Some(row) = found.next()? {
        if let Some(earliest) = row.get::<_, Option<i64>>(1)? {
            let msn = Msn::parse(rows::text(row, 0)?).map_err(|_| RowError::Unreadable("an msn".to_owned()))?;
            units.push((msn, Timestamp::from_milliseconds(earliest)));
        }
    }
    Ok(units)
}

pub(super) fn due(connection: &Connection, msn: &Msn, until: Timestamp, most: u32) -> Result<Vec<Reference>, RowError> {
    let mut statement = connection.prepare_cached(
        "select reference from payments where msn = ?1 and due_at is not null and due_at <= ?2 order by due_at limit ?3",
    )?;
    let mut found = statement.query(params![msn.as_str(), until.milliseconds(), most])?;
    let mut references = Vec::new();
    while let Some(row) = found.next()? {
        references
            .push(Reference::parse(rows::text(row, 0)?).map_err(|_| RowError::Unreadable("a reference".to_owned()))?);
    }
    Ok(references)
}

/// The directory as the open transaction sees it.
pub(super) fn directory(transaction: &Connection) -> Result<Directory, RowError> {
    Ok(Directory {
        version: DIRECTORY_VERSION,
        units: every(transaction, SELECT_SALES_UNITS, rows::sales_unit)?,
        partners: every(transaction, SELECT_PARTNERS, rows::partner)?,
        connections: every(transaction, SELECT_CONNECTIONS, rows::connection)?,
        key_sets: every(transaction, SELECT_KEY_SETS, rows::key_set)?,
    })
}

fn every<T>(
    connection: &Connection,
    select: &'static str,
    read: impl Fn(&Row<'_>) -> Result<T, RowError>,
) -> Result<Vec<T>, RowError> {
    let mut statement = connection.prepare_cached(select)?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// Everything that can be wrong with the file, its references, and each payment against its log and the answers kept for it.
pub(super) fn verify(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    let transaction = connection.unchecked_transaction()?;
    let mut findings = file_findings(&transaction)?;
    findings.extend(directory_findings(&transaction)?);
    let mut statement = transaction.prepare("select msn, reference, payment from payments order by payment")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        payment_findings(&transaction, rows::text(row, 0)?, rows::text(row, 1)?, row.get(2)?, &mut findings)?;
    }
    findings.extend(orphans(&transaction)?);
    findings.extend(told(&transaction)?);
    findings.extend(requests::findings(&transaction)?);
    findings.extend(orders::findings(&transaction)?);
    Ok(findings)
}

/// Registrations that cannot be read, and deliveries that contradict what else is there.
fn told(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    const EVENT_NOT_IN_THE_LOG: &str = "select d.msn, d.reference, d.event from deliveries as d where d.kind in ('event', 'resend')
         and not exists (select 1 from payments as p join events as e on e.msn = p.msn and e.payment = p.payment
           where p.msn = d.msn and p.reference = d.reference and e.psp_reference = d.event_id
             and (d.kind = 'resend' or e.sequence = d.sequence) and d.event = 'epayments.payment.' || lower(e.name) || '.v1')";
    let mut findings = deliveries::unreadable_webhooks(connection)?;
    for (sql, problem) in
        CONTRADICTIONS.iter().copied().chain([(EVENT_NOT_IN_THE_LOG, "event is sent but not in the log")])
    {
        let mut statement = connection.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let subject = format!("{} of {}", rows::text(row, 1)?, rows::text(row, 0)?);
            findings.push(Finding { subject, problem: format!("its {} {problem}", rows::text(row, 2)?) });
        }
    }
    Ok(findings)
}

fn file_findings(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    let mut findings = Vec::new();
    let mut statement = connection.prepare("pragma integrity_check")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let problem = rows::text(row, 0)?;
        if problem != "ok" {
            findings.push(Finding { subject: "the database file".to_owned(), problem: problem.to_owned() });
        }
    }
    let mut statement = connection.prepare("pragma foreign_key_check")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let problem = "a row refers to one that is not there".to_owned();
        findings.push(Finding { subject: format!("table {}", rows::text(row, 0)?), problem });
    }
    Ok(findings)
}

fn directory_findings(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    match directory(connection) {
        Ok(directory) => Ok(examine_directory(&directory)),
        Err(RowError::Unreadable(problem)) => Ok(vec![Finding { subject: "who may call".to_owned(), problem }]),
        Err(error @ RowError::Sql(_)) => Err(error),
    }
}

fn payment_findings(
    connection: &Connection,
    msn: &str,
    reference: &str,
    row: i64,
    findings: &mut Vec<Finding>,
) -> Result<(), RowError> {
    let subject = || format!("payment {reference} of {msn}");
    let examined = stored(connection, msn, reference).and_then(|stored| {
        let Some((_, stored)) = stored else {
            return Err(RowError::Unreadable("it cannot be found by its key".to_owned()));
        };
        Ok((events(connection, msn, row)?, stored))
    });
    match examined {
        Ok((events, stored)) => {
            if stored.quarantined {
                let problem = "it was found broken while serving and can only be read".to_owned();
                findings.push(Finding { subject: subject(), problem });
            }
            if !stored.quarantined && stored.due_at != stored.payment.due_at() {
                let problem = "the time at which it changes by itself is wrong".to_owned();
                findings.push(Finding { subject: subject(), problem });
            }
            findings.extend(examine(&stored.payment, &events));
        }
        Err(RowError::Unreadable(problem)) => findings.push(Finding { subject: subject(), problem }),
        Err(error @ RowError::Sql(_)) => return Err(error),
    }
    Ok(())
}

/// Rows have to belong together: every key that moved money or made a payment keeps its answer, no answer is kept for an event that is not
/// there, and what an event says of the payment's amount is true.
fn orphans(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    const KEY_WITHOUT_ANSWER: &str = "select payments.msn, payments.reference, events.name from events
         join payments on payments.payment = events.payment
         where events.success = 1 and events.idempotency_key is not null
           and events.name in ('CREATED', 'CAPTURED', 'REFUNDED', 'CANCELLED')
           and not exists (select 1 from kept_answers where kept_answers.msn = events.msn
             and kept_answers.idempotency_key = events.idempotency_key
             and kept_answers.operation = case events.name when 'CREATED' then 'create' when 'CAPTURED' then 'capture'
               when 'REFUNDED' then 'refund' else 'cancel' end
             and kept_answers.reference = case events.name when 'CREATED' then '' else payments.reference end)";
    const ANSWER_WITHOUT_EVENT: &str = "select msn, reference, operation from kept_answers where operation <> 'create'
         and not exists (select 1 from payments join events on events.msn = payments.msn and events.payment = payments.payment
           where payments.msn = kept_answers.msn and payments.reference = kept_answers.reference
             and ((events.name = 'TERMINATED' and kept_answers.operation = 'cancel')
               or (events.idempotency_key = kept_answers.idempotency_key
                 and events.success = 1 and events.name = case kept_answers.operation when 'capture' then 'CAPTURED'
                   when 'refund' then 'REFUNDED' else 'CANCELLED' end)))";
    const CREATION_WITHOUT_EVENT: &str =
        "select msn, idempotency_key, operation from kept_answers where operation = 'create'
         and (msn, idempotency_key) not in
           (select msn, idempotency_key from events where name = 'CREATED' and idempotency_key is not null)";
    const OTHER_AMOUNT: &str = "select payments.msn, payments.reference, events.name from events
         join payments on payments.payment = events.payment
         where events.currency <> payments.currency
           or (events.name in ('CREATED', 'ABORTED', 'EXPIRED', 'TERMINATED') and events.amount <> payments.amount)";
    let mut findings = Vec::new();
    for (sql, problem) in [
        (KEY_WITHOUT_ANSWER, "has no answer kept under its key"),
        (ANSWER_WITHOUT_EVENT, "is answered but not in the log"),
        (CREATION_WITHOUT_EVENT, "is answered but there is no such payment"),
        (OTHER_AMOUNT, "event names another amount than the payment"),
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let subject = format!("payment {} of {}", rows::text(row, 1)?, rows::text(row, 0)?);
            findings.push(Finding { subject, problem: format!("its {} {problem}", rows::text(row, 2)?) });
        }
    }
    Ok(findings)
}

fn stored(connection: &Connection, msn: &str, reference: &str) -> Result<Option<(i64, StoredPayment)>, RowError> {
    let mut statement = connection.prepare_cached(SELECT_PAYMENT)?;
    let mut found = statement.query(params![msn, reference])?;
    found.next()?.map(rows::payment).transpose()
}

fn events(connection: &Connection, msn: &str, row: i64) -> Result<Vec<Event>, RowError> {
    let mut statement = connection.prepare_cached(SELECT_EVENTS)?;
    let mut found = statement.query(params![msn, row])?;
    let mut events = Vec::new();
    while let Some(row) = found.next()? {
        events.push(rows::event(row)?);
    }
    Ok(events)
}
