//! Forgetting what ended long ago, owner by owner in transactions of their own: none takes long, and what was forgotten stays so whatever
//! comes of the next. A transaction that is made again finds less to do.

use deadpool_postgres::Client;
use domain::time::Timestamp;
use tokio_postgres::Row;

use crate::{
    DeliveryId,
    postgres::{
        alone::{self, Begun},
        fault::Fault,
        rows,
        session::Pools,
        stalled,
        transaction::Failed,
        webhooks::DROP_WAITING,
    },
};

/// Registrations that ended and for which something still waits: it was too much to be dropped with them, or came into being meanwhile.
const WITH_STRAYS: &str = "select w.id from webhooks as w
     cross join lateral (select 1 from deliveries as d where d.webhook = w.id and d.state = 'pending' limit 1) as stray
     where w.removed_at is not null";

/// Owners of whom something is old.
const OWNERS: &str = "select distinct w.owner from webhooks as w
     cross join unnest(array['delivered', 'given_up', 'dropped']) as ended (state)
     cross join lateral (
       select 1 from deliveries as d where d.webhook = w.id and d.state = ended.state and d.id < $1 limit 1) as old
     order by w.owner";

/// The oldest of an owner's that ended, with its attempts. One that is being sent once more is left for the next time.
const FORGET: &str = "with oldest as (
       select found.msn, found.id from webhooks as w cross join unnest(array['delivered', 'given_up', 'dropped']) as ended (state)
       cross join lateral (
         select msn, id from deliveries where webhook = w.id and state = ended.state and id < $2 order by id limit $3) as found
       where w.owner = $1 order by found.id limit $3),
     old as (
       select d.msn, d.id, d.reference, d.announcement from oldest join deliveries as d on d.msn = oldest.msn and d.id = oldest.id
       order by d.msn, d.id for update of d skip locked),
     attempts as (delete from delivery_attempts as a using old where a.msn = old.msn and a.delivery = old.id),
     gone as (delete from deliveries as d using old where d.msn = old.msn and d.id = old.id)
     select msn, announcement, reference from old";

/// Who forgets another delivery of the same at the same moment sees afterwards that this one is gone.
const HOLD_ANNOUNCEMENTS: &str = "select 1 from unnest($1::text[], $2::bytea[]) as wanted (msn, id)
     join announcements as a on a.msn = wanted.msn and a.id = wanted.id order by a.msn, a.id for update of a";

const FORGET_ANNOUNCEMENTS: &str =
    "delete from announcements as a using unnest($1::text[], $2::bytea[], $3::text[]) as wanted (msn, id, reference)
     where a.msn = wanted.msn and a.id = wanted.id and not exists (
       select 1 from deliveries as d where d.msn = wanted.msn and d.reference = wanted.reference and d.announcement = wanted.id)";

const FORGET_WEBHOOKS: &str = "delete from webhooks as w where w.removed_at < $1
     and not exists (select 1 from deliveries as d where d.webhook = w.id)";

/// So much in all, once nobody's stalled session has any of it: whoever waits for the same rows waits no longer than that takes.
pub(super) async fn carry_out(pools: &Pools, before: Timestamp, most: u32) -> Result<(), Failed> {
    stalled::end(pools).await;
    let begun = alone::begin(pools).await?;
    let owners = alone::in_time(drop_strays(begun.client(), before, most)).await;
    let owners = ended(begun, owners).await?;
    let mut left = most;
    for owner in owners {
        let begun = alone::begin(pools).await?;
        let forgotten = alone::in_time(forget(begun.client(), &owner, before, left)).await;
        left = left.saturating_sub(ended(begun, forgotten).await?);
        if left == 0 {
            return Ok(());
        }
    }
    let begun = alone::begin(pools).await?;
    let forgotten = alone::in_time(forget_webhooks(begun.client(), before)).await;
    ended(begun, forgotten).await
}

/// What the transaction answered, once it is committed.
async fn ended<T: Default>(begun: Begun, answered: Option<Result<T, Fault>>) -> Result<T, Failed> {
    let (answer, changed) = match answered {
        Some(Ok(answer)) => (answer, Some(Ok(true))),
        Some(Err(fault)) => (T::default(), Some(Err(fault))),
        None => (T::default(), None),
    };
    begun.end(changed).await.map(|()| answer)
}

/// Answers of whom something is old.
async fn drop_strays(client: &Client, before: Timestamp, most: u32) -> Result<Vec<String>, Fault> {
    let found = client.query(&client.prepare_cached(WITH_STRAYS).await?, &[]).await?;
    let strays = found.iter().map(|row| rows::get::<Vec<u8>>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    if !strays.is_empty() {
        client.execute(&client.prepare_cached(DROP_WAITING).await?, &[&strays, &i64::from(most)]).await?;
    }
    let old = DeliveryId::earliest_of(before).0;
    let owners = client.query(&client.prepare_cached(OWNERS).await?, &[&&old[..]]).await?;
    owners.iter().map(|row| rows::get(row, 0)).collect()
}

/// Answers how many deliveries that were.
async fn forget(client: &Client, owner: &str, before: Timestamp, most: u32) -> Result<u32, Fault> {
    let old = DeliveryId::earliest_of(before).0;
    let gone = client.query(FORGET, &[&owner, &&old[..], &i64::from(most)]).await?;
    let column = |row: &Row, at| rows::get::<String>(row, at);
    let msns = gone.iter().map(|row| column(row, 0)).collect::<Result<Vec<_>, _>>()?;
    let ids = gone.iter().map(|row| rows::get::<Vec<u8>>(row, 1)).collect::<Result<Vec<_>, _>>()?;
    let references = gone.iter().map(|row| column(row, 2)).collect::<Result<Vec<_>, _>>()?;
    if !gone.is_empty() {
        client.query(HOLD_ANNOUNCEMENTS, &[&msns, &ids]).await?;
        client.execute(FORGET_ANNOUNCEMENTS, &[&msns, &ids, &references]).await?;
    }
    Ok(u32::try_from(gone.len()).unwrap_or(u32::MAX))
}

async fn forget_webhooks(client: &Client, before: Timestamp) -> Result<(), Fault> {
    client.execute(FORGET_WEBHOOKS, &[&before.milliseconds()]).await?;
    Ok(())
}
