//! The name of a request across machines, as W3C trace context has it.
//!
//! Names are unique, not secret: chance is asked once, when the server starts, and every request after that gets the next of a sequence
//! that looks like chance. Asking the system each time was measured to cost as much as reading the request.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::http::HeaderMap;
use engine::entropy::Entropy;

use crate::headers::TRACE_PARENT;

/// The name of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TraceParent {
    trace: u128,
    span: u64,
}

/// Where names come from.
pub(crate) struct Names {
    /// The first half of every name of ours.
    start: u64,
    seed: u64,
    given: AtomicU64,
}

impl Names {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let [start, seed] = [entropy.bytes(), entropy.bytes()].map(u64::from_be_bytes);
        Self { start, seed, given: AtomicU64::new(0) }
    }

    /// The caller's name for the request, if it sent a good one, else a new one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> TraceParent {
        let given = headers.get(&TRACE_PARENT).and_then(|value| value.to_str().ok()).and_then(trace_of);
        let count = self.given.fetch_add(1, Ordering::Relaxed);
        let number = scattered(self.seed.wrapping_add(count));
        let trace = given.unwrap_or_else(|| u128::from(self.start) << 64 | u128::from(number));
        TraceParent { trace, span: scattered(number) }
    }
}

/// Another number for every number, and none that looks like its neighbour's (the finalizer of SplitMix64).
const fn scattered(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl TraceParent {
    pub(crate) fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The name where no sampling is claimed.
    pub(crate) fn unsampled(self) -> String {
        format!("00-{:032x}-{:016x}-00", self.trace, self.span)
    }

    pub(crate) fn as_uuid(self) -> String {
        uuid::Uuid::from_u128(self.trace).to_string()
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{:032x}-{:016x}-01", self.trace, self.span)
    }
}

fn trace_of(header: &str) -> Option<u128> {
    let mut parts = header.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_good = version.len() == 2 && trace.len() == 32 && is_hex(version) && is_hex(trace) && parts.count() == 2;
    u128::from_str_radix(trace, 16).ok().filter(|trace| is_good && *trace != 0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use engine::entropy::SystemEntropy;

    use super::*;

    #[test]
    fn a_trace_is_taken_over_only_when_it_is_well_formed() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_of(good), Some(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736));
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_of(bad), None, "{bad}");
        }
        assert_eq!(TraceParent { trace: 1, span: 2 }.to_string(), format!("00-{:032x}-{:016x}-01", 1, 2));
    }

    #[test]
    fn no_two_requests_have_one_name_and_no_two_servers_the_same() {
        let [ours, theirs] = [(); 2].map(|()| Names::new(&SystemEntropy::new()));
        let headers = HeaderMap::new();
        let mut names: HashSet<u128> = (0..10_000).map(|_| ours.of(&headers).trace).collect();
        names.extend((0..10_000).map(|_| theirs.of(&headers).trace));
        assert_eq!(names.len(), 20_000);
    }
}
