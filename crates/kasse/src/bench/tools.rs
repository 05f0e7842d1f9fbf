//! PostgreSQL's own programs, and the databases they make for a run: dropped when it ends, however it ends. A database that was there
//! before is only connected to.
//!
//! They are told the server by their environment, so that a password stands on no command line.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use engine::entropy::{Entropy as _, SystemEntropy};
use store::postgres::Address;

use super::process;

/// Where Debian keeps what is not in everybody's path: a directory per version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// How long connecting may take, in seconds.
const CONNECT_SECONDS_MAX: &str = "5";

/// The programs a run needs.
pub(super) struct Tools {
    createdb: PathBuf,
    dropdb: PathBuf,
    pgbench: PathBuf,
}

impl Tools {
    /// Finds them in the caller's path, or where Debian keeps the newest.
    pub(super) fn find() -> anyhow::Result<Self> {
        Ok(Self { createdb: find("createdb")?, dropdb: find("dropdb")?, pgbench: find("pgbench")? })
    }

    /// `pgbench` on a database.
    pub(super) fn pgbench(&self, address: &Address) -> Command {
        command(&self.pgbench, address)
    }
}

fn find(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let version = |directory: &PathBuf| directory.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<PathBuf> =
        fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(|directory| std::cmp::Reverse(version(directory)));
    let places = std::env::split_paths(&path).chain(versions.into_iter().map(|directory| directory.join("bin")));
    let found = places.map(|place| place.join(name)).find(|program| program.is_file());
    found.with_context(|| {
        format!("{name} is missing; install PostgreSQL's programs (Debian: apt-get install postgresql)")
    })
}

fn command(program: &Path, address: &Address) -> Command {
    let mut command = process::command(program);
    command.envs(address.variables()).env("PGCONNECT_TIMEOUT", CONNECT_SECONDS_MAX).stderr(Stdio::piped());
    command
}

/// What a run needs of a server.
pub(super) struct Databases {
    pub(super) tools: Tools,
    /// For our nodes.
    pub(super) ours: Database,
    pub(super) of_pgbench: Database,
}

impl Databases {
    /// Makes them on the server of a database that exists.
    pub(super) fn create(server: &Address) -> anyhow::Result<Self> {
        let tools = Tools::find()?;
        let ours = Database::create(&tools, server)?;
        Ok(Self { of_pgbench: Database::create(&tools, server)?, ours, tools })
    }
}

/// A database of the run's own.
pub(super) struct Database {
    /// Where it is.
    pub(super) address: Address,
    /// The database that was named: to it one connects to make and drop others.
    server: Address,
    dropdb: PathBuf,
}

impl Database {
    /// Nothing interrupts it, whatever signal comes: of a program that is ended in the middle it would not be known whether its database is
    /// there.
    fn create(tools: &Tools, server: &Address) -> anyhow::Result<Self> {
        let mut chance = [0; 8];
        SystemEntropy::new().fill(&mut chance);
        let name = format!("kasse_bench_{:016x}", u64::from_be_bytes(chance));
        let arguments = ["--encoding=UTF8", "--template=template0"];
        run(&tools.createdb, server, &arguments, &name).context("no database can be made for the bench")?;
        let address = server.clone().with_database(&name);
        Ok(Self { address, server: server.clone(), dropdb: tools.dropdb.clone() })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.address.database();
        if let Err(error) = run(&self.dropdb, &self.server, &["--force", "--if-exists"], name) {
            eprintln!("kasse: the database {name} could not be dropped: {error}");
        }
    }
}

/// Runs `createdb` or `dropdb` to its end.
fn run(program: &Path, server: &Address, arguments: &[&str], name: &str) -> anyhow::Result<()> {
    let mut command = command(program, server);
    command.args(["--no-password", "--maintenance-db", server.database()]).args(arguments).arg(name);
    let shown = program.file_name().unwrap_or_else(|| OsStr::new("")).display();
    let output = command.output().with_context(|| format!("{shown} cannot be started"))?;
    if output.status.success() { Ok(()) } else { bail!("{}", in_one_line(&output.stderr)) }
}

/// What a program said, for an error.
pub(super) fn in_one_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}
