//! The one declaration of every setting.

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name as a flag; the variable and the key are made from it.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Its value where nobody gives one; `None` where that depends on others.
    pub default: Option<&'static str>,
    /// The default in words, where it depends on others.
    pub default_in_words: &'static str,
    /// What it is for, as one line.
    pub help: &'static str,
}

/// What a setting takes.
#[derive(Debug)]
pub enum Takes {
    /// A text, by this name in help.
    Text(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Nothing as a flag; `on` or `off` elsewhere.
    Nothing,
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "config",
        takes: Takes::Text("FILE"),
        default: None,
        default_in_words: "./kasse.toml if it exists",
        help: "Read settings from this TOML file",
    },
    Setting {
        name: "listen",
        takes: Takes::Text("ADDR"),
        default: Some("127.0.0.1:8080"),
        default_in_words: "",
        help: "Listen on this address and port; port 0 takes a free one",
    },
    Setting {
        name: "data",
        takes: Takes::Text("DIR"),
        default: Some("./kasse-data"),
        default_in_words: "",
        help: "Keep everything in this directory",
    },
    Setting {
        name: "database-url",
        takes: Takes::Text("URL"),
        default: None,
        default_in_words: "none: everything is in --data",
        help: "Keep everything in this PostgreSQL, which several nodes may share: postgres://user@host/database",
    },
    Setting {
        name: "database-password-file",
        takes: Takes::Text("FILE"),
        default: None,
        default_in_words: "none: the one in --database-url, if any",
        help: "The password for --database-url is in this file",
    },
    Setting {
        name: "master-key-file",
        takes: Takes::Text("FILE"),
        default: None,
        default_in_words: "none: a sandbox keeps one in the database",
        help: "The key that seals what is secret in the database of --database-url: 32 bytes in base64, the same for every node",
    },
    Setting {
        name: "mode",
        takes: Takes::OneOf(&["sandbox", "production"]),
        default: None,
        default_in_words: "what it was initialised as; sandbox for a new one",
        help: "What the installation is for; fixed when the data directory or database is initialised",
    },
    Setting {
        name: "public-url",
        takes: Takes::Text("URL"),
        default: None,
        default_in_words: "https:// with --tls-cert, else http://, and the listening address",
        help: "The address under which the world reaches the server, used in every link",
    },
    Setting {
        name: "native-scheme",
        takes: Takes::Text("SCHEME"),
        default: None,
        default_in_words: "kassemt in a sandbox, kasse in production",
        help: "The URL scheme that opens the wallet's app, for NATIVE_REDIRECT",
    },
    Setting {
        name: "tls-cert",
        takes: Takes::Text("FILE"),
        default: None,
        default_in_words: "none: plain HTTP",
        help: "Speak TLS with the certificate chain in this PEM file; taken up again when it changes",
    },
    Setting {
        name: "tls-key",
        takes: Takes::Text("FILE"),
        default: None,
        default_in_words: "none: plain HTTP",
        help: "The certificate's private key in this PEM file (PKCS#8, SEC1 or RSA)",
    },
    Setting {
        name: "proxy",
        takes: Takes::Text("NETWORKS"),
        default: Some(""),
        default_in_words: "",
        help: "Addresses or networks of the proxies that end TLS in front, separated by commas",
    },
    Setting {
        name: "rate-limits",
        takes: Takes::OneOf(&["on", "off"]),
        default: Some("on"),
        default_in_words: "",
        help: "Whether the published rate limits hold; off for load tests",
    },
    Setting {
        name: "insecure-return-urls",
        takes: Takes::OneOf(&["on", "off"]),
        default: None,
        default_in_words: "on in a sandbox, off in production",
        help: "Whether payers may be sent to plain http on this machine",
    },
    Setting {
        name: "docs",
        takes: Takes::OneOf(&["on", "off"]),
        default: None,
        default_in_words: "on in a sandbox, off in production",
        help: "Whether the reference of the APIs is shown, at /docs for people and at /openapi for programs",
    },
    Setting {
        name: "any-phone-number",
        takes: Takes::OneOf(&["on", "off"]),
        default: None,
        default_in_words: "on; for sandboxes",
        help: "Whether every well-formed telephone number is a payer of a sandbox; off: only the listed test payers",
    },
    Setting {
        name: "slow-bank-seconds",
        takes: Takes::Text("SECONDS"),
        default: Some("3600"),
        default_in_words: "",
        help: "How long a sandbox's bank keeps the outcome of the test amount 201 to itself: 1 to 86400",
    },
    Setting {
        name: "slow-bank",
        takes: Takes::OneOf(&["declines", "reserves"]),
        default: Some("declines"),
        default_in_words: "",
        help: "What that bank says in the end: the payment expires, or is authorized",
    },
    Setting {
        name: "order-management-image-min-height",
        takes: Takes::Text("PIXELS"),
        default: Some("167"),
        default_in_words: "",
        help: "The least height of a picture added by the Order Management API: 0 to 4096",
    },
    Setting {
        name: "webhook-timeout",
        takes: Takes::Text("SECONDS"),
        default: Some("10"),
        default_in_words: "",
        help: "How long a receiver of webhooks may take to answer: at most 10 seconds, and 0.1 at least",
    },
    Setting {
        name: "webhook-time-scale",
        takes: Takes::Text("FACTOR"),
        default: Some("1"),
        default_in_words: "",
        help: "How long a sandbox waits before it sends a webhook again, of what is published: 0.001 is a thousand times sooner",
    },
    Setting {
        name: "webhook-ca",
        takes: Takes::Text("FILES"),
        default: Some(""),
        default_in_words: "",
        help: "Trust the certificates in these PEM files too when sending webhooks, separated by commas",
    },
    Setting {
        name: "private-receivers",
        takes: Takes::OneOf(&["on", "off"]),
        default: None,
        default_in_words: "on in a sandbox, off in production",
        help: "Whether a sandbox sends webhooks to this machine and its neighbours",
    },
    Setting {
        name: "receiver-networks",
        takes: Takes::Text("NETWORKS"),
        default: Some(""),
        default_in_words: "",
        help: "Networks that webhooks are sent to although they are private, separated by commas",
    },
    Setting {
        name: "closed-networks",
        takes: Takes::Text("NETWORKS"),
        default: Some(""),
        default_in_words: "",
        help: "Networks that webhooks are never sent to, such as this installation's own public addresses, separated by commas",
    },
    Setting {
        name: "receiver-ports",
        takes: Takes::Text("PORTS"),
        default: Some(""),
        default_in_words: "",
        help: "Ports that production sends webhooks to beside 80, 443 and 8080, separated by commas",
    },
    Setting {
        name: "i-know-this-is-a-sandbox",
        takes: Takes::Nothing,
        default: Some("off"),
        default_in_words: "",
        help: "Let a sandbox listen where other machines can reach it",
    },
    Setting {
        name: "log",
        takes: Takes::Text("FILTER"),
        default: Some("info"),
        default_in_words: "",
        help: "What to log: error, warn, info, debug, trace, or a filter per module",
    },
    Setting {
        name: "log-format",
        takes: Takes::OneOf(&["text", "json"]),
        default: Some("text"),
        default_in_words: "",
        help: "How to log on standard error",
    },
];

