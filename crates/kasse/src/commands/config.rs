//! `kasse config`: every setting in force and where it comes from. No setting is a secret.

use std::process::ExitCode;

use crate::settings::{Resolved, Settings};

/// Prints them, and says which are no good.
pub(crate) fn run(resolved: &Resolved) -> anyhow::Result<ExitCode> {
    for (setting, value, origin) in resolved.all() {
        let value =
            value.as_deref().map_or_else(|| format!("({})", setting.default_text()), |value| format!("{value:?}"));
        println!("{:<26} {:<44} {origin}", setting.key(), value);
    }
    Settings::new(resolved)?;
    Ok(ExitCode::SUCCESS)
}
