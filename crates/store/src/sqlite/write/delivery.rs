//! The rows of deliveries: written with their event, and with every attempt.

use domain::{
    payment::{Event, Payment},
    time::Timestamp,
    webhook::EventType,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Failure, webhook};
use crate::{
    Announce, Attempt, DeliveriesChange, DeliveryId, DeliveryState, Lane, NewDelivery, NewDeliveryOf, WebhookId,
    decision,
    delivery::{Standing, standings},
    record::{announcement_id, delivery_id},
    sqlite::claims::Claims,
};

/// Writes what is to be told of the events, and notes in which lanes.
pub(super) fn tell(
    connection: &Connection,
    payment: &Payment,
    events: &[Event],
    announce: Announce,
    now: Timestamp,
    lanes: &mut Vec<Lane>,
) -> Result<(), Failure> {
    let told = webhook::told(connection, &payment.msn)?;
    if told.is_empty() {
        return Ok(());
    }
    for event in events {
        let Some(of_type) = EventType::of(&event.occurrence) else { continue };
        let is_told = |one: &&webhook::Told| one.events.split(' ').any(|name| name == of_type.name());
        let mut announcement = None;
        for one in told.iter().filter(is_told) {
            let announcement = match announcement {
                Some(announcement) => announcement,
                None => {
                    let id = announcement_id(now.max(event.at), event.psp_reference.0);
                    insert_announcement(
                        connection,
                        payment.msn.as_str(),
                        id,
                        &decision::announce(payment, event, announce)?,
                    )?;
                    *announcement.insert(id)
                }
            };
            insert_event(connection, payment, event, of_type, one, announcement, now)?;
            lanes.push(Lane { msn: payment.msn.clone(), webhook: one.id, is_fetched: one.is_fetched });
        }
    }
    Ok(())
}

fn insert_announcement(connection: &Connection, msn: &str, id: DeliveryId, body: &[u8]) -> Result<(), Failure> {
    let sql = "insert into announcements (msn, id, body) values (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![msn, id.0, body])?;
    Ok(())
}

