//! `kasse keys …`: make keys of sales units and partners anew, and revoke them.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser};
use domain::text::{Msn, PartnerId};
use engine::{KeyHolder, KeyKind};

use super::{administer, unexpected};
use crate::{
    administration::{Answer, Request, Word as _},
    settings::Settings,
    stdout,
};

/// The command with its arguments.
pub(crate) fn command() -> Command {
    let kinds = || PossibleValuesParser::new(["client-secret", "primary", "secondary"]);
    let with_arguments = |command: Command| {
        command
            .arg(
                Arg::new("holder")
                    .value_name("MSN|PARTNER")
                    .required(true)
                    .help("Whose: a sales unit's number or a partner's id"),
            )
            .arg(Arg::new("key").value_name("KEY").required(true).value_parser(kinds()).help("Which key"))
    };
    Command::new("keys")
        .about("Make keys anew and revoke them")
        .subcommand_required(true)
        .subcommand(with_arguments(
            Command::new("rotate")
                .about("Make one key anew and show it, this once; the old one is refused from then on, tokens run out by themselves"),
        ))
        .subcommand(with_arguments(
            Command::new("revoke")
                .about("Make one key void at once, and with it every access token issued to its key set so far"),
        ))
}

/// Makes one anew and prints it, this once.
pub(crate) fn rotate(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let (holder, key) = named(arguments)?;
    let Answer::KeyRotated(fresh) = administer(settings, Request::RotateKey { holder, key })? else {
        return Err(unexpected());
    };
    let variable = match key {
        KeyKind::ClientSecret => "KASSE_CLIENT_SECRET",
        KeyKind::PrimarySubscriptionKey => "KASSE_SUBSCRIPTION_KEY",
        KeyKind::SecondarySubscriptionKey => "KASSE_SECONDARY_SUBSCRIPTION_KEY",
    };
    let what_now = "the key was made anew but could not be shown; run the command again for another";
    stdout::say_once(&format!("{variable}={}\n", fresh.as_str()), what_now)?;
    eprintln!(
        "Keep it now: it is not shown again. The old one is refused from now on; tokens that still count run out by themselves."
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes one void.
pub(crate) fn revoke(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let (holder, key) = named(arguments)?;
    let request = Request::RevokeKey { holder: holder.clone(), key };
    let Answer::KeyRevoked { still_count } = administer(settings, request)? else { return Err(unexpected()) };
    let still_count: Vec<KeyKind> = still_count.into_iter().map(|one| one.0).collect();
    stdout::say(&revoked(&holder, key, &still_count))?;
    Ok(ExitCode::SUCCESS)
}

/// Whose key and which.
fn named(arguments: &ArgMatches) -> anyhow::Result<(KeyHolder, KeyKind)> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let holder = KeyHolder::of_word(text("holder"))
        .ok_or_else(|| anyhow!("the sales unit's number {}, or the partner's id {}", Msn::RULE.0, PartnerId::RULE.0))?;
    let key = KeyKind::of_word(text("key")).context("there is no such key")?;
    Ok((holder, key))
}

/// What happened, and what is to be done next.
fn revoked(holder: &KeyHolder, key: KeyKind, still_count: &[KeyKind]) -> String {
    let (whose, which) = (holder.as_str(), key.word());
    let subscription_keys = [KeyKind::PrimarySubscriptionKey, KeyKind::SecondarySubscriptionKey];
    let other = subscription_keys.into_iter().find(|other| still_count.contains(other));
    let secret_counts = still_count.contains(&KeyKind::ClientSecret);
    let next = match (secret_counts, other) {
        (true, Some(other)) => {
            format!("Programs that use the {} go on once they have a new access token.", name(other))
        }
        (false, _) => "Nobody gets a new access token until there is a client secret again.".to_owned(),
        (true, None) => "Nobody gets a new access token until there is a subscription key again.".to_owned(),
    };
    format!(
        "The {} of {whose} is void, and so is every access token issued to {whose} so far.\n{next}\n\
         Make the key anew with `kasse keys rotate {whose} {which}`.\n",
        name(key)
    )
}

const fn name(key: KeyKind) -> &'static str {
    match key {
        KeyKind::ClientSecret => "client secret",
        KeyKind::PrimarySubscriptionKey => "primary subscription key",
        KeyKind::SecondarySubscriptionKey => "secondary subscription key",
    }
}
