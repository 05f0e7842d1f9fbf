//! What readers see of registrations and deliveries, and how deliveries are claimed.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use bytes::Bytes;
use domain::{
    text::{Msn, Reference},
    time::Timestamp,
};
use rusqlite::{Connection, Row, params};

use super::{
    claims,
    rows::{self, RowError},
};
use crate::{
    Claimed, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, DeliveryKind, DeliveryState, Finding, KeyHolder,
    Lane, LoggedAttempt, Recipient, Webhook, WebhookId,
    record::{
        AttemptColumns, ClaimColumns, DeliveryColumns, RecipientColumns, WebhookColumns, earlier_attempt, own_attempt,
    },
};

/// What [`webhook`] reads, in its order.
const WEBHOOK: &str =
    "select id, owner, url, events, sealed_secret, created_at, listens_until, failing_since, removed_at, removed_for,
     last_error from webhooks";

fn webhook(row: &Row<'_>) -> Result<Webhook, RowError> {
    let columns = WebhookColumns {
        id: row.get(0)?,
        owner: rows::text(row, 1)?,
        url: rows::text(row, 2)?,
        events: rows::text(row, 3)?,
        sealed_secret: rows::blob(row, 4)?,
        created_at: row.get(5)?,
        listens_until: row.get(6)?,
        failing_since: row.get(7)?,
        removed_at: row.get(8)?,
        removed_for: rows::optional_text(row, 9)?,
        last_error: rows::optional_text(row, 10)?,
    };
    Ok(columns.read()?)
}

pub(super) fn select_webhooks(
    connection: &Connection,
    owner: &KeyHolder,
    with_ended: bool,
) -> Result<Vec<Webhook>, RowError> {
    let sql = format!("{WEBHOOK} where owner = ?1 and (?2 or removed_at is null) order by created_at, id");
    let mut statement = connection.prepare_cached(&sql)?;
    every(statement.query(params![owner.as_str(), with_ended])?, webhook)
}

pub(super) fn listeners(connection: &Connection) -> Result<Vec<Webhook>, RowError> {
    let sql = format!("{WEBHOOK} where listens_until is not null and removed_at is null");
    let mut statement = connection.prepare_cached(&sql)?;
    every(statement.query([])?, webhook)
}

/// A finding for each registration there has been that makes no sense.
pub(super) fn unreadable_webhooks(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    let mut statement = connection.prepare(WEBHOOK)?;
    let mut found = statement.query([])?;
    let mut findings = Vec::new();
    while let Some(row) = found.next()? {
        match webhook(row) {
            Ok(_) => {}
            Err(RowError::Unreadable(problem)) => {
                findings.push(Finding { subject: format!("a registration of {}", rows::text(row, 1)?), problem });
            }
            Err(error @ RowError::Sql(_)) => return Err(error),
        }
    }
    Ok(findings)
}

/// From lane to lane, so that what is read is what waits in none but its first place, however many registrations and sales units there are.
pub(super) fn waiting_lanes(connection: &Connection) -> Result<Vec<(Lane, Timestamp)>, RowError> {
    let sql =
        "select msn, webhook, next_attempt_at from deliveries where state = 'pending' and msn = ?1 and webhook > ?2
               order by webhook, next_attempt_at limit 1";
    let mut next_of_unit = connection.prepare_cached(sql)?;
    let sql = "select msn, webhook, next_attempt_at from deliveries where state = 'pending' and msn > ?1
               order by msn, webhook, next_attempt_at limit 1";
    let mut next_unit = connection.prepare_cached(sql)?;
    let sql = "select listens_until is not null from webhooks where id = ?1 and removed_at is null";
    let mut registration = connection.prepare_cached(sql)?;
    let (mut lanes, mut last) = (Vec::new(), (String::new(), [0_u8; 16]));
    loop {
        let mut found = next_of_unit.query(params![last.0, last.1])?;
        let mut of_next_unit;
        let row = match found.next()? {
            Some(row) => row,
            None => {
                of_next_unit = next_unit.query(params![last.0])?;
                let Some(row) = of_next_unit.next()? else { return Ok(lanes) };
                row
            }
        };
        last = (rows::text(row, 0)?.to_owned(), row.get(1)?);
        let at = Timestamp::from_milliseconds(row.get(2)?);
        let mut registered = registration.query(params![last.1])?;
        // What waits for one that has ended is nobody's to send.
        if let Some(row) = registered.next()? {
            let msn = Msn::parse(&last.0).map_err(|_| RowError::Unreadable("an msn".to_owned()))?;
            lanes.push((Lane { msn, webhook: WebhookId(last.1), is_fetched: row.get(0)? }, at));
        }
    }
}

