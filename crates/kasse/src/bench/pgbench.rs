//! What PostgreSQL's own load generator reaches on the same server: TPC-B, the yardstick a database in any place is known by.

use std::{io::Read as _, time::Duration};

use anyhow::{Context as _, bail};

use super::{
    load::PATIENCE,
    plan::Plan,
    process::Process,
    scratch::Scratch,
    tools::{Databases, in_one_line},
};

/// How many connections it has: as many as are usual, and as serve a small server best.
pub(super) const CLIENTS: usize = 8;
const THREADS: usize = 2;

/// `pgbench` with a database of its own.
pub(super) struct Pgbench<'a> {
    databases: &'a Databases,
    scratch: &'a Scratch,
    /// How long it counts, in whole seconds, as it wants it.
    seconds: u64,
}

impl<'a> Pgbench<'a> {
    /// Fills its database.
    pub(super) async fn new(databases: &'a Databases, scratch: &'a Scratch, plan: &Plan) -> anyhow::Result<Self> {
        let pgbench = Self { databases, scratch, seconds: plan.window.as_secs().max(1) };
        pgbench.run(&["--initialize", "--quiet", &format!("--scale={}", plan.pgbench_scale)], PATIENCE).await?;
        Ok(pgbench)
    }

    /// Its transactions a second.
    pub(super) async fn measure(&self) -> anyhow::Result<f64> {
        let (clients, threads) = (format!("--client={CLIENTS}"), format!("--jobs={THREADS}"));
        let time = format!("--time={}", self.seconds);
        let arguments = [&*clients, &threads, &time, "--protocol=prepared", "--no-vacuum"];
        let said = self.run(&arguments, PATIENCE + Duration::from_secs(self.seconds)).await?;
        rate(&said).with_context(|| format!("pgbench did not say how fast it was: {}", in_one_line(said.as_bytes())))
    }

    async fn run(&self, arguments: &[&str], patience: Duration) -> anyhow::Result<String> {
        let Databases { tools, of_pgbench, .. } = self.databases;
        let mut command = tools.pgbench(&of_pgbench.address);
        command.args(arguments).current_dir(self.scratch.path());
        let mut process = Process(command.spawn().context("pgbench cannot be started")?);
        // It says less than a pipe holds.
        let status = process.ended(patience).await.context("pgbench")?;
        let (mut said, mut complained) = (String::new(), Vec::new());
        process.0.stdout.take().context("pgbench has no standard output")?.read_to_string(&mut said)?;
        process.0.stderr.take().context("pgbench has no standard error")?.read_to_end(&mut complained)?;
        if status.success() { Ok(said) } else { bail!("pgbench failed: {}", in_one_line(&complained)) }
    }
}

/// The rate in what it says; the last, where it says two: that one is without the time of connecting.
fn rate(said: &str) -> Option<f64> {
    let mut rates = said.lines().filter_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rates.next_back().filter(|rate| *rate > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_one_without_connecting() {
        let new = "number of failed transactions: 0 (0.000%)\ntps = 1234.567890 (without initial connection time)\n";
        let old = "tps = 10.5 (including connections establishing)\ntps = 11.5 (excluding connections establishing)\n";
        assert_eq!((rate(new), rate(old)), (Some(1234.56789), Some(11.5)));
        assert_eq!((rate("tps = 0.000000 (without)"), rate("tps is missing")), (None, None));
    }
}
