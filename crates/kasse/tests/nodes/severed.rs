//! Connections between a node and its PostgreSQL break while deliveries are claimed and attempts recorded: everything arrives all the same,
//! at least once and in order.
//!
//! A receiver hesitates, so that a payment's whole life is over before its first event has been taken. What then crosses the wire is what
//! deliveries are made of: a recording, a claim, a recording. The n-th message of that is where the connection breaks, for every n, in both
//! directions, before and after it. `KASSE_CUTS=all` makes every cut; otherwise it is a sample.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{
    Answer, Cut, CuttingProxy, Direction, Http, Postgres, Shop, Side, Way,
    receivers::{Receiver, Reply},
};
use tokio::task::block_in_place;

use crate::{
    child::{Server, kasse, run},
    cluster::serve,
    ear::{Ear, Log, let_claims_lapse},
};

/// As many messages as a payment's deliveries take, and a few more.
const MESSAGES: usize = 24;
/// How long the receiver thinks about the first event of a payment.
const HESITATION: Duration = Duration::from_millis(150);
/// How long a cut is waited for: long enough for all of it, and for whoever looks twice a second.
const CUT_WITHIN: Duration = Duration::from_millis(900);
/// How long a request is sent again and again while its answers are that it be sent again.
const SILENCE_MAX: Duration = Duration::from_secs(30);

fn all_cuts() -> Vec<Cut> {
    let mut cuts = Vec::new();
    for message in 1..=MESSAGES {
        for direction in [Direction::ToServer, Direction::ToClient] {
            for side in [Side::Before, Side::After] {
                for way in [Way::Reset, Way::Finish] {
                    cuts.push(Cut { direction, message, side, way });
                }
            }
        }
    }
    cuts
}

/// Every cut, or every n-th, which meets each kind at some message.
fn cuts() -> Vec<Cut> {
    let step = if std::env::var("KASSE_CUTS").is_ok_and(|cuts| cuts == "all") { 1 } else { 7 };
    all_cuts().into_iter().step_by(step).collect()
}

/// Sends a request until it is answered with more than to come again.
async fn until_answered<F: Future<Output = Option<Answer>>>(send: impl Fn() -> F) -> Answer {
    let since = Instant::now();
    loop {
        if let Some(answer) = send().await.filter(|answer| ![503, 423].contains(&answer.status)) {
            return answer;
        }
        assert!(since.elapsed() < SILENCE_MAX, "nobody answers");
        // real time: connections are made anew.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// A payment's whole life.
async fn live(shop: &Shop, reference: &str) -> Log {
    let path = format!("/epayment/v1/payments/{reference}");
    let create = Shop::proposal(reference, 1000).to_string();
    let key = [("idempotency-key", reference)];
    let created = until_answered(|| shop.try_call("POST", "/epayment/v1/payments", &key, create.clone())).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let approve = json!({ "customer": { "phoneNumber": engine::merchant::example::PAYER } }).to_string();
    let at = format!("/epayment/v1/test/payments/{reference}/approve");
    let approved = until_answered(|| shop.try_call("POST", &at, &[], approve.clone())).await;
    assert!(approved.status == 200 || approved.outcome() == "400 6230", "{}", approved.text());
    let capture = Shop::modification(400).to_string();
    let at = format!("{path}/capture");
    let captured = until_answered(|| shop.try_call("POST", &at, &[("idempotency-key", "c")], capture.clone())).await;
    assert_eq!(captured.status, 200, "{}", captured.text());
    let event = |name: &str, value: u64, key: &str| json!({ "name": name, "value": value, "key": key });
    let events =
        vec![event("CREATED", 1000, reference), event("AUTHORIZED", 1000, reference), event("CAPTURED", 400, "c")];
    Log { reference: reference.to_owned(), events }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_in_order_wherever_connections_break_while_it_is_claimed_and_recorded() {
    let (postgres, home) = block_in_place(|| (Postgres::durable(), tempfile::tempdir().unwrap()));
    let database = block_in_place(|| postgres.database());
    let proxy = CuttingProxy::start(postgres.socket()).await;
    let through = proxy.url(database.split(['/', '?']).nth(3).unwrap());
    let server = block_in_place(|| Server::start(&mut serve(&home, &through)));
    let shop = Shop::example(Http::new(server.address)).await;
    let is_first = |body: &[u8]| body.windows(9).any(|part| part == b"\"CREATED\"");
    let receiver = Receiver::start_with(move |_, received| {
        Reply::status(200).after(if is_first(&received.body) { HESITATION } else { Duration::ZERO })
    });
    let ear = Ear::register("severed", &shop, receiver.await).await;
    let (began, cuts) = (Instant::now(), cuts());
    let (mut logs, mut made) = (Vec::new(), 0);
    for (number, cut) in cuts.iter().enumerate() {
        logs.push(live(&shop, &format!("severed-{number:04}")).await);
        proxy.arm(&[*cut]);
        let armed = Instant::now();
        while armed.elapsed() < CUT_WITHIN && !proxy.has_cut() {
            // real time: messages come when they come.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        made += proxy.disarm().1;
    }
    // A cut may leave a claim that nobody knows of.
    let lapsed = block_in_place(|| let_claims_lapse(&postgres, &database));
    let heard = ear.judge(&logs, SILENCE_MAX).await;
    server.stop();
    let verified = block_in_place(|| run(kasse(home.path()).args(["verify", "--database-url", &database])));
    println!(
        "{}",
        json!({ "test": "severed", "cuts": cuts.len(), "made": made, "claims_left": lapsed, "heard": heard.counts(),
                "wall_s": began.elapsed().as_secs() })
    );
    assert!(heard.violations.is_empty(), "{}", heard.violations[..heard.violations.len().min(20)].join("\n"));
    assert_eq!(verified.status.code(), Some(0), "{}", verified.stdout);
    assert!(made * 2 > cuts.len(), "only {made} of {} were made", cuts.len());
}
