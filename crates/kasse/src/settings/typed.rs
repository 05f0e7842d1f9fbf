//! Settings as the program uses them: parsed once, with an error that names setting, origin and rule.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{anyhow, bail};
use domain::{order::image::SIDE_MAX, target::Network, time::Span};
use engine::{SlowBank, outbound::TimeScale};
use store::{Mode, postgres::Address};

use super::resolve::{Origin, Resolved, is_taken};
use crate::{
    installation::{Database, Place},
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
    /// How a sandbox's bank behaves that does not answer at once.
    pub slow_bank: SlowBank,
    /// The least height of a picture shown with an order, in pixels.
    pub image_height_min: u32,
    /// How webhooks are sent.
    pub webhooks: Webhooks,
    /// Whether a sandbox may be reached from other machines.
    pub reachable_sandbox: bool,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

/// How webhooks are sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhooks {
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How long the waits between attempts are, of what is published.
    pub time_scale: TimeScale,
    /// Certificates that are trusted beside the system's.
    pub authorities: Vec<PathBuf>,
    /// Whether this machine and its neighbours are receivers, if anything was said.
    pub private_receivers: Option<bool>,
    /// Networks that are, though they are private.
    pub networks: Vec<Network>,
    /// Networks that are not, though they are public.
    pub closed_networks: Vec<Network>,
    /// Ports that are, beside the common ones.
    pub ports: Vec<u16>,
}

impl Default for Webhooks {
    /// As published, to whatever the mode allows.
    fn default() -> Self {
        Self {
            timeout: WEBHOOK_TIMEOUT_MAX,
            time_scale: TimeScale::PUBLISHED,
            authorities: Vec::new(),
            private_receivers: None,
            networks: Vec::new(),
            closed_networks: Vec::new(),
            ports: Vec::new(),
        }
    }
}

impl Webhooks {
    /// # Errors
    /// The first value that is none for its setting.
    fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let value = |name| resolved.value(name).unwrap_or_default();
        Ok(Self {
            timeout: webhook_timeout(value("webhook-timeout"))?,
            time_scale: webhook_time_scale(value("webhook-time-scale"))?,
            authorities: parts(value("webhook-ca")).map(PathBuf::from).collect(),
            private_receivers: resolved.value("private-receivers").map(|value| value == "on"),
            networks: networks("receiver-networks", value("receiver-networks"))?,
            closed_networks: networks("closed-networks", value("closed-networks"))?,
            ports: parts(value("receiver-ports"))
                .map(|port| port.parse().ok().filter(|port| *port > 0))
                .collect::<Option<_>>()
                .ok_or_else(|| anyhow!("receiver-ports must be numbers from 1 to 65535, separated by commas"))?,
        })
    }
}

/// The longest an attempt may take: a claim has to outlast it.
const WEBHOOK_TIMEOUT_MAX: Duration = Duration::from_secs(10);
const WEBHOOK_TIMEOUT_MIN: Duration = Duration::from_millis(100);

fn webhook_timeout(text: &str) -> anyhow::Result<Duration> {
    let timeout = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    timeout
        .filter(|timeout| (WEBHOOK_TIMEOUT_MIN..=WEBHOOK_TIMEOUT_MAX).contains(timeout))
        .ok_or_else(|| anyhow!("webhook-timeout must be seconds from 0.1 to 10"))
}

