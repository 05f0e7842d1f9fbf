//! A run from its first start to its last window.

use std::{sync::Arc, time::Duration};

use anyhow::bail;
use tokio::time::sleep;

use super::{
    child::Server,
    connection::Connection,
    figures::{Row, median, megabytes, milliseconds},
    load::Target,
    machine::Machine,
    plan::Plan,
    progress::Progress,
    report::{Report, Start},
    requests::Caller,
    scratch::Scratch,
    script::{Kind, Payments, Script},
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
    // Before everything that writes there, so that it goes after them.
    let scratch = Scratch::new(plan.data_parent.as_deref())?;
    let payments = Arc::new(Payments::default());
    let (first, answer_bytes) = prepare(plan, &scratch, &payments, &progress).await?;
    let (server, start, idle_resident_bytes) = start(&scratch, &progress).await?;
    let ceiling = Server::ceiling(&scratch, answer_bytes).await?;
    let caller = Arc::new(Caller::new(server.address).await?);
    let ceiling = Target { server: &ceiling, caller: caller.clone(), payments: Arc::default() };
    let server = Target { server: &server, caller, payments };
    let mut rows = Vec::new();
    for &connections in plan.connections {
        rows.extend(rounds(plan, connections, &server, &ceiling, &progress).await?);
    }
    Ok(Report {
        machine: Machine::here(),
        payments: plan.payments,
        data_in_memory: scratch.is_in_memory(),
        rounds: plan.rounds,
        window_milliseconds: milliseconds(plan.window),
        start: Start {
            first_milliseconds: milliseconds(first),
            milliseconds: start,
            idle_resident_megabytes: megabytes(idle_resident_bytes),
        },
        rows,
    })
}

/// Makes the data and fills it. Answers how long the first start took and how long the answer to a create is.
async fn prepare(
    plan: &Plan,
    scratch: &Scratch,
    payments: &Arc<Payments>,
    progress: &Progress,
) -> anyhow::Result<(Duration, usize)> {
    progress.step("first start, in a new directory");
    let (server, took) = Server::serve(scratch).await?;
    let caller = Arc::new(Caller::new(server.address).await?);
    let answer_bytes = create_one(&server, &caller, payments).await?;
    if plan.payments > 0 {
        progress.step(&format!("creating {} payments", plan.payments));
        let news = |count| progress.news(&format!("creating payments: {count} of {}", plan.payments));
        let target = Target { server: &server, caller, payments: payments.clone() };
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
async fn start(scratch: &Scratch, progress: &Progress) -> anyhow::Result<(Server, f64, u64)> {
    progress.step(&format!("{STARTS} starts"));
    let mut times = Vec::new();
    loop {
        let (server, took) = Server::serve(scratch).await?;
        times.push(milliseconds(took));
        if times.len() == STARTS {
            sleep(IDLE_TIME).await;
            let resident_bytes = server.resident_bytes()?;
            return Ok((server, median(times), resident_bytes));
        }
        server.stop().await?;
    }
}

/// All kinds of load in turn, round after round, with so many connections.
async fn rounds(
    plan: &Plan,
    connections: usize,
    server: &Target<'_>,
    ceiling: &Target<'_>,
    progress: &Progress,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Kind::ALL.map(|_| Vec::new());
    for round in 1..=plan.rounds {
        let mut of_ceiling: Option<Row> = None;
        for (kind, rows) in Kind::ALL.into_iter().zip(&mut rows) {
            progress.step(&format!("connections {connections}, round {round} of {}, {}", plan.rounds, kind.name()));
            let target = if kind == Kind::Ceiling { ceiling } else { server };
            let window = target.measure(kind, connections, plan).await?;
            let row = Row::of_window(kind, connections, &window, of_ceiling.as_ref());
            of_ceiling.get_or_insert_with(|| row.clone());
            rows.push(row);
        }
    }
    Ok(rows.iter().filter_map(|rows| Row::of_rounds(rows)).collect())
}
