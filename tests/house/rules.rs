//! The table of what may be written where. `calls` reads it, `samples` shows that each row can fail.
//!
//! A row is broken by a name outside comments and strings, or by a string that is a statement of the database. A door
//! is a path prefix: `crates/engine/src/clock` opens for `clock.rs`, `clock_virtual.rs` and `clock/`.

use crate::sql;

/// One row of the table.
pub struct Rule {
    pub name: &'static str,
    pub look: Look,
    /// Where the rule holds; nothing listed means everywhere.
    pub inside: &'static [&'static str],
    /// Where it does not hold, although inside.
    pub doors: &'static [&'static str],
    pub code: Code,
    /// A comment that excuses a single line, if it goes on with a reason.
    pub excuse: Option<&'static str>,
    pub instead: &'static str,
}

/// What a rule looks for.
pub enum Look {
    /// Names or paths, also when an import spells them with braces.
    Names(&'static [&'static str]),
    /// Attributes of these names, unless they say what they must say.
    Attributes { names: &'static [&'static str], unless: Option<&'static str> },
    /// String literals with such a content.
    Text(fn(&str) -> bool),
    /// The same, as an argument of a formatting macro.
    FormattedText(fn(&str) -> bool),
}

/// Which code a rule concerns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Shipped,
    Tests,
    Any,
}

/// The crates a running server consists of; `courier` is one of them and alone may call out.
const SERVER: &[&str] = &[
    "crates/domain/src",
    "crates/wire/src",
    "crates/store/src",
    "crates/engine/src",
    "crates/courier/src",
    "crates/api/src",
    "crates/web/src",
    "crates/kasse/src",
];

const DOMAIN: &[&str] = &["crates/domain/src"];

/// A row that holds everywhere, in shipped code, with neither door nor excuse.
const PLAIN: Rule =
    Rule { name: "", look: Look::Names(&[]), inside: &[], doors: &[], code: Code::Shipped, excuse: None, instead: "" };

