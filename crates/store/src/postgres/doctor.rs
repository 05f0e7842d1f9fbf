//! What is unsafe about a server's settings, in words that say what to do.

use tokio_postgres::Client;

use super::OpenError;

/// How much a complaint weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// What was acknowledged can be lost. Production does not start.
    Refused,
    /// What was acknowledged can be lost under conditions an operator may accept.
    Warned,
}

/// Something unsafe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is, and what to do.
    pub text: String,
}

/// What was found out about a server.
struct Settings {
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
    /// Standbys that have what was acknowledged later than the server.
    asynchronous_standbys: i64,
    /// Standbys of which this user may not see that.
    unknown_standbys: i64,
    is_superuser: bool,
}

pub(super) async fn diagnose(client: &Client) -> Result<Vec<Complaint>, OpenError> {
    let row = client
        .query_one(
            "select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
               (select count(*) from pg_stat_replication
                where sync_state = 'async' or (sync_state is null and current_setting('synchronous_standby_names') = '')),
               (select count(*) from pg_stat_replication
                where sync_state is null and current_setting('synchronous_standby_names') <> ''),
               (select rolsuper from pg_roles where rolname = current_user)",
            &[],
        )
        .await?;
    let settings = Settings {
        fsync: row.try_get(0)?,
        full_page_writes: row.try_get(1)?,
        synchronous_commit: row.try_get(2)?,
        asynchronous_standbys: row.try_get(3)?,
        unknown_standbys: row.try_get(4)?,
        is_superuser: row.try_get(5)?,
    };
    Ok(complaints(&settings))
}

fn complaints(settings: &Settings) -> Vec<Complaint> {
    let Settings { fsync, full_page_writes, synchronous_commit, asynchronous_standbys, unknown_standbys, is_superuser } =
        settings;
    let rows = [
        (
            fsync == "off",
            Weight::Refused,
            "fsync is off: a crash of the machine loses payments and can destroy the database; switch it on and restart the server",
        ),
        (
            full_page_writes == "off",
            Weight::Refused,
            "full_page_writes is off: a crash of the machine can destroy the database; switch it on",
        ),
        (
            ["off", "local", "remote_write"].contains(&synchronous_commit.as_str()),
            Weight::Warned,
            "synchronous_commit is weaker than on; kasse raises it for its own sessions, other programs' commits may be lost",
        ),
        (
            *asynchronous_standbys > 0,
            Weight::Warned,
            "a standby is asynchronous: a failover to it loses the latest payments; name it in synchronous_standby_names",
        ),
        (
            *unknown_standbys > 0,
            Weight::Warned,
            "whether a standby is synchronous cannot be seen by this user; grant it pg_monitor",
        ),
        (
            *is_superuser,
            Weight::Warned,
            "the user is a superuser; give kasse a user of its own that owns its database and nothing else",
        ),
    ];
    let applies = rows.into_iter().filter(|(applies, ..)| *applies);
    applies.map(|(_, weight, text)| Complaint { weight, text: text.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Settings {
        Settings {
            fsync: "on".to_owned(),
            full_page_writes: "on".to_owned(),
            synchronous_commit: "on".to_owned(),
            asynchronous_standbys: 0,
            unknown_standbys: 0,
            is_superuser: false,
        }
    }

    #[test]
    fn each_unsafe_setting_has_its_one_complaint() {
        assert_eq!(complaints(&good()), []);
        assert_eq!(complaints(&Settings { synchronous_commit: "remote_apply".to_owned(), ..good() }), []);
        let off = || "off".to_owned();
        for (settings, weight, word) in [
            (Settings { fsync: off(), ..good() }, Weight::Refused, "fsync is off"),
            (Settings { full_page_writes: off(), ..good() }, Weight::Refused, "full_page_writes"),
            (Settings { synchronous_commit: off(), ..good() }, Weight::Warned, "synchronous_commit"),
            (Settings { synchronous_commit: "local".to_owned(), ..good() }, Weight::Warned, "synchronous_commit"),
            (Settings { asynchronous_standbys: 1, ..good() }, Weight::Warned, "standby"),
            (Settings { unknown_standbys: 1, ..good() }, Weight::Warned, "pg_monitor"),
            (Settings { is_superuser: true, ..good() }, Weight::Warned, "superuser"),
        ] {
            let found = complaints(&settings);
            assert_eq!(found.len(), 1, "{word}");
            assert!(found[0].weight == weight && found[0].text.contains(word), "{found:?}");
        }
    }
}
