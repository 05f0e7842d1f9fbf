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
    pub(super) start: Start,
    pub(super) rows: Vec<Row>,
}

/// How the server starts, and what it is when nobody asks it anything.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    /// In a directory that did not exist.
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
        let Start { first_milliseconds, milliseconds, idle_resident_megabytes } = self.start;
        writeln!(
            out,
            "Start: {milliseconds:.1} ms, in a new directory {first_milliseconds:.1} ms. Idle: {idle_resident_megabytes:.1} MB resident.\n"
        )?;
        writeln!(
            out,
            "connections  what     requests/s  lives/s  of ceiling   p50 ms   p99 ms  server µs/request  resident MB"
        )?;
        self.rows.iter().try_for_each(|row| line(row, out))
    }
}

fn line(row: &Row, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let lives = row.lives_per_second.map(|lives| format!("{lives:.0}")).unwrap_or_default();
    writeln!(
        out,
        "{:>11}  {:<7}  {:>10.0}  {:>7}  {:>8.1} %  {:>7.2}  {:>7.2}  {:>17.1}  {:>11.1}",
        row.connections,
        row.what.name(),
        row.requests_per_second,
        lives,
        percent(row.of_ceiling),
        row.p50_milliseconds,
        row.p99_milliseconds,
        row.server_microseconds_per_request,
        row.resident_megabytes
    )
}

#[allow(clippy::float_arithmetic, reason = "a measurement, not money")]
fn percent(ratio: f64) -> f64 {
    ratio * 100.0
}
