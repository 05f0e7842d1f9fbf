//! The one row that says what an installation is, and the sealed keys all its nodes share. What is sealed is opaque here.

use domain::time::Timestamp;
use tokio_postgres::{Client, Row};

use super::{
    OpenError,
    fault::Fault,
    read, rows,
    session::{Pools, WRITE_TIME_MAX, ask},
};
use crate::{Instance, Mode};

/// What a database is initialised as, if nobody has done it yet.
pub struct NewInstallation {
    /// Id, mode and time.
    pub instance: Instance,
    /// The installation's own keys, sealed.
    pub sealed_keys: Vec<u8>,
    /// What they are sealed with, where the database keeps that too.
    pub master_key: Option<[u8; 32]>,
}

/// What a database was initialised as.
pub struct Installation {
    /// Id, mode and time.
    pub instance: Instance,
    /// The installation's own keys, sealed.
    pub sealed_keys: Vec<u8>,
    /// How often they have been replaced.
    pub keys_version: i64,
    /// What they are sealed with, where the database keeps that too.
    pub master_key: Option<[u8; 32]>,
}

const SELECT: &str = "select id, mode, created_at, sealed_keys, keys_version, master_key from instance";

pub(super) async fn read_if_any(client: &Client) -> Result<Option<Installation>, OpenError> {
    let is_there: bool = client.query_one("select to_regclass('kasse.instance') is not null", &[]).await?.try_get(0)?;
    if !is_there {
        return Ok(None);
    }
    client.query_opt(SELECT, &[]).await?.map(|row| installation(&row)).transpose()
}

/// What is there; makes it now if nobody has yet.
pub(super) async fn read_or_make(client: &Client, new: &NewInstallation) -> Result<Installation, OpenError> {
    let NewInstallation { instance, sealed_keys, master_key } = new;
    let (mode, created_at) = (instance.mode.name(), instance.created_at.milliseconds());
    let master_key = master_key.as_ref().map(|key| &key[..]);
    client
        .execute(
            "insert into instance (one, id, mode, created_at, sealed_keys, master_key) values (1, $1, $2, $3, $4, $5)
             on conflict do nothing",
            &[&&instance.id[..], &mode, &created_at, &&sealed_keys[..], &master_key],
        )
        .await?;
    installation(&client.query_one(SELECT, &[]).await?)
}

fn installation(row: &Row) -> Result<Installation, OpenError> {
    let read = || -> Result<Installation, Fault> {
        let mode = Mode::from_name(rows::get(row, 1)?).ok_or_else(|| crate::record::odd("the mode"))?;
        let created_at = Timestamp::from_milliseconds(rows::get(row, 2)?);
        Ok(Installation {
            instance: Instance { id: rows::bytes(row, 0)?, mode, created_at },
            sealed_keys: rows::get::<&[u8]>(row, 3)?.to_vec(),
            keys_version: rows::get(row, 4)?,
            master_key: rows::optional_bytes(row, 5)?,
        })
    };
    read().map_err(|fault| OpenError::Unreadable(fault.reason()))
}

pub(super) async fn sealed_keys(pools: &Pools) -> Result<(i64, Vec<u8>), Fault> {
    let read = read::answer(pools, |client| async move {
        let row = client.query_one("select keys_version, sealed_keys from instance", &[]).await?;
        Ok((rows::get(&row, 0)?, rows::get::<&[u8]>(&row, 1)?.to_vec()))
    });
    read.await
}

pub(super) async fn replace_sealed_keys(pools: &Pools, version: i64, sealed: &[u8]) -> Result<bool, Fault> {
    let sql = "update instance set sealed_keys = $2, keys_version = keys_version + 1 where keys_version = $1";
    let replacing = ask(pools.for_writing().await?, WRITE_TIME_MAX, |client| async move {
        Ok(client.execute(sql, &[&version, &sealed]).await? == 1)
    });
    replacing.await
}
