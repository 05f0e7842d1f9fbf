//! The queries of readers. None of them feeds a decision. All of them ask the server that takes writes, so whoever was answered is seen.
//!
//! Most are one statement, so a reader that goes away leaves nothing open; what takes several runs in a task of its own. Where the
//! connection broke it is asked again on another.

use std::{future::Future, sync::Arc, time::Duration};

use deadpool_postgres::Client;
use domain::{
    order::{Category, CategoryId, OrderName},
    payer::Sub,
    payment::{Event, Payment, ShortLink},
    text::{ImageId, Msn, OrderId, PhoneNumber, Reference},
    time::Timestamp,
    wallet::Payer,
};
use tokio_postgres::Row;

use super::{
    delivery_log, directory,
    fault::Fault,
    orders, requests, rows,
    session::{Pools, ask},
    webhooks,
};
use crate::{
    AskedPayment, Delivery, DeliveryDetail, DeliveryFilter, DeliveryId, Directory, Image, KeyHolder, Lane,
    LoggedAttempt, Order, Trouble, Webhook, record::odd,
};

/// How often a read is tried where connections break.
const TRIES_MAX: u32 = 3;
/// How long a try may take.
const READ_TIME_MAX: Duration = Duration::from_secs(5);

/// Begins a transaction that sees one moment.
const BEGIN: &str = "begin isolation level repeatable read read only";

const SELECT_PAYMENT: &str =
    "select reference, quarantined, psp_reference, currency, amount, terms, created_at, expires_at, state, authorized, captured,
       refunded, cancelled, \"authorization\", authorized_at, last_sequence, last_event_at, due_at, msn
     from payments where msn = $1 and reference = $2";

const SELECT_EVENTS: &str =
    "select sequence, name, currency, amount, at, psp_reference, idempotency_key, detail, success
     from events where msn = $1 and reference = $2 order by sequence";

const SELECT_LAST_SHARED: &str = "select reference from payments where msn = $1 and payer_sub = $2
     order by authorized_at desc, reference desc limit 1";

const SELECT_NEXT_DUE: &str = "select msn, earliest from (select sales_units.msn,
       (select min(due_at) from payments where payments.msn = sales_units.msn and due_at is not null) as earliest
     from sales_units) as units where earliest is not null";

const SELECT_DUE: &str = "select reference from payments where msn = $1 and due_at is not null and due_at <= $2
     order by due_at limit $3";

/// A read on its way.
pub(super) trait Reading<T>: Future<Output = Result<T, Trouble>> + Send + 'static {}

impl<T, F: Future<Output = Result<T, Trouble>> + Send + 'static> Reading<T> for F {}

/// Asks on a connection, and again on another where that broke.
pub(super) async fn answer<T, R>(pools: &Pools, asking: impl Fn(Arc<Client>) -> R) -> Result<T, Fault>
where
    R: Future<Output = Result<T, Fault>>,
{
    let mut tries_left = TRIES_MAX;
    loop {
        tries_left -= 1;
        match ask(pools.for_reading().await?, READ_TIME_MAX, &asking).await {
            Ok(value) => return Ok(value),
            Err(Fault::Lost(_)) if tries_left > 0 => {}
            Err(fault) => return Err(fault),
        }
    }
}

/// The same as a read of somebody's.
async fn read<T, R>(pools: Pools, asking: impl Fn(Arc<Client>) -> R) -> Result<T, Trouble>
where
    R: Future<Output = Result<T, Fault>>,
{
    answer(&pools, asking).await.map_err(Fault::into_trouble)
}

/// The same in a task of its own, which ends its transaction whoever goes away.
async fn at_one_moment<T, R>(
    pools: Pools,
    several: impl Fn(Arc<Client>) -> R + Send + Sync + 'static,
) -> Result<T, Trouble>
where
    T: Send + 'static,
    R: Future<Output = Result<T, Fault>> + Send + 'static,
{
    let reading = tokio::spawn(read(pools, several));
    reading.await.unwrap_or_else(|died| Err(Trouble::Unavailable(died.to_string())))
}

pub(super) fn payment(pools: Pools, msn: Msn, reference: Reference) -> impl Reading<Option<Payment>> {
    read(pools, move |client| stored(client, msn.clone(), reference.as_str().to_owned()))
}

