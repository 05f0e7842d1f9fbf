//! What readers see of deliveries.

use deadpool_postgres::Client;
use domain::{text::Reference, time::Timestamp};
use tokio_postgres::{Row, types::ToSql};

use super::{fault::Fault, rows, webhooks};
use crate::{
    Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, DeliveryKind, DeliveryState, KeyHolder, Lane, LoggedAttempt,
    WebhookId,
    record::{AttemptColumns, DeliveryColumns, earlier_attempt, own_attempt},
};

/// What [`delivery`] reads, in its order.
macro_rules! delivery {
    () => {
        "d.id, d.msn, d.webhook, w.url, d.kind, d.reference, d.event, d.event_id, d.state, d.attempts, d.last_status,
     d.last_error, d.created_at, d.next_attempt_at"
    };
}

/// What [`attempt`] reads, in its order.
macro_rules! attempt {
    () => {
        "a.number, a.at, a.took, a.status, a.error, a.answer, a.signature, a.next_attempt_at"
    };
}
const FIRST_OF_ATTEMPT: usize = 14;

/// From lane to lane, so that what is read is what waits in none but its first place, however many registrations and sales units there are.
const WAITING_LANES: &str = "with recursive lane as (
       (select msn, webhook, next_attempt_at from deliveries where state = 'pending' order by msn, webhook, next_attempt_at limit 1)
       union all
       select following.msn, following.webhook, following.next_attempt_at from lane cross join lateral (
         select msn, webhook, next_attempt_at from deliveries
         where state = 'pending' and (msn, webhook) > (lane.msn, lane.webhook) order by msn, webhook, next_attempt_at limit 1) as following)
     select lane.msn, lane.webhook, w.listens_until is not null, lane.next_attempt_at
     from lane join webhooks as w on w.id = lane.webhook and w.removed_at is null";

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

/// Where a page of an owner's is: of each registration and state the newest, and of those the newest. So much is read and no more, whatever
/// is asked for and however much there is beside it.
macro_rules! page {
    () => {
        "(select found.msn, found.id from webhooks as w cross join unnest($5::text[]) as asked (state)
       cross join lateral (
         select msn, id from deliveries where webhook = w.id and state = asked.state and id < $6 and id >= $7
           and ($4::text is null or kind = $4) order by id desc limit $8) as found
     where w.owner = $1 and ($2::bytea is null or w.id = $2) and $3::text is null order by found.id desc limit $8)"
    };
}

/// The same of one payment, of whatever sales unit of the owner's.
macro_rules! page_of_payment {
    () => {
        "(select found.msn, found.id
     from (select msn from sales_units where $9::text is null or msn = $9) as units cross join lateral (
       select msn, id, owner, webhook, state, kind from deliveries where msn = units.msn and reference = $3 offset 0) as found
     where found.owner = $1 and ($2::bytea is null or found.webhook = $2) and found.state = any($5) and found.id < $6 and found.id >= $7
       and ($4::text is null or found.kind = $4) order by found.id desc limit $8)"
    };
}

/// The deliveries of a page.
macro_rules! read {
    ($page:expr) => {
        concat!(
            "select ",
            delivery!(),
            " from ",
            $page,
            " as page join deliveries as d on d.msn = page.msn and d.id = page.id join webhooks as w on w.id = d.webhook order by d.id desc"
        )
    };
}

pub(super) async fn deliveries(
    client: &Client,
    owner: &KeyHolder,
    filter: &DeliveryFilter,
) -> Result<Vec<Delivery>, Fault> {
    let sql = if filter.reference.is_some() { read!(page_of_payment!()) } else { read!(page!()) };
    let statement = client.prepare_cached(sql).await?;
    let states: Vec<&str> = filter.states().map(DeliveryState::name).collect();
    let (from, before) = filter.range();
    let unit = match owner {
        KeyHolder::SalesUnit(msn) => Some(msn.as_str()),
        KeyHolder::Partner(_) => None,
    };
    let (webhook, most) = (filter.webhook.as_ref().map(|webhook| &webhook.0[..]), i64::from(filter.most));
    let (reference, kind) = (filter.reference.as_ref().map(Reference::as_str), filter.kind.map(DeliveryKind::name));
    let (owner, before, from) = (owner.as_str(), &before.0[..], &from.0[..]);
    let mut parameters: Vec<&(dyn ToSql + Sync)> =
        vec![&owner, &webhook, &reference, &kind, &states, &before, &from, &most];
    if filter.reference.is_some() {
        parameters.push(&unit);
    }
    client.query(&statement, &parameters).await?.iter().map(delivery).collect()
}

pub(super) async fn detail(
    client: &Client,
    owner: &KeyHolder,
    id: DeliveryId,
) -> Result<Option<DeliveryDetail>, Fault> {
    let sql = concat!(
        "select ",
        delivery!(),
        ", b.body from (
           select found.msn, found.id from webhooks as w cross join unnest($3::text[]) as any_of (state)
           cross join lateral (
             select msn, id from deliveries where webhook = w.id and state = any_of.state and id = $2 offset 0) as found
           where w.owner = $1) as page
         join deliveries as d on d.msn = page.msn and d.id = page.id join webhooks as w on w.id = d.webhook
         join announcements as b on b.msn = d.msn and b.id = d.announcement"
    );
    let states = DeliveryState::ALL.map(DeliveryState::name);
    let statement = client.prepare_cached(sql).await?;
    let Some(row) = client.query_opt(&statement, &[&owner.as_str(), &&id.0[..], &&states[..]]).await? else {
        return Ok(None);
    };
    let (delivery, body) = (delivery(&row)?, rows::get::<Vec<u8>>(&row, 14)?);
    let sql = concat!(
        "select ",
        attempt!(),
        " from (
           select ",
        earlier_attempt!(),
        " from delivery_attempts where msn = $1 and delivery = $2
           union all select ",
        own_attempt!(),
        " from deliveries where msn = $1 and id = $2 and attempt_number is not null) as a order by a.number"
    );
    let statement = client.prepare_cached(sql).await?;
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
    let sql = concat!(
        "select ",
        delivery!(),
        ", ",
        attempt!(),
        " from (
           select * from (
             select msn, delivery as id, ended_at, ",
        earlier_attempt!(),
        " from delivery_attempts where owner = $1 and ended_at >= $2 order by ended_at limit $3) as earlier
           union all select * from (
             select msn, id, attempt_ended_at, ",
        own_attempt!(),
        " from deliveries where owner = $1 and attempt_ended_at >= $2 and attempt_number is not null
             order by attempt_ended_at limit $3) as own) as a
         join deliveries as d on d.msn = a.msn and d.id = a.id join webhooks as w on w.id = d.webhook
         order by a.ended_at, a.id limit $3"
    );
    let statement = client.prepare_cached(sql).await?;
    let found = client.query(&statement, &[&owner.as_str(), &since.milliseconds(), &i64::from(most)]).await?;
    found.iter().map(|row| Ok((delivery(row)?, attempt(row, FIRST_OF_ATTEMPT)?))).collect()
}
