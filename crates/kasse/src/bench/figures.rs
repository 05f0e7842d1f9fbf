//! From windows to figures: each window on its own, then the median of the rounds.
//!
//! A ratio is taken within its round, to the ceiling and to `pgbench` measured a moment before, and only then is the median taken.

#![allow(clippy::float_arithmetic, reason = "measurements, not money")]

use std::time::Duration;

use serde::Serialize;

use super::{
    load::Window,
    script::{Kind, LIFE},
};

/// What one kind of load showed with so many connections. What there is no such figure of has none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) connections: usize,
    /// How many servers had them, where that is a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nodes: Option<usize>,
    pub(super) what: Kind,
    pub(super) requests_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lives_per_second: Option<f64>,
    /// 1 is as fast as the ceiling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_ceiling: Option<f64>,
    /// 1 is a request for each transaction of `pgbench`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_pgbench: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) p50_milliseconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) p99_milliseconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server_microseconds_per_request: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resident_megabytes: Option<f64>,
}

/// What the rows of a round are compared with: how fast others were a moment before.
#[derive(Default)]
pub(super) struct Bases {
    ceiling: Option<f64>,
    pgbench: Option<f64>,
}

impl Bases {
    /// Whatever follows is compared with this row, if it is one to compare with.
    pub(super) fn note(&mut self, row: &Row) {
        match row.what {
            Kind::Pgbench => self.pgbench = Some(row.requests_per_second),
            Kind::Ceiling => self.ceiling = Some(row.requests_per_second),
            Kind::Create | Kind::Life | Kind::Read => {}
        }
    }
}

impl Row {
    /// Of one window of ours.
    pub(super) fn of_window(
        what: Kind,
        connections: usize,
        nodes: Option<usize>,
        window: &Window,
        bases: &Bases,
    ) -> Self {
        let requests = window.latencies.len() as f64;
        let rate = requests / window.took.as_secs_f64();
        let is_ceiling = what == Kind::Ceiling;
        let percentile = |percent| percentile(&window.latencies, percent) / 1000.0;
        Self {
            connections,
            nodes,
            what,
            requests_per_second: rate,
            lives_per_second: (what == Kind::Life).then_some(rate / LIFE.len() as f64),
            of_ceiling: if is_ceiling { Some(1.0) } else { bases.ceiling.map(|ceiling| rate / ceiling) },
            // The ceiling keeps nothing; there is nothing to compare.
            of_pgbench: bases.pgbench.filter(|_| !is_ceiling).map(|pgbench| rate / pgbench),
            p50_milliseconds: Some(percentile(50)),
            p99_milliseconds: Some(percentile(99)),
            server_microseconds_per_request: Some(window.processor.as_secs_f64() * 1e6 / requests),
            resident_megabytes: Some(megabytes(window.resident_bytes)),
        }
    }

    /// Of one window of `pgbench`, of which only the rate is known.
    pub(super) const fn of_pgbench(connections: usize, rate: f64) -> Self {
        Self {
            connections,
            nodes: None,
            what: Kind::Pgbench,
            requests_per_second: rate,
            lives_per_second: None,
            of_ceiling: None,
            of_pgbench: Some(1.0),
            p50_milliseconds: None,
            p99_milliseconds: None,
            server_microseconds_per_request: None,
            resident_megabytes: None,
        }
    }

    /// The median of each figure over the rounds; none without rounds.
    pub(super) fn of_rounds(rounds: &[Self]) -> Option<Self> {
        let first = rounds.first()?;
        let of = |figure: fn(&Self) -> Option<f64>| rounds.iter().map(figure).collect::<Option<_>>().map(median);
        Some(Self {
            connections: first.connections,
            nodes: first.nodes,
            what: first.what,
            requests_per_second: of(|row| Some(row.requests_per_second))?,
            lives_per_second: of(|row| row.lives_per_second),
            of_ceiling: of(|row| row.of_ceiling),
            of_pgbench: of(|row| row.of_pgbench),
            p50_milliseconds: of(|row| row.p50_milliseconds),
            p99_milliseconds: of(|row| row.p99_milliseconds),
            server_microseconds_per_request: of(|row| row.server_microseconds_per_request),
            resident_megabytes: of(|row| row.resident_megabytes),
        })
    }
}

/// The middle one; of an even number the upper of the two.
pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The smallest that so many percent do not exceed.
fn percentile(sorted: &[u32], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_medians_are_those_of_the_book() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 99)), (50.0, 99.0));
        assert_eq!((percentile(&[7], 50), percentile(&[7], 99), percentile(&[], 99)), (7.0, 7.0, 0.0));
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![2.0]), median(Vec::new())), (2.0, 2.0, 0.0));
    }

    #[test]
    fn a_ratio_is_that_of_its_round() {
        let window = |requests: usize| Window {
            took: Duration::from_secs(1),
            latencies: vec![500; requests],
            processor: Duration::from_millis(10),
            resident_bytes: 1_000_000,
        };
        let round = |ceiling: usize, lives: usize| {
            let mut bases = Bases::default();
            bases.note(&Row::of_pgbench(8, 50.0));
            let ceiling = Row::of_window(Kind::Ceiling, 1, None, &window(ceiling), &bases);
            assert_eq!((ceiling.of_ceiling, ceiling.of_pgbench), (Some(1.0), None));
            bases.note(&ceiling);
            Row::of_window(Kind::Life, 1, Some(2), &window(lives), &bases)
        };
        let row = Row::of_rounds(&[round(1000, 100), round(100, 20), round(1000, 300)]).unwrap();
        assert_eq!((row.requests_per_second, row.nodes, row.lives_per_second), (100.0, Some(2), Some(25.0)));
        assert_eq!((row.of_ceiling, row.of_pgbench), (Some(0.2), Some(2.0)));
        assert_eq!(
            (row.p99_milliseconds, row.server_microseconds_per_request, row.resident_megabytes),
            (Some(0.5), Some(100.0), Some(1.0))
        );
    }
}
