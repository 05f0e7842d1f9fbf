//! What came of it, for people or as JSON.

use std::fmt;

use serde::Serialize;

use super::Machine;

/// How fast deliveries are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveriesReport {
    pub(super) machine: Machine,
    /// Whether the data was where a commit costs no disk.
    pub(super) data_in_memory: bool,
    /// The server that was measured, if it was not a data directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) postgres: Option<String>,
    pub(super) registrations: usize,
    pub(super) rounds: usize,
    pub(super) deliveries_per_round: u64,
    pub(super) bare_per_second: f64,
    pub(super) deliveries_per_second: f64,
    /// 1 is as fast as the bare client; the median of the rounds' ratios.
    pub(super) of_bare: f64,
    pub(super) lag_p50_milliseconds: f64,
    pub(super) lag_p99_milliseconds: f64,
}

impl fmt::Display for DeliveriesReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, processor, kernel, profile, version } = &self.machine;
        writeln!(out, "kasse {version}, {profile} build, {cores} cores ({processor}), {kernel}")?;
        if *profile == "debug" {
            writeln!(out, "This is a debug build: its figures say nothing about a release.")?;
        }
        if self.data_in_memory {
            writeln!(out, "The data was in memory, where a commit costs no disk; choose a disk with --data-parent.")?;
        }
        if let Some(version) = &self.postgres {
            writeln!(out, "{version}.")?;
        }
        let Self { registrations, rounds, deliveries_per_round, .. } = self;
        writeln!(
            out,
            "{registrations} registrations. Medians of {rounds} rounds of {deliveries_per_round} deliveries.\n"
        )?;
        writeln!(out, "bare client  {:>8.0} posts/s", self.bare_per_second)?;
        writeln!(out, "deliveries   {:>8.0} posts/s, {:.1} % of it", self.deliveries_per_second, self.of_bare * 100.0)?;
        let (half, nearly_all) = (self.lag_p50_milliseconds, self.lag_p99_milliseconds);
        writeln!(out, "from sending a create to the arrival of its event: p50 {half:.1} ms, p99 {nearly_all:.1} ms")
    }
}
