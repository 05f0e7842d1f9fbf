//! `kasse bench`: how fast this machine serves payments. The measuring is in `crate::bench`; here are its words and its end.
//!
//! No setting applies but the address of a database: it measures servers of its own on data of its own, and never touches the data of
//! anybody. Of the database that is named it needs the server it is on.

use std::{fmt::Display, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;
use store::postgres::Address;
use tokio::signal::unix::{SignalKind, signal};

use super::{block_on, refuse_settings};
use crate::bench::{self, ADDRESSES, CEILING_COMMAND, CEILING_SIZE, COUNT, POST_COMMAND, Plan};

/// The setting that applies: the server to measure on, where that is a PostgreSQL.
const DATABASE: &str = "database-url";
/// What a shell expects of a command that was interrupted.
const INTERRUPTED: u8 = 130;

/// The command with its flags.
pub(crate) fn command() -> Command {
    Command::new("bench")
        .about("Measure this machine: a server of its own, on data of its own, under load (with --database-url: on a PostgreSQL)")
        .arg(
            Arg::new("payments")
                .long("payments")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .default_value("0")
                .help("Create so many payments before anything is measured"),
        )
        .arg(
            Arg::new("data-parent")
                .long("data-parent")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Keep the data in a fresh directory below this one while it runs [default: the system's temporary directory]"),
        )
        .arg(
            Arg::new("deliveries")
                .long("deliveries")
                .action(ArgAction::SetTrue)
                .help("Measure webhooks instead: deliveries to receivers that are well, beside a bare client, and their lag"),
        )
        .arg(Arg::new("quick").long("quick").action(ArgAction::SetTrue).help("Only see whether it works: short and inexact"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Answer in JSON"))
}

/// The command of the child that is the ceiling; not for people.
pub(crate) fn ceiling_command() -> Command {
    let size = Arg::new(CEILING_SIZE).long(CEILING_SIZE).value_parser(value_parser!(usize)).required(true);
    Command::new(CEILING_COMMAND).about("The bare handler that `kasse bench` compares with").hide(true).arg(size)
}

/// Measures and prints.
pub(crate) fn run(arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    refuse_settings(arguments, DATABASE, "bench measures a server of its own on data of its own")?;
    let database = arguments.get_one::<String>(DATABASE).map(|text| text.parse::<Address>()).transpose();
    let database = database.map_err(|rule| anyhow!("--{DATABASE} {rule}"))?;
    let data_parent: Option<PathBuf> = arguments.get_one("data-parent").cloned();
    if database.is_some() && data_parent.is_some() {
        bail!("--data-parent does not apply: the data is where the server of --{DATABASE} keeps it");
    }
    let payments = arguments.get_one("payments").copied().unwrap_or(0);
    let is_quick = arguments.get_flag("quick");
    let plan = Plan::new(is_quick, payments, data_parent, database);
    // One thread: the load must take as little as possible from the server it shares the machine with.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (runtime, is_json) = (runtime.context("the runtime cannot be started")?, arguments.get_flag("json"));
    if arguments.get_flag("deliveries") {
        return show(runtime.block_on(until_stopped(bench::run_deliveries(&plan, is_quick)))?, is_json);
    }
    show(runtime.block_on(until_stopped(bench::run(&plan)))?, is_json)
}

fn show(report: Option<impl Serialize + Display>, is_json: bool) -> anyhow::Result<ExitCode> {
    let Some(report) = report else {
        eprintln!("kasse: stopped before the end; nothing was measured");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if is_json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Is the bare client, until everything is posted.
pub(crate) fn poster(arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let to = arguments.get_one::<String>(ADDRESSES).map(String::as_str).unwrap_or_default();
    block_on(bench::post(to, arguments.get_one(COUNT).copied().unwrap_or(0)))?;
    Ok(ExitCode::SUCCESS)
}

/// The command of the child that is the bare client; not for people.
pub(crate) fn poster_command() -> Command {
    let to = Arg::new(ADDRESSES).long(ADDRESSES).required(true);
    let count = Arg::new(COUNT).long(COUNT).value_parser(value_parser!(u64)).required(true);
    Command::new(POST_COMMAND)
        .about("The bare client that `kasse bench --deliveries` compares with")
        .hide(true)
        .args([to, count])
}

/// Is the ceiling, until killed.
pub(crate) fn ceiling(arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    block_on(bench::ceiling(arguments.get_one(CEILING_SIZE).copied().unwrap_or(0)))?;
    Ok(ExitCode::SUCCESS)
}

/// The report; none if told to stop before. Either way no child, no file and no database is left when it returns.
async fn until_stopped<R>(measuring: impl Future<Output = anyhow::Result<R>>) -> anyhow::Result<Option<R>> {
    let listen = |kind| signal(kind).context("signals cannot be listened for");
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let mut hang_up = listen(SignalKind::hangup())?;
    tokio::select! {
        biased;
        _ = interrupt.recv() => Ok(None),
        _ = terminate.recv() => Ok(None),
        _ = hang_up.recv() => Ok(None),
        report = measuring => report.map(Some),
    }
}
