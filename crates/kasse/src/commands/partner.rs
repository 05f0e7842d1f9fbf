//! `kasse partner …`: make and list partners, and connect sales units to them.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Arg, ArgAction, ArgMatches, Command};
use domain::text::{Msn, PartnerId, PartnerName};
use serde_json::json;

use super::{administer, unexpected};
use crate::{
    administration::{Answer, Request, SecretKeys, ShownPartner},
    settings::Settings,
    stdout,
};

/// The command with its arguments.
pub(crate) fn command() -> Command {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Answer in JSON");
    let msn = || Arg::new("msn").value_name("MSN").required(true).help("The sales unit's number");
    let partner = Arg::new("partner").value_name("PARTNER").required(true).help("The partner's id");
    Command::new("partner")
        .about("Make and list partners, and connect sales units to them")
        .subcommand_required(true)
        .subcommand(
            Command::new("create")
                .about("Make a partner and show its keys, this once")
                .arg(Arg::new("name").long("name").value_name("NAME").required(true).help("What operators are shown"))
                .arg(json()),
        )
        .subcommand(Command::new("connect").about("Let a partner act for a sales unit").arg(partner).arg(msn()))
        .subcommand(
            Command::new("disconnect").about("Let no partner act for a sales unit any more, at once").arg(msn()),
        )
        .subcommand(Command::new("list").about("List the partners, each with its sales units").arg(json()))
}

/// Makes one and prints its keys, this once.
pub(crate) fn create(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let name = PartnerName::parse(text(arguments, "name")).map_err(|rule| anyhow!("--name {}", rule.0))?;
    let Answer::PartnerCreated { partner, keys } = administer(settings, Request::CreatePartner { name })? else {
        return Err(unexpected());
    };
    let (id, as_json) = (partner.as_str(), arguments.get_flag("json"));
    let text = if as_json { keys_as_json(id, &keys) } else { keys_as_variables(id, &keys) };
    let what_now = format!(
        "the partner {id} exists but its keys could not be shown; make them anew with `kasse keys rotate {id} …`"
    );
    stdout::say_once(&text, &what_now)?;
    if !as_json {
        eprintln!("Keep the secret now: it is not shown again.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Connects a sales unit to one.
pub(crate) fn connect(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let partner =
        PartnerId::parse(text(arguments, "partner")).map_err(|rule| anyhow!("the partner's id {}", rule.0))?;
    let msn = msn(arguments)?;
    let Answer::Connected(ShownPartner { id, name, .. }) =
        administer(settings, Request::Connect { partner, msn: msn.clone() })?
    else {
        return Err(unexpected());
    };
    stdout::say(&format!("{} is connected to {} ({})\n", msn.as_str(), id.as_str(), name.as_str()))?;
    Ok(ExitCode::SUCCESS)
}

/// Disconnects a sales unit from the one it has.
pub(crate) fn disconnect(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let msn = msn(arguments)?;
    let Answer::Disconnected(partner) = administer(settings, Request::Disconnect { msn: msn.clone() })? else {
        return Err(unexpected());
    };
    let msn = msn.as_str();
    stdout::say(&match partner {
        Some(ShownPartner { id, name, .. }) => {
            format!("{msn} is no longer connected to {} ({})\n", id.as_str(), name.as_str())
        }
        None => format!("{msn} was connected to no partner\n"),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Lists them.
pub(crate) fn list(settings: &Settings, as_json: bool) -> anyhow::Result<ExitCode> {
    let Answer::Partners(partners) = administer(settings, Request::ListPartners)? else { return Err(unexpected()) };
    if as_json {
        let shown = |partner: &ShownPartner| {
            json!({ "partnerId": partner.id.as_str(), "name": partner.name.as_str(),
                    "merchantSerialNumbers": partner.msns() })
        };
        stdout::say(&format!("{}\n", json!(partners.iter().map(shown).collect::<Vec<_>>())))?;
    } else {
        stdout::say(&partners.iter().map(line).collect::<String>())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Id, name, and whom it acts for.
fn line(partner: &ShownPartner) -> String {
    let msns = partner.msns();
    let connected = if msns.is_empty() { String::new() } else { format!("  (connected: {})", msns.join(", ")) };
    format!("{}  {}{connected}\n", partner.id.as_str(), partner.name.as_str())
}

fn text<'a>(arguments: &'a ArgMatches, name: &str) -> &'a str {
    arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default()
}

fn msn(arguments: &ArgMatches) -> anyhow::Result<Msn> {
    Msn::parse(text(arguments, "msn")).map_err(|rule| anyhow!("the sales unit's number {}", rule.0))
}

fn keys_as_json(id: &str, keys: &SecretKeys) -> String {
    let json = json!({
        "partnerId": id, "clientId": keys.client_id, "clientSecret": keys.client_secret.as_str(),
        "subscriptionKey": keys.primary.as_str(), "secondarySubscriptionKey": keys.secondary.as_str(),
    });
    format!("{json}\n")
}

fn keys_as_variables(id: &str, keys: &SecretKeys) -> String {
    format!(
        "KASSE_PARTNER_ID={id}\nKASSE_CLIENT_ID={}\nKASSE_CLIENT_SECRET={}\nKASSE_SUBSCRIPTION_KEY={}\n\
         KASSE_SECONDARY_SUBSCRIPTION_KEY={}\n",
        keys.client_id,
        keys.client_secret.as_str(),
        keys.primary.as_str(),
        keys.secondary.as_str()
    )
}
