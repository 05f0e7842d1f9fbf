//! `kasse serve`: open, listen, say where, and stop in order when told to.

use std::{io::Write as _, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use engine::{
    Policy,
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
};
use store::{Mode, Store, sqlite::Instance};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::block_on;
use crate::{
    data::{self, Missing, Opened},
    log,
    production::Facts,
    running::{Parts, Running},
    server::Limits,
    settings::Settings,
    welcome,
};

/// After so long the process ends whatever is still going on; what was acknowledged is durable all the same.
const STOP_TIME_MAX: Duration = Duration::from_millis(9500);

/// Serves until told to stop.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    log::start(settings)?;
    block_on(serve(settings))
}

async fn serve(settings: &Settings) -> anyhow::Result<ExitCode> {
    // Asked before anything is opened as well, so that a refused start leaves nothing behind.
    refuse(settings, settings.mode.unwrap_or(Mode::Sandbox), settings.mode.is_some())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    let Opened { store, instance, keys } =
        data::open(&settings.data, settings.mode, Missing::Initialise, &*clock, &*entropy)?;
    refuse(settings, instance.mode, true)?;
    let store: Arc<dyn Store> = Arc::new(store);
    let running = Running::start(Parts {
        listen: settings.listen,
        public_url: settings.public_url.clone(),
        proxies: settings.proxies.clone(),
        rate_limits: settings.rate_limits,
        policy: policy(settings, instance),
        limits: limits(instance.mode),
        store: store.clone(),
        clock,
        entropy,
        keys,
    })
    .await?;
    if instance.mode == Mode::Production && running.engine().knows_example_keys() {
        bail!("the published example keys are in use here; they are known to everybody and refused in production");
    }
    let mut stop = StopSignals::new()?;
    let welcome = welcome::text(instance.mode, running.public_url(), &settings.data.display().to_string());
    // A reader that has gone away is no reason to stop serving.
    let _nobody_reads = std::io::stdout().lock().write_all(welcome.as_bytes());
    tracing::info!(address = %running.address(), mode = instance.mode.name(), "serving");
    tokio::select! {
        () = stop.next() => {}
        reason = store.failed() => bail!("the store failed ({reason}); what was acknowledged is safe, start again to recover"),
    }
    tracing::info!("stopping: finishing what was accepted");
    tokio::select! {
        drained = running.stop() => tracing::info!(cut_off = drained.cut_off, "stopped"),
        () = stop.next() => tracing::warn!("told twice; stopped at once"),
        () = tokio::time::sleep(STOP_TIME_MAX) => tracing::warn!("stopped with work unfinished"),
    }
    Ok(ExitCode::SUCCESS)
}

fn refuse(settings: &Settings, mode: Mode, is_certain: bool) -> anyhow::Result<()> {
    let refusals = if is_certain { Facts::of(mode, settings).refusals() } else { Vec::new() };
    if refusals.is_empty() { Ok(()) } else { bail!("not started: {}", refusals.join("; ")) }
}

fn policy(settings: &Settings, instance: Instance) -> Policy {
    let of_mode = Policy::of(instance.mode);
    let insecure_return_urls_allowed = settings.insecure_return_urls.unwrap_or(of_mode.insecure_return_urls_allowed);
    Policy { insecure_return_urls_allowed, ..of_mode }
}

/// Our own protective limits are production's; a sandbox is hammered by its own developer.
fn limits(mode: Mode) -> Limits {
    match mode {
        Mode::Production => Limits::default(),
        Mode::Sandbox => Limits { connections_per_address_max: None, ..Limits::default() },
    }
}

struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
