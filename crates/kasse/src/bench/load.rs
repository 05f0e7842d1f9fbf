//! Load: so many connections, each with one request under way at any time, and what a window of it showed.
//!
//! The first answer that is not good ends it, and its words are the error. A connection always finishes the request it has begun, so that
//! the next turn finds the server at rest and every payment that was begun is there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    child::Server,
    connection::Connection,
    plan::Plan,
    requests::Caller,
    script::{Kind, Payments, Script},
};

/// Long enough for a busy machine: what has not happened by then never will.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is told how far filling has come.
const NEWS_INTERVAL: Duration = Duration::from_millis(500);

/// A server under load, or several that share their data.
pub(super) struct Target<'a> {
    pub(super) servers: Vec<&'a Server>,
    pub(super) caller: Arc<Caller>,
    pub(super) payments: Arc<Payments>,
}

/// What a window showed.
pub(super) struct Window {
    /// How long it was.
    pub(super) took: Duration,
    /// How long each request took that ended in it, in microseconds, shortest first.
    pub(super) latencies: Vec<u32>,
    /// What the server's process used in it; of several servers together.
    pub(super) processor: Duration,
    /// What it held in memory at the end.
    pub(super) resident_bytes: u64,
}

impl Target<'_> {
    /// Loads the server and counts for a window of the plan.
    pub(super) async fn measure(&self, kind: Kind, connections: usize, plan: &Plan) -> anyhow::Result<Window> {
        let phase = Arc::new(Phase::default());
        let drivers = self.drivers(kind, connections, u64::MAX, &phase).await?;
        sleep(plan.warm_up).await;
        let processor = self.processor_time()?;
        let started = Instant::now();
        phase.count();
        // On a machine so slow that nothing ends in a window it goes on until something has.
        while !phase.is_over() && started.elapsed() < PATIENCE {
            sleep(plan.window).await;
            if phase.counted.load(Relaxed) > 0 {
                break;
            }
        }
        phase.end();
        let took = started.elapsed();
        let processor = self.processor_time()?.saturating_sub(processor);
        let resident_bytes = self.servers.iter().map(|server| server.resident_bytes()).sum::<anyhow::Result<u64>>()?;
        let mut latencies = timeout(PATIENCE, gather(drivers)).await.context("an answer did not come")??;
        if latencies.is_empty() {
            bail!("nothing was answered within {} seconds", PATIENCE.as_secs());
        }
        latencies.sort_unstable();
        Ok(Window { took, latencies, processor, resident_bytes })
    }

    /// Creates payments until there are so many.
    pub(super) async fn fill(&self, connections: usize, until: u64, news: impl Fn(u64)) -> anyhow::Result<()> {
        let phase = Arc::new(Phase::default());
        let filling = gather(self.drivers(Kind::Create, connections, until, &phase).await?);
        let mut filling = std::pin::pin!(filling);
        loop {
            tokio::select! {
                filled = &mut filling => return filled.map(drop),
                () = sleep(NEWS_INTERVAL) => news(self.payments.count()),
            }
        }
    }

    fn processor_time(&self) -> anyhow::Result<Duration> {
        self.servers.iter().map(|server| server.processor_time()).sum()
    }

    /// The connections, spread evenly.
    async fn drivers(&self, kind: Kind, connections: usize, until: u64, phase: &Arc<Phase>) -> anyhow::Result<Drivers> {
        let mut drivers = JoinSet::new();
        for server in self.servers.iter().cycle().take(connections) {
            let connection = Connection::open(server.address).await?;
            let script = Script::new(kind, self.payments.clone(), until);
            let (caller, phase) = (self.caller.clone(), phase.clone());
            drivers.spawn(async move {
                let driven = drive(connection, script, &caller, &phase).await;
                if driven.is_err() {
                    phase.end();
                }
                driven.with_context(|| format!("{} failed", kind.name()))
            });
        }
        Ok(drivers)
    }
}

type Drivers = JoinSet<anyhow::Result<Vec<u32>>>;

async fn gather(mut drivers: Drivers) -> anyhow::Result<Vec<u32>> {
    let mut all = Vec::new();
    while let Some(driven) = drivers.join_next().await {
        all.append(&mut driven??);
    }
    Ok(all)
}

async fn drive(
    mut connection: Connection,
    mut script: Script,
    caller: &Caller,
    phase: &Phase,
) -> anyhow::Result<Vec<u32>> {
    let (mut latencies, mut request) = (Vec::new(), Vec::new());
    while !phase.is_over()
        && let Some((step, payment)) = script.next()
    {
        caller.write(step, payment, &mut request);
        let sent = Instant::now();
        let answer = connection.send(&request).await?;
        if !matches!(answer.status, 200..=299) {
            bail!("{step:?} was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        if phase.is_counting() {
            phase.counted.fetch_add(1, Relaxed);
            latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(latencies)
}

/// How far a turn has come, for all its connections.
#[derive(Default)]
struct Phase {
    at: AtomicU8,
    counted: AtomicU64,
}

impl Phase {
    const COUNTING: u8 = 1;
    const OVER: u8 = 2;

    /// From now on requests count, unless it is over already.
    fn count(&self) {
        self.at.fetch_max(Self::COUNTING, Relaxed);
    }

    fn end(&self) {
        self.at.store(Self::OVER, Relaxed);
    }

    fn is_counting(&self) -> bool {
        self.at.load(Relaxed) == Self::COUNTING
    }

    fn is_over(&self) -> bool {
        self.at.load(Relaxed) == Self::OVER
    }
}
