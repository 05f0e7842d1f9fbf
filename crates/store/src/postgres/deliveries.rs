//! Deliveries after their event: attempts recorded, more sent, old ones forgotten.

mod forget;
mod recording;

use deadpool_postgres::Client;
use domain::{time::Timestamp, webhook::Next};
use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use super::{alone, fault::Fault, rows, session::Pools, transaction::Failed, webhooks};
use crate::{
    Announced, Attempt, DeliveriesChange, Lane, NewDelivery, NewDeliveryOf,
    delivery::{Standing, standings},
};

/// Registrations that will be written, held before any delivery is: whoever ends one holds it first too, so that nobody waits in a circle.
const HOLD_WEBHOOKS: &str =
    "select 1 from webhooks where id = any($1) and removed_at is null and (failing_since is not null or id = any($2))
     order by id for no key update";

const IS_WELL: &str = "update webhooks set failing_since = null, last_error = null
     where id = $1 and failing_since is not null and removed_at is null";

const IS_FAILING: &str =
    "update webhooks set failing_since = case when $2 then $3 else coalesce(failing_since, $3) end, last_error = $4
     where id = $1 and removed_at is null";

/// What follows in order is not looked at before this is tried again. What does not wait is not tried at any time; that it waits is not
/// asked, so that there is one index to find what follows. As a join it was carried out by reading all of the sales unit.
const PUT_OFF_FOLLOWERS: &str = "update deliveries set next_attempt_at = $3
     where msn = $1 and next_attempt_at < $3 and id = any(array(
       select later.id from deliveries as tried cross join lateral (
         select id from deliveries where msn = $1 and reference = tried.reference and webhook = tried.webhook
           and sequence > tried.sequence and next_attempt_at < $3 offset 0) as later
       where tried.msn = $1 and tried.id = $2 and tried.sequence > 0))";

