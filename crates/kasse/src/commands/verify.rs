//! `kasse verify`: every invariant of the data, checked against the log. Reads only, also beside a running server.

use std::process::ExitCode;

use store::sqlite::SqliteStore;

use crate::settings::Settings;

/// Prints each finding; fails if there is one.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let findings = SqliteStore::examine(&settings.data)?;
    for finding in &findings {
        println!("{}: {}", finding.subject, finding.problem);
    }
    if findings.is_empty() {
        println!("{}: every invariant holds", settings.data.display());
        Ok(ExitCode::SUCCESS)
    } else {
        eprintln!("kasse: {} findings in {}", findings.len(), settings.data.display());
        Ok(ExitCode::FAILURE)
    }
}
