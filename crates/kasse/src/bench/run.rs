//! A run from its first start to its last window.

use std::{sync::Arc, time::Duration};

use anyhow::bail;
use store::postgres::{Address, PostgresStore, Weight};
use tokio::time::sleep;

use super::{
    child::Server,
    connection::Connection,
    figures::{median, megabytes, milliseconds},
    load::Target,
    machine::Machine,
    pgbench::{CLIENTS, Pgbench},
    plan::Plan,
    progress::Progress,
    report::{Postgres, Report, Start},
    requests::Caller,
    rounds::Field,
    scratch::Scratch,
    script::{Kind, Payments, Script},
    tools::Databases,
};

/// How often the start is timed.
const STARTS: usize = 5;
/// After so long without a request a server is idle.
const IDLE_TIME: Duration = Duration::from_millis(500);
/// How many connections fill the store.
const FILL_CONNECTIONS: usize = 256;

/// Measures everything in the plan.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let progress = Progress::new();
    // Directory and databases before everything that writes there, so that they go after it.
    let scratch = Scratch::new(plan.data_parent.as_deref())?;
    let postgres = look_at_server(plan).await?;
    let databases = plan.database.as_ref().map(Databases::create).transpose()?;
    let place = Place { scratch: &scratch, database: databases.as_ref().map(|databases| &databases.ours.address) };
    let payments = Arc::new(Payments::default());
    let (first, answer_bytes) = prepare(plan, place, &payments, &progress).await?;
    let (server, start, idle_resident_bytes) = start(place, &progress).await?;
    let (mut second, mut pgbench) = (None, None);
    if let Some(databases) = &databases {
        second = Some(place.serve().await?.0);
        progress.step("filling the database of pgbench");
        pgbench = Some(Pgbench::new(databases, &scratch, plan).await?);
    }
    let ceiling = Server::ceiling(&scratch, answer_bytes).await?;
    let caller = Arc::new(Caller::new(server.address).await?);
    let ours = |servers| Target { servers, caller: caller.clone(), payments: payments.clone() };
    let mut nodes = vec![ours(vec![&server])];
    nodes.extend(second.as_ref().map(|second| ours(vec![&server, second])));
    let ceiling = Target { payments: Arc::default(), ..ours(vec![&ceiling]) };
    let field = Field { ceiling, nodes, pgbench };
    let mut rows = Vec::new();
    for &connections in plan.connections {
        rows.extend(field.measure(plan, connections, &progress).await?);
    }
    Ok(Report {
        machine: Machine::here(),
        payments: plan.payments,
        data_in_memory: plan.database.is_none() && scratch.is_in_memory(),
        rounds: plan.rounds,
        window_milliseconds: milliseconds(plan.window),
        postgres,
        start: Start {
            first_milliseconds: milliseconds(first),
            milliseconds: start,
            idle_resident_megabytes: megabytes(idle_resident_bytes),
        },
        rows,
    })
}

/// What is to be known of the server before anything is made on it.
pub(super) async fn look_at_server(plan: &Plan) -> anyhow::Result<Option<Postgres>> {
    let Some(address) = &plan.database else { return Ok(None) };
    let version = format!("PostgreSQL {}", PostgresStore::server_version(address).await?);
    let complaints = PostgresStore::diagnose(address).await?.into_iter();
    let not_durable = complaints.filter(|complaint| complaint.weight == Weight::Refused);
    let not_durable = not_durable.map(|complaint| complaint.text).collect();
    Ok(Some(Postgres { version, not_durable, pgbench_scale: plan.pgbench_scale, pgbench_clients: CLIENTS }))
}

/// Where our servers keep what they are told.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) scratch: &'a Scratch,
    pub(super) database: Option<&'a Address>,
}

impl Place<'_> {
    pub(super) async fn serve(self) -> anyhow::Result<(Server, Duration)> {
        Server::serve(self.scratch, self.database).await
    }
}

/// Makes the data and fills it. Answers how long the first start took and how long the answer to a create is.
async fn prepare(
    plan: &Plan,
    place: Place<'_>,
    payments: &Arc<Payments>,
    progress: &Progress,
) -> anyhow::Result<(Duration, usize)> {
    progress.step("first start, on new data");
    let (server, took) = place.serve().await?;
    let caller = Arc::new(Caller::new(server.address).await?);
    let answer_bytes = create_one(&server, &caller, payments).await?;
    if plan.payments > 0 {
        progress.step(&format!("creating {} payments", plan.payments));
        let news = |count| progress.news(&format!("creating payments: {count} of {}", plan.payments));
        let target = Target { servers: vec![&server], caller, payments: payments.clone() };
        target.fill(FILL_CONNECTIONS, plan.payments, news).await?;
    }
    server.stop().await?;
    Ok((took, answer_bytes))
}

/// Creates a payment and answers how many bytes it was answered with.
async fn create_one(server: &Server, caller: &Caller, payments: &Arc<Payments>) -> anyhow::Result<usize> {
    let mut request = Vec::new();
    if let Some((step, payment)) = Script::new(Kind::Create, payments.clone(), u64::MAX).next() {
        caller.write(step, payment, &mut request);
    }
    let mut connection = Connection::open(server.address).await?;
    let answer = connection.send(&request).await?;
    match answer.status {
        201 => Ok(answer.body.len()),
        other => bail!("Create was answered {other}: {}", String::from_utf8_lossy(answer.body)),
    }
}

/// Starts again and again; answers the last server, the median in milliseconds and what the last one holds idle.
async fn start(place: Place<'_>, progress: &Progress) -> anyhow::Result<(Server, f64, u64)> {
    progress.step(&format!("{STARTS} starts"));
    let mut times = Vec::new();
    loop {
        let (server, took) = place.serve().await?;
        times.push(milliseconds(took));
        if times.len() == STARTS {
            sleep(IDLE_TIME).await;
            let resident_bytes = server.resident_bytes()?;
            return Ok((server, median(times), resident_bytes));
        }
        server.stop().await?;
    }
}
