//! One module per command.

pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod keys;
pub(crate) mod listen;
pub(crate) mod migrate;
pub(crate) mod partner;
pub(crate) mod sales_unit;
pub(crate) mod serve;
pub(crate) mod verify;
pub(crate) mod webhooks;

use std::future::Future;

use anyhow::{Context as _, bail};
use clap::{ArgMatches, parser::ValueSource};

use crate::{
    administration::{self, Answer, Request},
    settings::{SETTINGS, Settings},
};

/// Runs a command that waits for things.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?
        .block_on(work)
}

/// Has a request carried out, here or by the server that runs on the data directory.
fn administer(settings: &Settings, request: Request) -> anyhow::Result<Answer> {
    block_on(administration::administer(settings, request))
}

/// An answer to something that was not asked.
fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("the server answered something else than was asked; use the kasse it runs")
}

/// Refuses settings on the command line of a command that none but one of them means anything to.
fn refuse_settings(arguments: &ArgMatches, but: &str, reason: &str) -> anyhow::Result<()> {
    for setting in SETTINGS {
        if setting.name != but && arguments.value_source(setting.name) == Some(ValueSource::CommandLine) {
            bail!("--{} does not apply: {reason}", setting.name);
        }
    }
    Ok(())
}
