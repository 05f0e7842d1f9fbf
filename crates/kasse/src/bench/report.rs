//! The report: a table for people, or the same as one JSON object.

use std::fmt;

use serde::Serialize;

use super::{figures::Row, machine::Machine};

/// Everything a run found out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(super) machine: Machine,
    /// Payments in the store before anything was measured.
    pub(super) payments: u64,
    /// Whether the data was where a commit costs no disk.
    pub(super) data_in_memory: bool,
    pub(super) rounds: usize,
    pub(super) window_milliseconds: f64,
    /// The server that was measured, if it was not a data directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) postgres: Option<Postgres>,
    pub(super) start: Start,
    pub(super) rows: Vec<Row>,
}

/// What is to be known of a PostgreSQL and of `pgbench` on it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Postgres {
    pub(super) version: String,
    /// What about its settings makes a commit cheaper than it should be.
    pub(super) not_durable: Vec<String>,
    pub(super) pgbench_scale: usize,
    pub(super) pgbench_clients: usize,
}

/// How the server starts, and what it is when nobody asks it anything.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    /// On a place for data that was new.
    pub(super) first_milliseconds: f64,
    /// On the store that is then measured; the median.
    pub(super) milliseconds: f64,
    pub(super) idle_resident_megabytes: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, processor, kernel, profile, version } = &self.machine;
        writeln!(out, "kasse {version}, {profile} build, {cores} cores ({processor}), {kernel}")?;
        writeln!(
            out,
            "Payments before: {}. Medians of {} windows of {} ms.",
            self.payments, self.rounds, self.window_milliseconds
        )?;
        if *profile == "debug" {
            writeln!(out, "This is a debug build: its figures say nothing about a release.")?;
        }
        if self.data_in_memory {
            writeln!(out, "The data was in memory, where a commit costs no disk; choose a disk with --data-parent.")?;
        }
        if let Some(Postgres { version, not_durable, pgbench_scale, pgbench_clients }) = &self.postgres {
            writeln!(
                out,
                "{version}. pgbench: TPC-B, scale {pgbench_scale}, {pgbench_clients} clients, prepared statements."
            )?;
            not_durable.iter().try_for_each(|complaint| writeln!(out, "Its commits are not durable: {complaint}."))?;
        }
        let Start { first_milliseconds, milliseconds, idle_resident_megabytes } = self.start;
        let place = if self.postgres.is_some() { "database" } else { "directory" };
        writeln!(
            out,
            "Start: {milliseconds:.1} ms, in a new {place} {first_milliseconds:.1} ms. Idle: {idle_resident_megabytes:.1} MB resident.\n"
        )?;
        let is_shown = |column: &&Column| self.postgres.is_some() || !column.is_of_postgres;
        let columns: Vec<&Column> = COLUMNS.iter().filter(is_shown).collect();
        let mut line = |cell: &dyn Fn(&Column) -> String| {
            let cells = columns.iter().map(|column| format!("{:>1$}", cell(column), column.width));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())
        };
        line(&|column| column.title.to_owned())?;
        self.rows.iter().try_for_each(|row| line(&|column| (column.cell)(row)))
    }
}

/// A column of the table.
struct Column {
    title: &'static str,
    width: usize,
    /// Whether it says nothing where there is no PostgreSQL.
    is_of_postgres: bool,
    cell: fn(&Row) -> String,
}

impl Column {
    const fn new(title: &'static str, width: usize, cell: fn(&Row) -> String) -> Self {
        Self { title, width, is_of_postgres: false, cell }
    }

    const fn of_postgres(title: &'static str, width: usize, cell: fn(&Row) -> String) -> Self {
        Self { title, width, is_of_postgres: true, cell }
    }
}

const COLUMNS: &[Column] = &[
    Column::new("connections", 11, |row| row.connections.to_string()),
    Column::of_postgres("nodes", 5, |row| row.nodes.map(|nodes| nodes.to_string()).unwrap_or_default()),
    // Words begin on the left.
    Column::new("what   ", 7, |row| format!("{:<7}", row.what.name())),
    Column::new("requests/s", 10, |row| fixed(Some(row.requests_per_second), 0)),
    Column::new("lives/s", 7, |row| fixed(row.lives_per_second, 0)),
    Column::new("of ceiling", 10, |row| percent(row.of_ceiling)),
    Column::of_postgres("of pgbench", 10, |row| times(row.of_pgbench)),
    Column::new("p50 ms", 7, |row| fixed(row.p50_milliseconds, 2)),
    Column::new("p99 ms", 7, |row| fixed(row.p99_milliseconds, 2)),
    Column::new("server µs/request", 17, |row| fixed(row.server_microseconds_per_request, 1)),
    Column::new("resident MB", 11, |row| fixed(row.resident_megabytes, 1)),
];

fn fixed(figure: Option<f64>, digits: usize) -> String {
    figure.map(|figure| format!("{figure:.digits$}")).unwrap_or_default()
}

fn times(ratio: Option<f64>) -> String {
    ratio.map(|ratio| format!("{ratio:.2} x")).unwrap_or_default()
}

#[allow(clippy::float_arithmetic, reason = "a measurement, not money")]
fn percent(ratio: Option<f64>) -> String {
    ratio.map(|ratio| format!("{:.1} %", ratio * 100.0)).unwrap_or_default()
}
