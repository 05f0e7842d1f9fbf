//! `kasse doctor`: what is unsafe about where the data is, in words that say what to do. Only looks.

use std::{path::Path, process::ExitCode};

use store::{
    postgres::{OpenError, PostgresStore, Schema, Weight},
    sqlite::{SqliteStore, is_on_network_file_system},
};

use super::block_on;
use crate::{
    installation::{Database, Place},
    production,
    settings::Settings,
    stdout,
};

/// Prints each complaint; fails if there is one that production does not start with.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let complaints = match &settings.place {
        Place::Directory(directory) => of_directory(directory)?,
        Place::Database(database) => block_on(of_database(database))?,
    };
    let place = settings.place.shown();
    if complaints.is_empty() {
        stdout::say(&format!("{place}: nothing unsafe was found\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let line = |(weight, text): &(Weight, String)| match weight {
        Weight::Refused => format!("unsafe: {text}\n"),
        Weight::Warned => format!("warning: {text}\n"),
    };
    stdout::say(&complaints.iter().map(line).collect::<String>())?;
    let is_unsafe = complaints.iter().any(|(weight, _)| *weight == Weight::Refused);
    Ok(if is_unsafe { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn of_directory(directory: &Path) -> anyhow::Result<Vec<(Weight, String)>> {
    // Whether there is a store in it, and one that can be read.
    let mode = SqliteStore::mode_of(directory)?;
    let rows = [
        (mode.is_none(), Weight::Warned, "there is no kasse data in it yet"),
        (
            is_on_network_file_system(directory),
            Weight::Refused,
            "it lies on a network file system, where SQLite can lose data",
        ),
        (production::others_can_read(directory), Weight::Refused, "others can read it; run `chmod 700` on it"),
    ];
    let applies = rows.into_iter().filter(|(applies, ..)| *applies);
    Ok(applies.map(|(_, weight, text)| (weight, text.to_owned())).collect())
}

async fn of_database(database: &Database) -> anyhow::Result<Vec<(Weight, String)>> {
    let mut complaints = Vec::new();
    if database.address.is_readable_on_its_way() {
        let text = "what is sent to the database can be read on its way; encrypt it with sslmode=verify-full";
        complaints.push((Weight::Refused, text.to_owned()));
    }
    let found = PostgresStore::diagnose(&database.address).await?;
    complaints.extend(found.into_iter().map(|complaint| (complaint.weight, complaint.text)));
    if PostgresStore::installation_of(&database.address).await?.is_none() {
        complaints.push((Weight::Warned, "there is no kasse data in it yet".to_owned()));
    }
    // Nothing of what it keeps is in danger, but no node of this program would serve.
    match PostgresStore::require_upgraded(&database.address, &Schema::current()).await {
        Err(why @ OpenError::NoLongerServed { .. }) => complaints.push((Weight::Refused, why.to_string())),
        Err(why @ OpenError::OlderSchema { .. }) => complaints.push((Weight::Warned, why.to_string())),
        other => other?,
    }
    Ok(complaints)
}
