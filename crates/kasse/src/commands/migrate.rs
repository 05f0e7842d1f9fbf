//! `kasse migrate`: brings the data up to this program's schema, and nothing else.
//!
//! A start does the same. It is a command of its own for whoever upgrades nodes one at a time and wants to see it done first.

use std::process::ExitCode;

use engine::{
    clock::{Clock as _, SystemClock},
    entropy::SystemEntropy,
};
use store::postgres::{PostgresStore, Schema};

use super::block_on;
use crate::{
    installation::{Missing, Place, refuse_another_mode},
    settings::Settings,
    stdout,
};

/// Migrates and says so.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let (clock, place) = (SystemClock::new(), settings.place.shown());
    let applied = block_on(async {
        match &settings.place {
            Place::Directory(_) => {
                let opened = settings.place.open(settings.mode, Missing::Refuse, &clock, &SystemEntropy::new()).await?;
                opened.store.close().await?;
                Ok(None)
            }
            Place::Database(database) => {
                if let (Some(wanted), Some(found)) = (settings.mode, settings.place.mode().await?) {
                    refuse_another_mode(&settings.place, found, wanted)?;
                }
                Ok(Some(PostgresStore::migrate(&database.address, &Schema::current(), clock.wall()).await?))
            }
        }
    })?;
    stdout::say(&match applied {
        Some(0) => format!("{place}: nothing to do\n"),
        Some(applied) => format!("{place}: migrations applied: {applied}\n"),
        None => format!("{place}: the schema is this program's\n"),
    })?;
    Ok(ExitCode::SUCCESS)
}
