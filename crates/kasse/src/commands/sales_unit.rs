//! `kasse sales-unit …`: make, list and change sales units in a data directory no server is using.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::ArgMatches;
use domain::{
    merchant::{Flag, Market, SalesUnit},
    text::{Msn, SalesUnitName},
};
use engine::merchant::IssuedKeys;
use serde_json::json;

use super::with_engine;
use crate::{settings::Settings, stdout};

/// Makes one and prints its keys, this once.
pub(crate) fn create(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let name = SalesUnitName::parse(text("name")).map_err(|rule| anyhow!("--name {}", rule.0))?;
    let market = Market::from_code(text("market")).context("--market must be NO, DK or FI")?;
    let keys = with_engine(settings, async |engine| Ok(engine.create_sales_unit(name, market).await?))?;
    let as_json = arguments.get_flag("json");
    let text = if as_json { keys_as_json(&keys) } else { keys_as_variables(&keys) };
    let msn = keys.msn.as_str();
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
    let units = with_engine(settings, async |engine| Ok(engine.sales_units().await?))?;
    if as_json {
        let units: Vec<_> = units
            .iter()
            .map(|unit| {
                let flags: Vec<_> = unit.flags.on().map(Flag::name).collect();
                json!({ "merchantSerialNumber": unit.msn.as_str(), "name": unit.name.as_str(), "market": unit.market.code(),
                        "flags": flags })
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
    let unit = with_engine(settings, async |engine| Ok(engine.set_flags(&msn, &switches).await?))?;
    let unit = unit.with_context(|| {
        format!("there is no sales unit {}; `kasse sales-unit list` shows those there are", msn.as_str())
    })?;
    stdout::say(&(line(&unit) + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// `late_capture=off`.
fn switch(text: &str) -> anyhow::Result<(Flag, bool)> {
    let (name, value) = text.split_once('=').with_context(|| format!("{text} must be written FLAG=on or FLAG=off"))?;
    let names = || Flag::ALL.map(Flag::name).join(", ");
    let flag = Flag::from_name(name).with_context(|| format!("{name} is no flag; the flags are {}", names()))?;
    match value {
        "on" => Ok((flag, true)),
        "off" => Ok((flag, false)),
        _ => bail!("{name} must be on or off"),
    }
}

/// Number, market, name, and what is off.
fn line(unit: &SalesUnit) -> String {
    let off: Vec<_> = Flag::ALL.into_iter().filter(|flag| !unit.flags.has(*flag)).map(Flag::name).collect();
    let off = if off.is_empty() { String::new() } else { format!("  (off: {})", off.join(", ")) };
    format!("{:<10}  {}  {}{off}", unit.msn.as_str(), unit.market.code(), unit.name.as_str())
}

fn keys_as_json(keys: &IssuedKeys) -> String {
    let [primary, secondary] = &keys.subscription_keys;
    let json = json!({
        "merchantSerialNumber": keys.msn.as_str(), "clientId": keys.client_id, "clientSecret": *keys.client_secret,
        "subscriptionKey": **primary, "secondarySubscriptionKey": **secondary,
    });
    format!("{json}\n")
}

fn keys_as_variables(keys: &IssuedKeys) -> String {
    let [primary, secondary] = &keys.subscription_keys;
    format!(
        "KASSE_MERCHANT_SERIAL_NUMBER={}\nKASSE_CLIENT_ID={}\nKASSE_CLIENT_SECRET={}\nKASSE_SUBSCRIPTION_KEY={}\n\
         KASSE_SECONDARY_SUBSCRIPTION_KEY={}\n",
        keys.msn.as_str(),
        keys.client_id,
        *keys.client_secret,
        **primary,
        **secondary
    )
}
