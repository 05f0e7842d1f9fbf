//! Deliveries after their event: attempts recorded, more sent, old ones forgotten.

use deadpool_postgres::Client;
use domain::{time::Timestamp, webhook::Next};
use tokio_postgres::types::ToSql;

use super::{alone, fault::Fault, rows, session::Pools, transaction::Failed, webhooks};
use crate::{
    Announced, Attempt, DeliveriesChange, DeliveryId, DeliveryState, Lane, NewDelivery, NewDeliveryOf, WebhookId,
};

/// What an attempt leaves behind, if the claim it was made under still holds.
const RECORD: &str =
    "update deliveries set state = $4, attempts = $5, first_attempt_at = $6, last_status = $7, last_error = $8,
       next_attempt_at = $9, claimed_until = null
     where msn = $1 and id = $2 and fence = $3 and state = 'pending' and attempts = $5 - 1";

const LOG: &str = "insert into delivery_attempts
       (msn, delivery, number, owner, at, took, ended_at, status, error, answer, signature, next_attempt_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const IS_WELL: &str = "update webhooks set failing_since = null, last_error = null where id = $1 and failing_since is not null and removed_at is null";

const IS_FAILING: &str = "update webhooks set failing_since = coalesce(failing_since, $2), last_error = $3 where id = $1 and removed_at is null";

/// What follows in order is not looked at before this is tried again.
const PUT_OFF_FOLLOWERS: &str = "update deliveries as follower set next_attempt_at = $3 from deliveries as tried
     where tried.msn = $1 and tried.id = $2 and tried.sequence > 0 and follower.msn = $1 and follower.reference = tried.reference
       and follower.webhook = tried.webhook and follower.sequence > tried.sequence and follower.state = 'pending'
       and follower.next_attempt_at < $3";

pub(super) async fn carry_out(
    pools: &Pools,
    announced: &Announced,
    change: &DeliveriesChange,
    now: Timestamp,
) -> Result<(), Failed> {
    let begun = alone::begin(pools).await?;
    let changed = alone::in_time(make(begun.client(), change, now)).await;
    begun.end(changed).await?;
    if let DeliveriesChange::Send(new) = change {
        // That nobody is told of what is fetched costs it a look.
        let lane = |new: &NewDelivery| Lane { msn: new.msn.clone(), webhook: new.webhook, is_fetched: false };
        announced.tell(new.iter().map(lane));
    }
    Ok(())
}

async fn make(client: &Client, change: &DeliveriesChange, now: Timestamp) -> Result<bool, Fault> {
    match change {
        DeliveriesChange::Record(attempts) => {
            // Everybody goes in the same order.
            let mut attempts: Vec<&Attempt> = attempts.iter().collect();
            attempts.sort_by(|one, other| (&one.lane.msn, one.delivery).cmp(&(&other.lane.msn, other.delivery)));
            record(client, &attempts).await?;
        }
        DeliveriesChange::Send(new) => {
            for new in new {
                send(client, new, now).await?;
            }
        }
        DeliveriesChange::Forget { before, most } => forget(client, *before, *most).await?,
    }
    Ok(true)
}

/// The statements of all attempts are under way at once: one trip, however many there are.
async fn record(client: &Client, attempts: &[&Attempt]) -> Result<(), Fault> {
    let (record, log) = (client.prepare_cached(RECORD).await?, client.prepare_cached(LOG).await?);
    let changed = futures_util::future::try_join_all(attempts.iter().map(|attempt| {
        let Attempt { delivery, fence, lane, logged, first_attempt_at, next, .. } = attempt;
        let next_attempt_at = logged.next_attempt_at.map(Timestamp::milliseconds);
        let (state, number) = (DeliveryState::after(*next).name(), i64::from(logged.number));
        let (first, status) = (first_attempt_at.milliseconds(), logged.status.map(i32::from));
        let (msn, error, record) = (lane.msn.as_str(), logged.error.as_deref(), record.clone());
        async move {
            let parameters: [&(dyn ToSql + Sync); 9] =
                [&msn, &&delivery.0[..], fence, &state, &number, &first, &status, &error, &next_attempt_at];
            client.execute(&record, &parameters).await
        }
    }))
    .await?;
    let recorded: Vec<&&Attempt> =
        attempts.iter().zip(changed).filter(|(_, changed)| *changed > 0).map(|(attempt, _)| attempt).collect();
    futures_util::future::try_join_all(recorded.iter().map(|attempt| {
        let Attempt { delivery, lane, owner, logged, .. } = attempt;
        let log = log.clone();
        async move {
            let parameters: [&(dyn ToSql + Sync); 12] = [
                &lane.msn.as_str(),
                &&delivery.0[..],
                &i64::from(logged.number),
                &owner.as_str(),
                &logged.at.milliseconds(),
                &logged.took.as_milliseconds(),
                &logged.at.plus(logged.took).milliseconds(),
                &logged.status.map(i32::from),
                &logged.error.as_deref(),
                &logged.answer,
                &&*logged.signature,
                &logged.next_attempt_at.map(Timestamp::milliseconds),
            ];
            client.execute(&log, &parameters).await
        }
    }))
    .await?;
    let mut webhooks: Vec<WebhookId> = Vec::new();
    for attempt in recorded {
        if matches!(attempt.next, Next::Delivered) {
            if !webhooks.contains(&attempt.lane.webhook) {
                webhooks.push(attempt.lane.webhook);
                client.execute(&client.prepare_cached(IS_WELL).await?, &[&&attempt.lane.webhook.0[..]]).await?;
            }
        } else {
            has_failed(client, attempt).await?;
        }
    }
    Ok(())
}

async fn has_failed(client: &Client, attempt: &Attempt) -> Result<(), Fault> {
    let Attempt { delivery, lane, logged, ended_at, removal, .. } = attempt;
    let (webhook, ended_at, error) = (&lane.webhook.0[..], ended_at.milliseconds(), logged.error.as_deref());
    client.execute(&client.prepare_cached(IS_FAILING).await?, &[&webhook, &ended_at, &error]).await?;
    if let Some(at) = logged.next_attempt_at {
        let statement = client.prepare_cached(PUT_OFF_FOLLOWERS).await?;
        client.execute(&statement, &[&lane.msn.as_str(), &&delivery.0[..], &at.milliseconds()]).await?;
    }
    match removal {
        Some(removal) => webhooks::remove(client, lane.webhook, removal).await,
        None => Ok(()),
    }
}

async fn send(client: &Client, new: &NewDelivery, now: Timestamp) -> Result<(), Fault> {
    let (msn, id, webhook, at) = (new.msn.as_str(), &new.id.0[..], &new.webhook.0[..], now.milliseconds());
    if client.query_opt("select 1 from deliveries where msn = $1 and id = $2", &[&msn, &id]).await?.is_some() {
        return Ok(());
    }
    match &new.of {
        NewDeliveryOf::Delivery(original) => {
            let sql = "insert into deliveries
                         (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
                       select d.msn, $3, w.id, w.owner, 'resend', d.reference, 0, d.event, d.event_id, d.announcement, $5, $5
                       from deliveries as d join webhooks as w on w.id = $4 and w.removed_at is null where d.msn = $1 and d.id = $2";
            client.execute(sql, &[&msn, &&original.0[..], &id, &webhook, &at]).await?;
        }
        NewDeliveryOf::Test { reference, event, event_id, body } => {
            client
                .execute("insert into announcements (msn, id, body) values ($1, $2, $3)", &[&msn, &id, &body.as_ref()])
                .await?;
            let sql = "insert into deliveries
                         (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
                       select $1, $2, w.id, w.owner, 'test', $4, 0, $5, $6, $2, $7, $7 from webhooks as w
                       where w.id = $3 and w.removed_at is null";
            let parameters: [&(dyn ToSql + Sync); 7] =
                [&msn, &id, &webhook, &reference.as_str(), &event.name(), &&event_id[..], &at];
            client.execute(sql, &parameters).await?;
        }
    }
    Ok(())
}

/// Owner by owner, the oldest first.
async fn forget(client: &Client, before: Timestamp, most: u32) -> Result<(), Fault> {
    let found = client.query("select id, owner, removed_at is not null from webhooks", &[]).await?;
    let mut owners: Vec<&str> = Vec::new();
    for row in &found {
        owners.push(rows::get(row, 1)?);
        if rows::get(row, 2)? {
            webhooks::drop_waiting(client, WebhookId(rows::bytes(row, 0)?)).await?;
        }
    }
    owners.sort_unstable();
    owners.dedup();
    let (old, most) = (DeliveryId::earliest_of(before).0, i64::from(most));
    for owner in owners {
        let sql = "with old as (
                     select msn, id, reference, announcement from deliveries
                     where owner = $1 and id < $2 and state <> 'pending' order by id limit $3 for update skip locked),
                   attempts as (delete from delivery_attempts as a using old where a.msn = old.msn and a.delivery = old.id)
                   delete from deliveries as d using old where d.msn = old.msn and d.id = old.id returning d.msn, d.announcement, d.reference";
        for gone in client.query(sql, &[&owner, &&old[..], &most]).await? {
            let (msn, announcement, reference): (&str, &[u8], &str) =
                (rows::get(&gone, 0)?, rows::get(&gone, 1)?, rows::get(&gone, 2)?);
            let sql = "delete from announcements where msn = $1 and id = $2 and not exists (
                         select 1 from deliveries where msn = $1 and reference = $3 and announcement = $2)";
            client.execute(sql, &[&msn, &announcement, &reference]).await?;
        }
    }
    let sql = "delete from webhooks where removed_at < $1
               and not exists (select 1 from deliveries where deliveries.owner = webhooks.owner and deliveries.webhook = webhooks.id)";
    client.execute(sql, &[&before.milliseconds()]).await?;
    Ok(())
}
