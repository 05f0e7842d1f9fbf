//! From windows to figures: each window on its own, then the median of the rounds.
//!
//! A ratio is taken within its round, to the ceiling measured a moment before, and only then is the median taken.

#![allow(clippy::float_arithmetic, reason = "measurements, not money")]

use std::time::Duration;

use serde::Serialize;

use super::{
    load::Window,
    script::{Kind, LIFE},
};

/// What one kind of load showed with so many connections.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) connections: usize,
    pub(super) what: Kind,
    pub(super) requests_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lives_per_second: Option<f64>,
    /// 1 is as fast as the ceiling.
    pub(super) of_ceiling: f64,
    pub(super) p50_milliseconds: f64,
    pub(super) p99_milliseconds: f64,
    pub(super) server_microseconds_per_request: f64,
    pub(super) resident_megabytes: f64,
}

impl Row {
    /// Of one window; `ceiling` is the row of the ceiling in the same round.
    pub(super) fn of_window(what: Kind, connections: usize, window: &Window, ceiling: Option<&Self>) -> Self {
        let requests = window.latencies.len() as f64;
        let rate = requests / window.took.as_secs_f64();
        Self {
            connections,
            what,
            requests_per_second: rate,
            lives_per_second: (what == Kind::Life).then_some(rate / LIFE.len() as f64),
            of_ceiling: ceiling.map_or(1.0, |ceiling| rate / ceiling.requests_per_second),
            p50_milliseconds: percentile(&window.latencies, 50) / 1000.0,
            p99_milliseconds: percentile(&window.latencies, 99) / 1000.0,
            server_microseconds_per_request: window.processor.as_secs_f64() * 1e6 / requests,
            resident_megabytes: megabytes(window.resident_bytes),
        }
    }

    /// The median of each figure over the rounds; none without rounds.
    pub(super) fn of_rounds(rounds: &[Self]) -> Option<Self> {
        let first = rounds.first()?;
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        Some(Self {
            connections: first.connections,
            what: first.what,
            requests_per_second: of(|row| row.requests_per_second),
            lives_per_second: first.lives_per_second.map(|_| of(|row| row.lives_per_second.unwrap_or(0.0))),
            of_ceiling: of(|row| row.of_ceiling),
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
            let ceiling = Row::of_window(Kind::Ceiling, 1, &window(ceiling), None);
            Row::of_window(Kind::Life, 1, &window(lives), Some(&ceiling))
        };
        let row = Row::of_rounds(&[round(1000, 100), round(100, 20), round(1000, 300)]).unwrap();
        assert_eq!((row.requests_per_second, row.of_ceiling, row.lives_per_second), (100.0, 0.2, Some(25.0)));
        assert_eq!(
            (row.p99_milliseconds, row.server_microseconds_per_request, row.resident_megabytes),
            (0.5, 100.0, 1.0)
        );
    }
}
