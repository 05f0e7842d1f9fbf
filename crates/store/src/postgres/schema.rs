//! The schema a program knows: its migrations, and which programs a database still serves.
//!
//! Migrations are numbered files, applied in order, each in a transaction of its own together with the note that it was applied. An applied
//! one never changes: its checksum is kept and compared. Each says how old a program may be that goes on working beside it, as the number
//! of the last migration that program knows: an additive one says a number below its own, and nodes are upgraded one at a time.

use std::time::Duration;

use domain::time::Timestamp;
use tokio::time::sleep;
use tokio_postgres::{Client, Error, error::SqlState};

use super::{Address, OpenError, open};
use crate::checksum::checksum;

/// One step from schema to schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number; they are consecutive from 1.
    pub number: i64,
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
    /// The oldest program that still works once it is applied, by the last migration it knows.
    pub serves: i64,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "foundation", sql: include_str!("migrations/0001_foundation.sql"), serves: 1 },
    // A program that knows nothing of webhooks would tell nobody of what it does.
    Migration { number: 2, name: "webhooks", sql: include_str!("migrations/0002_webhooks.sql"), serves: 2 },
    Migration { number: 3, name: "payers", sql: include_str!("migrations/0003_payers.sql"), serves: 2 },
    // A program that knows nothing of orders would create payments whose receipts are not their orders'.
    Migration { number: 4, name: "orders", sql: include_str!("migrations/0004_orders.sql"), serves: 4 },
    Migration {
        number: 5,
        name: "rows checked by verify",
        sql: include_str!("migrations/0005_rows_checked_by_verify.sql"),
        serves: 4,
    },
    // A program that knows nothing of attempts in their delivery's row would not show them.
    Migration { number: 6, name: "last attempts", sql: include_str!("migrations/0006_last_attempts.sql"), serves: 6 },
];

/// The migrations of a program.
#[derive(Clone, Debug)]
pub struct Schema(Vec<Migration>);

/// Applying migrations is one node's at a time; the number is ours, drawn once.
const ADVISORY_LOCK: i64 = 0x6b61_7373_6500_0001;
/// The server's process of whoever has it.
const WHOSE_TURN: &str = "select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1
     and database = (select oid from pg_database where datname = current_database())
     and (classid::bigint << 32) | objid::bigint = $1";
/// A migration that waits for a table keeps everybody waiting who wants it after that: not for longer than requests are patient.
const WAIT_BRIEFLY: &str = "set local lock_timeout = '1s'";
/// How long those are let by then.
const LET_BY: Duration = Duration::from_millis(500);

impl Schema {
    /// This program's.
    pub fn current() -> Self {
        Self(MIGRATIONS.to_vec())
    }

    /// An earlier program's, which knows no more than so many.
    #[must_use]
    pub fn up_to(mut self, number: i64) -> Self {
        self.0.retain(|migration| migration.number <= number);
        self
    }

    /// A later program's, which knows one more.
    #[must_use]
    pub fn followed_by(mut self, name: &'static str, sql: &'static str, serves: i64) -> Self {
        let number = self.known() + 1;
        self.0.push(Migration { number, name, sql, serves });
        self
    }

    /// The last migration the program knows.
    pub fn known(&self) -> i64 {
        self.0.last().map_or(0, |migration| migration.number)
    }

    /// Applies what is missing, unless another node is faster; answers how many were applied here.
    pub(super) async fn migrate(
        &self,
        address: &Address,
        client: &mut Client,
        now: Timestamp,
    ) -> Result<usize, OpenError> {
        if self.missing(&open::in_time(address, applied(client)).await?)?.is_empty() {
            return Ok(0);
        }
        // From here on nothing limits how long it takes.
        client.batch_execute("set statement_timeout = 0; set lock_timeout = 0").await?;
        wait_for_ones_turn(client).await?;
        client
            .batch_execute(
                "create schema if not exists kasse;
                 create table if not exists migrations (
                   number bigint primary key, name text not null, checksum bigint not null, applied_at bigint not null,
                   serves bigint not null check (serves between 1 and number)
                 )",
            )
            .await?;
        let missing = self.missing(&applied(client).await?)?;
        for migration in &missing {
            apply(client, migration, now).await?;
            tracing::info!(number = migration.number, name = migration.name, "the database was migrated");
        }
        client.execute("select pg_advisory_unlock($1)", &[&ADVISORY_LOCK]).await?;
        Ok(missing.len())
    }

    /// Whether a database is at least as this program reads it.
    pub(super) async fn require_applied(&self, client: &Client) -> Result<(), OpenError> {
        match self.missing(&applied(client).await?)?.first() {
            Some(first) => Err(OpenError::OlderSchema { found: first.number - 1, known: self.known() }),
            None => Ok(()),
        }
    }

