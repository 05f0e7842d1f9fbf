//! What was measured on: enough to know which figures may be compared, and nothing that names the machine.

use std::{fs, thread};

use serde::Serialize;

/// A machine and the program on it.
#[derive(Serialize)]
pub(super) struct Machine {
    pub(super) cores: usize,
    pub(super) processor: String,
    pub(super) kernel: String,
    pub(super) profile: &'static str,
    pub(super) version: &'static str,
}

impl Machine {
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let model = model.map_or("", |(_, model)| model.trim());
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: if model.is_empty() { std::env::consts::ARCH } else { model }.to_owned(),
            kernel: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
