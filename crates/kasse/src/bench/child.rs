//! A server as a child process of the same binary: started, measured from outside, stopped or killed, always waited for.
//!
//! It works in the scratch directory. Which database it keeps its data in stands in its environment, because a password may be in it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{ChildStdout, Command},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::{
    param::clock_ticks_per_second,
    process::{Pid, Signal, kill_process},
};
use store::postgres::Address;
use tokio::time::timeout;

use super::{
    CEILING_COMMAND, CEILING_SIZE,
    connection::Connection,
    load::PATIENCE,
    process::{self, Process},
    scratch::Scratch,
};

/// The setting of the server that says where the database is.
const DATABASE_VARIABLE: &str = "KASSE_DATABASE_URL";
const HEALTH: &[u8] = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// A running child.
pub(super) struct Server {
    process: Process,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Held open, so that it can say more.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// `kasse serve` on the data in the scratch directory or in a database, and how long it took from its spawn to its first good answer.
    pub(super) async fn serve(scratch: &Scratch, database: Option<&Address>) -> anyhow::Result<(Self, Duration)> {
        let started = Instant::now();
        let mut command = own_command()?;
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--mode",
            "sandbox",
            "--rate-limits",
            "off",
            "--log",
            "error",
        ]);
        match database {
            Some(address) => command.env(DATABASE_VARIABLE, address.handed_on()),
            None => command.args(["--data", "data"]),
        };
        let server = Self::spawn(scratch, command).await?;
        let status = Connection::open(server.address).await?.send(HEALTH).await?.status;
        let took = started.elapsed();
        if status == 200 { Ok((server, took)) } else { bail!("/livez answered {status}") }
    }

    /// The ceiling.
    pub(super) async fn ceiling(scratch: &Scratch, answer_bytes: usize) -> anyhow::Result<Self> {
        let mut command = own_command()?;
        command.arg(CEILING_COMMAND).arg(format!("--{CEILING_SIZE}={answer_bytes}"));
        Self::spawn(scratch, command).await
    }

    async fn spawn(scratch: &Scratch, mut command: Command) -> anyhow::Result<Self> {
        command.current_dir(scratch.path());
        let mut process = Process(command.spawn().context("the server cannot be started as a process")?);
        let mut stdout = BufReader::new(process.0.stdout.take().context("the server has no standard output")?);
        let reading = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            stdout.read_line(&mut line).map(|_| (line, stdout))
        });
        let (line, stdout) = timeout(PATIENCE, reading).await.context("the server says nothing")???;
        let address = line.split_once("http://").map(|(_, address)| address.trim_end().parse());
        let Some(Ok(address)) = address else { bail!("the server ended or did not say where it is: {line:?}") };
        Ok(Self { process, address, _stdout: stdout })
    }

    /// Processor time it has used so far, user and system, in ticks of usually 10 ms.
    pub(super) fn processor_time(&self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        // The second field is the program's name, in parentheses and of any content.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
        let (Some(Ok(user)), Some(Ok(system))) = (times.next(), times.next()) else {
            bail!("/proc has no times of it")
        };
        Ok(Duration::from_millis((user + system) * 1000 / clock_ticks_per_second()))
    }

    /// What it holds in memory.
    pub(super) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().context("/proc has no memory of it")?;
        Ok(kibibytes * 1024)
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.process.0.id());
        fs::read_to_string(&path).with_context(|| format!("{path} cannot be read, and bench needs it"))
    }

    /// Asks it to stop and waits until it has.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        kill_process(Pid::from_child(&self.process.0), Signal::TERM)?;
        let status = self.process.ended(PATIENCE).await.context("the server")?;
        if status.success() { Ok(()) } else { bail!("the server ended with {status}") }
    }
}

/// A command line of this program.
pub(super) fn own_command() -> anyhow::Result<Command> {
    Ok(process::command(&std::env::current_exe().context("this program cannot be found")?))
}
