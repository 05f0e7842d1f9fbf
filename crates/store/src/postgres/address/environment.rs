//! An address as it is handed to another program: in that program's environment, where nobody else reads it.
//!
//! All of it is handed on that says where the database is and how it is spoken to, the password included. It belongs on no command line and
//! in no log.

use std::{ffi::OsString, fmt::Write as _, os::unix::ffi::OsStringExt as _, path::Path};

use super::{Address, Encryption, joined};

impl Address {
    /// For a program of ours: the address as a text that parses to the same, password included.
    pub fn handed_on(&self) -> String {
        let config = &self.config;
        let mut text = format!("postgres://{}", encoded(config.get_user().unwrap_or_default().as_bytes()));
        if let Some(password) = config.get_password() {
            text.push(':');
            text.push_str(&encoded(password));
        }
        text.push_str("@/");
        text.push_str(&encoded(config.get_dbname().unwrap_or_default().as_bytes()));
        let (mode, authorities) = match &self.encryption {
            Encryption::None => ("disable", None),
            Encryption::Verified { authorities } => ("verify-full", authorities.as_deref()),
        };
        text.push_str("?sslmode=");
        text.push_str(mode);
        let further = [
            ("sslrootcert", authorities.map(|path| path.display().to_string())),
            ("host", Some(self.hosts())),
            ("hostaddr", Some(self.host_addresses())),
            ("port", Some(self.ports())),
            ("options", config.get_options().map(ToOwned::to_owned)),
        ];
        for (name, value) in further.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            if !value.is_empty() {
                let _memory_takes_all = write!(text, "&{name}={}", encoded(value.as_bytes()));
            }
        }
        text
    }

    /// For PostgreSQL's own programs: the variables their library reads.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let config = &self.config;
        let text = |text: Option<&str>| text.map(OsString::from);
        let (mode, authorities) = match &self.encryption {
            Encryption::None => ("disable", None),
            // The library's word for what the system trusts.
            Encryption::Verified { authorities } => {
                ("verify-full", Some(authorities.as_deref().unwrap_or(Path::new("system"))))
            }
        };
        let variables = [
            ("PGUSER", text(config.get_user())),
            ("PGPASSWORD", config.get_password().map(|password| OsString::from_vec(password.to_owned()))),
            ("PGDATABASE", text(config.get_dbname())),
            ("PGHOST", Some(self.hosts().into())),
            ("PGHOSTADDR", Some(self.host_addresses().into())),
            ("PGPORT", Some(self.ports().into())),
            ("PGOPTIONS", text(config.get_options())),
            ("PGSSLMODE", text(Some(mode))),
            ("PGSSLROOTCERT", authorities.map(OsString::from)),
        ];
        let given = variables.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    fn host_addresses(&self) -> String {
        joined(self.config.get_hostaddrs().iter().map(ToString::to_string))
    }
}

/// As it stands in an address, whatever is in it.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _memory_takes_all = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_is_the_same_address() {
        for text in [
            "postgres://kasse@127.0.0.1/kasse",
            "postgres://kasse:s%3Ac%2Fr%40t%20%C3%A5@db.example.com:5433/kas%2Fse?sslrootcert=/etc/ca%20x.pem",
            "postgres://kasse@/kasse?host=one,two&port=5433,5434&sslmode=disable&options=-c%20geqo%3Doff",
            "postgres://kasse@/kasse?host=/run/postgre%20sql&port=5444",
            "postgres://kasse@db.example.com/kasse?hostaddr=10.0.0.1",
        ] {
            let address: Address = text.parse().unwrap();
            let again: Address = address.handed_on().parse().unwrap();
            assert_eq!((&again.config, &again.encryption), (&address.config, &address.encryption), "{text}");
            assert_eq!(again.variables(), address.variables(), "{text}");
        }
    }

    #[test]
    fn the_library_is_told_by_variables_and_only_what_there_is() {
        let of = |text: &str| text.parse::<Address>().unwrap().variables();
        let with = |pairs: &[(&'static str, &str)]| pairs.iter().map(|(name, value)| (*name, value.into())).collect();
        let local: Vec<(&str, OsString)> =
            with(&[("PGUSER", "kasse"), ("PGDATABASE", "kasse"), ("PGHOST", "/run"), ("PGSSLMODE", "disable")]);
        assert_eq!(of("postgres://kasse@/kasse?host=/run"), local);
        let far: Vec<(&str, OsString)> = with(&[
            ("PGUSER", "kasse"),
            ("PGPASSWORD", "s:t"),
            ("PGDATABASE", "kasse"),
            ("PGHOST", "db"),
            ("PGPORT", "5433"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "system"),
        ]);
        assert_eq!(of("postgres://kasse:s%3At@db:5433/kasse"), far);
    }
}
