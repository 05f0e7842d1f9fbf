//! What a server refuses to start with, so that a mistake of its operator shows at once and not as a loss.

use std::{net::IpAddr, os::unix::fs::MetadataExt as _, path::Path};

use engine::outbound::TimeScale;
use store::Mode;

use crate::{installation::Place, settings::Settings, tls};

/// What is known before anything is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) mode: Mode,
    pub(crate) listen: IpAddr,
    pub(crate) has_tls: bool,
    pub(crate) has_proxy: bool,
    pub(crate) public_url: Option<&'a str>,
    pub(crate) insecure_return_urls: bool,
    /// Whether it was said who is a payer of a sandbox.
    pub(crate) says_who_pays: bool,
    /// Whether private receivers were switched on by name.
    pub(crate) private_receivers: bool,
    /// Whether webhooks are sent again sooner than published.
    pub(crate) hurries: bool,
    pub(crate) reachable_sandbox: bool,
    pub(crate) is_root: bool,
    pub(crate) others_can_read_data: bool,
    /// Whether there is a database and no key to seal what is secret in it.
    pub(crate) lacks_master_key: bool,
    pub(crate) others_can_read_database_traffic: bool,
    pub(crate) others_can_read_tls_key: bool,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(mode: Mode, settings: &'a Settings) -> Self {
        let database = match &settings.place {
            Place::Database(database) => Some(database),
            Place::Directory(_) => None,
        };
        Self {
            mode,
            listen: settings.listen.ip(),
            has_tls: settings.tls.is_some(),
            has_proxy: !settings.proxies.is_empty(),
            public_url: settings.public_url.as_deref(),
            says_who_pays: settings.any_phone_number.is_some(),
            insecure_return_urls: settings.insecure_return_urls == Some(true),
            private_receivers: settings.webhooks.private_receivers == Some(true),
            hurries: settings.webhooks.time_scale != TimeScale::PUBLISHED,
            reachable_sandbox: settings.reachable_sandbox,
            is_root: rustix::process::geteuid().is_root(),
            others_can_read_data: matches!(&settings.place, Place::Directory(directory) if others_can_read(directory)),
            lacks_master_key: database.is_some_and(|database| database.master_key_file.is_none()),
            others_can_read_database_traffic: database
                .is_some_and(|database| database.address.is_readable_on_its_way()),
            others_can_read_tls_key: settings.tls.as_ref().is_some_and(tls::Files::others_can_read_key),
        }
    }

    /// Why the server must not start; empty when it may.
    pub(crate) fn refusals(self) -> Vec<&'static str> {
        let sandbox = [(
            !self.listen.is_loopback() && !self.reachable_sandbox,
            "a sandbox approves payments by a call, so it listens on this machine only; \
             add --i-know-this-is-a-sandbox if other machines shall reach it",
        )];
        let production = [
            (
                !self.has_tls && !self.has_proxy,
                "production needs TLS: give it a certificate with --tls-cert and --tls-key, \
                 or put a proxy that ends TLS in front and name its address with --proxy",
            ),
            (
                self.public_url.map_or(!self.listens_where_it_is_reached(), |url| !url.starts_with("https://")),
                "production needs --public-url with the https address payers and merchants use",
            ),
            (self.says_who_pays, "--any-phone-number is for sandboxes"),
            (self.insecure_return_urls, "--insecure-return-urls on is for sandboxes"),
            (
                self.private_receivers,
                "--private-receivers on is for sandboxes; name the networks of your receivers with --receiver-networks",
            ),
            (self.hurries, "--webhook-time-scale is for sandboxes"),
            (self.reachable_sandbox, "--i-know-this-is-a-sandbox is for sandboxes"),
            (self.is_root, "production does not run as root; start it as a user of its own"),
            (self.others_can_read_data, "others can read the data directory; run `chmod 700` on it"),
            (
                self.lacks_master_key,
                "production needs --master-key-file with --database-url: a key apart from the database that seals what is secret in it",
            ),
            (
                self.others_can_read_database_traffic,
                "--database-url sends everything readable through the network; encrypt it with sslmode=verify-full",
            ),
            (self.others_can_read_tls_key, "others can read the private key of --tls-key; run `chmod 600` on it"),
        ];
        let rules: &[(bool, &'static str)] = match self.mode {
            Mode::Sandbox => &sandbox,
            Mode::Production => &production,
        };
        rules.iter().filter(|(applies, _)| *applies).map(|(_, reason)| *reason).collect()
    }

    /// Whether the listening address can be the public one.
    const fn listens_where_it_is_reached(self) -> bool {
        self.has_tls && !self.listen.is_unspecified()
    }
}

/// Whether anybody but its owner may look into it.
pub(crate) fn others_can_read(directory: &Path) -> bool {
    std::fs::metadata(directory).is_ok_and(|found| found.mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(mode: Mode) -> Facts<'static> {
        Facts {
            mode,
            listen: IpAddr::from([127, 0, 0, 1]),
            has_tls: false,
            has_proxy: mode == Mode::Production,
            public_url: Some("https://pay.example.com"),
            insecure_return_urls: false,
            says_who_pays: false,
            private_receivers: false,
            hurries: false,
            reachable_sandbox: false,
            is_root: false,
            others_can_read_data: false,
            lacks_master_key: false,
            others_can_read_database_traffic: false,
            others_can_read_tls_key: false,
        }
    }

    #[test]
    fn good_facts_are_no_hindrance() {
        assert!(good(Mode::Sandbox).refusals().is_empty());
        assert!(good(Mode::Production).refusals().is_empty());
        assert!(
            Facts {
                is_root: true,
                others_can_read_data: true,
                others_can_read_tls_key: true,
                public_url: None,
                ..good(Mode::Sandbox)
            }
            .refusals()
            .is_empty()
        );
    }

    #[test]
    fn each_mistake_has_its_one_reason() {
        let production = good(Mode::Production);
        let anywhere = IpAddr::from([0, 0, 0, 0]);
        for facts in [
            Facts { has_proxy: false, ..production },
            Facts { public_url: None, ..production },
            Facts { public_url: Some("http://pay.example.com"), ..production },
            Facts { says_who_pays: true, ..production },
            Facts { insecure_return_urls: true, ..production },
            Facts { private_receivers: true, ..production },
            Facts { hurries: true, ..production },
            Facts { reachable_sandbox: true, ..production },
            Facts { is_root: true, ..production },
            Facts { others_can_read_data: true, ..production },
            Facts { lacks_master_key: true, ..production },
            Facts { others_can_read_database_traffic: true, ..production },
            Facts { others_can_read_tls_key: true, ..production },
            Facts { has_tls: true, public_url: Some("http://pay.example.com"), ..production },
            Facts { has_tls: true, public_url: None, listen: anywhere, ..production },
            Facts { listen: anywhere, ..good(Mode::Sandbox) },
        ] {
            assert_eq!(facts.refusals().len(), 1, "{facts:?}");
        }
        assert!(Facts { listen: anywhere, reachable_sandbox: true, ..good(Mode::Sandbox) }.refusals().is_empty());
        assert!(Facts { listen: anywhere, ..production }.refusals().is_empty());
        let own_tls = Facts { has_tls: true, has_proxy: false, ..production };
        assert!(own_tls.refusals().is_empty());
        assert!(Facts { public_url: None, ..own_tls }.refusals().is_empty(), "it is reached where it listens");
    }
}
