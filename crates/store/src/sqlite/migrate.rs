//! Brings a database up to the schema this program was built with.
//!
//! Migrations are numbered files, applied in order, each in a transaction of its own together with the note that it was applied. An
//! applied one never changes: its checksum is kept and compared. A database with a migration this program does not know is from a newer
//! program and is left alone.

use domain::time::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::open::OpenError;
use crate::checksum::checksum;

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "foundation", sql: include_str!("migrations/0001_foundation.sql") },
    Migration { number: 2, name: "profiles", sql: include_str!("migrations/0002_profiles.sql") },
    Migration { number: 3, name: "partners", sql: include_str!("migrations/0003_partners.sql") },
    Migration { number: 4, name: "webhooks", sql: include_str!("migrations/0004_webhooks.sql") },
    Migration { number: 5, name: "payers", sql: include_str!("migrations/0005_payers.sql") },
    Migration { number: 6, name: "orders", sql: include_str!("migrations/0006_orders.sql") },
];

/// Applies what is missing.
pub(super) fn migrate(connection: &mut Connection, now: Timestamp) -> Result<(), OpenError> {
    connection.execute_batch(
        "create table if not exists migrations (
           number integer primary key, name text not null, checksum integer not null, applied_at integer not null
         ) strict",
    )?;
    let applied = applied(connection)?;
    if let Some((number, _)) = applied.iter().find(|(number, _)| known(*number).is_none()) {
        return Err(OpenError::NewerSchema { found: *number, known: MIGRATIONS.len() });
    }
    for migration in MIGRATIONS {
        let checksum = checksum(migration.sql);
        match applied.iter().find(|(number, _)| *number == migration.number) {
            Some((_, found)) if *found == checksum => {}
            Some(_) => return Err(OpenError::ChangedMigration { number: migration.number, name: migration.name }),
            None => apply(connection, migration, checksum, now)?,
        }
    }
    Ok(())
}

fn known(number: i64) -> Option<&'static Migration> {
    MIGRATIONS.iter().find(|migration| migration.number == number)
}

fn applied(connection: &Connection) -> Result<Vec<(i64, i64)>, rusqlite::Error> {
    let mut statement = connection.prepare("select number, checksum from migrations order by number")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn apply(
    connection: &mut Connection,
    migration: &Migration,
    checksum: i64,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "insert into migrations (number, name, checksum, applied_at) values (?1, ?2, ?3, ?4)",
        params![migration.number, migration.name, checksum, now.milliseconds()],
    )?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, Timestamp::from_milliseconds(1)).unwrap();
        connection
    }

    #[test]
    fn numbers_are_consecutive_from_one() {
        assert!(MIGRATIONS.iter().map(|migration| migration.number).eq(1..=MIGRATIONS.len() as i64));
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let mut connection = migrated();
        migrate(&mut connection, Timestamp::from_milliseconds(2)).unwrap();
        assert_eq!(applied(&connection).unwrap().len(), MIGRATIONS.len());
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let mut connection = migrated();
        connection.execute("insert into migrations values (99, 'later', 0, 0)", []).unwrap();
        assert!(matches!(
            migrate(&mut connection, Timestamp::from_milliseconds(2)),
            Err(OpenError::NewerSchema { found: 99, .. })
        ));
    }

    #[test]
    fn an_edited_migration_is_noticed() {
        let mut connection = migrated();
        connection.execute("update migrations set checksum = checksum + 1", []).unwrap();
        assert!(matches!(
            migrate(&mut connection, Timestamp::from_milliseconds(2)),
            Err(OpenError::ChangedMigration { number: 1, .. })
        ));
    }
}
