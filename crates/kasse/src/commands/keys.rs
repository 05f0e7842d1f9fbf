//! `kasse keys …`: makes keys anew in a data directory no server is using.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser};
use domain::text::Msn;
use engine::KeyKind;

use super::with_engine;
use crate::{settings::Settings, stdout};

const KINDS: [(&str, KeyKind, &str); 3] = [
    ("client-secret", KeyKind::ClientSecret, "KASSE_CLIENT_SECRET"),
    ("primary", KeyKind::PrimarySubscriptionKey, "KASSE_SUBSCRIPTION_KEY"),
    ("secondary", KeyKind::SecondarySubscriptionKey, "KASSE_SECONDARY_SUBSCRIPTION_KEY"),
];

/// The command with its arguments.
pub(crate) fn command() -> Command {
    let kinds = PossibleValuesParser::new(KINDS.map(|(name, ..)| name));
    Command::new("keys").about("Make keys anew").subcommand_required(true).subcommand(
        Command::new("rotate")
            .about("Make one key of a sales unit anew and show it, this once; the old one is refused from then on")
            .arg(Arg::new("msn").value_name("MSN").required(true).help("The sales unit's number"))
            .arg(Arg::new("key").value_name("KEY").required(true).value_parser(kinds).help("Which key")),
    )
}

/// Makes one anew and prints it, this once.
pub(crate) fn rotate(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let msn = Msn::parse(text("msn")).map_err(|rule| anyhow!("the sales unit's number {}", rule.0))?;
    let (_, kind, variable) =
        KINDS.into_iter().find(|(name, ..)| *name == text("key")).context("there is no such key")?;
    let fresh = with_engine(settings, async |engine| Ok(engine.regenerate_key(&msn, kind).await?))?;
    let fresh = fresh.with_context(|| format!("there is no sales unit {}", msn.as_str()))?;
    let what_now = "the key was made anew but could not be shown; run the command again for another";
    stdout::say_once(&format!("{variable}={}\n", *fresh), what_now)?;
    eprintln!(
        "Keep it now: it is not shown again. The old one is refused from now on; tokens already issued run out by themselves."
    );
    Ok(ExitCode::SUCCESS)
}
