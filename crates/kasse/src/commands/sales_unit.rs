//! `kasse sales-unit …`: make and list sales units in a data directory no server is using.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context as _, anyhow};
use clap::ArgMatches;
use domain::{merchant::Market, text::SalesUnitName};
use engine::{
    Engine, Policy,
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
    merchant::IssuedKeys,
};
use serde_json::json;
use store::{Store, sqlite::SqliteStore};

use super::block_on;
use crate::{
    data::{self, Missing},
    settings::Settings,
};

/// Makes one and prints its keys, this once.
pub(crate) fn create(settings: &Settings, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let name = SalesUnitName::parse(text("name")).map_err(|rule| anyhow!("--name {}", rule.0))?;
    let market = Market::from_code(text("market")).context("--market must be NO, DK or FI")?;
    let keys = with_engine(settings, async |engine| Ok(engine.create_sales_unit(name, market).await?))?;
    print_keys(&keys, arguments.get_flag("json"));
    Ok(ExitCode::SUCCESS)
}

/// Lists them.
pub(crate) fn list(settings: &Settings, as_json: bool) -> anyhow::Result<ExitCode> {
    let units = with_engine(settings, async |engine| Ok(engine.sales_units().await?))?;
    if as_json {
        let units: Vec<_> = units
            .iter()
            .map(|unit| {
                json!({ "merchantSerialNumber": unit.msn.as_str(), "name": unit.name.as_str(), "market": unit.market.code(),
                        "active": unit.flags.active })
            })
            .collect();
        println!("{}", json!(units));
    } else {
        for unit in &units {
            let state = if unit.flags.active { "" } else { "  (deactivated)" };
            println!("{:<10}  {}  {}{state}", unit.msn.as_str(), unit.market.code(), unit.name.as_str());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_keys(keys: &IssuedKeys, as_json: bool) {
    let [primary, secondary] = &keys.subscription_keys;
    if as_json {
        println!(
            "{}",
            json!({
                "merchantSerialNumber": keys.msn.as_str(), "clientId": keys.client_id, "clientSecret": *keys.client_secret,
                "subscriptionKey": **primary, "secondarySubscriptionKey": **secondary,
            })
        );
        return;
    }
    println!("KASSE_MERCHANT_SERIAL_NUMBER={}", keys.msn.as_str());
    println!("KASSE_CLIENT_ID={}", keys.client_id);
    println!("KASSE_CLIENT_SECRET={}", *keys.client_secret);
    println!("KASSE_SUBSCRIPTION_KEY={}", **primary);
    println!("KASSE_SECONDARY_SUBSCRIPTION_KEY={}", **secondary);
    eprintln!("Keep the secret now: it is not shown again.");
}

/// Runs `work` on the engine of a directory that exists, and closes it again.
fn with_engine<T>(settings: &Settings, work: impl AsyncFnOnce(&Engine) -> anyhow::Result<T>) -> anyhow::Result<T> {
    block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
        let missing = if settings.mode.is_some() { Missing::Initialise } else { Missing::Refuse };
        let opened = data::open(&settings.data, settings.mode, missing, &*clock, &*entropy)?;
        let store: Arc<SqliteStore> = Arc::new(opened.store);
        let policy = Policy::of(opened.instance.mode);
        let engine = Engine::new(store.clone(), clock, entropy, opened.keys, policy).await?;
        let result = work(&engine).await;
        store.close().await?;
        result
    })
}
