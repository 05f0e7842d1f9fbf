//! `kasse bench` works: every figure is there, and nothing is left behind, however it ends. How fast anything is, no test asks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[allow(dead_code, reason = "this test needs less of it than others")]
#[path = "process/child.rs"]
mod child;

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::Value;
use testkit::Postgres;

use crate::child::{Child, PATIENCE, Signal, kasse, run};

/// A short run measures for about two seconds; the rest is for a machine with other things to do.
const RUN_TIME_MAX: Duration = Duration::from_secs(120);

#[test]
fn a_short_run_has_every_figure_and_leaves_nothing() {
    let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = kasse(home.path());
    command.args(["bench", "--quick", "--json", "--payments", "300", "--data-parent"]).arg(data.path());
    let finished = Child::spawn(&mut command).wait(RUN_TIME_MAX);
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    nothing_is_left(home.path(), data.path());

    let report: Value = serde_json::from_str(&finished.stdout).expect("nothing but JSON");
    assert_eq!((report["payments"].as_u64(), report["rounds"].as_u64()), (Some(300), Some(1)));
    assert_eq!(report["machine"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(report["machine"]["cores"].as_u64() > Some(0));
    for name in ["processor", "kernel", "profile"] {
        assert!(report["machine"][name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {report}");
    }
    for name in ["firstMilliseconds", "milliseconds", "idleResidentMegabytes"] {
        is_positive(&report["start"], name);
    }
    let rows = report["rows"].as_array().unwrap();
    let found: Vec<_> =
        rows.iter().map(|row| (row["connections"].as_u64().unwrap(), row["what"].as_str().unwrap())).collect();
    let kinds = ["ceiling", "create", "life", "read"];
    let wanted: Vec<_> = [1, 16].into_iter().flat_map(|connections| kinds.map(|kind| (connections, kind))).collect();
    assert_eq!(found, wanted);
    for row in rows {
        for name in ["requestsPerSecond", "ofCeiling", "p50Milliseconds", "p99Milliseconds", "residentMegabytes"] {
            is_positive(row, name);
        }
        assert!(row["p50Milliseconds"].as_f64() <= row["p99Milliseconds"].as_f64(), "{row}");
        // Counted by the kernel in ticks: of a short window there may be none.
        assert!(row["serverMicrosecondsPerRequest"].as_f64() >= Some(0.0), "{row}");
        assert_eq!(row["livesPerSecond"].is_number(), row["what"] == "life", "{row}");
    }
}

#[test]
fn people_get_a_table() {
    let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = kasse(home.path());
    command.args(["bench", "--quick", "--data-parent"]).arg(data.path());
    let finished = Child::spawn(&mut command).wait(RUN_TIME_MAX);
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    let table = finished.stdout.lines().skip_while(|line| !line.starts_with("connections  what"));
    assert_eq!(table.count(), 9, "{}", finished.stdout);
    assert!(finished.stderr.contains("connections 16, round 1 of 1, read\n"), "{}", finished.stderr);
    nothing_is_left(home.path(), data.path());
}

#[test]
fn whoever_is_told_to_stop_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let child = Child::spawn(kasse(home.path()).args(["bench", "--data-parent"]).arg(data.path()));
        child.stderr.until("load", |text| text.contains("round 1 of 3, create").then_some(()));
        assert!(is_at_work_in(data.path()), "otherwise nothing is seen below either");
        child.signal(signal);
        let finished = child.wait(PATIENCE);
        assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(130), ""), "{}", finished.stderr);
        nothing_is_left(home.path(), data.path());
    }
}

#[test]
fn a_short_run_on_a_postgres_has_every_figure_and_leaves_nothing() {
    let (home, data, postgres) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), Postgres::start(&[]));
    let before = databases(&postgres);
    let mut command = on_postgres(&postgres, home.path(), data.path());
    let finished = Child::spawn(command.args(["--quick", "--json", "--payments", "30"])).wait(RUN_TIME_MAX);
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    nothing_is_left(home.path(), data.path());
    assert_eq!(databases(&postgres), before);

    let report: Value = serde_json::from_str(&finished.stdout).expect("nothing but JSON");
    let server = &report["postgres"];
    assert!(server["version"].as_str().unwrap().starts_with("PostgreSQL "), "{server}");
    assert_eq!((server["pgbenchScale"].as_u64(), server["pgbenchClients"].as_u64()), (Some(1), Some(8)));
    assert_eq!(server["notDurable"], Value::Array(Vec::new()));
    let rows = report["rows"].as_array().unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row["connections"].as_u64().unwrap(), row["nodes"].as_u64(), row["what"].as_str().unwrap()))
        .collect();
    let ours = |nodes| ["create", "life", "read"].map(|kind| (16, Some(nodes), kind));
    let others = [(8, None, "pgbench"), (16, None, "ceiling")];
    assert_eq!(found, [&others[..], &ours(1), &ours(2)].concat());
    for row in rows {
        is_positive(row, "requestsPerSecond");
        assert_eq!(row["ofPgbench"].as_f64().is_some_and(|ratio| ratio > 0.0), row["what"] != "ceiling", "{row}");
        for name in ["ofCeiling", "p50Milliseconds", "p99Milliseconds", "residentMegabytes"] {
            assert_eq!(
                row[name].as_f64().is_some_and(|figure| figure > 0.0),
                row["what"] != "pgbench",
                "{name}: {row}"
            );
        }
    }
}

