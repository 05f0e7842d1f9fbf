//! One module per command.

pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod keys;
pub(crate) mod sales_unit;
pub(crate) mod serve;
pub(crate) mod verify;

use std::{future::Future, sync::Arc};

use anyhow::Context as _;
use engine::{
    Engine, Policy,
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
};
use store::{Store as _, sqlite::SqliteStore};

use crate::{
    data::{self, Missing},
    settings::Settings,
};

/// Runs a command that waits for things.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?
        .block_on(work)
}

/// Runs `work` on the engine of a directory that exists, and closes it again.
fn with_engine<T>(settings: &Settings, work: impl AsyncFnOnce(&Engine) -> anyhow::Result<T>) -> anyhow::Result<T> {
    block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
        let missing = if settings.mode.is_some() { Missing::Initialise } else { Missing::Refuse };
        let opened = data::open(&settings.data, settings.mode, missing, &*clock, &*entropy)?;
        let store: Arc<SqliteStore> = Arc::new(opened.store);
        let policy = Policy::of(opened.instance.mode);
        let engine = Engine::new(store.clone(), clock, entropy, opened.keys, policy).await?;
        let result = work(&engine).await;
        store.close().await?;
        result
    })
}
