//! One module per command.

pub(crate) mod config;
pub(crate) mod sales_unit;
pub(crate) mod serve;
pub(crate) mod verify;

use std::future::Future;

use anyhow::Context as _;

/// Runs a command that waits for things.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?
        .block_on(work)
}
