//! Where the database is and how it is spoken to: one address, parsed once.
//!
//! The address may hold a password. It is shown nowhere: what is printed of an address is [`Address::shown`].

mod environment;

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// How long connecting may take, handshakes included.
pub(super) const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// After so long without a word of the network a connection is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// The address of a database: `postgres://user:password@host:port/database?…`.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) encryption: Encryption,
}

/// How the connection is protected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Encryption {
    /// Not at all: what stays on the machine, or what the operator says.
    None,
    /// TLS, with the server's certificate and name verified: by these authorities, or by those the system trusts.
    Verified { authorities: Option<PathBuf> },
}

/// Why a text is no address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAddress(String);

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        const SHAPE: &str = "must be an address like postgres://user@host:5432/database";
        let no = |rule: &str| NoAddress(rule.to_owned());
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(no(SHAPE));
        }
        let (place, parameters) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut authorities, mut others) = (None, None, Vec::new());
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => authorities = Some(decoded(value)?),
                _ => others.push(parameter),
            }
        }
        let rest = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
        // What the driver says of a text it cannot read may repeat the text, and with it a password; only its kind is told.
        let mut config = rest.parse::<Config>().map_err(|error| {
            let unknown = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            match unknown.strip_prefix("unknown option") {
                Some(option) => NoAddress(format!("has a parameter that is not known:{option}")),
                None => no(SHAPE),
            }
        })?;
        if config.get_user().is_none_or(str::is_empty) || config.get_dbname().is_none_or(str::is_empty) {
            return Err(no("must name the user and the database, like postgres://user@host:5432/database"));
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(no("must name the host, or the directory of its socket with ?host=/var/run/postgresql"));
        }
        let encryption = encryption(mode, authorities, is_local(&config))?;
        config.ssl_mode(match encryption {
            Encryption::None => SslMode::Disable,
            Encryption::Verified { .. } => SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name("kasse");
        }
        config.connect_timeout(time_of_a_host(&config)).keepalives_idle(SILENCE_MAX).tcp_user_timeout(SILENCE_MAX);
        Ok(Self { config, encryption })
    }
}

/// How long each of the hosts is waited for: all of them are asked in the time that connecting may take, since a machine that is gone says
/// nothing. Whoever wants to wait for less says so.
fn time_of_a_host(config: &Config) -> Duration {
    let hosts = config.get_hosts().len().max(config.get_hostaddrs().len()).max(1);
    let share = CONNECT_TIME_MAX / u32::try_from(hosts).unwrap_or(u32::MAX);
    config.get_connect_timeout().map_or(share, |wanted| share.min(*wanted))
}

/// What `sslmode` and `sslrootcert` come to. There is no encryption here that trusts whoever answers.
fn encryption(mode: Option<&str>, authorities: Option<String>, is_local: bool) -> Result<Encryption, NoAddress> {
    let no = |rule: &str| Err(NoAddress(rule.to_owned()));
    match (mode, authorities) {
        (Some("disable"), None) => Ok(Encryption::None),
        (Some("disable"), Some(_)) => no("has sslrootcert and sslmode=disable; leave one of them out"),
        (None, None) if is_local => Ok(Encryption::None),
        (None | Some("require" | "verify-ca" | "verify-full"), authorities) => {
            Ok(Encryption::Verified { authorities: authorities.map(PathBuf::from) })
        }
        (Some("allow" | "prefer"), _) => no(
            "has an sslmode that may or may not encrypt; choose verify-full, or disable where the network is your own",
        ),
        (Some(_), _) => no("has an unknown sslmode; choose verify-full or disable"),
    }
}

/// Whether nothing leaves the machine.
fn is_local(config: &Config) -> bool {
    let is_local = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    };
    config.get_hosts().iter().all(is_local) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn decoded(text: &str) -> Result<String, NoAddress> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits =
                    [rest.next(), rest.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
                match digits {
                    [Some(high), Some(low)] => u8::try_from(high * 16 + low).unwrap_or_default(),
                    _ => {
                        return Err(NoAddress(
                            "has a % in sslrootcert that two hexadecimal digits must follow".to_owned(),
                        ));
                    }
                }
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| NoAddress("has an sslrootcert that is no text".to_owned()))
}

impl Address {
    /// The same, with this password in place of any other.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// The same server and user, another database: for tools and tests.
    #[must_use]
    pub fn with_database(mut self, database: &str) -> Self {
        self.config.dbname(database);
        self
    }

