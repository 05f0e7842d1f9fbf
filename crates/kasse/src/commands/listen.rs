//! `kasse listen`: for a receiver the server cannot reach, fetches its deliveries and carries them there.
//!
//! The registration is made when it starts and ended when it stops; the server forgets it too when nobody has listened for a minute.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Arg, ArgAction, ArgMatches, Command};
use courier::carrier::{Carried, Carrier, Failed, Limits, Message, Trust};
use domain::target::Targets;
use engine::clock::{Clock as _, SystemClock};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::timeout};
use wire::webhooks::{
    listening::{Handed, Outcome},
    registration::RegisterResponse,
};

use super::{
    block_on, refuse_settings,
    serve::StopSignals,
    webhooks::lines::{Form, Line},
};
use crate::{
    client::{Keys, Session, Steady, Trouble, authorities},
    stdout,
};

const PATH: &str = "/_kasse/test/listeners";
/// How long ending the registration may take.
const END_TIME_MAX: Duration = Duration::from_secs(5);

/// The command with its flags.
pub(crate) fn command() -> Command {
    let about = "Fetch deliveries from a sandbox and post them to a receiver that it cannot reach, until Ctrl-C";
    Keys::flags(Command::new("listen").about(about))
        .arg(
            Arg::new("forward-to")
                .long("forward-to")
                .value_name("URL")
                .required(true)
                .help("The receiver; it is registered for every event of payments while this runs"),
        )
        .arg(
            Arg::new("print-secret-only")
                .long("print-secret-only")
                .action(ArgAction::SetTrue)
                .help("Print the secret and nothing else on standard output"),
        )
}

/// Registers, carries until it is interrupted, and ends the registration.
pub(crate) fn run(arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    refuse_settings(arguments, "", "listen is a client of a server, and takes none of its settings")?;
    let session = Arc::new(Session::new(Keys::of(arguments)?));
    let url = arguments.get_one::<String>("forward-to").cloned().unwrap_or_default();
    let prints_secret_only = arguments.get_flag("print-secret-only");
    let trust = Trust::load(&authorities(arguments)).context("--ca")?;
    let carrying = Carrying {
        session: session.clone(),
        url: url.clone(),
        carrier: Carrier::new(Targets::sandbox(), &trust, Limits::default()),
        form: (!prints_secret_only).then(Form::of_terminal),
    };
    block_on(async {
        let mut stop = StopSignals::new()?;
        let registered = tokio::select! {
            registered = register(&session, &url) => registered?,
            () = stop.next() => return Ok(ExitCode::SUCCESS),
        };
        let forwarded = async {
            welcome(&session, &url, &registered, prints_secret_only)?;
            forward(carrying, &registered.id).await
        };
        let ended = tokio::select! {
            ended = forwarded => ended,
            () = stop.next() => Ok(()),
        };
        end(&session, &registered.id).await;
        ended.map(|()| ExitCode::SUCCESS)
    })
}

async fn register(session: &Session, url: &str) -> anyhow::Result<RegisterResponse> {
    let call = ("to register the receiver", Method::POST, PATH);
    let registered = match session.call(call, &json!({ "url": url })).await {
        Err(trouble) if trouble.is_not_found() => {
            let reason = "it hands no deliveries over, which only a sandbox of this version does";
            return Err(session.server().stranger(reason).into());
        }
        other => other?,
    };
    serde_json::from_value(registered).map_err(|_| session.server().stranger("it gives no secret").into())
}

/// Says what was registered: whatever a shop's settings ask for can be copied from here.
fn welcome(session: &Session, url: &str, registered: &RegisterResponse, is_secret_only: bool) -> anyhow::Result<()> {
    let RegisterResponse { id, secret } = registered;
    eprintln!("kasse: forwarding deliveries of {} to {url}; Ctrl-C ends it", session.described());
    let text = if is_secret_only {
        format!("{secret}\n")
    } else {
        format!("\nKASSE_WEBHOOK_ID={id}\nKASSE_WEBHOOK_SECRET={secret}\n\n")
    };
    stdout::say_once(&text, "the secret could not be shown; run the command again for another")
}

/// Carries whatever comes, side by side, until the registration has ended or nobody reads any more.
async fn forward(carrying: Carrying, id: &str) -> anyhow::Result<()> {
    let carrying = Arc::new(carrying);
    let session = carrying.session.clone();
    let has_ended = |trouble: Trouble| match trouble.is_not_found() {
        true => {
            anyhow::anyhow!("the registration has ended; run the command again, and give its new secret to the shop")
        }
        false => trouble.into(),
    };
    let opened = Steady::open(&session, "to hand deliveries over", format!("{PATH}/{id}")).await;
    let mut events = opened.map_err(has_ended)?;
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            event = events.next() => {
                // What newer servers tell that is no delivery.
                let Ok(handed) = serde_json::from_str::<Handed>(&event.map_err(has_ended)?.data) else { continue };
                let (carrying, id) = (carrying.clone(), id.to_owned());
                under_way.spawn(async move { carrying.carry(&id, handed).await });
            }
            Some(Ok(is_heard)) = under_way.join_next() => if !is_heard? {
                return Ok(());
            },
        }
    }
}

