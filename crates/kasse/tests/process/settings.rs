//! Settings from outside: `config` shows each value with where it came from, the nearest origin wins, mistakes are named.

use std::{fs, path::Path};

use crate::child::{Server, kasse, run};

/// The line `config` prints of a setting: its value and its origin.
fn shown(text: &str, key: &str) -> (String, String) {
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(key));
    let line = line.unwrap_or_else(|| panic!("no {key} in\n{text}"));
    let rest = line.split_once(' ').unwrap().1.trim_start();
    let value = if rest.starts_with('(') {
        format!("{})", rest.split_once(')').unwrap().0)
    } else {
        rest.split_whitespace().next().unwrap().to_owned()
    };
    let origin = rest.strip_prefix(&value).unwrap().trim().to_owned();
    (value, origin)
}

fn config(home: &Path, flags: &[&str], variables: &[(&str, &str)]) -> String {
    let finished = run(kasse(home).args(flags).arg("config").envs(variables.iter().copied()));
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    finished.stdout
}

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn without_anything_said_the_defaults_hold() {
    let home = tempfile::tempdir().unwrap();
    let text = config(home.path(), &[], &[]);
    assert_eq!(text.lines().count(), kasse::settings::SETTINGS.len());
    assert_eq!(shown(&text, "listen"), pair("\"127.0.0.1:8080\"", "default"));
    assert_eq!(shown(&text, "data"), pair("\"./kasse-data\"", "default"));
    assert_eq!(shown(&text, "rate_limits"), pair("\"on\"", "default"));
    assert_eq!(shown(&text, "public_url"), pair("\"http://127.0.0.1:8080\"", "from listen"));
    assert_eq!(shown(&text, "mode"), pair("\"sandbox\"", "default"));
    assert_eq!(shown(&text, "insecure_return_urls"), pair("\"on\"", "default of sandbox"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn what_the_data_directory_is_counts_and_what_a_start_would_refuse_is_refused() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    assert_eq!(shown(&config(home.path(), &[], &[]), "mode"), pair("\"sandbox\"", "data directory"));
    for (flags, says) in
        [(["--mode", "production"], "was initialised as sandbox"), (["--log", "foo=bar,,"], "log must be a level")]
    {
        let refused = run(kasse(home.path()).args(flags).arg("config"));
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
    }
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("kasse.toml"), "listen = \"127.0.0.1:1\"\nrate_limits = false\nlog = \"warn\"\n")
        .unwrap();
    let variables = [("KASSE_LISTEN", "127.0.0.1:2"), ("KASSE_RATE_LIMITS", "on"), ("KASSE_DATA", "")];
    let text = config(home.path(), &["--listen", "127.0.0.1:3"], &variables);
    assert_eq!(shown(&text, "listen"), pair("\"127.0.0.1:3\"", "command line"));
    assert_eq!(shown(&text, "rate_limits"), pair("\"on\"", "variable KASSE_RATE_LIMITS"));
    assert_eq!(shown(&text, "log"), pair("\"warn\"", "file kasse.toml"));
    assert_eq!(shown(&text, "data"), pair("\"./kasse-data\"", "default"), "an empty variable is none");
    let text = config(home.path(), &[], &variables);
    assert_eq!(shown(&text, "listen"), pair("\"127.0.0.1:2\"", "variable KASSE_LISTEN"));
    let text = config(home.path(), &[], &[]);
    assert_eq!(shown(&text, "listen"), pair("\"127.0.0.1:1\"", "file kasse.toml"));
    assert_eq!(shown(&text, "rate_limits"), pair("\"off\"", "file kasse.toml"));

    let other = home.path().join("other.toml");
    fs::write(&other, "listen = \"127.0.0.1:4\"\n").unwrap();
    let path = other.to_str().unwrap();
    let expected = pair("\"127.0.0.1:4\"", &format!("file {path}"));
    assert_eq!(shown(&config(home.path(), &["--config", path], &[]), "listen"), expected);
    assert_eq!(shown(&config(home.path(), &[], &[("KASSE_CONFIG", path)]), "listen"), expected);
}

#[test]
fn what_config_shows_is_what_serves() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("kasse.toml"), "data = \"elsewhere\"\npublic_url = \"https://pay.example.com\"\n")
        .unwrap();
    let server = Server::start(kasse(home.path()).env("KASSE_LOG", "info"));
    assert!(server.welcome.contains("https://pay.example.com"), "{}", server.welcome);
    assert!(home.path().join("elsewhere/kasse.db").is_file());
    assert!(!home.path().join("kasse-data").exists());
    server.stop();
}

#[test]
fn a_mistake_in_the_file_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    for (text, word) in [
        ("listn = \"127.0.0.1:1\"\n", "listn is no setting"),
        ("config = \"x\"\n", "config is no setting"),
        ("[server]\nlisten = \"127.0.0.1:1\"\n", "server is no setting"),
        ("listen = [\"127.0.0.1:1\"]\n", "listen must be"),
        ("rate_limits = \"maybe\"\n", "rate-limits (from file kasse.toml) must be on or off"),
        ("listen = \"localhost\"\n", "listen (from file kasse.toml) must be an IP address"),
        ("listen = \n", "kasse.toml cannot be used"),
    ] {
        fs::write(home.path().join("kasse.toml"), text).unwrap();
        for command in ["serve", "config", "verify"] {
            let finished = run(kasse(home.path()).arg(command));
            assert_eq!(finished.status.code(), Some(1), "{command} {text}");
            assert!(finished.stderr.contains(word), "{command} {text}: {}", finished.stderr);
        }
        assert!(!home.path().join("kasse-data").exists(), "{text}");
    }
    fs::remove_file(home.path().join("kasse.toml")).unwrap();
    let finished = run(kasse(home.path()).args(["config", "--config", "missing.toml"]));
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.stderr.contains("the settings file missing.toml cannot be used"), "{}", finished.stderr);
}

#[test]
fn a_variable_that_is_no_setting_is_nobodys_mistake_and_a_bad_value_is() {
    let home = tempfile::tempdir().unwrap();
    // The lines of the .env block are such variables: whoever sources it must still be able to start a server.
    let foreign =
        [("KASSE_BASE_URL", "http://127.0.0.1:8080"), ("KASSE_CLIENT_SECRET", "x"), ("KASSE_NO_SETTING", "y")];
    let text = config(home.path(), &[], &foreign);
    assert!(!text.contains("CLIENT_SECRET"), "{text}");
    Server::start(kasse(home.path()).envs(foreign)).stop();
    for (name, value) in [("KASSE_LISTEN", "localhost"), ("KASSE_MODE", "test"), ("KASSE_LOG_FORMAT", "xml")] {
        let finished = run(kasse(home.path()).arg("config").env(name, value));
        assert_eq!(finished.status.code(), Some(1), "{name}");
        assert!(finished.stderr.contains(&format!("(from variable {name}) must be ")), "{}", finished.stderr);
    }
}