/// What it sends once more is held, so that nobody forgets it and with it what is sent.
const SEND_AGAIN: &str = "with original as (
       select msn, reference, event, event_id, announcement from deliveries where msn = $1 and id = $2 for key share),
     sent as (
       insert into deliveries
         (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
       select o.msn, $3, w.id, w.owner, 'resend', o.reference, 0, o.event, o.event_id, o.announcement, $5, $5
       from original as o join webhooks as w on w.id = $4 and w.removed_at is null returning webhook)
     select w.listens_until is not null from sent join webhooks as w on w.id = sent.webhook";

const SEND_TEST: &str = "with told as (select id, owner, listens_until from webhooks where id = $3 and removed_at is null),
     announced as (insert into announcements (msn, id, body) select $1, $2, $8 from told),
     sent as (
       insert into deliveries
         (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, next_attempt_at)
       select $1, $2, told.id, told.owner, 'test', $4, 0, $5, $6, $2, $7, $7 from told)
     select listens_until is not null from told";

pub(super) async fn carry_out(
    pools: &Pools,
    announced: &Announced,
    change: &DeliveriesChange,
    now: Timestamp,
) -> Result<(), Failed> {
    match change {
        DeliveriesChange::Record(attempts) => {
            let begun = alone::begin(pools).await?;
            let changed = alone::in_time(record(begun.client(), attempts)).await;
            begun.end(changed).await
        }
        DeliveriesChange::Send(new) => {
            let mut lanes = Vec::new();
            let begun = alone::begin(pools).await?;
            let changed = alone::in_time(send_all(begun.client(), new, now, &mut lanes)).await;
            begun.end(changed).await?;
            announced.tell(lanes);
            Ok(())
        }
        DeliveriesChange::Forget { before, most } => forget::carry_out(pools, *before, *most).await,
    }
}

/// A few trips, however many there are.
async fn record(client: &Client, attempts: &[Attempt]) -> Result<bool, Fault> {
    // Everybody goes in the same order.
    let mut attempts: Vec<&Attempt> = attempts.iter().collect();
    attempts.sort_by(|one, other| {
        (&one.recipient.lane.msn, one.delivery).cmp(&(&other.recipient.lane.msn, other.delivery))
    });
    hold_webhooks(client, &attempts).await?;
    let recorded = recording::record_each(client, &attempts).await?;
    put_off_followers(client, &recorded).await?;
    for (webhook, standing) in standings(recorded) {
        let Standing { has_succeeded, failing_since, last_error, removal } = standing;
        if let Some(since) = failing_since {
            let statement = client.prepare_cached(IS_FAILING).await?;
            let parameters: [&(dyn ToSql + Sync); 4] =
                [&&webhook.0[..], &has_succeeded, &since.milliseconds(), &last_error];
            client.execute(&statement, &parameters).await?;
        } else {
            client.execute(&client.prepare_cached(IS_WELL).await?, &[&&webhook.0[..]]).await?;
        }
        if let Some(removal) = removal {
            webhooks::remove(client, webhook, removal).await?;
        }
    }
    Ok(true)
}

async fn hold_webhooks(client: &Client, attempts: &[&Attempt]) -> Result<(), Fault> {
    let has_failed = |attempt: &&&Attempt| !matches!(attempt.next, Next::Delivered);
    let id = |attempt: &&'_ Attempt| attempt.recipient.lane.webhook.0.to_vec();
    let all: Vec<Vec<u8>> = attempts.iter().map(id).collect();
    let failed: Vec<Vec<u8>> = attempts.iter().filter(has_failed).map(id).collect();
    client.query(&client.prepare_cached(HOLD_WEBHOOKS).await?, &[&all, &failed]).await?;
    Ok(())
}

async fn put_off_followers(client: &Client, attempts: &[&Attempt]) -> Result<(), Fault> {
    let statement = client.prepare_cached(PUT_OFF_FOLLOWERS).await?;
    let tried_again = attempts.iter().filter_map(|attempt| Some((attempt, attempt.logged.next_attempt_at?)));
    try_join_all(tried_again.map(|(attempt, at)| {
        let statement = statement.clone();
        async move {
            let parameters: [&(dyn ToSql + Sync); 3] =
                [&attempt.recipient.lane.msn.as_str(), &&attempt.delivery.0[..], &at.milliseconds()];
            client.execute(&statement, &parameters).await
        }
    }))
    .await?;
    Ok(())
}

async fn send_all(client: &Client, new: &[NewDelivery], now: Timestamp, lanes: &mut Vec<Lane>) -> Result<bool, Fault> {
    for new in new {
        if let Some(is_fetched) = send(client, new, now).await? {
            lanes.push(Lane { msn: new.msn.clone(), webhook: new.webhook, is_fetched });
        }
    }
    Ok(true)
}

/// Answers whether it is fetched, if there is anything to be sent: the registration may have ended meanwhile, and what was to be sent once
/// more may have been forgotten.
async fn send(client: &Client, new: &NewDelivery, now: Timestamp) -> Result<Option<bool>, Fault> {
    let (msn, id, webhook, at) = (new.msn.as_str(), &new.id.0[..], &new.webhook.0[..], now.milliseconds());
    let statement = client.prepare_cached("select 1 from deliveries where msn = $1 and id = $2").await?;
    if client.query_opt(&statement, &[&msn, &id]).await?.is_some() {
        return Ok(None);
    }
    let sent = match &new.of {
        NewDeliveryOf::Delivery(original) => {
            let statement = client.prepare_cached(SEND_AGAIN).await?;
            client.query_opt(&statement, &[&msn, &&original.0[..], &id, &webhook, &at]).await?
        }
        NewDeliveryOf::Test { reference, event, event_id, body } => {
            let statement = client.prepare_cached(SEND_TEST).await?;
            let parameters: [&(dyn ToSql + Sync); 8] =
                [&msn, &id, &webhook, &reference.as_str(), &event.name(), &&event_id[..], &at, &body.as_ref()];
            client.query_opt(&statement, &parameters).await?
        }
    };
    sent.map(|row| rows::get(&row, 0)).transpose()
}
