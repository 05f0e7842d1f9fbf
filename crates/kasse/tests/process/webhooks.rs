//! `kasse webhooks verify`: what it finds in a delivery, in which words and with which status.
//!
//! It runs in directories without data, beside no server: it needs nothing but what it is given.

use std::{path::Path, process::Stdio};

use crate::child::{Finished, kasse, run};

/// The delivery of a payment's event, to a port of its own and with a query.
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const URL: &str = "https://shop.example.com:8443/hooks/vipps?callback=webhook&shop=7";
const BODY: &str = concat!(
    r#"{"msn":"123456","reference":"acme-shop-123-order123abc","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","#,
    r#""name":"AUTHORIZED","amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","#,
    r#""idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true}"#
);
const DATE: &str = "Mon, 19 Jan 2026 16:26:33 GMT";
const AUTHORIZATION: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256\
    &Signature=izuFmjaBTQvq88/qUzu/LQeQ20NjGJ1odSTh4tuvYTU=";
const DECODED: &str = "6fk1ParfTa2POj/xU/cgs1k4GIYncltjljuVg7qAVEU=";

/// A directory with the secret, the headers and the body of the delivery in files.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let headers = format!(
        "POST /hooks/vipps HTTP/1.1\r\nHost: shop.example.com:8443\r\nX-Ms-Date: {DATE}\r\n\
         x-ms-content-sha256: RPYlXrJ8cvZrUj9Od+KEKzwh+CcAKTQFt4l56m3OK24=\r\nAuthorization: {AUTHORIZATION}\r\n\r\nno header\n"
    );
    for (name, content) in [("secret", format!("{SECRET}\n")), ("headers", headers), ("body", BODY.to_owned())] {
        std::fs::write(home.path().join(name), content).unwrap();
    }
    home
}

fn verify(home: &Path, arguments: &[&str]) -> Finished {
    run(kasse(home).args(["webhooks", "verify"]).args(arguments))
}

const GIVEN: [&str; 8] = ["--url", URL, "--headers-file", "headers", "--body-file", "body", "--secret-file", "secret"];

#[test]
fn a_delivery_that_fits_is_valid_within_five_minutes_of_its_date() {
    let home = home();
    let at = |arguments: &[&str]| verify(home.path(), &[&GIVEN, arguments].concat());
    for arguments in [&["--at", DATE][..], &["--at", "1768840293"], &["--no-date-check"]] {
        let finished = at(arguments);
        assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(0), "valid: signed with the secret\n"));
        assert_eq!(finished.stderr, "");
    }
    let late = at(&["--at", "1768840294"]);
    assert_eq!(late.status.code(), Some(1));
    assert!(
        late.stdout.contains("invalid: The signature is right, but it was made 301 seconds ago"),
        "{}",
        late.stdout
    );
    let now = at(&[]);
    assert_eq!(now.status.code(), Some(1), "it is years old");
    assert!(now.stdout.contains("seconds ago"), "{}", now.stdout);
    let made: Vec<String> = std::fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(made.len(), 3, "nothing was made: {made:?}");
}

