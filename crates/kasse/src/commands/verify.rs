//! `kasse verify`: every invariant of the data, checked against the log. Reads only, also beside a running server.

use std::process::ExitCode;

use store::sqlite::SqliteStore;

use crate::{settings::Settings, stdout};

/// Prints each finding; fails if there is one.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let findings = SqliteStore::examine(&settings.data)?;
    let data = settings.data.display();
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
