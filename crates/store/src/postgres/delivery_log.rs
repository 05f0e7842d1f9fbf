//! What readers see of deliveries.

use deadpool_postgres::Client;
use domain::time::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{fault::Fault, rows, webhooks};
use crate::{
    Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, KeyHolder, Lane, LoggedAttempt, WebhookId,
    record::{AttemptColumns, DeliveryColumns},
};

/// What [`delivery`] reads, in its order.
const DELIVERY: &str =
    "d.id, d.msn, d.webhook, w.url, d.kind, d.reference, d.event, d.event_id, d.state, d.attempts, d.last_status,
     d.last_error, d.created_at, d.next_attempt_at";

/// What [`attempt`] reads, in its order.
const ATTEMPT: &str = "a.number, a.at, a.took, a.status, a.error, a.answer, a.signature, a.next_attempt_at";
const FIRST_OF_ATTEMPT: usize = 14;

/// A sales unit's own registrations stand in one lane each, a partner's in one for every sales unit there is.
const WAITING_LANES: &str = "select units.msn, w.id, w.listens_until is not null, earliest.at
     from webhooks as w join sales_units as units on units.msn = w.owner or w.owner like 'partner-%'
     cross join lateral (select next_attempt_at as at from deliveries as d
       where d.msn = units.msn and d.webhook = w.id and d.state = 'pending' order by next_attempt_at limit 1) as earliest
     where w.removed_at is null";

pub(super) async fn waiting_lanes(client: &Client) -> Result<Vec<(Lane, Timestamp)>, Fault> {
    let statement = client.prepare_cached(WAITING_LANES).await?;
    let lane = |row: &Row| {
        let (msn, webhook) = (webhooks::msn(rows::get(row, 0)?)?, WebhookId(rows::bytes(row, 1)?));
        let lane = Lane { msn, webhook, is_fetched: rows::get(row, 2)? };
        Ok((lane, Timestamp::from_milliseconds(rows::get(row, 3)?)))
    };
    client.query(&statement, &[]).await?.iter().map(lane).collect()
}

fn delivery(row: &Row) -> Result<Delivery, Fault> {
    let columns = DeliveryColumns {
        id: rows::bytes(row, 0)?,
        msn: rows::get(row, 1)?,
        webhook: rows::bytes(row, 2)?,
        url: rows::get(row, 3)?,
        kind: rows::get(row, 4)?,
        reference: rows::get(row, 5)?,
        event: rows::get(row, 6)?,
        event_id: rows::bytes(row, 7)?,
        state: rows::get(row, 8)?,
        attempts: rows::get(row, 9)?,
        last_status: rows::get(row, 10)?,
        last_error: rows::get(row, 11)?,
        created_at: rows::get(row, 12)?,
        next_attempt_at: rows::get(row, 13)?,
    };
    Ok(columns.read()?)
}

fn attempt(row: &Row, first: usize) -> Result<LoggedAttempt, Fault> {
    let columns = AttemptColumns {
        number: rows::get(row, first)?,
        at: rows::get(row, first + 1)?,
        took: rows::get(row, first + 2)?,
        status: rows::get(row, first + 3)?,
        error: rows::get(row, first + 4)?,
        answer: rows::get(row, first + 5)?,
        signature: rows::get(row, first + 6)?,
        next_attempt_at: rows::get(row, first + 7)?,
    };
    Ok(columns.read()?)
}

/// A payment's are found by their payment, of whatever sales unit; all others by their owner.
pub(super) async fn deliveries(
    client: &Client,
    owner: &KeyHolder,
    filter: &DeliveryFilter,
) -> Result<Vec<Delivery>, Fault> {
    let place = match filter.reference {
        Some(_) => "d.msn in (select msn from sales_units) and d.reference = $2 and d.owner = $1",
        None => "d.owner = $1 and $2::text is null",
    };
    let sql = format!(
        "select {DELIVERY} from deliveries as d join webhooks as w on w.id = d.webhook
         where {place} and ($3::bytea is null or d.webhook = $3) and ($4::text is null or d.state = $4)
           and ($5::text is null or d.kind = $5) and ($6::bytea is null or d.id < $6) and ($7::bytea is null or d.id >= $7)
         order by d.id desc limit $8"
    );
    let statement = client.prepare_cached(&sql).await?;
    let parameters: [&(dyn ToSql + Sync); 8] = [
        &owner.as_str(),
        &filter.reference.as_ref().map(|reference| reference.as_str()),
        &filter.webhook.as_ref().map(|webhook| &webhook.0[..]),
        &filter.state.map(|state| state.name()),
        &filter.kind.map(|kind| kind.name()),
        &filter.before.as_ref().map(|id| &id.0[..]),
        &filter.from.as_ref().map(|id| &id.0[..]),
        &i64::from(filter.most),
    ];
    client.query(&statement, &parameters).await?.iter().map(delivery).collect()
}

pub(super) async fn detail(
    client: &Client,
    owner: &KeyHolder,
    id: DeliveryId,
) -> Result<Option<DeliveryDetail>, Fault> {
    let sql = format!(
        "select {DELIVERY}, b.body from deliveries as d join webhooks as w on w.id = d.webhook
         join announcements as b on b.msn = d.msn and b.id = d.announcement where d.owner = $1 and d.id = $2"
    );
    let statement = client.prepare_cached(&sql).await?;
    let Some(row) = client.query_opt(&statement, &[&owner.as_str(), &&id.0[..]]).await? else { return Ok(None) };
    let (delivery, body) = (delivery(&row)?, rows::get::<Vec<u8>>(&row, 14)?);
    let sql =
        format!("select {ATTEMPT} from delivery_attempts as a where a.msn = $1 and a.delivery = $2 order by a.number");
    let statement = client.prepare_cached(&sql).await?;
    let found = client.query(&statement, &[&delivery.msn.as_str(), &&id.0[..]]).await?;
    let attempts = found.iter().map(|row| attempt(row, 0)).collect::<Result<_, _>>()?;
    Ok(Some(DeliveryDetail { delivery, body: body.into(), attempts }))
}

pub(super) async fn attempts_since(
    client: &Client,
    owner: &KeyHolder,
    since: Timestamp,
    most: u32,
) -> Result<Vec<(Delivery, LoggedAttempt)>, Fault> {
    let sql = format!(
        "select {DELIVERY}, {ATTEMPT} from delivery_attempts as a
         join deliveries as d on d.msn = a.msn and d.id = a.delivery join webhooks as w on w.id = d.webhook
         where a.owner = $1 and a.ended_at >= $2 order by a.ended_at limit $3"
    );
    let statement = client.prepare_cached(&sql).await?;
    let found = client.query(&statement, &[&owner.as_str(), &since.milliseconds(), &i64::from(most)]).await?;
    found.iter().map(|row| Ok((delivery(row)?, attempt(row, FIRST_OF_ATTEMPT)?))).collect()
}
