//! Where the log goes: one line per event on standard error.

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::{LogFormat, Settings};

/// What is to be logged.
pub(crate) fn filter(settings: &Settings) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(&settings.log).context("log must be a level or a filter like info,kasse=debug")
}

/// Starts logging, and makes a panic a line of it that repeats nothing a request said.
pub(crate) fn start(settings: &Settings) -> anyhow::Result<()> {
    let lines = fmt().with_env_filter(filter(settings)?).with_writer(std::io::stderr);
    let started = match settings.log_format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        tracing::error!(place, "a panic; whatever met it was refused");
    }));
    Ok(())
}
