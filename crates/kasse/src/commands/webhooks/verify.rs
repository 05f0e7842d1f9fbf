//! `kasse webhooks verify`: whether a delivery is what it says, and if not, the mistake that would explain it.
//!
//! It works on what it is given and on nothing else: no server, no data, no network, no setting. Secrets are shown nowhere.

use std::{io::Read as _, path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};
use engine::clock::{Clock as _, SystemClock};
use wire::webhooks::{
    date,
    signature::{content_hash, string_to_sign},
    target::Target,
    verify::{Diagnosis, Headers, Received, diagnose, diagnose_computed},
};

use crate::{commands::refuse_settings, stdout};

/// Where a secret is read from if no flag gives one.
const SECRET: &str = "KASSE_WEBHOOK_SECRET";
/// How a command line that makes no sense ends.
const USAGE: u8 = 2;

/// The command with its flags.
pub(crate) fn command() -> Command {
    let text = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    Command::new("verify")
        .about("Check a delivery's signature, and say which mistake explains one that does not fit")
        .arg(
            text("url", "URL")
                .required(true)
                .value_parser(url)
                .help("The address as it was registered, not that of the request"),
        )
        .arg(text("secret", "SECRET").action(ArgAction::Append).help(
            "A secret it may be signed with; may be repeated [variable: KASSE_WEBHOOK_SECRET, not seen in lists of processes]",
        ))
        .arg(
            text("secret-file", "FILE")
                .action(ArgAction::Append)
                .help("A file with such a secret, without the line feed at its end; may be repeated"),
        )
        .arg(
            text("header", "NAME: VALUE")
                .action(ArgAction::Append)
                .value_parser(header)
                .help("A header of the delivery; may be repeated"),
        )
        .arg(text("headers-file", "FILE").help("A file with its headers, one a line, up to an empty line"))
        .arg(text("body-file", "FILE").required(true).help("Its body, byte for byte; - for standard input"))
        .arg(
            text("computed", "VALUE")
                .help("What your own code computed, the signature or the whole header: say what is wrong with it"),
        )
        .arg(
            text("at", "TIME")
                .value_parser(time)
                .help("When it arrived: as in a Date header, or as seconds since 1970 [default: now]"),
        )
        .arg(
            Arg::new("no-date-check")
                .long("no-date-check")
                .action(ArgAction::SetTrue)
                .conflicts_with("at")
                .help("Do not ask whether it arrived within five minutes of its date"),
        )
}

/// Checks it and says what is found; fails where it does not fit.
pub(crate) fn run(arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    refuse_settings(arguments, "", "a delivery is checked by what is given here alone")?;
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let secrets = secrets(arguments)?;
    if secrets.is_empty() {
        eprintln!("kasse: no secret is given; give one with --secret-file, --secret or the variable {SECRET}");
        return Ok(ExitCode::from(USAGE));
    }
    let mut headers: Vec<(String, String)> = arguments.get_many("header").into_iter().flatten().cloned().collect();
    if let Some(file) = text("headers-file") {
        headers.extend(headers_of(file)?);
    }
    let body = bytes_of(text("body-file").unwrap_or_default())?;
    let now = match arguments.get_one::<i64>("at") {
        Some(at) => Some(*at),
        None if arguments.get_flag("no-date-check") => None,
        None => Some(SystemClock::new().wall().seconds()),
    };
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let headers = Headers::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let received = Received { url: text("url").unwrap_or_default(), secrets: &secrets, headers, body: &body, now };
    let found = match text("computed") {
        Some(computed) => diagnose_computed(&received, computed),
        None => diagnose(&received),
    };
    stdout::say(&match &found {
        Ok(verified) => format!(
            "valid: {} with {}\n",
            text("computed").map_or("signed", |_| "computed"),
            which(verified.secret, &secrets)
        ),
        Err(diagnosis) => format!("invalid: {diagnosis}{}\n{}", by(diagnosis, &secrets), signed_text(&received)),
    })?;
    Ok(if found.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// By which secret a mistake was found, where there are several.
fn by(diagnosis: &Diagnosis, secrets: &[&str]) -> String {
    match diagnosis {
        Diagnosis::Sent { secret, .. } | Diagnosis::Computed { secret, .. } if secrets.len() > 1 => {
            format!(" This is so with {}.", which(*secret, secrets))
        }
        _ => String::new(),
    }
}

fn which(secret: usize, secrets: &[&str]) -> String {
    match secrets.len() {
        1 => "the secret".to_owned(),
        all => format!("secret {} of {all}", secret + 1),
    }
}

/// The text that would be signed, to be compared with.
fn signed_text(received: &Received<'_>) -> String {
    let (Some(target), Some(date)) = (Target::of(received.url), received.headers.date) else { return String::new() };
    let text = string_to_sign(&target.path_and_query, &target.host(), date, &content_hash(received.body));
    format!("The text to be signed is {text:?}, where \\n is a line feed.\n")
}

/// The secrets of the flags, or that of the variable.
fn secrets(arguments: &ArgMatches) -> anyhow::Result<Vec<String>> {
    let mut secrets: Vec<String> = arguments.get_many("secret").into_iter().flatten().cloned().collect();
    for file in arguments.get_many::<String>("secret-file").into_iter().flatten() {
        let text = text_of(file)?;
        let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        secrets.push(text.to_owned());
    }
    if secrets.is_empty() {
        secrets.extend(std::env::var(SECRET));
    }
    secrets.retain(|secret| !secret.is_empty());
    Ok(secrets)
}

/// The headers in a file. The line of the request may stand before them, as where it was copied from a request.
fn headers_of(file: &str) -> anyhow::Result<Vec<(String, String)>> {
    let text = text_of(file)?;
    let is_request = |line: &str| line.split(' ').count() == 3 && line.contains(" HTTP/");
    let mut headers = Vec::new();
    for (index, line) in text.lines().enumerate().skip_while(|(index, line)| *index == 0 && is_request(line)) {
        if line.is_empty() {
            break;
        }
        let Ok(header) = header(line) else { bail!("line {} of {file} is no header like NAME: VALUE", index + 1) };
        headers.push(header);
    }
    Ok(headers)
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once(':').filter(|(name, _)| !name.trim().is_empty()).ok_or("it has no NAME: before its value")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn url(text: &str) -> Result<String, String> {
    let rule = "it must be absolute, http or https, in visible ASCII, without user and password";
    Target::of(text).map(|_| text.to_owned()).ok_or_else(|| rule.to_owned())
}

fn time(text: &str) -> Result<i64, String> {
    let rule = "it must be like Mon, 19 Jan 2026 16:26:33 GMT, or seconds since 1970";
    date::parse(text).or_else(|| text.parse().ok()).ok_or_else(|| rule.to_owned())
}

fn text_of(file: &str) -> anyhow::Result<String> {
    String::from_utf8(bytes_of(file)?).ok().with_context(|| format!("{file} is no text in UTF-8"))
}

fn bytes_of(file: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
        file => std::fs::read(Path::new(file)),
    };
    read.with_context(|| format!("{file} cannot be read"))
}
