//! What leaves the server: where it may go, whom it trusts, how long it waits, on which threads.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use courier::{
    carrier::{Carrier, Limits, Trust},
    dispatch,
};
use domain::target::Targets;
use engine::{
    Engine,
    outbound::{Telling, TimeScale},
};
use store::Mode;
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

use crate::settings::Webhooks;

/// Threads apart from those that serve requests, so that no receiver takes anything from these.
const THREADS: usize = 2;
/// How long it is waited before sending is begun again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// How webhooks leave the server.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where they may go.
    pub targets: Targets,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How long the waits between attempts are, of what is published.
    pub time_scale: TimeScale,
    /// Certificates that are trusted beside the system's.
    pub authorities: Vec<PathBuf>,
}

impl Outgoing {
    /// As the settings of an installation of this mode say.
    pub fn new(mode: Mode, settings: &Webhooks) -> Self {
        let targets = match (mode, settings.private_receivers) {
            (Mode::Sandbox, Some(false)) => Targets::sandbox().far_only(),
            (Mode::Sandbox, _) => Targets::sandbox(),
            (Mode::Production, _) => Targets::production().with_ports(&settings.ports),
        };
        Self {
            targets: targets.opening(&settings.networks).closing(&settings.closed_networks),
            timeout: settings.timeout,
            time_scale: settings.time_scale,
            authorities: settings.authorities.clone(),
        }
    }

    /// What the engine has to know of it.
    pub(crate) fn telling(&self) -> Telling {
        Telling { announce: api::announce, time_scale: self.time_scale, targets: self.targets.clone() }
    }

    /// Begins to send what is due, until told to stop.
    ///
    /// # Errors
    /// Certificates that cannot be read, threads that cannot be had.
    pub(crate) fn start(&self, engine: &Arc<Engine>, stop: &watch::Sender<bool>) -> anyhow::Result<Sending> {
        let trust = Trust::load(&self.authorities)?;
        let limits = Limits { attempt: self.timeout, ..Limits::default() };
        let carrier = Carrier::new(self.targets.clone(), &trust, limits);
        let threads = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("kasse-courier")
            .enable_all()
            .build()
            .context("no thread to send webhooks on")?;
        let dispatching = threads.spawn(keep_sending(engine.clone(), carrier, stop.subscribe()));
        Ok(Sending { dispatching, threads: Some(threads) })
    }
}

/// Sends until told to stop; should it die it is begun again, and finds what is due in the store.
async fn keep_sending(engine: Arc<Engine>, carrier: Carrier, stop: watch::Receiver<bool>) {
    loop {
        let stopped = {
            let mut stop = stop.clone();
            // Gone is as good as told.
            async move { drop(stop.wait_for(|stop| *stop).await) }
        };
        let Err(died) = tokio::spawn(dispatch::run(engine.clone(), carrier.clone(), stopped)).await else { return };
        tracing::error!(%died, "sending webhooks died; it is begun again");
        tokio::time::sleep(RESTART_PAUSE).await;
    }
}

/// Whoever sends what is due.
pub(crate) struct Sending {
    dispatching: tokio::task::JoinHandle<()>,
    threads: Option<Runtime>,
}

impl Sending {
    /// Waits until it has stopped. Its threads go with it: the store may still use connections that were opened there.
    pub(crate) async fn stopped(&mut self) {
        let _ended_or_died = (&mut self.dispatching).await;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}
