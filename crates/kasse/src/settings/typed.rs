//! Settings as the program uses them: parsed once, with an error that names setting, origin and rule.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use anyhow::{anyhow, bail};
use store::{Mode, postgres::Address};

use super::resolve::{Origin, Resolved, is_taken};
use crate::{
    installation::{Database, Place},
    network::Network,
    tls,
};

/// Every setting, parsed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where everything is kept.
    pub place: Place,
    /// What the installation is asked to be, if anything was asked.
    pub mode: Option<Mode>,
    /// How the world reaches it, if that is not the listening address; no slash at its end.
    pub public_url: Option<String>,
    /// The scheme that opens the wallet's app, if not the mode's own.
    pub native_scheme: Option<String>,
    /// Where certificate and key are, if TLS is spoken.
    pub tls: Option<tls::Files>,
    /// Whose word about the client's address is taken, and who ends TLS.
    pub proxies: Vec<Network>,
    /// Whether the published rate limits hold.
    pub rate_limits: bool,
    /// Whether payers may be sent to plain http on this machine, if anything was said.
    pub insecure_return_urls: Option<bool>,
    /// Whether the reference of the APIs is shown, if anything was said.
    pub docs: Option<bool>,
    /// Whether every well-formed telephone number is a payer of a sandbox, if anything was said.
    pub any_phone_number: Option<bool>,
    /// Whether a sandbox may be reached from other machines.
    pub reachable_sandbox: bool,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Settings {
    /// Parses what was resolved.
    ///
    /// # Errors
    /// The first value that is none for its setting, with where it came from.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        for (setting, value, origin) in resolved.all() {
            if let Some(value) = value {
                is_taken(setting, value).map_err(|rule| anyhow!("{} (from {origin}) {rule}", setting.name))?;
            }
        }
        Ok(Self {
            listen: parse(resolved, "listen", "must be an IP address and a port like 127.0.0.1:8080")?,
            place: place(resolved)?,
            mode: resolved.value("mode").and_then(Mode::from_name),
            public_url: resolved.value("public-url").map(public_url).transpose()?,
            native_scheme: resolved.value("native-scheme").map(native_scheme).transpose()?,
            tls: tls_files(resolved.value("tls-cert"), resolved.value("tls-key"))?,
            proxies: proxies(resolved.value("proxy").unwrap_or_default())?,
            rate_limits: resolved.value("rate-limits") == Some("on"),
            insecure_return_urls: resolved.value("insecure-return-urls").map(|value| value == "on"),
            docs: resolved.value("docs").map(|value| value == "on"),
            any_phone_number: resolved.value("any-phone-number").map(|value| value == "on"),
            reachable_sandbox: resolved.value("i-know-this-is-a-sandbox") == Some("on"),
            log: resolved.value("log").unwrap_or_default().to_owned(),
            log_format: if resolved.value("log-format") == Some("json") { LogFormat::Json } else { LogFormat::Text },
        })
    }
}

fn parse<T: FromStr>(resolved: &Resolved, name: &str, rule: &str) -> anyhow::Result<T> {
    let found = resolved.all().find(|(setting, ..)| setting.name == name);
    let Some((_, Some(value), origin)) = found else { bail!("{name} {rule}") };
    value.parse().map_err(|_| anyhow!("{name} (from {origin}) {rule}"))
}

fn place(resolved: &Resolved) -> anyhow::Result<Place> {
    let file = |name| resolved.value(name).map(PathBuf::from);
    let (password_file, master_key_file) = (file("database-password-file"), file("master-key-file"));
    let Some(address) = resolved.value("database-url") else {
        for (name, value) in [("database-password-file", password_file), ("master-key-file", master_key_file)] {
            if value.is_some() {
                bail!("{name} needs database-url, the database it is for");
            }
        }
        return Ok(Place::Directory(file("data").unwrap_or_default()));
    };
    if resolved.origin("data") != Some(&Origin::Default) {
        bail!("database-url and data exclude each other: everything is kept in the one or in the other");
    }
    let mut address: Address = address.parse().map_err(|rule| anyhow!("database-url {rule}"))?;
    if let Some(path) = password_file {
        let password = std::fs::read_to_string(&path);
        let password = password.map_err(|error| anyhow!("database-password-file {}: {error}", path.display()))?;
        address = address.with_password(password.trim_end_matches(['\r', '\n']));
    }
    Ok(Place::Database(Box::new(Database { address, master_key_file })))
}

fn public_url(text: &str) -> anyhow::Result<String> {
    let url = text.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_good = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(['?', '#', '@', '"', '\\', '<', '>'])
            && !rest.contains(char::is_whitespace)
    });
    if !is_good {
        bail!("public-url must be an http or https address without query, like https://pay.example.com");
    }
    Ok(url.to_owned())
}

fn native_scheme(text: &str) -> anyhow::Result<String> {
    let is_scheme = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.'));
    if !is_scheme {
        bail!("native-scheme must be a URL scheme like kasse: a letter, then letters, digits, +, - or .");
    }
    Ok(text.to_owned())
}

fn tls_files(certificate: Option<&str>, key: Option<&str>) -> anyhow::Result<Option<tls::Files>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(tls::Files { certificate: certificate.into(), key: key.into() })),
        (None, None) => Ok(None),
        (Some(_), None) => bail!("tls-cert needs tls-key, the file with its private key"),
        (None, Some(_)) => bail!("tls-key needs tls-cert, the file with its certificate"),
    }
}

fn proxies(text: &str) -> anyhow::Result<Vec<Network>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|rule| anyhow!("proxy: {part} {rule}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::resolve;

    fn with(name: &'static str, value: &'static str) -> anyhow::Result<Settings> {
        Settings::new(&resolve(&|setting| (setting == name).then(|| value.to_owned())).unwrap())
    }

    #[test]
    fn good_values_are_parsed() {
        assert_eq!(with("listen", "[::1]:0").unwrap().listen.to_string(), "[::1]:0");
        assert_eq!(with("mode", "production").unwrap().mode, Some(Mode::Production));
        assert_eq!(
            with("public-url", "https://pay.example.com/").unwrap().public_url.unwrap(),
            "https://pay.example.com"
        );
        assert_eq!(with("proxy", "10.0.0.0/8, ::1").unwrap().proxies.len(), 2);
        assert_eq!(with("native-scheme", "vippsMT").unwrap().native_scheme.as_deref(), Some("vippsMT"));
        assert!(!with("rate-limits", "off").unwrap().rate_limits);
    }

    #[test]
    fn bad_values_are_refused_by_name() {
        for (name, value) in [
            ("listen", "localhost"),
            ("listen", "127.0.0.1:65536"),
            ("mode", "test"),
            ("public-url", "pay.example.com"),
            ("public-url", "ftp://pay.example.com"),
            ("public-url", "https:///"),
            ("public-url", "https://pay.example.com/?a=b"),
            ("public-url", "https://user@pay.example.com"),
            ("native-scheme", "kasse://"),
            ("native-scheme", "1kasse"),
            ("tls-cert", "chain.pem"),
            ("tls-key", "key.pem"),
            ("proxy", "10.0.0.0/33"),
            ("proxy", "proxy.example.com"),
            ("rate-limits", "maybe"),
            ("log-format", "xml"),
            ("database-url", "db.example.com"),
            ("database-url", "postgres://db.example.com/kasse"),
            ("database-password-file", "password"),
            ("master-key-file", "master.key"),
        ] {
            let message = with(name, value).expect_err(value).to_string();
            assert!(message.starts_with(name), "{message}");
        }
    }
}