#[test]
fn the_parts_may_come_from_flags_a_variable_and_standard_input() {
    let home = home();
    let authorization = format!("X-Vipps-Authorization:{AUTHORIZATION}");
    let date = format!("X-MS-DATE: {DATE}");
    let arguments = [
        "webhooks",
        "verify",
        "--url",
        URL,
        "--header",
        &date,
        "--header",
        "x-ms-content-sha256: RPYlXrJ8cvZrUj9Od+KEKzwh+CcAKTQFt4l56m3OK24=",
        "--header",
        &authorization,
        "--body-file",
        "-",
        "--no-date-check",
    ];
    let of_input = |command: &mut std::process::Command| {
        let body = std::fs::File::open(home.path().join("body")).unwrap();
        let output = command.args(arguments).stdin(Stdio::from(body)).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let valid = |which: &str| (Some(0), format!("valid: signed with {which}\n"));
    assert_eq!(of_input(kasse(home.path()).env("KASSE_WEBHOOK_SECRET", SECRET)), valid("the secret"));
    let (code, _) = of_input(kasse(home.path()).env("KASSE_WEBHOOK_SECRET", SECRET).args(["--log-format", "text"]));
    assert_eq!(code, Some(1), "a setting means nothing here");
    let several = ["webhooks", "verify", "--secret", "another", "--secret-file", "secret", "--secret", ""];
    let output = run(kasse(home.path()).args(several).args(&GIVEN[..6]).arg("--no-date-check"));
    assert_eq!((output.status.code(), output.stdout.as_str()), (Some(0), "valid: signed with secret 2 of 2\n"));
}

#[test]
fn what_does_not_fit_is_explained_without_showing_the_secret() {
    let home = home();
    let pretty = BODY.replace("\":", "\": ").replace(",\"", ", \"");
    std::fs::write(home.path().join("pretty"), pretty).unwrap();
    std::fs::write(home.path().join("decoded"), format!("x-ms-date: {DATE}\n")).unwrap();
    let url = |url: &'static str| vec!["--url", url, "--headers-file", "headers", "--secret-file", "secret"];
    for (arguments, says) in [
        ([url(URL), vec!["--body-file", "pretty"]].concat(), "What was sent is the same JSON without white space"),
        (
            [url("https://shop.example.com:8443/api/hooks/vipps?callback=webhook&shop=7"), vec!["--body-file", "body"]]
                .concat(),
            "The signature fits if path and query are /hooks/vipps?callback=webhook&shop=7.",
        ),
        (
            [url("https://shop.example.com/hooks/vipps?callback=webhook&shop=7"), vec!["--body-file", "body"]].concat(),
            "The signature fits if the host is shop.example.com:8443.",
        ),
        (
            [url(URL), vec!["--body-file", "body", "--computed", DECODED]].concat(),
            "comes out if the secret is base64-decoded before it is used as the key. The key is the secret's own text",
        ),
        (
            [url(URL), vec!["--body-file", "body", "--computed", DECODED, "--secret", "another"]].concat(),
            "This is so with secret 2 of 2.",
        ),
        (
            vec!["--url", URL, "--header", "x-ms-date: x", "--body-file", "body", "--secret-file", "secret"],
            "The header x-ms-content-sha256 is missing.",
        ),
        (
            vec!["--url", URL, "--headers-file", "headers", "--body-file", "body", "--secret", "another"],
            "made with the secret of another registration",
        ),
    ] {
        let finished = verify(home.path(), &[&arguments[..], &["--no-date-check"]].concat());
        assert_eq!(finished.status.code(), Some(1), "{arguments:?}: {finished:?}");
        assert!(
            finished.stdout.starts_with("invalid: ") && finished.stdout.contains(says),
            "{says}: {}",
            finished.stdout
        );
        assert!(finished.stdout.contains("The text to be signed is \"POST\\n/"), "{}", finished.stdout);
        assert!(!finished.stdout.contains(SECRET) && finished.stderr.is_empty(), "{finished:?}");
    }
    let right = verify(home.path(), &[&GIVEN[..], &["--computed", AUTHORIZATION]].concat());
    assert_eq!((right.status.code(), right.stdout.as_str()), (Some(0), "valid: computed with the secret\n"));
}

#[test]
fn a_check_that_cannot_be_made_says_so_on_standard_error() {
    let home = home();
    std::fs::write(home.path().join("binary"), b"\xff\n").unwrap();
    std::fs::write(home.path().join("prose"), "x-ms-date: x\nno header\n").unwrap();
    std::fs::write(home.path().join("kasse.toml"), "no settings at all").unwrap();
    let given = ["--url", URL, "--body-file", "body"];
    for (arguments, code, says) in [
        (&[][..], 2, "no secret is given; give one with --secret-file, --secret or the variable KASSE_WEBHOOK_SECRET"),
        (&["--secret", ""], 2, "no secret is given"),
        (&["--secret", "x", "--header", "x-ms-date"], 2, "it has no NAME: before its value"),
        (&["--secret", "x", "--at", "yesterday"], 2, "it must be like Mon, 19 Jan 2026 16:26:33 GMT"),
        (&["--secret", "x", "--at", "0", "--no-date-check"], 2, "--no-date-check"),
        (&["--secret", "x", "--url", "https://again.example/"], 2, "--url"),
        (&["--secret-file", "none"], 1, "none cannot be read"),
        (&["--secret-file", "binary"], 1, "binary is no text in UTF-8"),
        (&["--secret", "x", "--headers-file", "prose"], 1, "line 2 of prose is no header"),
        (&["--secret", "x", "--data", "elsewhere"], 1, "--data does not apply: a delivery is checked by what is given"),
    ] {
        let finished = verify(home.path(), &[&given[..], arguments].concat());
        assert_eq!(finished.status.code(), Some(code), "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains(says) && finished.stdout.is_empty(), "{says}: {finished:?}");
    }
    for arguments in
        [&["--body-file", "body"][..], &["--url", URL], &["--url", "shop.example.com", "--body-file", "body"]]
    {
        let finished = verify(home.path(), &[arguments, &["--secret", "x"]].concat());
        assert_eq!(finished.status.code(), Some(2), "{arguments:?}: {finished:?}");
    }
    let alone = run(kasse(home.path()).arg("webhooks"));
    assert_eq!(alone.status.code(), Some(2), "{alone:?}");
}

#[test]
fn the_manual_shows_what_is_answered() {
    let home = home();
    let manual = include_str!("../../../../docs/webhooks.md");
    let decoded = [&GIVEN[..], &["--computed", DECODED]].concat();
    for arguments in [&[&GIVEN[..], &["--no-date-check"]].concat(), &decoded] {
        let finished = verify(home.path(), arguments);
        assert!(!finished.stdout.is_empty() && manual.contains(&finished.stdout), "{}", finished.stdout);
    }
    for said in [BODY, DATE, AUTHORIZATION, DECODED] {
        assert!(manual.contains(said), "{said}");
    }
}
