//! `kasse config`: every setting in force and where it comes from. The one that may hold a secret is shown without it.
//!
//! What follows from other settings or from the data directory is worked out as a start would work it out, and what a start would refuse is
//! refused here too.

use std::process::ExitCode;

use engine::Policy;
use store::Mode;

use super::block_on;
use crate::{
    installation::{Place, refuse_another_mode},
    log, running,
    settings::{Origin, Resolved, Setting, Settings},
    stdout,
};

/// Prints them.
pub(crate) fn run(resolved: &Resolved) -> anyhow::Result<ExitCode> {
    let settings = Settings::new(resolved)?;
    log::filter(&settings)?;
    let stored = block_on(settings.place.mode())?;
    if let (Some(stored), Some(wanted)) = (stored, settings.mode) {
        refuse_another_mode(&settings.place, stored, wanted)?;
    }
    let mode = stored.or(settings.mode).unwrap_or(Mode::Sandbox);
    let lines = resolved.all().map(|(setting, value, origin)| match value {
        Some(_) if setting.name == "data" && matches!(settings.place, Place::Database(_)) => {
            line(setting, "", "not used with database_url")
        }
        Some(_) if setting.name == "database-url" => line(setting, &settings.place.shown(), &origin.to_string()),
        Some(value) => line(setting, value, &origin.to_string()),
        None => derived(setting, &settings, mode, stored.is_some(), origin),
    });
    stdout::say(&lines.collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}

/// A setting nobody gave a value: what it comes to, and what that follows from.
fn derived(setting: &Setting, settings: &Settings, mode: Mode, is_initialised: bool, origin: &Origin) -> String {
    let of_mode = format!("default of {}", mode.name());
    match setting.name {
        "mode" if is_initialised => line(
            setting,
            mode.name(),
            match settings.place {
                Place::Directory(_) => "data directory",
                Place::Database(_) => "database",
            },
        ),
        "mode" => line(setting, mode.name(), &origin.to_string()),
        "public-url" => line(setting, &running::url_of(settings.tls.is_some(), settings.listen), "from listen"),
        "native-scheme" => line(setting, running::native_scheme_of(mode), &of_mode),
        "insecure-return-urls" => {
            let is_on = Policy::of(mode).insecure_return_urls_allowed;
            line(setting, if is_on { "on" } else { "off" }, &of_mode)
        }
        _ => line(setting, "", &origin.to_string()),
    }
}

fn line(setting: &Setting, value: &str, origin: &str) -> String {
    format!("{:<26} {:<44} {origin}\n", setting.key(), format!("{value:?}"))
}