    /// What has to be applied to a database with these; or why this program must leave it alone.
    fn missing(&self, applied: &[Applied]) -> Result<Vec<Migration>, OpenError> {
        let known = self.known();
        if let Some(newer) = applied.iter().find(|applied| applied.number > known && applied.serves > known) {
            return Err(OpenError::NoLongerServed { found: newer.number, serves: newer.serves, known });
        }
        let mut missing = Vec::new();
        for migration in &self.0 {
            match applied.iter().find(|applied| applied.number == migration.number) {
                Some(found) if found.checksum == checksum(migration.sql) => {}
                Some(_) => return Err(OpenError::ChangedMigration { number: migration.number, name: migration.name }),
                None => missing.push(*migration),
            }
        }
        Ok(missing)
    }
}

/// A migration as a database remembers it.
struct Applied {
    number: i64,
    checksum: i64,
    serves: i64,
}

async fn applied(client: &Client) -> Result<Vec<Applied>, OpenError> {
    let is_there: bool =
        client.query_one("select to_regclass('kasse.migrations') is not null", &[]).await?.try_get(0)?;
    if !is_there {
        return Ok(Vec::new());
    }
    let rows = client.query("select number, checksum, serves from migrations order by number", &[]).await?;
    let applied = rows
        .iter()
        .map(|row| Ok(Applied { number: row.try_get(0)?, checksum: row.try_get(1)?, serves: row.try_get(2)? }));
    applied.collect()
}

/// Another node may be at it, and says so itself; who it is, is said here too, as one that died in the middle may have to be ended by hand.
async fn wait_for_ones_turn(client: &Client) -> Result<(), Error> {
    let mut is_told = false;
    while !client.query_one("select pg_try_advisory_lock($1)", &[&ADVISORY_LOCK]).await?.try_get::<_, bool>(0)? {
        if !std::mem::replace(&mut is_told, true) {
            let session: Option<i32> = match client.query_opt(WHOSE_TURN, &[&ADVISORY_LOCK]).await? {
                Some(row) => Some(row.try_get(0)?),
                None => None,
            };
            tracing::warn!(session, "another node is migrating the database; waiting until it has done so");
        }
        sleep(LET_BY).await;
    }
    Ok(())
}

/// As often as it takes: whoever works with a table meanwhile goes first.
async fn apply(client: &mut Client, migration: &Migration, now: Timestamp) -> Result<(), Error> {
    loop {
        match try_to_apply(client, migration, now).await {
            Err(error) if is_in_the_way(&error) => sleep(LET_BY).await,
            ended => return ended,
        }
    }
}

async fn try_to_apply(client: &mut Client, migration: &Migration, now: Timestamp) -> Result<(), Error> {
    let Migration { number, name, sql, serves } = migration;
    let transaction = client.transaction().await?;
    transaction.batch_execute(&format!("{WAIT_BRIEFLY}; {sql}")).await?;
    transaction
        .execute(
            "insert into migrations (number, name, checksum, applied_at, serves) values ($1, $2, $3, $4, $5)",
            &[number, name, &checksum(sql), &now.milliseconds(), serves],
        )
        .await?;
    transaction.commit().await
}

fn is_in_the_way(error: &Error) -> bool {
    matches!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(schema: &Schema) -> Vec<Applied> {
        let applied = |migration: &Migration| Applied {
            number: migration.number,
            checksum: checksum(migration.sql),
            serves: migration.serves,
        };
        schema.0.iter().map(applied).collect()
    }

    #[test]
    fn numbers_are_consecutive_and_no_migration_serves_a_program_that_is_newer_than_itself() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number, i64::try_from(index).unwrap() + 1);
            assert!((1..=migration.number).contains(&migration.serves), "{}", migration.name);
        }
    }

    #[test]
    fn a_program_works_beside_a_newer_one_as_long_as_the_database_serves_it() {
        let ours = Schema::current();
        let known = ours.known();
        let additive = ours.clone().followed_by("more", "select 1", known);
        assert!(ours.missing(&applied(&additive)).unwrap().is_empty());
        assert_eq!(additive.missing(&applied(&ours)).unwrap().len(), 1);
        let contracting = additive.clone().followed_by("less", "select 2", known + 1);
        let refused = ours.missing(&applied(&contracting)).unwrap_err();
        assert!(matches!(refused, OpenError::NoLongerServed { serves, .. } if serves == known + 1), "{refused}");
        assert!(additive.missing(&applied(&contracting)).unwrap().is_empty());
    }

    #[test]
    fn an_edited_migration_is_noticed() {
        let mut edited = applied(&Schema::current());
        edited[0].checksum += 1;
        let refused = Schema::current().missing(&edited).unwrap_err();
        assert!(matches!(refused, OpenError::ChangedMigration { number: 1, .. }), "{refused}");
    }
}
