//! Brings a database up to the schema this program was built with.
//!
//! Migrations are numbered files, applied in order, each in a transaction of its own together with the note that it was applied. An
//! applied one never changes: its checksum is kept and compared. A database with a migration this program does not know is from a newer
//! program and is left alone.

use std::cmp::Ordering;

use domain::time::Timestamp;
use rusqlite::{Connection, TransactionBehavior, config::DbConfig, params};

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
    Migration { number: 7, name: "last_attempts", sql: include_str!("migrations/0007_last_attempts.sql") },
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

/// Whether the data is as this program reads it.
pub(super) fn require_current(connection: &Connection) -> Result<(), OpenError> {
    let (known, found) = (MIGRATIONS.len(), applied(connection)?.last().map_or(0, |(number, _)| *number));
    match usize::try_from(found).unwrap_or_default().cmp(&known) {
        Ordering::Less => Err(OpenError::OlderSchema { found, known }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::NewerSchema { found, known }),
    }
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
    // Checks and references are part of a table's text and nothing else; SQLite has no statement to change them, but lets that be edited.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    let applied = apply_undefended(connection, migration, checksum, now);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    applied
}

fn apply_undefended(
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
    use crate::{DeliveryId, sqlite::deliveries};

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

    /// A list of more than two, and a reference from what is written most, would be paid for with every row.
    #[test]
    fn nothing_dear_is_checked_where_most_is_written() {
        let connection = migrated();
        for (table, references) in [
            ("payments", 1),
            ("events", 1),
            ("kept_answers", 0),
            ("announcements", 0),
            ("deliveries", 0),
            ("delivery_attempts", 0),
        ] {
            let text: String = connection
                .query_row("select sql from sqlite_schema where name = ?1", [table], |row| row.get(0))
                .unwrap();
            assert_eq!(text.matches("references").count(), references, "{text}");
            let list = text.split(" in (").skip(1).map(|rest| rest.split(')').next().unwrap());
            assert!(list.into_iter().all(|list| list.matches(',').count() < 2), "{text}");
        }
    }

    #[test]
    fn deliveries_from_before_are_there_with_their_attempts_afterwards() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("create table migrations (number integer primary key, name, checksum, applied_at)")
            .unwrap();
        let now = Timestamp::from_milliseconds(1);
        for migration in MIGRATIONS.iter().filter(|migration| migration.number < 7) {
            apply(&mut connection, migration, checksum(migration.sql), now).unwrap();
        }
        let id = format!("x'{}'", "01".repeat(16));
        let fill = format!(
            "insert into sales_units (msn, name, market, space, flags, created_at) values ('123456', 'Unit', 'NO', 'default', '', 0);
             insert into webhooks (id, owner, url, events, sealed_secret, created_at)
               values ({id}, '123456', 'https://example.com', '', x'00', 0);
             insert into announcements (msn, id, body) values ('123456', {id}, x'00');
             insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, attempts,
                 first_attempt_at, last_status, created_at, next_attempt_at)
               values ('123456', {id}, {id}, '123456', 'test', 'a-test-1', 0, 'epayments.payment.created.v1', {id}, {id}, 1, 5, 500, 4, 9);
             insert into delivery_attempts (msn, delivery, number, owner, at, took, ended_at, status, answer, signature, next_attempt_at)
               values ('123456', {id}, 1, '123456', 5, 1, 6, 500, x'00', 'signed', 9)"
        );
        connection.execute_batch(&fill).unwrap();
        migrate(&mut connection, now).unwrap();
        let row = "select attempts, attempt_number, next_attempt_at from deliveries where msn = '123456' and state = 'pending'";
        let found: (i64, Option<i64>, i64) =
            connection.query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert_eq!(found, (1, None, 9));
        let owner = crate::KeyHolder::SalesUnit(domain::text::Msn::parse("123456").unwrap());
        let detail = deliveries::detail(&connection, &owner, DeliveryId([1; 16])).unwrap().unwrap();
        assert_eq!(detail.attempts.iter().map(|one| (one.number, one.status)).collect::<Vec<_>>(), [(1, Some(500))]);
        let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    }

    #[test]
    fn what_is_no_state_kind_or_name_is_refused_as_before() {
        let connection = migrated();
        connection.execute_batch("pragma foreign_keys = off").unwrap();
        let id = format!("x'{}'", "01".repeat(16));
        let delivery = |kind: &str, state: &str| {
            format!(
                "insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, state,
                   attempts, created_at, next_attempt_at)
                 values ('1', randomblob(16), {id}, '1', '{kind}', 'r', '{kind}' = 'event', 'e', {id}, {id}, '{state}', 1, 0,
                   case '{state}' when 'pending' then 0 end)"
            )
        };
        let event = |name: &str| {
            format!(
                "insert into events (msn, payment, sequence, name, currency, amount, at, psp_reference, detail)
                 values ('1', 1, abs(random() % 1000000) + 1, '{name}', 'NOK', 1, 0, {id}, case '{name}' when 'AUTHORIZED' then '' end)"
            )
        };
        let kept = |operation: &str| {
            format!(
                "insert into kept_answers (msn, operation, reference, idempotency_key, fingerprint, status, body, created_at)
                 values ('1', '{operation}', case '{operation}' when 'create' then '' else 'r' end, 'k', randomblob(32), 200, x'', 0)"
            )
        };
        let payment = |currency: &str, state: &str| {
            format!(
                "insert into payments (msn, reference, psp_reference, currency, amount, state, authorized, captured, refunded, cancelled,
                   terms, authorization, authorized_at, created_at, expires_at, last_sequence, last_event_at)
                 values ('1', hex(randomblob(8)), {id}, '{currency}', 1, '{state}', 0, 0, 0, 0, '',
                   case '{state}' when 'AUTHORIZED' then '' end, case '{state}' when 'AUTHORIZED' then 1 end, 0, 1, 1, 0)"
            )
        };
        let good = ["event", "resend", "test"].map(|kind| delivery(kind, "pending")).into_iter();
        let good = good.chain(["delivered", "given_up", "dropped"].map(|state| delivery("event", state)));
        let good = good.chain(
            ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED", "CANCELLED", "ABORTED", "EXPIRED", "TERMINATED"]
                .map(event),
        );
        let good = good.chain(["create", "capture", "refund", "cancel"].map(kept));
        let good = good.chain(["NOK", "DKK", "EUR", "SEK", "USD", "GBP"].map(|currency| payment(currency, "CREATED")));
        let good = good.chain(["ABORTED", "EXPIRED", "TERMINATED", "AUTHORIZED"].map(|state| payment("NOK", state)));
        for sql in good {
            connection.execute(&sql, []).unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
        for sql in [
            delivery("else", "pending"),
            delivery("event", "else"),
            event("else"),
            kept("else"),
            payment("ISK", "CREATED"),
            payment("NOK", "else"),
        ] {
            let error = connection.execute(&sql, []).unwrap_err();
            assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation), "{sql}");
        }
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