pub const RULES: &[Rule] = &[
    Rule {
        name: "wall-clock",
        look: Look::Names(&["SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now"]),
        doors: &["crates/engine/src/clock"],
        instead: "take the time as an argument, or ask the clock of engine: a run must replay from its seed",
        ..PLAIN
    },
    Rule {
        name: "monotonic-clock",
        look: Look::Names(&["Instant::now"]),
        doors: &[
            "crates/engine/src/clock",
            "crates/kasse/src/bench",
            "crates/kasse/src/server",
            "crates/store/src/postgres",
            "crates/api/src/body.rs",
            "crates/api/src/observe.rs",
            "crates/courier/src/carrier",
            "crates/testkit/src/receivers",
        ],
        instead: "ask the clock of engine; only deadlines (of sockets, bodies, the database), the log and the bench have the runtime's own",
        ..PLAIN
    },
    Rule {
        name: "runtime-timer",
        look: Look::Names(&["tokio::time"]),
        inside: &["crates/domain/src", "crates/wire/src", "crates/store/src", "crates/web/src"],
        // A database on the network may never answer; only who speaks to it knows what that means.
        doors: &["crates/store/src/postgres"],
        instead: "let the caller in engine, api or kasse set the deadline",
        ..PLAIN
    },
    Rule {
        name: "chance",
        look: Look::Names(&[
            "getrandom",
            "SystemRandom",
            "OsRng",
            "rand::",
            "ring::rand",
            "fastrand",
            "thread_rng",
            "Uuid::new_v4",
            "now_v1",
            "now_v6",
            "now_v7",
        ]),
        doors: &["crates/engine/src/entropy"],
        instead: "take the random value as an argument, or ask the entropy of engine: a run must replay from its seed",
        ..PLAIN
    },
    Rule {
        name: "domain-maps",
        look: Look::Names(&["HashMap", "HashSet"]),
        inside: DOMAIN,
        instead: "use BTreeMap or BTreeSet: their order is the same in every run",
        ..PLAIN
    },
    Rule {
        name: "domain-floats",
        look: Look::Names(&["f32", "f64"]),
        inside: DOMAIN,
        instead: "count in minor units with checked integers: money has no fractions of binary",
        ..PLAIN
    },
    Rule {
        name: "domain-pure",
        look: Look::Names(&[
            "std::time",
            "std::env",
            "std::fs",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "ToSocketAddrs",
            "std::io",
            "std::process",
            "std::thread",
            "async",
        ]),
        inside: DOMAIN,
        instead: "hand the value in as an argument: domain turns state, command and time into events or a rejection",
        ..PLAIN
    },
    Rule {
        name: "print",
        look: Look::Names(&["println!", "eprintln!", "print!", "eprint!", "dbg!"]),
        doors: &["crates/kasse/src"],
        instead: "return the text, or log it with tracing; only the binary talks to a terminal",
        ..PLAIN
    },
    Rule {
        name: "database-driver",
        look: Look::Names(&["rusqlite", "libsqlite3_sys", "tokio_postgres", "deadpool_postgres"]),
        doors: &["crates/store/src"],
        instead: "add a method to the contract of store: nobody else holds a connection or a transaction",
        ..PLAIN
    },
    Rule {
        name: "sql-text",
        look: Look::Text(sql::is_statement),
        doors: &["crates/store/src"],
        instead: "move the statement into store and call it through the contract",
        ..PLAIN
    },
    Rule {
        name: "sql-formatted",
        look: Look::FormattedText(sql::is_statement_or_clause),
        instead: "write the whole statement as one literal and bind its values as parameters",
        ..PLAIN
    },
    Rule {
        name: "status-code",
        look: Look::Names(&["StatusCode", "http::status"]),
        doors: &["crates/api/src", "crates/web/src", "crates/kasse/src", "crates/testkit/src"],
        instead: "return an outcome as a value and let api or web choose its status",
        ..PLAIN
    },
    Rule {
        name: "environment",
        look: Look::Names(&["env::var", "env::var_os", "env::vars", "env::vars_os"]),
        doors: &["crates/kasse/src", "crates/testkit/src/kasse.rs"],
        instead: "take the setting as a value: only kasse reads the environment",
        ..PLAIN
    },
    Rule {
        name: "outgoing-call",
        look: Look::Names(&["TcpStream::connect", "hyper::client", "hyper_util::client", "reqwest"]),
        inside: SERVER,
        // The load generator of `kasse bench` calls a server and is none, and so are the commands that use one from a terminal.
        doors: &["crates/courier/src", "crates/kasse/src/bench", "crates/kasse/src/client/"],
        instead: "hand the call to courier: one guard and one set of limits for everything that leaves the server",
        ..PLAIN
    },
    Rule {
        name: "panic",
        look: Look::Names(&[".unwrap(", "::unwrap", ".unwrap_err(", "panic!", "todo!", "unimplemented!"]),
        inside: SERVER,
        instead: "return an error: one request may fail, never the process",
        ..PLAIN
    },
    Rule {
        name: "unproven",
        look: Look::Names(&[".expect(", "::expect", ".expect_err(", "unreachable!"]),
        inside: SERVER,
        excuse: Some("proof:"),
        instead: "return an error, or write `// proof:` on this line or above with why it cannot happen",
        ..PLAIN
    },
    Rule {
        name: "ignored-test",
        look: Look::Attributes { names: &["ignore"], unless: None },
        code: Code::Any,
        instead: "assert today's behaviour and say why it is wrong, or delete the test",
        ..PLAIN
    },
    Rule {
        name: "silent-allow",
        look: Look::Attributes { names: &["allow", "expect"], unless: Some("reason=") },
        code: Code::Any,
        instead: "add `reason = \"...\"`, or mend what the lint found",
        ..PLAIN
    },
    Rule {
        name: "test-sleep",
        look: Look::Names(&["thread::sleep", "time::sleep", "time::sleep_until"]),
        code: Code::Tests,
        excuse: Some("real time:"),
        instead: "move the virtual clock or wait for the event, or write `// real time:` and why only that will do",
        ..PLAIN
    },
];