impl Setting {
    /// The environment variable.
    pub fn variable(&self) -> String {
        format!("KASSE_{}", self.name.replace('-', "_").to_ascii_uppercase())
    }

    /// The key in the settings file.
    pub fn key(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The default for people.
    pub fn default_text(&self) -> &'static str {
        match self.default {
            Some("") => "none",
            Some(default) => default,
            None => self.default_in_words,
        }
    }
}

/// The reference of all settings as a page of the manual (Markdown).
pub fn reference() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         A flag beats a variable, a variable beats the settings file, the file beats the default. `kasse config` shows what is in\n\
         force and where it comes from. This page is made from the program; a test compares them.\n\n\
         | Flag | Variable | Key in the file | Default | What it is for |\n|---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let value = match setting.takes {
            Takes::Text(value) => format!(" {value}"),
            Takes::OneOf(words) => format!(" {}", words.join("\\|")),
            Takes::Nothing => String::new(),
        };
        let (name, variable, key) = (setting.name, setting.variable(), setting.key());
        let (default, help) = (setting.default_text(), setting.help);
        page.push_str(&format!("| `--{name}{value}` | `{variable}` | `{key}` | {default} | {help} |\n"));
    }
    page.push_str("\nA settings file:\n\n```toml\nlisten = \"127.0.0.1:9000\"\nrate_limits = \"off\"\n```\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_says_what_the_program_does() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
        if std::env::var_os("KASSE_WRITE_DOCS").is_some() {
            std::fs::write(&page, reference()).unwrap();
        }
        let written = std::fs::read_to_string(&page).unwrap_or_default();
        assert_eq!(
            written,
            reference(),
            "run KASSE_WRITE_DOCS=1 cargo test -p kasse --lib to write docs/settings.md anew"
        );
    }

    #[test]
    fn names_are_unique_and_make_good_variables() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS.iter().take(index).all(|earlier| earlier.name != setting.name), "{}", setting.name);
            assert!(setting.variable().chars().all(|character| character.is_ascii_uppercase() || character == '_'));
            assert!(
                setting.default.is_some() || !setting.default_in_words.is_empty(),
                "{} has no default in words",
                setting.name
            );
        }
    }
}