async fn stored(client: Arc<Client>, msn: Msn, reference: String) -> Result<Option<Payment>, Fault> {
    let statement = client.prepare_cached(SELECT_PAYMENT).await?;
    let found = client.query_opt(&statement, &[&msn.as_str(), &reference]).await?;
    found.map(|row| rows::payment(&row).map(|stored| stored.payment)).transpose()
}

pub(super) fn payment_with_events(
    pools: Pools,
    msn: Msn,
    reference: Reference,
) -> impl Reading<Option<(Payment, Vec<Event>)>> {
    at_one_moment(pools, move |client| with_events(client, msn.clone(), reference.clone()))
}

async fn with_events(
    client: Arc<Client>,
    msn: Msn,
    reference: Reference,
) -> Result<Option<(Payment, Vec<Event>)>, Fault> {
    let (payment, events) =
        tokio::try_join!(client.prepare_cached(SELECT_PAYMENT), client.prepare_cached(SELECT_EVENTS))?;
    let (msn, reference) = (msn.as_str(), reference.as_str());
    let ((), found, events, ()) = tokio::try_join!(
        biased;
        client.batch_execute(BEGIN),
        async { client.query_opt(&payment, &[&msn, &reference]).await },
        async { client.query(&events, &[&msn, &reference]).await },
        client.batch_execute("commit"),
    )?;
    let Some(payment) = found else { return Ok(None) };
    let events = events.iter().map(|row| rows::event(row, 0)).collect::<Result<_, _>>()?;
    Ok(Some((rows::payment(&payment)?.payment, events)))
}

pub(super) fn directory(pools: Pools) -> impl Reading<Directory> {
    at_one_moment(pools, |client| async move {
        client.batch_execute(BEGIN).await?;
        let directory = directory::read(&client).await;
        client.batch_execute("commit").await?;
        directory
    })
}

pub(super) fn payment_of_short_link(pools: Pools, msn: Msn, link: ShortLink) -> impl Reading<Option<Reference>> {
    read(pools, move |client| {
        let msn = msn.clone();
        async move {
            let statement =
                client.prepare_cached("select reference from short_links where msn = $1 and id = $2").await?;
            let found = client.query_opt(&statement, &[&msn.as_str(), &&link.0[..]]).await?;
            found.map(|row| reference(rows::get(&row, 0)?)).transpose()
        }
    })
}

pub(super) fn last_shared(pools: Pools, msn: Msn, sub: Sub) -> impl Reading<Option<Payment>> {
    read(pools, move |client| {
        let msn = msn.clone();
        async move {
            let statement = client.prepare_cached(SELECT_LAST_SHARED).await?;
            let Some(row) = client.query_opt(&statement, &[&msn.as_str(), &&sub.0[..]]).await? else {
                return Ok(None);
            };
            stored(client, msn, rows::get(&row, 0)?).await
        }
    })
}

pub(super) fn next_due(pools: Pools) -> impl Reading<Vec<(Msn, Timestamp)>> {
    read(pools, |client| async move {
        let statement = client.prepare_cached(SELECT_NEXT_DUE).await?;
        let found = client.query(&statement, &[]).await?;
        let unit = |row: &Row| {
            let msn = Msn::parse(rows::get(row, 0)?).map_err(|_| Fault::from(odd("an msn")))?;
            Ok((msn, Timestamp::from_milliseconds(rows::get(row, 1)?)))
        };
        found.iter().map(unit).collect()
    })
}

pub(super) fn due(pools: Pools, msn: Msn, until: Timestamp, most: u32) -> impl Reading<Vec<Reference>> {
    read(pools, move |client| {
        let msn = msn.clone();
        async move {
            let statement = client.prepare_cached(SELECT_DUE).await?;
            let found = client.query(&statement, &[&msn.as_str(), &until.milliseconds(), &i64::from(most)]).await?;
            found.iter().map(|row| reference(rows::get(row, 0)?)).collect()
        }
    })
}

pub(super) fn webhooks(pools: Pools, owner: KeyHolder, with_ended: bool) -> impl Reading<Vec<Webhook>> {
    read(pools, move |client| {
        let owner = owner.clone();
        async move { webhooks::of_owner(&client, &owner, with_ended).await }
    })
}

pub(super) fn listeners(pools: Pools) -> impl Reading<Vec<Webhook>> {
    read(pools, |client| async move { webhooks::listeners(&client).await })
}

pub(super) fn waiting_lanes(pools: Pools) -> impl Reading<Vec<(Lane, Timestamp)>> {
    read(pools, |client| async move { delivery_log::waiting_lanes(&client).await })
}

