//! `kasse serve`: open, listen, say where, and stop in order when told to.

use std::{io::Write as _, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use engine::{
    Engine, Policy,
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
};
use store::{
    Instance, Mode,
    postgres::{Complaint, PostgresStore, Weight},
    sqlite::SqliteStore,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::block_on;
use crate::{
    administration::Administration,
    installation::{KeyKeeper, Missing, Opened, Place},
    log,
    outgoing::Outgoing,
    production::Facts,
    running::{Parts, Running},
    server::{Limits, Transport},
    settings::Settings,
    tls::Tls,
    welcome,
};

/// After so long the process ends whatever is still going on; what was acknowledged is durable all the same.
const STOP_TIME_MAX: Duration = Duration::from_millis(9500);

/// How often it is looked whether another node has a new signing key: well within the minute before it signs.
const KEY_LOOK_INTERVAL: Duration = Duration::from_secs(10);
/// Every so many looks, which is every hour, it is asked whether the signing key has served long enough.
const LOOKS_PER_RENEWAL: u32 = 360;

/// Serves until told to stop.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    log::start(settings)?;
    block_on(serve(settings))
}

async fn serve(settings: &Settings) -> anyhow::Result<ExitCode> {
    let complaints = match mode_beforehand(settings).await? {
        Some(mode) => {
            refuse(settings, mode)?;
            refuse_unsafe_database(&settings.place, mode).await?
        }
        None => Vec::new(),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    let tls = settings.tls.clone().map(|files| Tls::open(files, &*clock)).transpose()?;
    let Opened { store, instance, keys, key_keeper } =
        settings.place.open(settings.mode, Missing::Initialise, &*clock, &*entropy).await?;
    refuse(settings, instance.mode)?;
    for complaint in complaints {
        tracing::warn!(complaint, "the database is not set up safely");
    }
    let running = Running::start(Parts {
        listen: settings.listen,
        transport: transport(tls, instance.mode, &clock)?,
        public_url: settings.public_url.clone(),
        native_scheme: settings.native_scheme.clone(),
        proxies: settings.proxies.clone(),
        rate_limits: settings.rate_limits,
        docs: settings.docs.unwrap_or(instance.mode == Mode::Sandbox),
        policy: policy(settings, instance),
        outgoing: Outgoing::new(instance.mode, &settings.webhooks),
        limits: limits(instance.mode),
        store: store.clone(),
        clock,
        entropy,
        keys,
    })
    .await?;
    let administration = administration(settings, running.engine());
    tokio::spawn(look_after_keys(key_keeper, running.engine().clone()));
    let mut stop = StopSignals::new()?;
    let welcome = welcome::text(instance.mode, running.public_url(), &settings.place.shown());
    // A reader that has gone away is no reason to stop serving.
    let _nobody_reads = std::io::stdout().lock().write_all(welcome.as_bytes());
    tracing::info!(address = %running.address(), mode = instance.mode.name(), "serving");
    if instance.mode == Mode::Production {
        tracing::warn!("{}", welcome::NOBODY_APPROVES);
    }
    tokio::select! {
        () = stop.next() => {}
        reason = store.failed() => bail!("the store failed ({reason}); start again: it recovers from its log, or says what to restore"),
    }
    tracing::info!("stopping: finishing what was accepted");
    if let Some(administration) = &administration {
        administration.close();
    }
    let administered = async {
        if let Some(administration) = administration {
            administration.drained().await;
        }
    };
    tokio::select! {
        (drained, ()) = async { tokio::join!(running.stop(), administered) } => tracing::info!(cut_off = drained.cut_off, "stopped"),
        () = stop.next() => tracing::warn!("told twice; stopped at once"),
        () = tokio::time::sleep(STOP_TIME_MAX) => tracing::warn!("stopped with work unfinished"),
    }
    Ok(ExitCode::SUCCESS)
}

/// What is spoken, and, where that is TLS, somebody to see to its certificate until the process ends.
fn transport(tls: Option<Tls>, mode: Mode, clock: &Arc<dyn Clock>) -> anyhow::Result<Transport> {
    let Some(tls) = tls else { return Ok(Transport::Plain) };
    let in_use = tls.in_use();
    tokio::spawn(tls.renew(mode, clock.clone(), listen_for(SignalKind::hangup())?));
    Ok(Transport::Tls(in_use))
}

/// The mode, where it is certain before anything is opened: a start that is refused then leaves nothing behind.
async fn mode_beforehand(settings: &Settings) -> anyhow::Result<Option<Mode>> {
    let found = match &settings.place {
        _ if settings.mode.is_some() => settings.mode,
        Place::Directory(directory) if SqliteStore::exists(directory) => return Ok(None),
        Place::Directory(_) => None,
        Place::Database(_) => settings.place.mode().await?,
    };
    Ok(Some(found.unwrap_or(Mode::Sandbox)))
}

/// Does not start production on a database that can lose what was acknowledged. Answers what else is unsafe about it.
async fn refuse_unsafe_database(place: &Place, mode: Mode) -> anyhow::Result<Vec<String>> {
    let Place::Database(database) = place else { return Ok(Vec::new()) };
    let complaints = PostgresStore::diagnose(&database.address).await?;
    let is_refused = |complaint: &&Complaint| mode == Mode::Production && complaint.weight == Weight::Refused;
    if let Some(complaint) = complaints.iter().find(is_refused) {
        bail!("not started: {}", complaint.text);
    }
    Ok(complaints.into_iter().map(|complaint| complaint.text).collect())
}

/// Without it the server serves all the same. Where the installation is in a database, commands go there themselves.
fn administration(settings: &Settings, engine: &Arc<Engine>) -> Option<Administration> {
    let Place::Directory(directory) = &settings.place else { return None };
    match Administration::start(directory, engine.clone()) {
        Ok(administration) => Some(administration),
        Err(error) => {
            let reason = format!("{error:#}");
            tracing::warn!(reason, "administration commands need the server to be stopped");
            None
        }
    }
}

/// Looks from time to time whether another node has put a new signing key in place, and whether it is time for one; ends with the process.
async fn look_after_keys(keeper: KeyKeeper, engine: Arc<Engine>) {
    let mut looks = 0;
    loop {
        tokio::time::sleep(KEY_LOOK_INTERVAL).await;
        looks += 1;
        if looks % LOOKS_PER_RENEWAL != 0 {
            if let Err(error) = keeper.keep_up(&engine).await {
                tracing::warn!(%error, "whether another node has a new signing key could not be seen");
            }
            continue;
        }
        match keeper.renew(&engine).await {
            Ok(true) => tracing::info!("a new key is there, and signs access tokens in a minute"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the signing key could not be renewed; the present one goes on"),
        }
    }
}

fn refuse(settings: &Settings, mode: Mode) -> anyhow::Result<()> {
    let refusals = Facts::of(mode, settings).refusals();
    if refusals.is_empty() { Ok(()) } else { bail!("not started: {}", refusals.join("; ")) }
}

fn policy(settings: &Settings, instance: Instance) -> Policy {
    let of_mode = Policy::of(instance.mode);
    let insecure_return_urls_allowed = settings.insecure_return_urls.unwrap_or(of_mode.insecure_return_urls_allowed);
    let any_number_is_a_payer = of_mode.any_number_is_a_payer && settings.any_phone_number.unwrap_or(true);
    let Settings { image_height_min, slow_bank, .. } = *settings;
    Policy { insecure_return_urls_allowed, any_number_is_a_payer, image_height_min, slow_bank, ..of_mode }
}

/// Our own protective limits are production's; a sandbox is hammered by its own developer.
fn limits(mode: Mode) -> Limits {
    match mode {
        Mode::Production => Limits::default(),
        Mode::Sandbox => Limits { connections_per_address_max: None, ..Limits::default() },
    }
}

fn listen_for(kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).context("signals cannot be listened for")
}

/// What asks a process to stop.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { terminate: listen_for(SignalKind::terminate())?, interrupt: listen_for(SignalKind::interrupt())? })
    }

    /// Resolves when somebody asks.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
