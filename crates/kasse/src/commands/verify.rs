//! `kasse verify`: every invariant of the data, checked against the log. Reads only, also beside running nodes.

use std::process::ExitCode;

use store::{postgres::PostgresStore, sqlite::SqliteStore};

use super::block_on;
use crate::{installation::Place, settings::Settings, stdout};

/// Prints each finding; fails if there is one.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let findings = match &settings.place {
        Place::Directory(directory) => SqliteStore::examine(directory)?,
        Place::Database(database) => block_on(async { Ok(PostgresStore::examine(&database.address).await?) })?,
    };
    let data = settings.place.shown();
    if findings.is_empty() {
        stdout::say(&format!("{data}: every invariant holds\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    stdout::say(
        &findings.iter().map(|finding| format!("{}: {}\n", finding.subject, finding.problem)).collect::<String>(),
    )?;
    eprintln!("kasse: findings in {data}: {}", findings.len());
    Ok(ExitCode::FAILURE)
}
