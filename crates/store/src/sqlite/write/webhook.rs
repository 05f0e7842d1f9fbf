//! The rows of registrations.

use domain::text::Msn;
use rusqlite::{Connection, params};

use super::Failure;
use crate::{
    KeyHolder, Removal, Webhook, WebhookId, WebhooksChange, WebhooksDecision, decision, delivery::DROPPED_TOGETHER_MAX,
    record::events_text, sqlite::deliveries::select_webhooks,
};

/// Lets the decision change what the owner has registered.
pub(super) fn change(connection: &Connection, owner: &KeyHolder, decide: &WebhooksDecision) -> Result<(), Failure> {
    let stored = select_webhooks(connection, owner, false)?;
    match decision::ask_webhooks(&stored, decide)? {
        Some(WebhooksChange::Register(webhook)) => insert(connection, &webhook),
        Some(WebhooksChange::Remove { id, removal }) => remove(connection, id, &removal),
        Some(WebhooksChange::Listens { id, until }) => {
            let sql = "update webhooks set listens_until = ?2 where id = ?1 and listens_until < ?2";
            connection.execute(sql, params![id.0, until.milliseconds()])?;
            Ok(())
        }
        None => Ok(()),
    }
}

fn insert(connection: &Connection, webhook: &Webhook) -> Result<(), Failure> {
    connection.execute(
        "insert into webhooks (id, owner, url, events, sealed_secret, created_at, listens_until)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            webhook.id.0,
            webhook.owner.as_str(),
            webhook.url,
            events_text(&webhook.events),
            webhook.sealed_secret,
            webhook.created_at.milliseconds(),
            webhook.listens_until.map(|until| until.milliseconds()),
        ],
    )?;
    Ok(())
}

/// The registration has ended, and with it what waited for it.
pub(super) fn remove(connection: &Connection, id: WebhookId, removal: &Removal) -> Result<(), Failure> {
    let sql = "update webhooks set removed_at = ?2, removed_for = ?3, last_error = coalesce(?4, last_error)
               where id = ?1 and removed_at is null and (?5 is null or failing_since = ?5)";
    let judged_by = removal.judged_by.map(|since| since.milliseconds());
    let ended = connection
        .execute(sql, params![id.0, removal.at.milliseconds(), removal.cause.name(), removal.last_error, judged_by])?;
    if ended > 0 {
        drop_waiting(connection, id, DROPPED_TOGETHER_MAX)?;
    }
    Ok(())
}

/// So many of those that wait for the registration wait no more. Answers how many that were.
pub(super) fn drop_waiting(connection: &Connection, id: WebhookId, most: u32) -> Result<usize, Failure> {
    let sql = "update deliveries set state = 'dropped', next_attempt_at = null where (msn, id) in
                 (select msn, id from deliveries where webhook = ?1 and state = 'pending' order by id limit ?2)";
    Ok(connection.prepare_cached(sql)?.execute(params![id.0, most])?)
}

/// Who is to be told of what happens at a sales unit: its own registrations and its partner's.
const SELECT_TOLD: &str = "select id, owner, events, listens_until is not null from webhooks where removed_at is null
   and owner in (?1, (select partner from partner_connections where msn = ?1)) order by created_at, id";

/// One who is told.
pub(super) struct Told {
    pub(super) id: WebhookId,
    pub(super) owner: String,
    pub(super) events: String,
    pub(super) is_fetched: bool,
}

pub(super) fn told(connection: &Connection, msn: &Msn) -> Result<Vec<Told>, Failure> {
    let mut statement = connection.prepare_cached(SELECT_TOLD)?;
    let rows = statement.query_map(params![msn.as_str()], |row| {
        Ok(Told { id: WebhookId(row.get(0)?), owner: row.get(1)?, events: row.get(2)?, is_fetched: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