/// A delivery that follows one which waits is not looked at before that is.
fn insert_event(
    connection: &Connection,
    payment: &Payment,
    event: &Event,
    of_type: EventType,
    told: &webhook::Told,
    announcement: DeliveryId,
    now: Timestamp,
) -> Result<(), Failure> {
    let (msn, reference) = (payment.msn.as_str(), payment.reference.as_str());
    let mut not_before = now.milliseconds();
    if event.sequence > 1 {
        let sql = "select max(next_attempt_at) from deliveries
                   where msn = ?1 and reference = ?2 and webhook = ?3 and sequence between 1 and ?4 - 1";
        let waiting: Option<i64> = connection
            .prepare_cached(sql)?
            .query_row(params![msn, reference, told.id.0, event.sequence], |row| row.get(0))?;
        not_before = not_before.max(waiting.unwrap_or(0));
    }
    let sql = "insert into deliveries
                 (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
               values (?1, ?2, ?3, ?4, 'event', ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute(params![
        msn,
        delivery_id(now.max(event.at), event.psp_reference.0, told.id).0,
        told.id.0,
        told.owner,
        reference,
        event.sequence,
        of_type.name(),
        event.psp_reference.0,
        announcement.0,
        now.milliseconds(),
        not_before,
    ])?;
    Ok(())
}

pub(super) fn change(
    connection: &Connection,
    change: &DeliveriesChange,
    now: Timestamp,
    claims: &Claims,
    lanes: &mut Vec<Lane>,
) -> Result<(), Failure> {
    match change {
        DeliveriesChange::Record(attempts) => record(connection, attempts, claims),
        DeliveriesChange::Send(new) => new.iter().try_for_each(|new| send(connection, new, now, lanes)),
        DeliveriesChange::Forget { before, most } => forget(connection, *before, *most),
    }
}

fn record(connection: &Connection, attempts: &[Attempt], claims: &Claims) -> Result<(), Failure> {
    let mut recorded = Vec::new();
    for attempt in attempts {
        if claims.is_held(&attempt.recipient.lane.msn, attempt.delivery, attempt.fence)
            && record_one(connection, attempt)?
        {
            recorded.push(attempt);
        }
    }
    for (webhook, standing) in standings(recorded) {
        let Standing { has_succeeded, failing_since, last_error, removal } = standing;
        if let Some(since) = failing_since {
            let sql = "update webhooks set failing_since = case when ?2 then ?3 else coalesce(failing_since, ?3) end, last_error = ?4
                       where id = ?1 and removed_at is null";
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute(params![webhook.0, has_succeeded, since.milliseconds(), last_error])?;
        } else {
            let sql = "update webhooks set failing_since = null, last_error = null
                       where id = ?1 and failing_since is not null and removed_at is null";
            connection.prepare_cached(sql)?.execute(params![webhook.0])?;
        }
        if let Some(removal) = removal {
            webhook::remove(connection, webhook, removal)?;
        }
    }
    Ok(())
}

/// Answers whether it was not recorded before.
fn record_one(connection: &Connection, attempt: &Attempt) -> Result<bool, Failure> {
    let Attempt { delivery, recipient, logged, first_attempt_at, next, .. } = attempt;
    let (msn, next_attempt_at) = (recipient.lane.msn.as_str(), logged.next_attempt_at.map(|at| at.milliseconds()));
    if logged.number > 1 {
        put_aside(connection, msn, *delivery, logged.number)?;
    }
    let sql =
        "update deliveries set state = ?3, attempts = ?4, first_attempt_at = ?5, last_status = ?6, last_error = ?7, next_attempt_at = ?8,
                 attempt_number = ?4, attempt_at = ?9, attempt_took = ?10, attempt_ended_at = ?11, attempt_status = ?6,
                 attempt_error = ?7, attempt_answer = ?12, attempt_signature = ?13, attempt_next_at = ?8
               where msn = ?1 and id = ?2 and state = 'pending' and attempts = ?4 - 1";
    let changed = connection.prepare_cached(sql)?.execute(params![
        msn,
        delivery.0,
        DeliveryState::after(*next).name(),
        logged.number,
        first_attempt_at.milliseconds(),
        logged.status,
        logged.error,
        next_attempt_at,
        logged.at.milliseconds(),
        logged.took.as_milliseconds(),
        logged.at.plus(logged.took).milliseconds(),
        logged.answer,
        logged.signature,
    ])?;
    if changed == 0 {
        return Ok(false);
    }
    if let Some(at) = next_attempt_at {
        put_off_followers(connection, msn, *delivery, at)?;
    }
    Ok(true)
}

/// The attempt before this one makes room in the delivery's row.
fn put_aside(connection: &Connection, msn: &str, delivery: DeliveryId, number: u32) -> Result<(), Failure> {
    let sql = "insert into delivery_attempts
                 (msn, delivery, number, owner, at, took, ended_at, status, error, answer, signature, next_attempt_at)
               select msn, id, attempt_number, owner, attempt_at, attempt_took, attempt_ended_at, attempt_status, attempt_error,
                 attempt_answer, attempt_signature, attempt_next_at
               from deliveries
               where msn = ?1 and id = ?2 and state = 'pending' and attempts = ?3 - 1 and attempt_number is not null";
    connection.prepare_cached(sql)?.execute(params![msn, delivery.0, number])?;
    Ok(())
}

/// What follows in order is not looked at before this is tried again.
fn put_off_followers(connection: &Connection, msn: &str, delivery: DeliveryId, until: i64) -> Result<(), Failure> {
    let sql = "select reference, webhook, sequence from deliveries where msn = ?1 and id = ?2 and sequence > 0";
    let place: Option<(String, [u8; 16], i64)> = connection
        .prepare_cached(sql)?
        .query_row(params![msn, delivery.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((reference, webhook, sequence)) = place else { return Ok(()) };
    let sql = "update deliveries set next_attempt_at = ?5
               where msn = ?1 and reference = ?2 and webhook = ?3 and sequence > ?4 and next_attempt_at < ?5";
    connection.prepare_cached(sql)?.execute(params![msn, reference, webhook, sequence, until])?;
    Ok(())
}

fn send(connection: &Connection, new: &NewDelivery, now: Timestamp, lanes: &mut Vec<Lane>) -> Result<(), Failure> {
    let (msn, at) = (new.msn.as_str(), now.milliseconds());
    let sql = "select 1 from deliveries where msn = ?1 and id = ?2";
    if connection.prepare_cached(sql)?.exists(params![msn, new.id.0])? {
        return Ok(());
    }
    let sql = "select owner, listens_until is not null from webhooks where id = ?1 and removed_at is null";
    let found: Option<(String, bool)> = connection
        .prepare_cached(sql)?
        .query_row(params![new.webhook.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // It ended meanwhile.
    let Some((owner, is_fetched)) = found else { return Ok(()) };
    match &new.of {
        NewDeliveryOf::Delivery(original) => {
            let sql = "insert into deliveries
                         (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
                       select msn, ?3, ?4, ?5, 'resend', reference, 0, event, event_id, announcement, ?6, ?6
                       from deliveries where msn = ?1 and id = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            if statement.execute(params![msn, original.0, new.id.0, new.webhook.0, owner, at])? == 0 {
                // It was forgotten meanwhile.
                return Ok(());
            }
        }
        NewDeliveryOf::Test { reference, event, event_id, body } => {
            insert_announcement(connection, msn, new.id, body)?;
            let sql = "insert into deliveries
                         (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
                       values (?1, ?2, ?3, ?4, 'test', ?5, 0, ?6, ?7, ?2, ?8, ?8)";
            connection.prepare_cached(sql)?.execute(params![
                msn,
                new.id.0,
                new.webhook.0,
                owner,
                reference.as_str(),
                event.name(),
                event_id,
                at
            ])?;
        }
    }
    lanes.push(Lane { msn: new.msn.clone(), webhook: new.webhook, is_fetched });
    Ok(())
}

/// The oldest first, registration by registration; no more in all than was asked for, because everybody waits for it.
fn forget(connection: &Connection, before: Timestamp, most: u32) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached("select id, removed_at is not null from webhooks order by id")?;
    let rows = statement.query_map([], |row| Ok((WebhookId(row.get(0)?), row.get(1)?)))?;
    let webhooks: Vec<(WebhookId, bool)> = rows.collect::<Result<_, _>>()?;
    let mut left = most;
    for (id, has_ended) in webhooks {
        if has_ended {
            let dropped = webhook::drop_waiting(connection, id, left)?;
            left = left.saturating_sub(u32::try_from(dropped).unwrap_or(u32::MAX));
        }
        left = left.saturating_sub(forget_of(connection, id, before, left)?);
        if left == 0 {
            return Ok(());
        }
    }
    let sql = "delete from webhooks where removed_at < ?1
               and not exists (select 1 from deliveries where deliveries.webhook = webhooks.id)";
    connection.prepare_cached(sql)?.execute(params![before.milliseconds()])?;
    Ok(())
}

/// Answers how many deliveries were forgotten.
fn forget_of(connection: &Connection, webhook: WebhookId, before: Timestamp, most: u32) -> Result<u32, Failure> {
    type Old = ([u8; 16], String, String, [u8; 16]);
    let sql = "select id, msn, reference, announcement from deliveries where webhook = ?1 and state = ?2 and id < ?3 order by id limit ?4";
    let (mut statement, before) = (connection.prepare_cached(sql)?, DeliveryId::earliest_of(before).0);
    let mut old: Vec<Old> = Vec::new();
    for state in DeliveryState::ALL.into_iter().filter(|state| *state != DeliveryState::Pending) {
        let rows = statement.query_map(params![webhook.0, state.name(), before, most], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        for row in rows {
            old.push(row?);
        }
    }
    old.sort_unstable();
    old.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let count = u32::try_from(old.len()).unwrap_or(u32::MAX);
    for (id, msn, reference, announcement) in old {
        connection
            .prepare_cached("delete from delivery_attempts where msn = ?1 and delivery = ?2")?
            .execute(params![msn, id])?;
        connection.prepare_cached("delete from deliveries where msn = ?1 and id = ?2")?.execute(params![msn, id])?;
        connection
            .prepare_cached(
                "delete from announcements where msn = ?1 and id = ?2 and not exists (
                   select 1 from deliveries indexed by deliveries_in_order
                   where msn = ?1 and reference = ?3 and announcement = ?2)",
            )?
            .execute(params![msn, announcement, reference])?;
    }
    Ok(count)
}