#[test]
fn a_server_that_keeps_nothing_is_told_with_the_figures() {
    let (home, data, postgres) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), Postgres::shared());
    let mut command = on_postgres(postgres, home.path(), data.path());
    let finished = Child::spawn(command.arg("--quick")).wait(RUN_TIME_MAX);
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    for words in ["Its commits are not durable: fsync is off", "in a new database", "TPC-B, scale 1, 8 clients"] {
        assert!(finished.stdout.contains(words), "{}", finished.stdout);
    }
    let table = finished.stdout.lines().skip_while(|line| !line.starts_with("connections  nodes  what"));
    assert_eq!(table.count(), 9, "{}", finished.stdout);
    assert!(finished.stderr.contains("connections 16, round 1 of 1, read, nodes 2\n"), "{}", finished.stderr);
}

#[test]
fn whoever_is_told_to_stop_leaves_no_database() {
    let postgres = Postgres::start(&["fsync=off"]);
    let before = databases(&postgres);
    for (signal, moment) in
        [(Signal::INT, "filling the database"), (Signal::TERM, "pgbench\n"), (Signal::HUP, "nodes 2")]
    {
        let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let child = Child::spawn(on_postgres(&postgres, home.path(), data.path()).arg("--quick"));
        child.stderr.until("moment", |text| text.contains(moment).then_some(()));
        assert!(is_at_work_in(data.path()), "otherwise nothing is seen below either");
        assert_eq!(databases(&postgres).lines().count(), before.lines().count() + 2, "one for pgbench, one for ours");
        child.signal(signal);
        let finished = child.wait(PATIENCE);
        assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(130), ""), "{}", finished.stderr);
        nothing_is_left(home.path(), data.path());
        assert_eq!(databases(&postgres), before, "{}", finished.stderr);
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_starts() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, status, word) in [
        (&["--data", "somewhere"][..], 1, "--data does not apply"),
        (&["--payments", "many"], 2, "--payments"),
        (&["--data-parent", "missing"], 1, "missing"),
        (&["--database-url", "mysql://db"], 1, "--database-url must be an address"),
        (&["--database-url", "postgres://us@/it?host=/missing"], 1, "cannot be reached at postgres://us@/missing/it"),
        (
            &["--database-url", "postgres://us@/it?host=/missing", "--data-parent", "."],
            1,
            "--data-parent does not apply",
        ),
        (&["--database-password-file", "somewhere"], 1, "--database-password-file does not apply"),
    ] {
        let finished = run(kasse(home.path()).arg("bench").args(arguments));
        assert_eq!(finished.status.code(), Some(status), "{arguments:?}: {}", finished.stderr);
        assert!(finished.stderr.contains(word) && finished.stdout.is_empty(), "{arguments:?}: {}", finished.stderr);
        assert!(status == 2 || finished.stderr.lines().count() == 1, "{arguments:?}: {}", finished.stderr);
    }
    nothing_is_left(home.path(), home.path());
}

/// The bench on a database of this server, with its scratch below `data`.
fn on_postgres(postgres: &Postgres, home: &Path, data: &Path) -> Command {
    let mut command = kasse(home);
    command.args(["bench", "--database-url", &postgres.url("postgres")]).env("TMPDIR", data);
    command
}

fn databases(postgres: &Postgres) -> String {
    postgres.run("postgres", "select datname from pg_database order by datname")
}

fn is_positive(object: &Value, name: &str) {
    assert!(object[name].as_f64().is_some_and(|number| number > 0.0 && number.is_finite()), "{name}: {object}");
}

fn nothing_is_left(home: &Path, data: &Path) {
    for directory in [home, data] {
        let left: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    assert!(!is_at_work_in(data), "a child is left");
}

/// Whether a process has its working directory there, also if that is gone by now. Those of others cannot be seen and are not ours.
fn is_at_work_in(directory: &Path) -> bool {
    let directory = directory.canonicalize().unwrap();
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter_map(|process| fs::read_link(process.path().join("cwd")).ok())
        .any(|cwd| cwd.starts_with(&directory))
}
