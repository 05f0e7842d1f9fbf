//! Who may call: read whole, changed by one transaction at a time.
//!
//! Whoever changes it holds the one row of the installation from before it is read until it is committed, and raises the version by which
//! every node sees that something changed. Each change says how things shall be, so that one whose commit was lost may be asked for again.

use deadpool_postgres::Client;
use domain::{
    merchant::{Flag, SalesUnit},
    time::Timestamp,
};
use tokio_postgres::Error;

use super::{alone, fault::Fault, rows, session::Pools, transaction::Failed};
use crate::{
    Directory, DirectoryChange, DirectoryDecision, KeyKind, KeySet, decision,
    record::{KeySetColumns, flags_text},
};

/// The directory, inside a transaction that sees one moment or keeps others from changing it.
pub(super) async fn read(client: &Client) -> Result<Directory, Fault> {
    let version = client.query_one("select directory_version from instance", &[]).await?;
    let units = client.query("select msn, name, market, space, flags from sales_units order by msn", &[]).await?;
    let partners = client.query("select partner, name from partners order by partner", &[]).await?;
    let connections = client.query("select msn, partner from partner_connections order by msn", &[]).await?;
    let key_sets = client
        .query(
            "select id, msn, partner, client_id, generation, client_secret, primary_key, secondary_key
             from key_sets order by coalesce(msn, partner), id",
            &[],
        )
        .await?;
    Ok(Directory {
        version: rows::get::<i64>(&version, 0)?.unsigned_abs(),
        units: units.iter().map(rows::sales_unit).collect::<Result<_, _>>()?,
        partners: partners.iter().map(rows::partner).collect::<Result<_, _>>()?,
        connections: connections.iter().map(rows::connection).collect::<Result<_, _>>()?,
        key_sets: key_sets.iter().map(rows::key_set).collect::<Result<_, _>>()?,
    })
}

/// Lets the decision change the directory.
pub(super) async fn carry_out(pools: &Pools, decide: &DirectoryDecision, now: Timestamp) -> Result<(), Failed> {
    let begun = alone::begin(pools).await?;
    let changed = alone::in_time(change(begun.client(), decide, now)).await;
    begun.end(changed).await
}

async fn change(client: &Client, decide: &DirectoryDecision, now: Timestamp) -> Result<bool, Fault> {
    client.query("select one from instance for update", &[]).await?;
    let stored = read(client).await?;
    let change = decision::ask_directory(&stored, decide);
    let Some(change) = change.map_err(|defect| Fault::Defect(format!("{defect:?}")))? else { return Ok(false) };
    write(client, &change, now).await?;
    client.execute("update instance set directory_version = directory_version + 1", &[]).await?;
    Ok(true)
}

async fn write(client: &Client, change: &DirectoryChange, now: Timestamp) -> Result<(), Error> {
    match change {
        DirectoryChange::CreateSalesUnit(new) => {
            insert_sales_unit(client, &new.unit, new.created_at).await?;
            insert_key_set(client, &new.key_set, new.created_at).await
        }
        DirectoryChange::UpdateSalesUnit(unit) => update_sales_unit(client, unit).await,
        DirectoryChange::CreatePartner(new) => {
            let (id, name, at) = (new.partner.id.as_str(), new.partner.name.as_str(), new.created_at.milliseconds());
            let sql = "insert into partners (partner, name, created_at) values ($1, $2, $3)";
            client.execute(sql, &[&id, &name, &at]).await?;
            insert_key_set(client, &new.key_set, new.created_at).await
        }
        DirectoryChange::Connect(new) => {
            let sql = "insert into partner_connections (msn, partner, connected_at) values ($1, $2, $3)";
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                [&new.msn.as_str(), &new.partner.as_str(), &now.milliseconds()];
            client.execute(sql, &parameters).await.map(drop)
        }
        DirectoryChange::Disconnect(msn) => {
            client.execute("delete from partner_connections where msn = $1", &[&msn.as_str()]).await.map(drop)
        }
        DirectoryChange::ReplaceKey { key_set, key, digest } => {
            let sql = match key {
                KeyKind::ClientSecret => "update key_sets set client_secret = $2 where id = $1",
                KeyKind::PrimarySubscriptionKey => "update key_sets set primary_key = $2 where id = $1",
                KeyKind::SecondarySubscriptionKey => "update key_sets set secondary_key = $2 where id = $1",
            };
            client.execute(sql, &[&&key_set.0[..], &&digest.0[..]]).await.map(drop)
        }
        DirectoryChange::RevokeKey { key_set, key } => {
            let sql = match key {
                KeyKind::ClientSecret => {
                    "update key_sets set client_secret = null, generation = generation + 1 where id = $1"
                }
                KeyKind::PrimarySubscriptionKey => {
                    "update key_sets set primary_key = null, generation = generation + 1 where id = $1"
                }
                KeyKind::SecondarySubscriptionKey => {
                    "update key_sets set secondary_key = null, generation = generation + 1 where id = $1"
                }
            };
            client.execute(sql, &[&&key_set.0[..]]).await.map(drop)
        }
    }
}

async fn insert_sales_unit(client: &Client, unit: &SalesUnit, created_at: Timestamp) -> Result<(), Error> {
    let SalesUnit { msn, name, market, space, flags } = unit;
    let sql = "insert into sales_units (msn, name, market, space, flags, created_at) values ($1, $2, $3, $4, $5, $6)";
    let (flags, created_at) = (flags_text(*flags), created_at.milliseconds());
    client
        .execute(sql, &[&msn.as_str(), &name.as_str(), &market.code(), &space.as_str(), &flags, &created_at])
        .await
        .map(drop)
}

async fn update_sales_unit(client: &Client, unit: &SalesUnit) -> Result<(), Error> {
    let SalesUnit { msn, name, market, space, flags } = unit;
    if !flags.has(Flag::Active) {
        // Only where it was on: whoever stays off has nothing more to lose.
        let sql = "update key_sets set generation = generation + 1 where msn = $1 and exists
                     (select 1 from sales_units where msn = $1 and ' ' || flags || ' ' like '% ' || $2 || ' %')";
        client.execute(sql, &[&msn.as_str(), &Flag::Active.name()]).await?;
    }
    let sql = "update sales_units set name = $2, market = $3, space = $4, flags = $5 where msn = $1";
    let flags = flags_text(*flags);
    client.execute(sql, &[&msn.as_str(), &name.as_str(), &market.code(), &space.as_str(), &flags]).await.map(drop)
}

async fn insert_key_set(client: &Client, key_set: &KeySet, created_at: Timestamp) -> Result<(), Error> {
    let columns = KeySetColumns::of(key_set);
    let sql = "insert into key_sets
                 (id, msn, partner, client_id, generation, client_secret, primary_key, secondary_key, created_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let [secret, primary, secondary] = [&columns.client_secret, &columns.primary_key, &columns.secondary_key]
        .map(|key| key.as_ref().map(|key| &key[..]));
    let (generation, created_at) = (i64::from(columns.generation), created_at.milliseconds());
    client
        .execute(
            sql,
            &[
                &&columns.id[..],
                &columns.msn,
                &columns.partner,
                &columns.client_id,
                &generation,
                &secret,
                &primary,
                &secondary,
                &created_at,
            ],
        )
        .await
        .map(drop)
}
