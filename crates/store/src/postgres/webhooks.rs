//! Registrations: read for their owner, changed while the owner's row is held, so that a limit holds whoever registers at the same moment.

use deadpool_postgres::Client;
use domain::{text::Msn, time::Timestamp};
use tokio_postgres::{Row, types::ToSql};

use super::{alone, fault::Fault, rows, session::Pools, transaction::Failed, workspace::Told};
use crate::{
    KeyHolder, Removal, Webhook, WebhookId, WebhooksChange, WebhooksDecision, decision,
    delivery::DROPPED_TOGETHER_MAX,
    record::{WebhookColumns, events_text, read_events},
};

/// What [`webhook`] reads, in its order.
const WEBHOOK: &str =
    "select id, owner, url, events, sealed_secret, created_at, listens_until, failing_since, removed_at, removed_for,
     last_error from webhooks";

/// So many of those that wait for these registrations wait no more.
pub(super) const DROP_WAITING: &str = "update deliveries as d set state = 'dropped', next_attempt_at = null from (
       select waiting.msn, waiting.id from unnest($1::bytea[]) as ended (webhook) cross join lateral (
         select msn, id from deliveries where webhook = ended.webhook and state = 'pending' order by id limit $2) as waiting
       order by waiting.msn, waiting.id limit $2) as picked
     where d.msn = picked.msn and d.id = picked.id and d.state = 'pending'";

/// Who is to be told of what happens at a sales unit: its own registrations and its partner's.
pub(super) const SELECT_TOLD: &str =
    "select id, owner, events, listens_until is not null from webhooks where removed_at is null
     and owner in ($1, (select partner from partner_connections where msn = $1)) order by created_at, id";

pub(super) fn told(row: &Row) -> Result<Told, Fault> {
    Ok(Told {
        id: WebhookId(rows::bytes(row, 0)?),
        owner: rows::get(row, 1)?,
        events: read_events(rows::get(row, 2)?)?,
        is_fetched: rows::get(row, 3)?,
    })
}

pub(super) async fn of_owner(client: &Client, owner: &KeyHolder, with_ended: bool) -> Result<Vec<Webhook>, Fault> {
    let sql = format!("{WEBHOOK} where owner = $1 and ($2 or removed_at is null) order by created_at, id");
    let statement = client.prepare_cached(&sql).await?;
    client.query(&statement, &[&owner.as_str(), &with_ended]).await?.iter().map(webhook).collect()
}

pub(super) async fn listeners(client: &Client) -> Result<Vec<Webhook>, Fault> {
    let statement =
        client.prepare_cached(&format!("{WEBHOOK} where listens_until is not null and removed_at is null")).await?;
    client.query(&statement, &[]).await?.iter().map(webhook).collect()
}

/// The row of every registration there has been.
pub(super) async fn every(client: &Client) -> Result<Vec<Row>, Fault> {
    Ok(client.query(WEBHOOK, &[]).await?)
}

pub(super) fn webhook(row: &Row) -> Result<Webhook, Fault> {
    let columns = WebhookColumns {
        id: rows::bytes(row, 0)?,
        owner: rows::get(row, 1)?,
        url: rows::get(row, 2)?,
        events: rows::get(row, 3)?,
        sealed_secret: rows::get(row, 4)?,
        created_at: rows::get(row, 5)?,
        listens_until: rows::get(row, 6)?,
        failing_since: rows::get(row, 7)?,
        removed_at: rows::get(row, 8)?,
        removed_for: rows::get(row, 9)?,
        last_error: rows::get(row, 10)?,
    };
    Ok(columns.read()?)
}

/// Lets the decision change what the owner has registered.
pub(super) async fn carry_out(pools: &Pools, owner: &KeyHolder, decide: &WebhooksDecision) -> Result<(), Failed> {
    let begun = alone::begin(pools).await?;
    let changed = alone::in_time(change(begun.client(), owner, decide)).await;
    begun.end(changed).await
}

async fn change(client: &Client, owner: &KeyHolder, decide: &WebhooksDecision) -> Result<bool, Fault> {
    // Whoever only refers to the owner does not wait for this.
    let sql = match owner {
        KeyHolder::SalesUnit(_) => "select 1 from sales_units where msn = $1 for no key update",
        KeyHolder::Partner(_) => "select 1 from partners where partner = $1 for no key update",
    };
    client.query(sql, &[&owner.as_str()]).await?;
    let stored = of_owner(client, owner, false).await?;
    let change = decision::ask_webhooks(&stored, decide).map_err(|defect| Fault::Defect(format!("{defect:?}")))?;
    let Some(change) = change else { return Ok(false) };
    match change {
        WebhooksChange::Register(webhook) => insert(client, &webhook).await?,
        WebhooksChange::Remove { id, removal } => remove(client, id, &removal).await?,
        WebhooksChange::Listens { id, until } => {
            let sql = "update webhooks set listens_until = $2 where id = $1 and listens_until < $2";
            client.execute(sql, &[&&id.0[..], &until.milliseconds()]).await?;
        }
    }
    Ok(true)
}

async fn insert(client: &Client, webhook: &Webhook) -> Result<(), Fault> {
    let sql = "insert into webhooks (id, owner, url, events, sealed_secret, created_at, listens_until)
               values ($1, $2, $3, $4, $5, $6, $7)";
    let listens_until = webhook.listens_until.map(Timestamp::milliseconds);
    let parameters: [&(dyn ToSql + Sync); 7] = [
        &&webhook.id.0[..],
        &webhook.owner.as_str(),
        &&*webhook.url,
        &events_text(&webhook.events),
        &webhook.sealed_secret,
        &webhook.created_at.milliseconds(),
        &listens_until,
    ];
    client.execute(sql, &parameters).await?;
    Ok(())
}

/// The registration has ended, and with it what waited for it.
pub(super) async fn remove(client: &Client, id: WebhookId, removal: &Removal) -> Result<(), Fault> {
    let sql = "update webhooks set removed_at = $2, removed_for = $3, last_error = coalesce($4, last_error)
               where id = $1 and removed_at is null and ($5::bigint is null or failing_since = $5)";
    let (at, last_error) = (removal.at.milliseconds(), removal.last_error.as_deref());
    let judged_by = removal.judged_by.map(Timestamp::milliseconds);
    let ended = client.execute(sql, &[&&id.0[..], &at, &removal.cause.name(), &last_error, &judged_by]).await?;
    if ended > 0 {
        let statement = client.prepare_cached(DROP_WAITING).await?;
        client.execute(&statement, &[&vec![id.0.to_vec()], &i64::from(DROPPED_TOGETHER_MAX)]).await?;
    }
    Ok(())
}

/// Parses nothing but what is one.
pub(super) fn msn(text: &str) -> Result<Msn, Fault> {
    Msn::parse(text).map_err(|_| crate::record::odd("an msn").into())
}