/// What waits is read from the index alone; only of what is nobody's yet more is read.
pub(super) fn claim(
    connection: &Connection,
    turn: &claims::Turn<'_>,
    msn: &Msn,
    wanted: &[(WebhookId, u32)],
    until: Timestamp,
) -> Result<Vec<Claimed>, RowError> {
    let sql =
        "select id from deliveries where msn = ?1 and webhook = ?2 and state = 'pending' and next_attempt_at <= ?3
               order by next_attempt_at, id";
    let (mut waiting, mut claimable) = (connection.prepare_cached(sql)?, connection.prepare_cached(CLAIMABLE)?);
    let (mut claimed, mut bodies) = (Vec::new(), HashMap::new());
    for (webhook, most) in wanted {
        let Some(recipient) = recipient(connection, msn, *webhook)? else { continue };
        let mut found = waiting.query(params![msn.as_str(), webhook.0, until.milliseconds()])?;
        let mut left = *most;
        while left > 0
            && let Some(row) = found.next()?
        {
            let id = DeliveryId(row.get(0)?);
            if turn.is_claimed(msn, id) {
                continue;
            }
            let mut found = claimable.query(params![msn.as_str(), id.0])?;
            if let Some(row) = found.next()? {
                let announcement: [u8; 16] = row.get(4)?;
                let body = match bodies.entry(announcement) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(vacant) => vacant.insert(body(connection, msn, announcement)?),
                };
                // Of one that sends nothing `kasse verify` tells.
                let Some(body) = body else { continue };
                claimed.push(claim_of(row, (id, turn.next_fence()), body.clone(), recipient.clone())?);
                left -= 1;
            }
        }
    }
    // Only now: nobody would ever give back what was not handed out.
    turn.claim(&claimed);
    Ok(claimed)
}

/// Whom deliveries are for; nobody once the registration has ended.
fn recipient(connection: &Connection, msn: &Msn, webhook: WebhookId) -> Result<Option<Arc<Recipient>>, RowError> {
    let sql = "select owner, url, sealed_secret, listens_until is not null, failing_since from webhooks
               where id = ?1 and removed_at is null";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params![webhook.0])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let columns = RecipientColumns {
        msn,
        webhook: webhook.0,
        owner: rows::text(row, 0)?,
        url: rows::text(row, 1)?,
        sealed_secret: rows::blob(row, 2)?,
        is_fetched: row.get(3)?,
        failing_since: row.get(4)?,
    };
    Ok(Some(columns.read()?))
}

/// What is sent; all who are told of an event are sent the same.
fn body(connection: &Connection, msn: &Msn, announcement: [u8; 16]) -> Result<Option<Bytes>, RowError> {
    let mut statement = connection.prepare_cached("select body from announcements where msn = ?1 and id = ?2")?;
    let mut found = statement.query(params![msn.as_str(), announcement])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Ok(Some(Bytes::copy_from_slice(rows::blob(row, 0)?)))
}

/// A delivery that waits, unless one before it in its order does too; before the first of a payment there is none.
const CLAIMABLE: &str =
    "select d.reference, d.event_id, d.attempts, d.first_attempt_at, d.announcement from deliveries as d
   where d.msn = ?1 and d.id = ?2
     and (d.sequence <= 1 or not exists (
       select 1 from deliveries as earlier where earlier.msn = d.msn and earlier.reference = d.reference
         and earlier.webhook = d.webhook and earlier.sequence between 1 and d.sequence - 1
         and earlier.next_attempt_at is not null))";

