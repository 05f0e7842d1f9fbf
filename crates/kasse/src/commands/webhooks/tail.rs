//! `kasse webhooks tail`: every attempt to deliver something, as it is made, in a terminal.

use std::process::ExitCode;

use axum::http::Method;
use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::Timestamp;
use serde_json::Value;
use wire::webhooks::log::Attempted;

use super::lines::{Form, Line, wait};
use crate::{
    client::{Keys, Session, Steady, Trouble},
    commands::{block_on, refuse_settings, serve::StopSignals},
    stdout,
};

const PATH: &str = "/_kasse/webhooks/stream";

/// The command with its flags.
pub(crate) fn command() -> Command {
    let text = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    Keys::flags(Command::new("tail").about("Follow what is delivered by a server, attempt by attempt, until Ctrl-C"))
        .arg(text("reference", "REFERENCE").help("Only of this payment"))
        .arg(text("webhook", "ID").help("Only to this registration"))
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Each attempt as the server tells it, in JSON"),
        )
}

/// Follows until it is interrupted.
pub(crate) fn run(arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    refuse_settings(arguments, "", "tail is a client of a server, and takes none of its settings")?;
    let session = Session::new(Keys::of(arguments)?);
    let wanted = |name: &str| arguments.get_one::<String>(name).cloned();
    let filter = Filter { reference: wanted("reference"), webhook: wanted("webhook") };
    let form = (!arguments.get_flag("json")).then(Form::of_terminal);
    block_on(async {
        let mut stop = StopSignals::new()?;
        tokio::select! {
            followed = follow(&session, &filter, form.as_ref()) => followed?,
            () = stop.next() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Which attempts are wanted.
struct Filter {
    reference: Option<String>,
    webhook: Option<String>,
}

impl Filter {
    fn wants(&self, attempted: &Attempted) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.reference, &attempted.delivery.reference) && is(&self.webhook, &attempted.delivery.webhook_id)
    }
}

async fn follow(session: &Session, filter: &Filter, form: Option<&Form>) -> anyhow::Result<()> {
    let opened = Steady::open(session, "to tell of deliveries", PATH.to_owned()).await;
    let mut events = opened.map_err(|trouble| without_a_log(session, trouble))?;
    greet(session).await?;
    loop {
        let event = events.next().await?;
        // What newer servers tell that is no attempt.
        let Ok(attempted) = serde_json::from_str::<Attempted>(&event.data) else { continue };
        if !filter.wants(&attempted) {
            continue;
        }
        let line = match form {
            Some(form) => form.line(&of(&attempted, &next(&attempted))),
            None => format!("{}\n", event.data),
        };
        if !stdout::is_heard(&line)? {
            return Ok(());
        }
    }
}

/// Whoever gives tokens and has no delivery log is something else.
fn without_a_log(session: &Session, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused { .. } if trouble.is_not_found() => {
            session.server().stranger("it gives tokens, but has no delivery log")
        }
        other => other,
    }
}

/// Says what is followed, and how to register where nobody has.
async fn greet(session: &Session) -> anyhow::Result<()> {
    let path = "/webhooks/v1/webhooks";
    let listed = session.call(("to list webhooks", Method::GET, path), &Value::Null).await?;
    let registered = listed.get("webhooks").and_then(Value::as_array).map_or(0, Vec::len);
    eprintln!("kasse: following deliveries of {}; Ctrl-C ends it", session.described());
    if registered == 0 {
        eprintln!(
            "kasse: no webhook is registered, so nothing will be delivered. Register your shop's address:
  curl {}{path} -H \"Authorization: Bearer $TOKEN\" \\
    -H \"Ocp-Apim-Subscription-Key: $KASSE_SUBSCRIPTION_KEY\" -H \"Merchant-Serial-Number: $KASSE_MERCHANT_SERIAL_NUMBER\" \\
    -d '{{\"url\":\"http://localhost:3000/webhook\",\"events\":[\"epayments.payment.authorized.v1\"]}}'
  For a shop that the server cannot reach: kasse listen --forward-to http://localhost:3000/webhook",
            session.server().url()
        );
    }
    Ok(())
}

fn of<'a>(attempted: &'a Attempted, next: &'a str) -> Line<'a> {
    let Attempted { delivery, attempt } = attempted;
    Line {
        at: attempt.time.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        event: &delivery.name,
        reference: &delivery.reference,
        receiver: &delivery.url,
        number: attempt.number,
        outcome: attempt.status.ok_or_else(|| attempt.error.as_deref().unwrap_or("nothing")),
        milliseconds: attempt.ms,
        next,
    }
}

/// What comes next, in words. A sales unit may live by another time than the wall; then a wait makes no sense, and its end is told.
fn next(attempted: &Attempted) -> String {
    /// Longer than any wait between two attempts.
    const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(25 * 3600);
    let Attempted { delivery, attempt } = attempted;
    let Some(again) = &attempt.next_attempt_at else {
        return match attempt.status {
            Some(200..=299) => "delivered".to_owned(),
            _ if delivery.state == "dropped" => "dropped".to_owned(),
            _ => "given up".to_owned(),
        };
    };
    let parsed = (again.parse::<Timestamp>(), attempt.time.parse::<Timestamp>());
    let (Ok(at), Ok(began)) = parsed else { return "again".to_owned() };
    let milliseconds = at.as_millisecond() - began.as_millisecond() - attempt.ms;
    match u64::try_from(milliseconds).map(std::time::Duration::from_millis) {
        Ok(waits) if waits <= WAIT_MAX => format!("again in {}", wait(waits)),
        _ => format!("again at {again}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempted(state: &str, status: Option<u16>, next: Option<&str>) -> Attempted {
        let json = serde_json::json!({
            "id": "d", "webhookId": "w", "url": "http://a.example/", "msn": "123456", "reference": "r-1", "name": "CREATED",
            "eventId": "e", "kind": "event", "state": state, "attempts": 1, "createdAt": "2026-01-19T16:26:32Z",
            "attempt": { "number": 1, "time": "2026-01-19T16:26:33Z", "ms": 50, "status": status, "answer": "",
                         "nextAttemptAt": next },
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_comes_next_is_told_in_words() {
        for (state, status, at, expected) in [
            ("pending", Some(500), Some("2026-01-19T16:26:35.050Z"), "again in 2 s"),
            ("pending", None, Some("2026-01-19T17:26:33.050Z"), "again in 1 h"),
            ("pending", None, Some("2026-03-01T00:00:00Z"), "again at 2026-03-01T00:00:00Z"),
            ("pending", None, Some("2026-01-01T00:00:00Z"), "again at 2026-01-01T00:00:00Z"),
            ("delivered", Some(202), None, "delivered"),
            ("given_up", Some(500), None, "given up"),
            ("dropped", Some(500), None, "dropped"),
        ] {
            assert_eq!(next(&attempted(state, status, at)), expected);
        }
    }

    #[test]
    fn only_what_is_wanted_is_shown() {
        let of = |reference: Option<&str>, webhook: Option<&str>| {
            let [reference, webhook] = [reference, webhook].map(|wanted| wanted.map(str::to_owned));
            Filter { reference, webhook }.wants(&attempted("delivered", Some(200), None))
        };
        assert!(of(None, None) && of(Some("r-1"), None) && of(None, Some("w")) && of(Some("r-1"), Some("w")));
        assert!(!of(Some("r-2"), None) && !of(Some("r-1"), Some("v")));
    }
}