/// A decimal fraction of six digits at most, so that it is exact.
fn webhook_time_scale(text: &str) -> anyhow::Result<TimeScale> {
    let rule = || anyhow!("webhook-time-scale must be a number from 0.000001 to 1, of six decimals at most");
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_good =
        matches!(whole, "0" | "1") && decimals.len() <= 6 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let millionths = format!("{whole}{decimals:0<6}").parse().ok().filter(|_| is_good);
    millionths.and_then(TimeScale::millionths).ok_or_else(rule)
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
            proxies: networks("proxy", resolved.value("proxy").unwrap_or_default())?,
            rate_limits: resolved.value("rate-limits") == Some("on"),
            insecure_return_urls: resolved.value("insecure-return-urls").map(|value| value == "on"),
            docs: resolved.value("docs").map(|value| value == "on"),
            any_phone_number: resolved.value("any-phone-number").map(|value| value == "on"),
            slow_bank: SlowBank {
                takes: slow_bank_seconds(resolved.value("slow-bank-seconds"))?,
                reserves: resolved.value("slow-bank") == Some("reserves"),
            },
            image_height_min: image_height_min(resolved.value("order-management-image-min-height"))?,
            webhooks: Webhooks::new(resolved)?,
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

/// The longest a slow bank of a sandbox takes, in seconds: a day.
const SLOW_BANK_SECONDS_MAX: u32 = 86_400;

fn slow_bank_seconds(text: Option<&str>) -> anyhow::Result<Span> {
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = digits.and_then(|digits| digits.parse().ok());
    let seconds = seconds.filter(|seconds| (1..=SLOW_BANK_SECONDS_MAX).contains(seconds));
    let rule = || anyhow!("slow-bank-seconds must be a number of seconds from 1 to {SLOW_BANK_SECONDS_MAX}");
    seconds.map(|seconds| Span::seconds(seconds.into())).ok_or_else(rule)
}

/// Nothing higher than the largest picture.
fn image_height_min(text: Option<&str>) -> anyhow::Result<u32> {
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let height = digits.and_then(|digits| digits.parse().ok()).filter(|height| *height <= SIDE_MAX);
    height.ok_or_else(|| anyhow!("order-management-image-min-height must be a number of pixels from 0 to {SIDE_MAX}"))
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

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn networks(name: &str, text: &str) -> anyhow::Result<Vec<Network>> {
    parts(text).map(|part| part.parse().map_err(|rule| anyhow!("{name}: {part} {rule}"))).collect()
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
        for (text, timeout) in [("0.1", WEBHOOK_TIMEOUT_MIN), ("10", WEBHOOK_TIMEOUT_MAX)] {
            assert_eq!(with("webhook-timeout", text).unwrap().webhooks.timeout, timeout);
        }
        for (text, millionths) in [("1", 1_000_000), ("0.001", 1_000), ("0.000001", 1), ("0.5", 500_000)] {
            let scale = TimeScale::millionths(millionths);
            assert_eq!(Some(with("webhook-time-scale", text).unwrap().webhooks.time_scale), scale, "{text}");
        }
        for (text, height) in [("0", 0), ("4096", 4096)] {
            assert_eq!(with("order-management-image-min-height", text).unwrap().image_height_min, height);
        }
        assert_eq!(with("log", "info").unwrap().image_height_min, 167);
        for (text, seconds) in [("1", 1), ("86400", 86_400)] {
            assert_eq!(with("slow-bank-seconds", text).unwrap().slow_bank.takes, Span::seconds(seconds));
        }
        assert!(with("slow-bank", "reserves").unwrap().slow_bank.reserves);
        assert_eq!(with("log", "info").unwrap().slow_bank, SlowBank::PUBLISHED);
        assert_eq!(with("receiver-ports", "8443, 9443").unwrap().webhooks.ports, [8443, 9443]);
        assert_eq!(with("webhook-ca", "a.pem,b.pem").unwrap().webhooks.authorities.len(), 2);
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
            ("order-management-image-min-height", "4097"),
            ("order-management-image-min-height", "-1"),
            ("order-management-image-min-height", "+1"),
            ("order-management-image-min-height", "167.0"),
            ("slow-bank-seconds", "0"),
            ("slow-bank-seconds", "86401"),
            ("slow-bank", "sometimes"),
            ("webhook-timeout", "0.099"),
            ("webhook-timeout", "10.001"),
            ("webhook-timeout", "NaN"),
            ("webhook-timeout", "-1"),
            ("webhook-time-scale", "0"),
            ("webhook-time-scale", "1.000001"),
            ("webhook-time-scale", "0.0000001"),
            ("webhook-time-scale", "+1"),
            ("private-receivers", "maybe"),
            ("receiver-networks", "10.0.0.0/33"),
            ("closed-networks", "example.com"),
            ("receiver-ports", "443,0"),
            ("receiver-ports", "65536"),
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
