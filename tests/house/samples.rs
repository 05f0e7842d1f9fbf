//! For each row of `rules`, code that breaks it and code that stands close to it and does not.
//!
//! The samples are strings, so the rules do not see them when they look at this file.

use crate::calls::{broken, rule};
use crate::rules::RULES;
use crate::source::Source;

/// Code at a path; the marked line is the one a finding has to name.
struct Sample {
    rule: &'static str,
    path: &'static str,
    bad: &'static [&'static str],
    good: &'static [&'static str],
}

const SAMPLES: &[Sample] = &[
    Sample {
        rule: "wall-clock",
        path: "crates/api/src/order.rs",
        bad: &["let t = SystemTime::now();", "let t = jiff::Timestamp::now();", "x.unwrap_or_else(Zoned::now)"],
        good: &["// SystemTime::now()", "log(\"Zoned::now\");", "#[cfg(test)]\nfn t() { SystemTime::now(); }"],
    },
    Sample {
        rule: "wall-clock",
        path: "crates/engine/src/expiry.rs",
        bad: &["SystemTime::now()"],
        good: &["MySystemTime::now()"],
    },
    Sample { rule: "wall-clock", path: "crates/engine/src/clock_real.rs", bad: &[], good: &["SystemTime::now()"] },
    Sample { rule: "wall-clock", path: "crates/kasse/src/server.rs", bad: &["SystemTime::now()"], good: &[] },
    Sample {
        rule: "monotonic-clock",
        path: "crates/web/src/lib.rs",
        bad: &["Instant::now()"],
        good: &["instant.now()"],
    },
    Sample { rule: "monotonic-clock", path: "crates/kasse/src/server/accept.rs", bad: &[], good: &["Instant::now()"] },
    Sample {
        rule: "runtime-timer",
        path: "crates/store/src/sqlite/writer.rs",
        bad: &["tokio::time::timeout(a, b)", "use tokio::{sync, time};"],
        good: &["tokio::sync::mpsc"],
    },
    Sample { rule: "runtime-timer", path: "crates/engine/src/lib.rs", bad: &[], good: &["tokio::time::timeout(a, b)"] },
    Sample {
        rule: "chance",
        path: "crates/engine/src/payment.rs",
        bad: &["Uuid::new_v4()", "Uuid::now_v7()", "use ring::{hmac, rand};", "rand::random()", "getrandom::fill(b)"],
        good: &["strand::new()", "Uuid::new_v7(time)", "brand::name()", "TcpSocket::new_v4()"],
    },
    Sample { rule: "chance", path: "crates/engine/src/entropy.rs", bad: &[], good: &["SystemRandom::new()"] },
    Sample {
        rule: "domain-maps",
        path: "crates/domain/src/payment.rs",
        bad: &["use std::collections::{BTreeMap, HashMap};", "HashSet::new()"],
        good: &["BTreeMap::new()"],
    },
    Sample { rule: "domain-floats", path: "crates/domain/src/money.rs", bad: &["x as f64", "1_f32"], good: &["xf64"] },
    Sample {
        rule: "domain-pure",
        path: "crates/domain/src/lib.rs",
        bad: &[
            "use std::{fmt, fs};",
            "std::env::args()",
            "async fn f() {}",
            "use std::time::Duration;",
            "use std::net::{IpAddr, TcpStream};",
            "std::net::UdpSocket::bind(a)",
        ],
        good: &["use std::fmt;", "use std::net::IpAddr;", "/// never async\nfn f() {}"],
    },
    Sample {
        rule: "print",
        path: "crates/store/src/lib.rs",
        bad: &["println!(\"x\");", "eprintln!(\"x\");"],
        good: &["my_println!()"],
    },
    Sample { rule: "print", path: "crates/kasse/src/main.rs", bad: &[], good: &["println!(\"x\");"] },
    Sample { rule: "print", path: "crates/domain/src/lib.rs", bad: &["println!(\"x\");"], good: &[] },
    Sample {
        rule: "database-driver",
        path: "crates/engine/src/lib.rs",
        bad: &["use rusqlite::Connection;"],
        good: &[],
    },
    Sample { rule: "database-driver", path: "crates/store/src/a.rs", bad: &[], good: &["use rusqlite::Connection;"] },
    Sample {
        rule: "sql-text",
        path: "crates/api/src/lib.rs",
        bad: &["q(\"select id from payment\")", "q(r#\"INSERT INTO payment\"#)", "q(\"begin immediate\")"],
        good: &["q(\"Select a date from the list\")", "// \"select id from payment\"", "q(\"selected\")"],
    },
    Sample { rule: "sql-text", path: "crates/store/src/sqlite.rs", bad: &[], good: &["q(\"select id from payment\")"] },
    Sample {
        rule: "sql-formatted",
        path: "crates/store/src/sqlite.rs",
        bad: &["format!(\"select {column} from payment\")", "write!(out, \" where id = {id}\")?"],
        good: &["q(\"select id from payment\", [id])", "format!(\"payment {id}\")"],
    },
    Sample {
        rule: "status-code",
        path: "crates/engine/src/payment.rs",
        bad: &["StatusCode::CONFLICT", "use http::{status, HeaderMap};"],
        good: &["Rejection::Conflict"],
    },
    Sample { rule: "status-code", path: "crates/api/src/error.rs", bad: &[], good: &["StatusCode::CONFLICT"] },
    Sample {
        rule: "environment",
        path: "crates/testkit/src/lib.rs",
        bad: &["std::env::var(\"A\")", "use std::env;\nenv::vars_os()", "use std::env::{self, var};"],
        good: &["env!(\"CARGO_PKG_NAME\")", "env::args()"],
    },
    Sample { rule: "environment", path: "crates/kasse/src/settings.rs", bad: &[], good: &["std::env::var(\"A\")"] },
    Sample {
        rule: "outgoing-call",
        path: "crates/api/src/callback.rs",
        bad: &["TcpStream::connect(a)", "use hyper_util::{client::legacy::Client, rt};", "reqwest::get(u)"],
        good: &["TcpListener::bind(a)", "use hyper::server;"],
    },
    Sample { rule: "outgoing-call", path: "crates/courier/src/send.rs", bad: &[], good: &["reqwest::get(u)"] },
    Sample { rule: "outgoing-call", path: "crates/testkit/src/lib.rs", bad: &[], good: &["TcpStream::connect(a)"] },
    Sample {
        rule: "panic",
        path: "crates/wire/src/lib.rs",
        bad: &["a.unwrap()", "map(Option::unwrap)", "panic!(\"x\")", "todo!()", "a.unwrap() // proof: never mind"],
        good: &["a.unwrap_or(b)", "#[test]\nfn t() { a.unwrap() }", "/// a.unwrap()\nfn f() {}", "catch_panic(a)"],
    },
    Sample { rule: "panic", path: "crates/testkit/src/lib.rs", bad: &[], good: &["a.unwrap()"] },
    Sample {
        rule: "unproven",
        path: "crates/store/src/lib.rs",
        bad: &["a.expect(\"b\")", "unreachable!()", "a.expect(\"b\") // proof:"],
        good: &["a.expect(\"b\") // proof: counted above", "// proof: c is d\nunreachable!()", "#[expect(a)]"],
    },
    Sample {
        rule: "ignored-test",
        path: "tests/api/main.rs",
        bad: &["#[ignore]", "#[ignore = \"slow\"]", "#[cfg_attr(unix, ignore)]"],
        good: &["#[ignored]", "// #[ignore]"],
    },
    Sample {
        rule: "silent-allow",
        path: "crates/api/tests/order.rs",
        bad: &["#[allow(dead_code)]", "#![expect(unused)]", "#[cfg_attr(test, allow(unused))]"],
        good: &["#[allow(\n    dead_code,\n    reason = \"kept\"\n)]", "#[deny(unused)]", "a.expect(b)"],
    },
    Sample {
        rule: "test-sleep",
        path: "tests/api/payment.rs",
        bad: &["thread::sleep(a)", "use tokio::time::{sleep, timeout};", "tokio::time::sleep(a).await"],
        good: &["clock.advance(a)", "thread::sleep(a) // real time: the kernel closes the socket"],
    },
    Sample {
        rule: "test-sleep",
        path: "crates/kasse/src/server.rs",
        bad: &["#[cfg(test)]\nmod tests { fn t() { thread::sleep(a) } }"],
        good: &["tokio::time::sleep(a).await"],
    },
];

#[test]
fn each_bad_sample_is_found_at_its_last_line() {
    for sample in SAMPLES {
        for code in sample.bad {
            let findings = broken(rule(sample.rule), &Source::new(sample.path, code));
            let last = findings.last().unwrap_or_else(|| panic!("{} does not notice {code}", sample.rule));
            assert_eq!(last.line, code.lines().count(), "{} in {code}", sample.rule);
        }
    }
}

#[test]
fn no_good_sample_is_found() {
    for sample in SAMPLES {
        for code in sample.good {
            let findings = broken(rule(sample.rule), &Source::new(sample.path, code));
            assert_eq!(findings, [], "{code}");
        }
    }
}

#[test]
fn every_row_of_the_table_is_shown_able_to_fail() {
    for rule in RULES {
        let shown = SAMPLES.iter().any(|sample| sample.rule == rule.name && !sample.bad.is_empty());
        assert!(shown, "no bad sample for {}", rule.name);
    }
}