/// Ends the registration, so that nothing waits for it.
async fn end(session: &Session, id: &str) {
    let path = format!("/webhooks/v1/webhooks/{id}");
    let call = session.call(("to end the registration", Method::DELETE, path.as_str()), &Value::Null);
    match timeout(END_TIME_MAX, call).await {
        Ok(Ok(_)) => eprintln!("kasse: the registration is ended"),
        Ok(Err(trouble)) if trouble.is_not_found() => {}
        Ok(Err(trouble)) => eprintln!("kasse: {trouble}. The registration ends by itself within a minute"),
        Err(_) => eprintln!("kasse: the server does not answer. The registration ends by itself within a minute"),
    }
}

/// What it takes to carry a delivery.
struct Carrying {
    session: Arc<Session>,
    /// Where to.
    url: String,
    carrier: Carrier,
    form: Option<Form>,
}

impl Carrying {
    /// Posts it, says what came of it to the server and to whoever watches. Answers whether anybody does.
    async fn carry(&self, id: &str, handed: Handed) -> anyhow::Result<bool> {
        let at = SystemClock::new().wall().milliseconds();
        let Ok(body) = STANDARD.decode(&handed.body) else { return Ok(true) };
        let posted = post(&self.carrier, &self.url, &handed, body.clone()).await;
        let outcome = match &posted.outcome {
            Ok(answered) => {
                Outcome::Answered { status: answered.status, body: STANDARD.encode(&answered.head_of_body) }
            }
            Err(failed) => Outcome::Failed { error: failed.name().to_owned() },
        };
        let path = format!("{PATH}/{id}/deliveries/{}", handed.delivery);
        let told = match serde_json::to_value(&outcome) {
            Ok(outcome) => {
                let call = ("what came of a delivery", Method::POST, path.as_str());
                self.session.call(call, &outcome).await.map(drop)
            }
            Err(_) => Ok(()),
        };
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or("?");
        let attempt = handed.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("kasse-attempt"));
        let line = Line {
            at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
            event: text("name"),
            reference: text("reference"),
            receiver: &self.url,
            number: attempt.and_then(|(_, number)| number.parse().ok()).unwrap_or(0),
            outcome: posted.outcome.as_ref().map(|answered| answered.status).map_err(|failed| failed.name()),
            milliseconds: i64::try_from(posted.took.as_millis()).unwrap_or(i64::MAX),
            next: next(&posted.outcome.as_ref().map(|answered| answered.status), &told),
        };
        match &self.form {
            Some(form) => stdout::is_heard(&form.line(&line)),
            None => {
                eprint!("{}", Form::plain().line(&line));
                Ok(true)
            }
        }
    }
}

/// Posts a delivery as the server would have sent it: the courier writes the same head, in the same order. Where to is what was asked for,
/// and not what a server says.
async fn post(carrier: &Carrier, url: &str, handed: &Handed, body: Vec<u8>) -> Carried {
    let value = |name: &str| {
        let mut headers = handed.headers.iter();
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
    };
    // These the courier writes itself, from what it is given here.
    const OWN: [&str; 4] = ["host", "content-type", "content-length", "user-agent"];
    let is_own = |name: &str| OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
    let others = handed.headers.iter().filter(|(name, _)| !is_own(name));
    let headers: Vec<(&str, &str)> = others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (user_agent, content_type) = (value("user-agent"), value("content-type"));
    carrier.post(Message { url, user_agent, content_type, headers: &headers, body: body.into() }).await
}

/// What comes next, as far as it is known here: the server alone decides when.
fn next(outcome: &Result<u16, &Failed>, told: &Result<(), Trouble>) -> &'static str {
    match (told, outcome) {
        (Ok(()), Ok(200..=299)) => "delivered",
        (Ok(()), _) => "comes again",
        (Err(trouble), _) if trouble.is_not_found() => "too late for the server; comes again",
        (Err(_), _) => "the server could not be told; comes again",
    }
}

#[cfg(test)]
mod tests {
    use wire::webhooks::listening::CLASSES;

    use super::*;

    #[test]
    fn whatever_can_go_wrong_here_can_be_told_to_the_server() {
        assert_eq!(Failed::ALL.map(Failed::name), CLASSES);
    }
}
