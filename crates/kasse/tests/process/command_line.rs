//! The other commands: sales units made and listed, help, and what a command line that makes no sense is told.

use serde_json::Value;
use testkit::{Http, Shop};

use crate::child::{Server, kasse, run};

const CREATE: [&str; 2] = ["sales-unit", "create"];

#[tokio::test(flavor = "multi_thread")]
async fn keys_made_on_the_command_line_work_on_the_server() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    let made = run(kasse(home.path()).args(CREATE).args(["--name", "Bjørns Sykler", "--market", "DK", "--json"]));
    assert_eq!(made.status.code(), Some(0), "{}", made.stderr);
    assert_eq!(made.stderr, "", "with --json there is nothing but JSON");
    let json: Value = serde_json::from_str(&made.stdout).unwrap();
    let as_text = run(kasse(home.path()).args(CREATE).args(["--name", "Another", "--market", "FI"]));
    let line = |name: &str| {
        let prefix = format!("KASSE_{name}=");
        as_text.stdout.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default().to_owned()
    };
    let named = |name: &str| json[name].as_str().unwrap_or_default().to_owned();

    let listed = run(kasse(home.path()).args(["sales-unit", "list"])).stdout;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains(&format!("{:<10}  DK  Bjørns Sykler", named("merchantSerialNumber"))), "{listed}");
    let listed: Value =
        serde_json::from_str(&run(kasse(home.path()).args(["sales-unit", "list", "--json"])).stdout).unwrap();
    let names: Vec<&str> = listed.as_array().unwrap().iter().filter_map(|unit| unit["name"].as_str()).collect();
    assert!(["Acme Demo Shop", "Bjørns Sykler", "Another"].iter().all(|name| names.contains(name)), "{names:?}");
    for secret in [named("clientSecret"), named("subscriptionKey"), line("CLIENT_SECRET")] {
        assert!(secret.len() >= 32 && !listed.to_string().contains(&secret), "no secret is shown twice");
    }

    let server = Server::start(&mut kasse(home.path()));
    for (currency, msn, id, secret, key) in [
        ("DKK", named("merchantSerialNumber"), named("clientId"), named("clientSecret"), named("subscriptionKey")),
        (
            "DKK",
            named("merchantSerialNumber"),
            named("clientId"),
            named("clientSecret"),
            named("secondarySubscriptionKey"),
        ),
        ("EUR", line("MERCHANT_SERIAL_NUMBER"), line("CLIENT_ID"), line("CLIENT_SECRET"), line("SUBSCRIPTION_KEY")),
    ] {
        let shop = Shop::with_keys(Http::new(server.address), &msn, &id, &secret, &key).await;
        let mut proposal = Shop::proposal(&format!("under-{key}"), 1000);
        assert_eq!(shop.post("/payments", &format!("{key}-1"), &proposal).await.outcome(), "400 5040");
        proposal["amount"]["currency"] = currency.into();
        assert_eq!(shop.post("/payments", &format!("{key}-2"), &proposal).await.outcome(), "201");
    }
    server.stop();
}