    /// Whether what is sent could be read on its way.
    pub fn is_readable_on_its_way(&self) -> bool {
        self.encryption == Encryption::None && !is_local(&self.config)
    }

    /// The address without its password.
    pub fn shown(&self) -> String {
        let (config, mut shown) = (&self.config, String::from("postgres://"));
        shown.push_str(config.get_user().unwrap_or_default());
        let ports = self.ports();
        let ports = if ports.is_empty() { ports } else { format!(":{ports}") };
        shown.push_str(&format!("@{}{ports}/{}", self.hosts(), self.database()));
        shown
    }

    fn hosts(&self) -> String {
        joined(self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        }))
    }

    fn ports(&self) -> String {
        joined(self.config.get_ports().iter().map(ToString::to_string))
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Encryption, String> {
        text.parse::<Address>().map(|address| address.encryption).map_err(|error| error.to_string())
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_and_verified_unless_it_is_said_otherwise() {
        let verified = Ok(Encryption::Verified { authorities: None });
        let by = |path: &str| Ok(Encryption::Verified { authorities: Some(path.into()) });
        for (text, wanted) in [
            ("postgres://kasse@db.example.com/kasse", verified.clone()),
            ("postgresql://kasse@10.0.0.1:5433/kasse?sslmode=require", verified.clone()),
            ("postgres://kasse@localhost/kasse?sslmode=verify-full", verified),
            ("postgres://kasse@db/kasse?sslrootcert=/etc/ca%20x.pem&connect_timeout=3", by("/etc/ca x.pem")),
            ("postgres://kasse@db/kasse?sslmode=disable", Ok(Encryption::None)),
            ("postgres://kasse@127.0.0.1/kasse", Ok(Encryption::None)),
            ("postgres://kasse@[::1]/kasse", Ok(Encryption::None)),
            ("postgres://kasse@/kasse?host=/run/postgresql", Ok(Encryption::None)),
        ] {
            assert_eq!(parsed(text), wanted, "{text}");
        }
        let readable = |text: &str| text.parse::<Address>().unwrap().is_readable_on_its_way();
        assert!(readable("postgres://kasse@db/kasse?sslmode=disable"));
        assert!(!readable("postgres://kasse@db/kasse") && !readable("postgres://kasse@localhost/kasse"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "mysql://kasse:secret@db/kasse",
            "kasse.db",
            "postgres://kasse:secret@db",
            "postgres://db/kasse",
            "postgres://kasse:secret@/kasse",
            "postgres://kasse:secret@db:port/kasse",
            "postgres://kasse:secret@db/kasse?sslmode=prefer",
            "postgres://kasse:secret@db/kasse?sslmode=on",
            "postgres://kasse:secret@db/kasse?sslmode=disable&sslrootcert=ca.pem",
            "postgres://kasse:secret@db/kasse?sslrootcert=%zz",
            "postgres://kasse:secret@db/kasse?passfile=x",
        ] {
            let refused = parsed(text).expect_err(text);
            assert!(!refused.contains("secret") && !refused.is_empty(), "{text}: {refused}");
        }
        assert!(parsed("postgres://kasse@db/kasse?passfile=x").unwrap_err().contains("passfile"));
    }

    #[test]
    fn all_hosts_are_asked_in_the_time_of_one() {
        for (text, milliseconds) in [
            ("postgres://kasse@db/kasse", 5_000),
            ("postgres://kasse@db/kasse?connect_timeout=60", 5_000),
            ("postgres://kasse@db/kasse?connect_timeout=2", 2_000),
            ("postgres://kasse@one,other/kasse?target_session_attrs=read-write", 2_500),
            ("postgres://kasse@one,two,three,four,five/kasse?connect_timeout=2", 1_000),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.config.get_connect_timeout(), Some(&Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let address: Address = "postgres://kasse:secret@db.example.com:5433/kasse".parse().unwrap();
        assert_eq!(format!("{address:?}"), "postgres://kasse@db.example.com:5433/kasse");
        assert_eq!(format!("{:?}", address.with_password("another")), "postgres://kasse@db.example.com:5433/kasse");
        let socket: Address = "postgres://kasse@/kasse?host=/run/postgresql".parse().unwrap();
        assert_eq!(socket.shown(), "postgres://kasse@/run/postgresql/kasse");
    }
}
