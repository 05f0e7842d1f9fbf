//! From flags, variables, file and defaults to one text per setting, with the place it came from.

use std::{fmt, path::Path};

use anyhow::{Context as _, bail};

use super::table::{SETTINGS, Setting, Takes};

const DEFAULT_FILE: &str = "kasse.toml";

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Variable(String),
    /// The settings file.
    File(String),
    /// Nobody gave one.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => formatter.write_str("command line"),
            Self::Variable(name) => write!(formatter, "variable {name}"),
            Self::File(path) => write!(formatter, "file {path}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// Every setting with its value, if it has one, and where that comes from.
#[derive(Debug)]
pub struct Resolved(Vec<(&'static Setting, Option<String>, Origin)>);

impl Resolved {
    /// All of them, in the order of their declaration.
    pub fn all(&self) -> impl Iterator<Item = &(&'static Setting, Option<String>, Origin)> {
        self.0.iter()
    }

    /// Where the value of this name comes from.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.0.iter().find(|(setting, ..)| setting.name == name).map(|(.., origin)| origin)
    }

    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(setting, ..)| setting.name == name).and_then(|(_, value, _)| value.as_deref())
    }
}

/// Resolves all settings; `flag` answers what the command line says.
///
/// # Errors
/// A settings file that cannot be read or names something that is no setting.
pub fn resolve(flag: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Resolved> {
    let variable = |setting: &Setting| std::env::var(setting.variable()).ok().filter(|value| !value.is_empty());
    let named = SETTINGS.first().and_then(|config| flag("config").or_else(|| variable(config)));
    let file = match named {
        Some(path) => Some(File::read(&path).with_context(|| format!("the settings file {path} cannot be used"))?),
        None if Path::new(DEFAULT_FILE).exists() => {
            Some(File::read(DEFAULT_FILE).with_context(|| format!("the settings file {DEFAULT_FILE} cannot be used"))?)
        }
        None => None,
    };
    let of = |setting: &'static Setting| {
        if let Some(value) = flag(setting.name) {
            return (setting, Some(value), Origin::Flag);
        }
        if let Some(value) = variable(setting) {
            return (setting, Some(value), Origin::Variable(setting.variable()));
        }
        if let Some((path, value)) = file.as_ref().and_then(|file| Some((&file.path, file.value(setting)?))) {
            return (setting, Some(value), Origin::File(path.clone()));
        }
        (setting, setting.default.map(str::to_owned), Origin::Default)
    };
    Ok(Resolved(SETTINGS.iter().map(of).collect()))
}

struct File {
    path: String,
    table: toml::Table,
}

impl File {
    fn read(path: &str) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let table: toml::Table = text.parse()?;
        for (key, value) in &table {
            if key == "config" || !SETTINGS.iter().any(|setting| setting.key() == *key) {
                let known: Vec<String> = SETTINGS.iter().skip(1).map(Setting::key).collect();
                bail!("{key} is no setting; the settings are {}", known.join(", "));
            }
            if text_of(value).is_none() {
                bail!("{key} must be a text, a whole number, true or false");
            }
        }
        Ok(Self { path: path.to_owned(), table })
    }

    fn value(&self, setting: &Setting) -> Option<String> {
        text_of(self.table.get(&setting.key())?)
    }
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(true) => Some("on".to_owned()),
        toml::Value::Boolean(false) => Some("off".to_owned()),
        _ => None,
    }
}

/// Whether the value is one the setting takes; the flag's parser has asked this already, variables and files have not been asked.
pub(super) fn is_taken(setting: &Setting, value: &str) -> Result<(), String> {
    let words: &[&str] = match setting.takes {
        Takes::Text(_) => return Ok(()),
        Takes::OneOf(words) => words,
        Takes::Nothing => &["on", "off"],
    };
    if words.contains(&value) { Ok(()) } else { Err(format!("must be {}", words.join(" or "))) }
}
