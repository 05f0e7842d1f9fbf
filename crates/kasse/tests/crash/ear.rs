//! What a receiver heard, held against what there was to hear.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use testkit::{
    Postgres, Shop,
    receivers::{Received, Receiver, Reply},
};
use wire::webhooks::verify::{Headers, Received as Signed, verify};

/// Every type of event of payments.
pub(crate) const ALL: [&str; 8] = [
    "epayments.payment.created.v1",
    "epayments.payment.authorized.v1",
    "epayments.payment.aborted.v1",
    "epayments.payment.expired.v1",
    "epayments.payment.terminated.v1",
    "epayments.payment.captured.v1",
    "epayments.payment.refunded.v1",
    "epayments.payment.cancelled.v1",
];

/// What happened to a payment: of each event name, amount and key, as `Life` plans them.
pub(crate) struct Log {
    pub(crate) reference: String,
    pub(crate) events: Vec<Value>,
}

impl Log {
    fn names(&self) -> impl Iterator<Item = String> {
        self.events.iter().map(|event| name(&self.reference, &event["name"], &event["value"], &event["key"]))
    }
}

/// What an event is called here.
pub(crate) fn name(reference: &str, name: &Value, value: &Value, key: &Value) -> String {
    format!("{reference} {name} {value} {key}")
}

/// Which event it is about.
pub(crate) fn name_of(received: &Received) -> String {
    let body: Value = serde_json::from_slice(&received.body).expect("a body is JSON");
    let reference = body["reference"].as_str().expect("a reference");
    name(reference, &body["name"], &body["amount"]["value"], &body["idempotencyKey"])
}

/// A receiver that hears of everything, with its registration.
pub(crate) struct Ear {
    what: &'static str,
    receiver: Receiver,
    url: String,
    secret: String,
}

/// What came of listening.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) events: usize,
    pub(crate) requests: usize,
    pub(crate) violations: Vec<String>,
}

impl Heard {
    /// How much, for the evidence.
    pub(crate) fn counts(&self) -> Value {
        json!({ "events": self.events, "requests": self.requests, "violations": self.violations.len() })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.requests += other.requests;
        self.violations.extend(other.violations);
    }
}

impl Ear {
    /// The receiver is registered for everything that happens to the shop's payments.
    pub(crate) async fn register(what: &'static str, shop: &Shop, receiver: Receiver) -> Self {
        let url = receiver.url("/hook?from=kasse");
        let answer = shop.register(&url, &ALL).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let secret = answer.json()["secret"].as_str().expect("a secret").to_owned();
        Self { what, receiver, url, secret }
    }

    /// One that takes everything, and one that refuses some, breaks off at some, and takes them when they come again.
    pub(crate) async fn pair(shop: &Shop) -> [Self; 2] {
        let steady = Self::register("steady", shop, Receiver::start().await).await;
        let moody = Receiver::start_with(|count, _| match count % 40 {
            13 => Reply::status(500),
            29 => Reply::reset(),
            _ => Reply::status(200),
        });
        [steady, Self::register("moody", shop, moody.await).await]
    }

    /// Waits until all of it has come, or nobody believes in it any more. Answers also whatever else is wrong: what nobody did, what came
    /// for the first time after what follows it, what is not signed.
    pub(crate) async fn judge(&self, logs: &[Log], patience: Duration) -> Heard {
        let expected: HashSet<String> = logs.iter().flat_map(Log::names).collect();
        let (mut firsts, mut looked_at): (HashMap<String, usize>, usize) = (HashMap::new(), 0);
        let (since, mut missing) = (Instant::now(), expected.len());
        loop {
            let received = self.receiver.received();
            for (number, one) in received.iter().enumerate().skip(looked_at) {
                let name = name_of(one);
                let is_expected = expected.contains(&name);
                if let Entry::Vacant(place) = firsts.entry(name) {
                    place.insert(number);
                    missing -= usize::from(is_expected);
                }
            }
            looked_at = received.len();
            if missing == 0 || since.elapsed() > patience {
                break;
            }
            // real time: it comes from another process, over real connections.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.weigh(logs, &expected, &firsts)
    }

    fn weigh(&self, logs: &[Log], expected: &HashSet<String>, firsts: &HashMap<String, usize>) -> Heard {
        let (what, mut violations) = (self.what, Vec::new());
        for log in logs {
            let first: Vec<(String, Option<usize>)> =
                log.names().map(|name| (name.clone(), firsts.get(&name).copied())).collect();
            violations.extend(
                first.iter().filter(|(_, first)| first.is_none()).map(|(name, _)| format!("{what}: {name} never came")),
            );
            if !first.iter().filter_map(|(_, first)| *first).is_sorted() {
                violations.push(format!("{what}: out of order: {first:?}"));
            }
        }
        let heard_and_not_done = firsts.keys().filter(|name| !expected.contains(*name));
        violations.extend(heard_and_not_done.map(|name| format!("{what}: {name} came, and nobody did it")));
        let received = self.receiver.received();
        let unsigned = received.iter().filter(|one| !self.is_signed(one));
        violations.extend(unsigned.map(|one| format!("{what}: not signed: {}", name_of(one))));
        Heard { events: firsts.len(), requests: received.len(), violations }
    }

    /// Whether a receiver that asks for everything would believe it.
    fn is_signed(&self, received: &Received) -> bool {
        let arrived = SystemTime::now() - received.arrived.elapsed();
        let seconds = arrived.duration_since(UNIX_EPOCH).expect("it is later than that").as_secs();
        let headers = received.headers();
        let signed = Signed {
            url: &self.url,
            secrets: &[&self.secret],
            headers: Headers::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            body: &received.body,
            now: Some(seconds.cast_signed()),
        };
        verify(&signed).is_ok()
    }

    /// When each event came for the first time.
    pub(crate) fn firsts(&self) -> HashMap<String, Instant> {
        let mut firsts = HashMap::new();
        for one in self.receiver.received() {
            firsts.entry(name_of(&one)).or_insert(one.arrived);
        }
        firsts
    }
}

/// As if the minute had passed for which a claim holds: a short run does not wait for it. Answers how many there were.
pub(crate) fn let_claims_lapse(server: &Postgres, url: &str) -> String {
    let name = url.split(['/', '?']).nth(3).expect("the name of a database");
    let sql = "with lapsed as (update kasse.deliveries set claimed_until = clock_timestamp() - interval '1 second'
                 where claimed_until >= clock_timestamp() returning 1) select count(*) from lapsed";
    server.run(name, sql)
}

/// Both hear everything.
pub(crate) async fn judge_all(ears: &[Ear], logs: &[Log], patience: Duration) -> Heard {
    let (mut heard, since) = (Heard::default(), Instant::now());
    for ear in ears {
        heard.add(ear.judge(logs, patience.saturating_sub(since.elapsed())).await);
    }
    heard
}
