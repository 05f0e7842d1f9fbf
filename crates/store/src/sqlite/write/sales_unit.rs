//! The rows of a sales unit and its keys.

use domain::{merchant::SalesUnit, text::Msn};
use rusqlite::{Connection, params};

use super::Failure;
use crate::{
    Digest, KeyKind, KeySetId, NewSalesUnit, SalesUnitChange,
    sqlite::rows::{self, SELECT_SALES_UNITS},
};

pub(super) fn load(connection: &Connection, msn: &Msn) -> Result<Option<SalesUnit>, Failure> {
    let mut statement = connection.prepare_cached(SELECT_SALES_UNITS)?;
    let mut found = statement.query(params![Some(msn.as_str())])?;
    match found.next()? {
        Some(row) => Ok(Some(rows::sales_unit(row)?)),
        None => Ok(None),
    }
}

pub(super) fn change(connection: &Connection, msn: &Msn, change: &SalesUnitChange) -> Result<(), Failure> {
    match change {
        SalesUnitChange::Create(new) => insert(connection, new),
        SalesUnitChange::Update(unit) => update(connection, unit),
        SalesUnitChange::ReplaceKey { key_set, key, digest } => replace_key(connection, msn, *key_set, *key, *digest),
    }
}

fn replace_key(
    connection: &Connection,
    msn: &Msn,
    key_set: KeySetId,
    key: KeyKind,
    digest: Digest,
) -> Result<(), Failure> {
    let sql = match key {
        KeyKind::ClientSecret => "update key_sets set client_secret = ?3 where msn = ?1 and id = ?2",
        KeyKind::PrimarySubscriptionKey => "update key_sets set primary_key = ?3 where msn = ?1 and id = ?2",
        KeyKind::SecondarySubscriptionKey => "update key_sets set secondary_key = ?3 where msn = ?1 and id = ?2",
    };
    connection.execute(sql, params![msn.as_str(), key_set.0, digest.0])?;
    Ok(())
}

fn update(connection: &Connection, unit: &SalesUnit) -> Result<(), Failure> {
    let SalesUnit { msn, name, market, space, flags } = unit;
    connection.execute(
        "update sales_units set name = ?2, market = ?3, space = ?4, flags = ?5 where msn = ?1",
        params![msn.as_str(), name.as_str(), market.code(), space.as_str(), rows::flags_text(*flags)],
    )?;
    Ok(())
}

fn insert(connection: &Connection, new: &NewSalesUnit) -> Result<(), Failure> {
    let NewSalesUnit { unit, key_set, created_at } = new;
    let SalesUnit { msn, name, market, space, flags } = unit;
    connection.execute(
        "insert into sales_units (msn, name, market, space, flags, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            msn.as_str(),
            name.as_str(),
            market.code(),
            space.as_str(),
            rows::flags_text(*flags),
            created_at.milliseconds(),
        ],
    )?;
    let [primary, secondary] = key_set.subscription_keys;
    connection.execute(
        "insert into key_sets (msn, id, client_id, client_secret, primary_key, secondary_key, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            key_set.msn.as_str(),
            key_set.id.0,
            key_set.client_id,
            key_set.client_secret.0,
            primary.0,
            secondary.0,
            created_at.milliseconds()
        ],
    )?;
    Ok(())
}