#[test]
fn a_bad_sales_unit_is_refused_in_plain_words_and_not_made() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    let long = "x".repeat(101);
    for (arguments, status, word) in [
        (&["--name", "Shop", "--market", "SE"][..], 2, "NO, DK, FI"),
        (&["--name", "Shop", "--market", "no"], 2, "NO, DK, FI"),
        (&["--name", "Shop", "--market", ""], 2, "NO, DK, FI"),
        (&["--name", "Shop"], 2, "--market"),
        (&["--market", "NO"], 2, "--name"),
        (&["--name", "", "--market", "NO"], 1, "--name must be 1 to 100 characters"),
        (&["--name", "  ", "--market", "NO"], 1, "--name must be 1 to 100 characters"),
        (&["--name", "a\nb", "--market", "NO"], 1, "--name must be 1 to 100 characters"),
        (&["--name", &long, "--market", "NO"], 1, "--name must be 1 to 100 characters"),
    ] {
        let finished = run(kasse(home.path()).args(CREATE).args(arguments));
        assert_eq!(finished.status.code(), Some(status), "{arguments:?}: {}", finished.stderr);
        assert!(finished.stderr.contains(word), "{arguments:?}: {}", finished.stderr);
        assert_eq!(finished.stdout, "", "{arguments:?}");
    }
    let listed = run(kasse(home.path()).args(["sales-unit", "list"])).stdout;
    assert_eq!(listed, "123456      NO  Acme Demo Shop\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sales_unit_may_do_is_switched_and_counts_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    let set = |arguments: &[&str]| run(kasse(home.path()).args(["sales-unit", "set"]).args(arguments));
    let switched = set(&["123456", "push_message_allowed=off", "late_capture=off"]);
    assert_eq!(switched.status.code(), Some(0), "{switched:?}");
    assert_eq!(switched.stdout, "123456      NO  Acme Demo Shop  (off: push_message_allowed, late_capture)\n");
    for (arguments, code, says) in [
        (&["123456", "free_lunch=on"][..], 1, "free_lunch is no flag; the flags are active, epayment_allowed"),
        (&["123456", "active=maybe"], 1, "active must be on or off"),
        (&["123456", "active"], 1, "active must be written FLAG=on or FLAG=off"),
        (&["654321", "active=off"], 1, "there is no sales unit 654321"),
        (&["12", "active=off"], 1, "the sales unit's number must match"),
        (&["123456"], 2, "FLAG=on|off"),
    ] {
        let refused = set(arguments);
        assert_eq!(refused.status.code(), Some(code), "{refused:?}");
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    let mut proposal = Shop::proposal("push-message-1", 1000);
    proposal["userFlow"] = "PUSH_MESSAGE".into();
    assert_eq!(shop.post("/payments", "k", &proposal).await.outcome(), "403 5080");
    server.stop();
    assert_eq!(
        set(&["123456", "push_message_allowed=on", "late_capture=on"]).stdout,
        "123456      NO  Acme Demo Shop\n"
    );
}

#[test]
fn an_answer_that_cannot_be_written_is_told_and_nobody_panics() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    for (arguments, says) in [
        (&["sales-unit", "create", "--name", "Lost", "--market", "NO"][..], "exists but its keys could not be shown"),
        (
            &["partner", "create", "--name", "Lost"],
            "exists but its keys could not be shown; make them anew with `kasse keys rotate partner-",
        ),
        (&["keys", "rotate", "123456", "primary"], "could not be shown; run the command again"),
        (&["partner", "list"], "could not be written to standard output"),
        (&["sales-unit", "list"], "could not be written to standard output"),
        (&["verify"], "could not be written to standard output"),
        (&["config"], "could not be written to standard output"),
        (
            &["webhooks", "verify", "--url", "https://a.example", "--secret", "x", "--body-file", "/dev/null"],
            "could not be written to standard output",
        ),
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let finished = kasse(home.path()).args(arguments).stdout(full).output().unwrap();
        let stderr = String::from_utf8_lossy(&finished.stderr);
        assert_eq!(finished.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says) && !stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_anew_and_shown_once() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    let rotate = |arguments: &[&str]| run(kasse(home.path()).args(["keys", "rotate"]).args(arguments));
    let fresh = |key: &str, variable: &str| {
        let finished = rotate(&["123456", key]);
        assert_eq!(finished.status.code(), Some(0), "{finished:?}");
        finished.stdout.trim().strip_prefix(&format!("{variable}=")).unwrap().to_owned()
    };
    let secret = fresh("client-secret", "KASSE_CLIENT_SECRET");
    let primary = fresh("primary", "KASSE_SUBSCRIPTION_KEY");
    let secondary = fresh("secondary", "KASSE_SECONDARY_SUBSCRIPTION_KEY");
    for (arguments, code, says) in [
        (&["654321", "primary"][..], 1, "there is no sales unit 654321"),
        (&["x", "primary"], 1, "the sales unit's number must match"),
        (&["123456", "third"], 2, "client-secret, primary, secondary"),
    ] {
        let refused = rotate(arguments);
        assert_eq!(refused.status.code(), Some(code), "{refused:?}");
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let server = Server::start(&mut kasse(home.path()));
    let http = Http::new(server.address);
    for key in [primary.as_str(), &secondary] {
        let id = "fb492b5e-7907-4d83-bc20-c7fb60ca35de";
        let shop = Shop::with_keys(http.clone(), "123456", id, &secret, key).await;
        assert_eq!(shop.get("/payments/no-such-payment").await.outcome(), "404 5090");
    }
    let old = [
        ("client_id", "fb492b5e-7907-4d83-bc20-c7fb60ca35de"),
        ("client_secret", "Y8Kteew6GE3ZmeycEt6egg=="),
        ("ocp-apim-subscription-key", primary.as_str()),
    ];
    assert_eq!(http.send("POST", "/accesstoken/get", &old, "").await.status, 401);
    server.stop();
}

#[test]
fn sales_units_need_a_directory_that_exists_or_a_mode_to_make_it_in() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["sales-unit", "list"][..],
        &["sales-unit", "create", "--name", "Shop", "--market", "NO"],
        &["partner", "create", "--name", "Platform"],
        &["partner", "connect", "partner-123456", "123456"],
        &["keys", "revoke", "123456", "primary"],
    ] {
        let finished = run(kasse(home.path()).args(arguments));
        assert_eq!(finished.status.code(), Some(1));
        assert!(
            finished.stderr.contains("there is no kasse data in ./kasse-data; `kasse serve` makes it"),
            "{finished:?}"
        );
        assert!(!home.path().join("kasse-data").exists());
    }
    let finished = run(kasse(home.path()).args(["--mode", "sandbox", "sales-unit", "list", "--json"]));
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(0), "[]\n"), "{}", finished.stderr);
}

