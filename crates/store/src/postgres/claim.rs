//! Claims: which node attempts a delivery. They live by the database's own clock, and each is numbered, so that a node which was frozen
//! longer than its claim lasts can record nothing under it.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use domain::{text::Msn, time::Timestamp};
use tokio_postgres::{Row, types::ToSql};

use super::{
    fault::Fault,
    rows,
    session::{Pools, WRITE_TIME_MAX, ask},
};
use crate::{
    CLAIM_TIME_MAX, Claimed, DeliveryId, Recipient, WebhookId,
    record::{ClaimColumns, RecipientColumns},
};

/// Of each registration so many, the earliest first, and of those that go in order only the first.
///
/// What waits is what is tried next at some time. Here it is said in that way, so that there is one index to find what comes before: by
/// the other a server that knows little of the tables would read all that waits for the registration.
const CLAIM: &str = "with picked as (
       select due.msn, due.id from unnest($2::bytea[], $3::bigint[]) as wanted (webhook, most)
       cross join lateral (
         select d.msn, d.id from deliveries as d
         where d.msn = $1 and d.webhook = wanted.webhook and d.state = 'pending' and d.next_attempt_at <= $4
           and (d.claimed_until is null or d.claimed_until < clock_timestamp())
           and (d.sequence <= 1 or not exists (
             select 1 from deliveries as earlier where earlier.msn = d.msn and earlier.reference = d.reference
               and earlier.webhook = d.webhook and earlier.sequence between 1 and d.sequence - 1
               and earlier.next_attempt_at is not null))
         order by d.next_attempt_at, d.id limit wanted.most for update skip locked) as due),
     claimed as (
       update deliveries as d set claimed_until = clock_timestamp() + make_interval(secs => $5), fence = fence + 1
       from picked where d.msn = picked.msn and d.id = picked.id
       returning d.id, d.fence, d.webhook, d.reference, d.event_id, d.announcement, d.attempts, d.first_attempt_at, d.next_attempt_at)
     select c.id, c.fence, c.webhook, c.reference, c.event_id, a.body, c.attempts, c.first_attempt_at,
       w.owner, w.url, w.sealed_secret, w.listens_until is not null, w.failing_since
     from claimed as c join webhooks as w on w.id = c.webhook and w.removed_at is null
     join announcements as a on a.msn = $1 and a.id = c.announcement order by c.next_attempt_at, c.id";

/// Those whose claims they still are, each read and held by its whole key, in the order of the keys, as whoever records does.
const GIVE_BACK: &str = "with held as (
       select d.msn, d.id from unnest($2::bytea[], $3::bigint[]) as claimed (id, fence)
       cross join lateral (
         select msn, id from deliveries
         where msn = $1 and id = claimed.id and fence = claimed.fence and state = 'pending' for update) as d)
     update deliveries as d set claimed_until = null from held where d.msn = held.msn and d.id = held.id";

pub(super) async fn claim(
    pools: Pools,
    msn: Msn,
    wanted: Vec<(WebhookId, u32)>,
    until: Timestamp,
) -> Result<Vec<Claimed>, Fault> {
    ask(pools.for_writing().await?, WRITE_TIME_MAX, |client| async move {
        let statement = client.prepare_cached(CLAIM).await?;
        let (webhooks, most): (Vec<&[u8]>, Vec<i64>) =
            wanted.iter().map(|(webhook, most)| (&webhook.0[..], i64::from(*most))).unzip();
        let seconds = std::time::Duration::from_millis(CLAIM_TIME_MAX.as_milliseconds().unsigned_abs()).as_secs_f64();
        let parameters: [&(dyn ToSql + Sync); 5] = [&msn.as_str(), &webhooks, &most, &until.milliseconds(), &seconds];
        let found = client.query(&statement, &parameters).await?;
        let mut recipients = HashMap::new();
        found.iter().map(|row| claimed(&msn, row, &mut recipients)).collect()
    })
    .await
}

fn claimed(msn: &Msn, row: &Row, recipients: &mut HashMap<[u8; 16], Arc<Recipient>>) -> Result<Claimed, Fault> {
    let webhook = rows::bytes(row, 2)?;
    let recipient = match recipients.entry(webhook) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(recipient(msn, webhook, row)?),
    };
    let columns = ClaimColumns {
        id: rows::bytes(row, 0)?,
        fence: rows::get(row, 1)?,
        reference: rows::get(row, 3)?,
        event_id: rows::bytes(row, 4)?,
        attempts: rows::get(row, 6)?,
        first_attempt_at: rows::get(row, 7)?,
    };
    let body: Vec<u8> = rows::get(row, 5)?;
    Ok(columns.read(body.into(), recipient.clone())?)
}

fn recipient(msn: &Msn, webhook: [u8; 16], row: &Row) -> Result<Arc<Recipient>, Fault> {
    let columns = RecipientColumns {
        msn,
        webhook,
        owner: rows::get(row, 8)?,
        url: rows::get(row, 9)?,
        sealed_secret: rows::get(row, 10)?,
        is_fetched: rows::get(row, 11)?,
        failing_since: rows::get(row, 12)?,
    };
    Ok(columns.read()?)
}

/// A statement a sales unit for all of them, however many there are.
pub(super) async fn give_back(pools: Pools, mut claims: Vec<(Msn, DeliveryId, i64)>) -> Result<(), Fault> {
    claims.sort();
    ask(pools.for_writing().await?, WRITE_TIME_MAX, |client| async move {
        let statement = client.prepare_cached(GIVE_BACK).await?;
        for of_unit in claims.chunk_by(|(one, ..), (other, ..)| one == other) {
            let Some((msn, ..)) = of_unit.first() else { continue };
            let (ids, fences): (Vec<&[u8]>, Vec<i64>) = of_unit.iter().map(|(_, id, fence)| (&id.0[..], fence)).unzip();
            client.execute(&statement, &[&msn.as_str(), &ids, &fences]).await?;
        }
        Ok(())
    })
    .await
}