fn claim_of(
    row: &Row<'_>,
    (id, fence): (DeliveryId, i64),
    body: Bytes,
    recipient: Arc<Recipient>,
) -> Result<Claimed, RowError> {
    let columns = ClaimColumns {
        id: id.0,
        fence,
        reference: rows::text(row, 0)?,
        event_id: row.get(1)?,
        attempts: row.get(2)?,
        first_attempt_at: row.get(3)?,
    };
    Ok(columns.read(body, recipient)?)
}

/// What [`delivery`] reads, in its order.
macro_rules! delivery {
    () => {
        "d.id, d.msn, d.webhook, w.url, d.kind, d.reference, d.event, d.event_id, d.state, d.attempts, d.last_status,
     d.last_error,     d.created_at, d.next_attempt_at"
    };
}

fn delivery(row: &Row<'_>) -> Result<Delivery, RowError> {
    let columns = DeliveryColumns {
        id: row.get(0)?,
        msn: rows::text(row, 1)?,
        webhook: row.get(2)?,
        url: rows::text(row, 3)?,
        kind: rows::text(row, 4)?,
        reference: rows::text(row, 5)?,
        event: rows::text(row, 6)?,
        event_id: row.get(7)?,
        state: rows::text(row, 8)?,
        attempts: row.get(9)?,
        last_status: row.get(10)?,
        last_error: rows::optional_text(row, 11)?,
        created_at: row.get(12)?,
        next_attempt_at: row.get(13)?,
    };
    Ok(columns.read()?)
}

/// What [`attempt`] reads, in its order.
macro_rules! attempt {
    () => {
        "a.number, a.at, a.took, a.status, a.error, a.answer, a.signature, a.next_attempt_at"
    };
}

fn attempt(row: &Row<'_>, first: usize) -> Result<LoggedAttempt, RowError> {
    let columns = AttemptColumns {
        number: row.get(first)?,
        at: row.get(first + 1)?,
        took: row.get(first + 2)?,
        status: row.get(first + 3)?,
        error: rows::optional_text(row, first + 4)?,
        answer: rows::blob(row, first + 5)?,
        signature: rows::text(row, first + 6)?,
        next_attempt_at: row.get(first + 7)?,
    };
    Ok(columns.read()?)
}

/// Where a page of an owner's is: of each registration and state the newest, and of those the newest. So much is read and no more, whatever
/// is asked for and however much there is beside it.
fn page(connection: &Connection, owner: &KeyHolder, filter: &DeliveryFilter) -> Result<Vec<Place>, RowError> {
    let mut statement =
        connection.prepare_cached("select id from webhooks where owner = ?1 and (?2 is null or id = ?2)")?;
    let asked = statement.query(params![owner.as_str(), filter.webhook.map(|webhook| webhook.0)])?;
    let webhooks: Vec<[u8; 16]> = every(asked, |row| Ok(row.get(0)?))?;
    let sql = "select id, msn from deliveries where webhook = ?1 and state = ?2 and id < ?3 and id >= ?4 and (?5 is null or kind = ?5)
               order by id desc limit ?6";
    let mut statement = connection.prepare_cached(sql)?;
    let ((from, before), kind) = (filter.range(), filter.kind.map(DeliveryKind::name));
    let mut page = Vec::new();
    for webhook in webhooks {
        for state in filter.states() {
            let found = statement.query(params![webhook, state.name(), before.0, from.0, kind, filter.most])?;
            page.extend(every(found, place)?);
        }
    }
    Ok(page)
}

/// The same of one payment, of whatever sales unit of the owner's.
fn page_of_payment(
    connection: &Connection,
    owner: &KeyHolder,
    reference: &Reference,
    filter: &DeliveryFilter,
) -> Result<Vec<Place>, RowError> {
    let units: Vec<String> = match owner {
        KeyHolder::SalesUnit(msn) => vec![msn.as_str().to_owned()],
        KeyHolder::Partner(_) => {
            let mut statement = connection.prepare_cached("select msn from sales_units")?;
            every(statement.query([])?, |row| Ok(row.get(0)?))?
        }
    };
    let sql = "select id, msn from deliveries indexed by deliveries_in_order
               where msn = ?1 and reference = ?2 and owner = ?3 and id < ?4 and id >= ?5
                 and (?6 is null or webhook = ?6) and (?7 is null or state = ?7) and (?8 is null or kind = ?8)";
    let mut statement = connection.prepare_cached(sql)?;
    let (from, before) = filter.range();
    let mut page = Vec::new();
    for msn in units {
        let found = statement.query(params![
            msn,
            reference.as_str(),
            owner.as_str(),
            before.0,
            from.0,
            filter.webhook.map(|webhook| webhook.0),
            filter.state.map(DeliveryState::name),
            filter.kind.map(DeliveryKind::name),
        ])?;
        page.extend(every(found, place)?);
    }
    Ok(page)
}