pub(super) fn deliveries(pools: Pools, owner: KeyHolder, filter: DeliveryFilter) -> impl Reading<Vec<Delivery>> {
    read(pools, move |client| {
        let (owner, filter) = (owner.clone(), filter.clone());
        async move { delivery_log::deliveries(&client, &owner, &filter).await }
    })
}

pub(super) fn delivery(pools: Pools, owner: KeyHolder, id: DeliveryId) -> impl Reading<Option<DeliveryDetail>> {
    read(pools, move |client| {
        let owner = owner.clone();
        async move { delivery_log::detail(&client, &owner, id).await }
    })
}

pub(super) fn attempts_since(
    pools: Pools,
    owner: KeyHolder,
    since: Timestamp,
    most: u32,
) -> impl Reading<Vec<(Delivery, LoggedAttempt)>> {
    read(pools, move |client| {
        let owner = owner.clone();
        async move { delivery_log::attempts_since(&client, &owner, since, most).await }
    })
}

pub(super) fn asked_payment(pools: Pools, msn: Msn, reference: Reference) -> impl Reading<Option<AskedPayment>> {
    read(pools, move |client| {
        let (msn, reference) = (msn.clone(), reference.clone());
        async move { requests::one(&client, &msn, &reference).await }
    })
}

pub(super) fn waiting_for(
    pools: Pools,
    payer: PhoneNumber,
    of: Option<Msn>,
    now: Timestamp,
    most: u32,
) -> impl Reading<Vec<AskedPayment>> {
    read(pools, move |client| {
        let (payer, of) = (payer.clone(), of.clone());
        async move { requests::waiting_for(&client, &payer, of.as_ref(), now, most).await }
    })
}

pub(super) fn asked_of(
    pools: Pools,
    payer: PhoneNumber,
    before: Option<Timestamp>,
    most: u32,
) -> impl Reading<Vec<AskedPayment>> {
    read(pools, move |client| {
        let payer = payer.clone();
        async move { requests::asked_of(&client, &payer, before, most).await }
    })
}

pub(super) fn next_planned(pools: Pools) -> impl Reading<Vec<(Msn, Timestamp)>> {
    read(pools, |client| async move { requests::next_planned(&client).await })
}

pub(super) fn planned(pools: Pools, msn: Msn, until: Timestamp, most: u32) -> impl Reading<Vec<Reference>> {
    read(pools, move |client| {
        let msn = msn.clone();
        async move { requests::planned(&client, &msn, until, most).await }
    })
}

pub(super) fn versions(pools: Pools, payments: Vec<(Msn, Reference)>) -> impl Reading<Vec<u64>> {
    let payments: Arc<[_]> = payments.into();
    read(pools, move |client| {
        let payments = payments.clone();
        async move { requests::versions(&client, &payments).await }
    })
}

pub(super) fn payer(pools: Pools, number: PhoneNumber) -> impl Reading<Option<Payer>> {
    read(pools, move |client| {
        let number = number.clone();
        async move { requests::payer(&client, &number).await }
    })
}

pub(super) fn payers(pools: Pools, most: u32) -> impl Reading<Vec<Payer>> {
    read(pools, move |client| async move { requests::payers(&client, most).await })
}

pub(super) fn order(pools: Pools, msn: Msn, name: OrderName) -> impl Reading<Order> {
    at_one_moment(pools, move |client| {
        let (msn, name) = (msn.clone(), name.clone());
        async move { orders::order(&client, BEGIN, &msn, &name).await }
    })
}

pub(super) fn categories(pools: Pools, msn: Msn, order: OrderId) -> impl Reading<Vec<Category>> {
    read(pools, move |client| {
        let (msn, order) = (msn.clone(), order.clone());
        async move { orders::categories(&client, &msn, &order).await }
    })
}

pub(super) fn category(pools: Pools, msn: Msn, id: CategoryId) -> impl Reading<Option<Category>> {
    read(pools, move |client| {
        let msn = msn.clone();
        async move { orders::category(&client, &msn, id).await }
    })
}

pub(super) fn image(pools: Pools, msn: Msn, id: ImageId) -> impl Reading<Option<Image>> {
    read(pools, move |client| {
        let (msn, id) = (msn.clone(), id.clone());
        async move { orders::image(&client, &msn, &id).await }
    })
}

fn reference(text: &str) -> Result<Reference, Fault> {
    Reference::parse(text).map_err(|_| odd("a reference").into())
}
