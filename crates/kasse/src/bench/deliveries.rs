//! Deliveries: how fast what waits reaches receivers that are well, beside a bare client that posts the same bodies to the same receivers;
//! and how long after a create its event arrives.
//!
//! Receivers hold their first answers back until everything waits, on both sides, and then let it all come: so neither side is slowed by
//! whoever makes the work. The bare client is the carrier alone, with as many posts under way as registrations may have; what ours costs
//! beyond it is signing, claiming and recording.

#![allow(clippy::float_arithmetic, reason = "measurements, not money")]

mod poster;
mod receivers;
mod report;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use courier::dispatch::IN_FLIGHT_OF_REGISTRATION_MAX;
pub(crate) use poster::{ADDRESSES, COMMAND, COUNT, post};
use receivers::Receivers;
use report::DeliveriesReport;
use serde_json::json;
use tokio::time::{sleep_until, timeout};

use super::{
    child::Server,
    connection::Connection,
    figures::{median, milliseconds},
    load::PATIENCE,
    machine::Machine,
    plan::Plan,
    progress::Progress,
    requests::Caller,
    run::{Place, look_at_server},
    scratch::Scratch,
    script::{Payments, Step, reference},
    tools::Databases,
};

/// How many registrations there are, each with a receiver of its own.
const RECEIVERS: usize = 8;
/// How often payments are made while the lag is measured.
const CREATE_INTERVAL: Duration = Duration::from_millis(5);

/// How much there is to do.
struct Size {
    rounds: usize,
    /// Of each round, as payments; each is one delivery to every receiver.
    waiting: u64,
    /// Whose lag is measured.
    watched: u64,
}

impl Size {
    const fn of(is_quick: bool) -> Self {
        if is_quick {
            Self { rounds: 1, waiting: 50, watched: 40 }
        } else {
            Self { rounds: 3, waiting: 3_000, watched: 400 }
        }
    }
}

/// Measures it.
pub(crate) async fn run(plan: &Plan, is_quick: bool) -> anyhow::Result<DeliveriesReport> {
    let (progress, size) = (Progress::new(), Size::of(is_quick));
    let scratch = Scratch::new(plan.data_parent.as_deref())?;
    let postgres = look_at_server(plan).await?;
    let databases = plan.database.as_ref().map(Databases::create).transpose()?;
    let place = Place { scratch: &scratch, database: databases.as_ref().map(|databases| &databases.ours.address) };
    progress.step("starting, registering");
    let server = place.serve().await?.0;
    let caller = Caller::new(server.address).await?;
    let receivers = Receivers::start(RECEIVERS).await?;
    register(&server, &caller, &receivers).await?;
    let payments = Payments::default();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for round in 1..=size.rounds {
        progress.step(&format!("round {round} of {}, bare client", size.rounds));
        bare.push(bare_client(&receivers, &payments, size.waiting).await?);
        progress.step(&format!("round {round} of {}, deliveries", size.rounds));
        ours.push(drain(&server, &caller, &receivers, &payments, size.waiting).await?);
    }
    progress.step("lag");
    let mut lags = lags(&server, &caller, &receivers, &payments, size.watched).await?;
    lags.sort_by(f64::total_cmp);
    let ratios = ours.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
    let at = |percent: usize| lags.get((lags.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0.0);
    Ok(DeliveriesReport {
        machine: Machine::here(),
        data_in_memory: plan.database.is_none() && scratch.is_in_memory(),
        postgres: postgres.map(|postgres| postgres.version),
        registrations: RECEIVERS,
        rounds: size.rounds,
        deliveries_per_round: size.waiting * RECEIVERS as u64,
        bare_per_second: median(bare),
        deliveries_per_second: median(ours),
        of_bare: median(ratios),
        lag_p50_milliseconds: at(50),
        lag_p99_milliseconds: at(99),
    })
}

async fn register(server: &Server, caller: &Caller, receivers: &Receivers) -> anyhow::Result<()> {
    let mut connection = Connection::open(server.address).await?;
    for url in receivers.urls() {
        let body = json!({ "url": url, "events": ["epayments.payment.created.v1"] }).to_string();
        let mut request = Vec::new();
        caller.write_post("/webhooks/v1/webhooks", &body, &mut request);
        let answer = connection.send(&request).await?;
        if answer.status != 201 {
            bail!("registering was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
    }
    Ok(())
}

/// The same bodies by a client that does nothing else, per second.
async fn bare_client(receivers: &Receivers, payments: &Payments, count: u64) -> anyhow::Result<f64> {
    receivers.hold();
    let body = receivers.usual_body(&reference(payments.count()));
    let total = count * RECEIVERS as u64;
    let mut child = poster::spawn(receivers, total, IN_FLIGHT_OF_REGISTRATION_MAX as usize, &body)?;
    receivers.wait_until_holding(RECEIVERS * IN_FLIGHT_OF_REGISTRATION_MAX as usize).await?;
    let rate = receivers.let_come(total).await?;
    let ended = child.ended(PATIENCE).await.context("the bare client")?;
    if ended.success() { Ok(rate) } else { bail!("the bare client ended with {ended}") }
}

/// What waits at a server of ours, per second.
async fn drain(
    server: &Server,
    caller: &Caller,
    receivers: &Receivers,
    payments: &Payments,
    count: u64,
) -> anyhow::Result<f64> {
    receivers.hold();
    let creating = (0..CREATORS).map(|creator| {
        let share = count / CREATORS + u64::from(creator < count % CREATORS);
        create(server, caller, payments, share)
    });
    futures_util::future::try_join_all(creating).await?;
    receivers.wait_until_holding(RECEIVERS).await?;
    receivers.let_come(count * RECEIVERS as u64).await
}

/// How many connections make what then waits.
const CREATORS: u64 = 32;

async fn create(server: &Server, caller: &Caller, payments: &Payments, count: u64) -> anyhow::Result<()> {
    let (mut connection, mut request) = (Connection::open(server.address).await?, Vec::new());
    for _ in 0..count {
        let payment = payments.take(u64::MAX).context("there are no more numbers")?;
        caller.write(Step::Create, payment, &mut request);
        let answer = timeout(PATIENCE, connection.send(&request)).await.context("a create takes too long")??;
        if answer.status != 201 {
            bail!("a create was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
    }
    Ok(())
}

/// From sending a create to the arrival of its event at each receiver, in milliseconds: the create itself is in it, so what passes after
/// the commit is less.
async fn lags(
    server: &Server,
    caller: &Caller,
    receivers: &Receivers,
    payments: &Payments,
    count: u64,
) -> anyhow::Result<Vec<f64>> {
    receivers.watch();
    let (mut connection, mut request) = (Connection::open(server.address).await?, Vec::new());
    let mut sent = Vec::new();
    let began = tokio::time::Instant::now();
    for number in 0..count {
        sleep_until(began + CREATE_INTERVAL * u32::try_from(number).unwrap_or(u32::MAX)).await;
        let payment = payments.take(u64::MAX).context("there are no more numbers")?;
        caller.write(Step::Create, payment, &mut request);
        sent.push((reference(payment), Instant::now()));
        let status = connection.send(&request).await?.status;
        if status != 201 {
            bail!("a create was answered {status}");
        }
    }
    let arrivals = receivers.arrivals(count * RECEIVERS as u64).await?;
    let mut lags = Vec::new();
    for (reference, sent) in &sent {
        for arrived in arrivals.get(reference).context("an event did not arrive")? {
            lags.push(milliseconds(arrived.saturating_duration_since(*sent)));
        }
    }
    Ok(lags)
}
