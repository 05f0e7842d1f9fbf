//! The keys to use a server with, and the flags and variables they and its address come from.
//!
//! The variables are those a server's welcome prints. A sandbox has published keys, which are taken where none are given.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use engine::merchant::example;
use zeroize::Zeroizing;

use super::Server;

/// Where a sandbox listens unless it is told otherwise.
const SERVER: &str = "http://127.0.0.1:8080";

/// A flag, the variable it may come from, and what it is.
const FLAGS: [(&str, &str, &str, &str); 5] = [
    ("server", "URL", "KASSE_BASE_URL", "Which server [default: http://127.0.0.1:8080]"),
    ("client-id", "ID", "KASSE_CLIENT_ID", "The client id [default: the demo sales unit's, like the next three]"),
    ("client-secret", "SECRET", "KASSE_CLIENT_SECRET", "The client secret; better given by its variable"),
    ("subscription-key", "KEY", "KASSE_SUBSCRIPTION_KEY", "The subscription key; better given by its variable"),
    ("msn", "MSN", "KASSE_MERCHANT_SERIAL_NUMBER", "The sales unit; a partner may leave it out"),
];

/// Keys of a sales unit or of a partner.
pub(crate) struct Keys {
    pub(super) client_id: String,
    pub(super) client_secret: Zeroizing<String>,
    pub(super) subscription_key: Zeroizing<String>,
    pub(super) msn: Option<String>,
}

impl Keys {
    /// The command with the flags that [`Self::of`] reads.
    pub(crate) fn flags(command: Command) -> Command {
        let flag = |(name, value, variable, help): (&'static str, &'static str, &str, &str)| {
            Arg::new(name).long(name).value_name(value).help(format!("{help} [variable: {variable}]"))
        };
        command.args(FLAGS.map(flag)).arg(
            Arg::new("ca")
                .long("ca")
                .value_name("FILE")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Believe the certificates of these authorities too, in PEM; may be repeated"),
        )
    }

    /// The server and the keys that were given.
    ///
    /// # Errors
    /// Some keys without the others, an address that is none.
    pub(crate) fn of(arguments: &ArgMatches) -> anyhow::Result<(Server, Self)> {
        let given = |name: &str| {
            let variable = FLAGS.iter().find(|(flag, ..)| *flag == name).map(|(_, _, variable, _)| *variable);
            let of_flag = arguments.get_one::<String>(name).cloned();
            of_flag.or_else(|| std::env::var(variable?).ok()).filter(|value| !value.is_empty())
        };
        let server = Server::new(given("server").as_deref().unwrap_or(SERVER), &authorities(arguments))?;
        let keys = ["client-id", "client-secret", "subscription-key", "msn"].map(given);
        Ok((server, Self::of_all(keys)?))
    }

    fn of_all(given: [Option<String>; 4]) -> anyhow::Result<Self> {
        match given {
            [None, None, None, None] => Ok(Self::demo()),
            [Some(client_id), Some(client_secret), Some(subscription_key), msn] => {
                let [client_secret, subscription_key] = [client_secret, subscription_key].map(Zeroizing::new);
                Ok(Self { client_id, client_secret, subscription_key, msn })
            }
            some => {
                let missing = FLAGS.iter().skip(1).zip(&some).take(3).filter(|(_, value)| value.is_none());
                let missing: Vec<String> =
                    missing.map(|((flag, _, variable, _), _)| format!("--{flag} ({variable})")).collect();
                bail!("some keys are given, and these are missing: {}", missing.join(", "))
            }
        }
    }

    fn demo() -> Self {
        let [client_secret, subscription_key] =
            [example::CLIENT_SECRET, example::SUBSCRIPTION_KEY].map(|key| Zeroizing::new(key.to_owned()));
        let (client_id, msn) = (example::CLIENT_ID.to_owned(), Some(example::MSN.to_owned()));
        Self { client_id, client_secret, subscription_key, msn }
    }

    /// Whose they are, in words.
    pub(crate) fn holder(&self) -> String {
        match &self.msn {
            Some(msn) => format!("sales unit {msn}"),
            None => format!("client {}", self.client_id),
        }
    }
}

/// The files of authorities that were given.
pub(crate) fn authorities(arguments: &ArgMatches) -> Vec<PathBuf> {
    arguments.get_many("ca").into_iter().flatten().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_given_together_or_are_those_of_the_demo() {
        let of = |given: [&str; 4]| Keys::of_all(given.map(|key| (!key.is_empty()).then(|| key.to_owned())));
        assert_eq!(of([""; 4]).unwrap().holder(), "sales unit 123456");
        assert_eq!(of(["id", "secret", "key", ""]).unwrap().holder(), "client id");
        assert_eq!(of(["id", "secret", "key", "654321"]).unwrap().holder(), "sales unit 654321");
        for (given, missing) in [
            (["id", "", "key", ""], "these are missing: --client-secret (KASSE_CLIENT_SECRET)"),
            (
                ["", "", "", "654321"],
                "--client-id (KASSE_CLIENT_ID), --client-secret (KASSE_CLIENT_SECRET), --subscription-key",
            ),
        ] {
            let error = of(given).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(missing), "{error}");
        }
    }
}
