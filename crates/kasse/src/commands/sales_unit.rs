//! `kasse sales-unit …`: make, list and change sales units.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::ArgMatches;
use domain::{
    merchant::{Flag, Market},
    text::{Msn, SalesUnitName},
};
use serde_json::json;

use super::{administer, unexpected};
use crate::{
    administration::{Answer, Request, SecretKeys, ShownSalesUnit, Switch},
    settings::Settings,
    stdout,
};

/// Makes one and prints its keys, this once.
pub(crate) fn create(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let name = SalesUnitName::parse(text("name")).map_err(|rule| anyhow!("--name {}", rule.0))?;
    let market = Market::from_code(text("market")).context("--market must be NO, DK or FI")?;
    let request = Request::CreateSalesUnit { name, market };
    let Answer::SalesUnitCreated { msn, keys } = administer(settings, request)? else { return Err(unexpected()) };
    let (msn, as_json) = (msn.as_str(), arguments.get_flag("json"));
    let text = if as_json { keys_as_json(msn, &keys) } else { keys_as_variables(msn, &keys) };
    let what_now = format!(
        "the sales unit {msn} exists but its keys could not be shown; make them anew with `kasse keys rotate {msn} …`"
    );
    stdout::say_once(&text, &what_now)?;
    if !as_json {
        eprintln!("Keep the secret now: it is not shown again.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists them.
pub(crate) fn list(settings: &Settings, as_json: bool) -> anyhow::Result<ExitCode> {
    let Answer::SalesUnits(units) = administer(settings, Request::ListSalesUnits)? else { return Err(unexpected()) };
    if as_json {
        let units: Vec<_> = units
            .iter()
            .map(|unit| {
                json!({ "merchantSerialNumber": unit.msn.as_str(), "name": unit.name.as_str(), "market": unit.market.code(),
                        "flags": unit.flags() })
            })
            .collect();
        stdout::say(&format!("{}\n", json!(units)))?;
    } else {
        stdout::say(&units.iter().map(|unit| line(unit) + "\n").collect::<String>())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Switches flags of one.
pub(crate) fn set(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let msn = arguments.get_one::<String>("msn").map(String::as_str).unwrap_or_default();
    let msn = Msn::parse(msn).map_err(|rule| anyhow!("the sales unit's number {}", rule.0))?;
    let switches = arguments.get_many::<String>("flags").unwrap_or_default();
    let switches = switches.map(|text| switch(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let Answer::SalesUnit(unit) = administer(settings, Request::SetFlags { msn, switches })? else {
        return Err(unexpected());
    };
    stdout::say(&(line(&unit) + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// `late_capture=off`.
fn switch(text: &str) -> anyhow::Result<Switch> {
    let (name, value) = text.split_once('=').with_context(|| format!("{text} must be written FLAG=on or FLAG=off"))?;
    let names = || Flag::ALL.map(Flag::name).join(", ");
    let flag = Flag::from_name(name).with_context(|| format!("{name} is no flag; the flags are {}", names()))?;
    match value {
        "on" => Ok(Switch { flag, on: true }),
        "off" => Ok(Switch { flag, on: false }),
        _ => bail!("{name} must be on or off"),
    }
}

/// Number, market, name, and what is not as a new one has it.
fn line(unit: &ShownSalesUnit) -> String {
    let switched = [("off", unit.switched(false)), ("on", unit.switched(true))].into_iter();
    let switched = switched.filter(|(_, names)| !names.is_empty());
    let switched = switched.map(|(value, names)| format!("  ({value}: {})", names.join(", ")));
    format!("{:<10}  {}  {}{}", unit.msn.as_str(), unit.market.code(), unit.name.as_str(), switched.collect::<String>())
}

fn keys_as_json(msn: &str, keys: &SecretKeys) -> String {
    let json = json!({
        "merchantSerialNumber": msn, "clientId": keys.client_id, "clientSecret": keys.client_secret.as_str(),
        "subscriptionKey": keys.primary.as_str(), "secondarySubscriptionKey": keys.secondary.as_str(),
    });
    format!("{json}\n")
}

fn keys_as_variables(msn: &str, keys: &SecretKeys) -> String {
    format!(
        "KASSE_MERCHANT_SERIAL_NUMBER={msn}\nKASSE_CLIENT_ID={}\nKASSE_CLIENT_SECRET={}\nKASSE_SUBSCRIPTION_KEY={}\n\
         KASSE_SECONDARY_SUBSCRIPTION_KEY={}\n",
        keys.client_id,
        keys.client_secret.as_str(),
        keys.primary.as_str(),
        keys.secondary.as_str()
    )
}