#[test]
fn help_names_every_command_and_setting_and_the_version_is_told() {
    let home = tempfile::tempdir().unwrap();
    let help = run(kasse(home.path()).arg("--help"));
    assert_eq!(help.status.code(), Some(0));
    for word in ["serve", "sales-unit", "partner", "keys", "webhooks", "listen", "verify", "config"] {
        assert!(help.stdout.contains(&format!("\n  {word}")), "{word}: {}", help.stdout);
    }
    for setting in kasse::settings::SETTINGS {
        assert!(help.stdout.contains(&format!("--{}", setting.name)), "{}", setting.name);
    }
    for arguments in
        [&["serve", "--help"][..], &["verify", "--help"], &["config", "--help"], &["sales-unit", "create", "--help"]]
    {
        let help = run(kasse(home.path()).args(arguments));
        assert!(help.status.success() && help.stdout.contains("--data"), "{arguments:?}");
    }
    let version = run(kasse(home.path()).arg("--version"));
    assert_eq!(
        (version.status.code(), version.stdout.as_str()),
        (Some(0), concat!("kasse ", env!("CARGO_PKG_VERSION"), "\n"))
    );
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["--no-such-flag"][..],
        &["no-such-command"],
        &["--mode", "staging"],
        &["--rate-limits", "maybe"],
        &["--listen"],
        &["sales-unit"],
        &["sales-unit", "delete"],
        &["partner"],
        &["partner", "connect", "partner-123456"],
        &["keys", "revoke", "123456"],
        &["serve", "verify"],
        &["webhooks"],
        &["webhooks", "verify"],
        &["webhooks", "tail", "--reference"],
        &["listen"],
    ] {
        let finished = run(kasse(home.path()).args(arguments));
        assert_eq!(finished.status.code(), Some(2), "{arguments:?}: {}", finished.stderr);
        assert!(!finished.stderr.is_empty() && finished.stdout.is_empty(), "{arguments:?}");
    }
    for arguments in
        [&["--listen", "localhost"][..], &["--proxy", "nobody"], &["--public-url", "pay.example.com"], &["--log", "=="]]
    {
        let finished = run(kasse(home.path()).args(arguments));
        assert_eq!(finished.status.code(), Some(1), "{arguments:?}: {}", finished.stderr);
        assert!(finished.stderr.starts_with(&format!("kasse: {}", &arguments[0][2..])), "{}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was made");
}
