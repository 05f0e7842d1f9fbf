//! The rows of those who may call: sales units, partners, connections and keys.

use domain::{
    merchant::{Flag, SalesUnit},
    text::Msn,
    time::Timestamp,
};
use rusqlite::{Connection, params};

use super::Failure;
use crate::{
    Connection as PartnerConnection, Digest, DirectoryChange, KeyKind, KeySet, KeySetId, NewPartner, NewSalesUnit,
    record::{KeySetColumns, flags_text},
};

pub(super) fn change(connection: &Connection, change: &DirectoryChange, now: Timestamp) -> Result<(), Failure> {
    match change {
        DirectoryChange::CreateSalesUnit(new) => insert_sales_unit(connection, new),
        DirectoryChange::UpdateSalesUnit(unit) => update_sales_unit(connection, unit),
        DirectoryChange::CreatePartner(new) => insert_partner(connection, new),
        DirectoryChange::Connect(new) => connect(connection, new, now),
        DirectoryChange::Disconnect(msn) => disconnect(connection, msn),
        DirectoryChange::ReplaceKey { key_set, key, digest } => replace_key(connection, *key_set, *key, *digest),
        DirectoryChange::RevokeKey { key_set, key } => revoke_key(connection, *key_set, *key),
    }
}

fn insert_sales_unit(connection: &Connection, new: &NewSalesUnit) -> Result<(), Failure> {
    let NewSalesUnit { unit, key_set, created_at } = new;
    let SalesUnit { msn, name, market, space, flags } = unit;
    connection.execute(
        "insert into sales_units (msn, name, market, space, flags, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            msn.as_str(),
            name.as_str(),
            market.code(),
            space.as_str(),
            flags_text(*flags),
            created_at.milliseconds(),
        ],
    )?;
    insert_key_set(connection, key_set, *created_at)
}

fn update_sales_unit(connection: &Connection, unit: &SalesUnit) -> Result<(), Failure> {
    let SalesUnit { msn, name, market, space, flags } = unit;
    if !flags.has(Flag::Active) {
        // Only where it was on: whoever stays off has nothing more to lose.
        connection.execute(
            "update key_sets set generation = generation + 1 where msn = ?1 and exists
               (select 1 from sales_units where msn = ?1 and ' ' || flags || ' ' like '% ' || ?2 || ' %')",
            params![msn.as_str(), Flag::Active.name()],
        )?;
    }
    connection.execute(
        "update sales_units set name = ?2, market = ?3, space = ?4, flags = ?5 where msn = ?1",
        params![msn.as_str(), name.as_str(), market.code(), space.as_str(), flags_text(*flags)],
    )?;
    Ok(())
}

fn insert_partner(connection: &Connection, new: &NewPartner) -> Result<(), Failure> {
    let NewPartner { partner, key_set, created_at } = new;
    connection.execute(
        "insert into partners (partner, name, created_at) values (?1, ?2, ?3)",
        params![partner.id.as_str(), partner.name.as_str(), created_at.milliseconds()],
    )?;
    insert_key_set(connection, key_set, *created_at)
}

fn connect(connection: &Connection, new: &PartnerConnection, now: Timestamp) -> Result<(), Failure> {
    connection.execute(
        "insert into partner_connections (msn, partner, connected_at) values (?1, ?2, ?3)",
        params![new.msn.as_str(), new.partner.as_str(), now.milliseconds()],
    )?;
    Ok(())
}

fn disconnect(connection: &Connection, msn: &Msn) -> Result<(), Failure> {
    connection.execute("delete from partner_connections where msn = ?1", params![msn.as_str()])?;
    Ok(())
}

fn insert_key_set(connection: &Connection, key_set: &KeySet, created_at: Timestamp) -> Result<(), Failure> {
    let columns = KeySetColumns::of(key_set);
    connection.execute(
        "insert into key_sets (id, msn, partner, client_id, generation, client_secret, primary_key, secondary_key, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            columns.id,
            columns.msn,
            columns.partner,
            columns.client_id,
            columns.generation,
            columns.client_secret,
            columns.primary_key,
            columns.secondary_key,
            created_at.milliseconds()
        ],
    )?;
    Ok(())
}

fn replace_key(connection: &Connection, key_set: KeySetId, key: KeyKind, digest: Digest) -> Result<(), Failure> {
    let sql = match key {
        KeyKind::ClientSecret => "update key_sets set client_secret = ?2 where id = ?1",
        KeyKind::PrimarySubscriptionKey => "update key_sets set primary_key = ?2 where id = ?1",
        KeyKind::SecondarySubscriptionKey => "update key_sets set secondary_key = ?2 where id = ?1",
    };
    connection.execute(sql, params![key_set.0, digest.0])?;
    Ok(())
}

fn revoke_key(connection: &Connection, key_set: KeySetId, key: KeyKind) -> Result<(), Failure> {
    let sql = match key {
        KeyKind::ClientSecret => "update key_sets set client_secret = null, generation = generation + 1 where id = ?1",
        KeyKind::PrimarySubscriptionKey => {
            "update key_sets set primary_key = null, generation = generation + 1 where id = ?1"
        }
        KeyKind::SecondarySubscriptionKey => {
            "update key_sets set secondary_key = null, generation = generation + 1 where id = ?1"
        }
    };
    connection.execute(sql, params![key_set.0])?;
    Ok(())
}