/// The key of a delivery, in the order of a page.
type Place = ([u8; 16], String);

fn place(row: &Row<'_>) -> Result<Place, RowError> {
    Ok((row.get(0)?, row.get(1)?))
}

pub(super) fn deliveries(
    connection: &Connection,
    owner: &KeyHolder,
    filter: &DeliveryFilter,
) -> Result<Vec<Delivery>, RowError> {
    let mut page = match &filter.reference {
        Some(reference) => page_of_payment(connection, owner, reference, filter)?,
        None => page(connection, owner, filter)?,
    };
    page.sort_unstable_by(|one, other| other.cmp(one));
    page.truncate(usize::try_from(filter.most).unwrap_or(usize::MAX));
    let sql = concat!(
        "select ",
        delivery!(),
        " from deliveries as d join webhooks as w on w.id = d.webhook where d.msn = ?1 and d.id = ?2"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let mut deliveries = Vec::with_capacity(page.len());
    for (id, msn) in page {
        deliveries.extend(every(statement.query(params![msn, id])?, delivery)?);
    }
    Ok(deliveries)
}

pub(super) fn detail(
    connection: &Connection,
    owner: &KeyHolder,
    id: DeliveryId,
) -> Result<Option<DeliveryDetail>, RowError> {
    let sql = concat!(
        "select ",
        delivery!(),
        ", b.body from webhooks as w cross join deliveries as d on d.webhook = w.id
         join announcements as b on b.msn = d.msn and b.id = d.announcement
         where w.owner = ?1 and d.state in ('pending', 'delivered', 'given_up', 'dropped') and d.id = ?2"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params![owner.as_str(), id.0])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let (delivery, body) = (delivery(row)?, rows::blob(row, 14)?.to_vec());
    let sql = concat!(
        "select ",
        attempt!(),
        " from (
           select ",
        earlier_attempt!(),
        " from delivery_attempts where msn = ?1 and delivery = ?2
           union all select ",
        own_attempt!(),
        " from deliveries where msn = ?1 and id = ?2 and attempt_number is not null) as a order by a.number"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let attempts = every(statement.query(params![delivery.msn.as_str(), id.0])?, |row| attempt(row, 0))?;
    Ok(Some(DeliveryDetail { delivery, body: body.into(), attempts }))
}

pub(super) fn attempts_since(
    connection: &Connection,
    owner: &KeyHolder,
    since: Timestamp,
    most: u32,
) -> Result<Vec<(Delivery, LoggedAttempt)>, RowError> {
    let sql = concat!(
        "select ",
        delivery!(),
        ", ",
        attempt!(),
        " from (
           select * from (
             select msn, delivery as id, ended_at, ",
        earlier_attempt!(),
        " from delivery_attempts where owner = ?1 and ended_at >= ?2 order by ended_at limit ?3) as earlier
           union all select * from (
             select msn, id, attempt_ended_at, ",
        own_attempt!(),
        " from deliveries where owner = ?1 and attempt_ended_at >= ?2 and attempt_number is not null
             order by attempt_ended_at limit ?3) as own) as a
         join deliveries as d on d.msn = a.msn and d.id = a.id join webhooks as w on w.id = d.webhook
         order by a.ended_at, a.id limit ?3"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query(params![owner.as_str(), since.milliseconds(), most])?;
    every(found, |row| Ok((delivery(row)?, attempt(row, 14)?)))
}

fn every<T>(mut found: rusqlite::Rows<'_>, read: impl Fn(&Row<'_>) -> Result<T, RowError>) -> Result<Vec<T>, RowError> {
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
