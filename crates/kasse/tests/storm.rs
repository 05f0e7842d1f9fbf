//! The same request many times at once: one effect, and every copy gets the very same answer.
//!
//! Payments live side by side; each of their requests is sent as [`COPIES`] identical copies that leave together: to one real server on
//! SQLite, or half to each of two that share a PostgreSQL. The log must then hold the effect once, whoever is asked. The key is tried again
//! with another body, which is refused and changes nothing. Two sales units that use the same references and the same keys at the same time
//! never meet.
//!
//! `KASSE_STORM_REQUESTS` says how many distinct requests are sent to each keeper (1 000).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};

use domain::merchant::Market;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Keeper, Setup, Shop};
use tokio::sync::{Barrier, Semaphore};

const COPIES: usize = 8;
/// So many payments live at once: with all their copies well below what a server serves at once.
const PAYMENTS_AT_ONCE: usize = 16;

/// A merchant at every node of an installation.
#[derive(Clone)]
struct Nodes(Arc<[Shop]>);

impl Nodes {
    fn first(&self) -> &Shop {
        &self.0[0]
    }

    /// The one that is asked what became of it: where there are two, mostly not the one that did it.
    fn last(&self) -> &Shop {
        &self.0[self.0.len() - 1]
    }

    /// Whom the copy of this number is sent to.
    fn of_copy(&self, number: usize) -> Shop {
        self.0[number % self.0.len()].clone()
    }
}

/// One request, as it is sent again and again.
#[derive(Clone)]
struct Request {
    path: String,
    key: String,
    body: String,
}

impl Request {
    fn new(path: String, key: &str, body: &Value) -> Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Self { path, key: key.to_owned(), body }
    }

    async fn send(&self, shop: &Shop) -> Answer {
        let headers = [("idempotency-key", self.key.as_str())];
        shop.call("POST", &format!("/epayment/v1{}", self.path), &headers, self.body.clone()).await
    }

    /// All copies at once; the one answer they all got.
    async fn storm(&self, nodes: &Nodes) -> Answer {
        let together = Arc::new(Barrier::new(COPIES));
        let copies: Vec<_> = (0..COPIES)
            .map(|number| {
                let (request, shop, together) = (self.clone(), nodes.of_copy(number), together.clone());
                tokio::spawn(async move {
                    together.wait().await;
                    request.send(&shop).await
                })
            })
            .collect();
        let mut answers = Vec::new();
        for copy in copies {
            answers.push(copy.await.unwrap());
        }
        let first = answers.pop().unwrap();
        assert!((200..300).contains(&first.status), "{} {}: {}", self.path, self.key, first.text());
        for other in answers {
            let [one, other] =
                [&first, &other].map(|answer| (answer.status, answer.header("content-type"), answer.text()));
            assert_eq!(one, other, "{} {}", self.path, self.key);
        }
        first
    }

    /// The same key for something else: refused, and payment and log are as they were.
    async fn with_another_body(&self, body: &Value, outcome: &str, reference: &str, nodes: &Nodes) {
        let (shop, before) = (nodes.last(), shown(nodes.last(), reference).await);
        let other = Self { body: body.to_string(), ..self.clone() };
        assert_eq!(other.send(shop).await.outcome(), outcome, "{} {}", self.path, self.key);
        assert_eq!(shown(shop, reference).await, before, "{} {}", self.path, self.key);
    }
}

/// The bytes in which a payment and its log are shown.
async fn shown(shop: &Shop, reference: &str) -> [String; 2] {
    let path = format!("/payments/{reference}");
    [shop.get(&path).await.text(), shop.get(&format!("{path}/events")).await.text()]
}

/// Name, amount and key of every event, in order.
async fn log(shop: &Shop, reference: &str) -> Vec<(String, i64, String)> {
    let events = shop.get(&format!("/payments/{reference}/events")).await.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parts = |event: &Value| {
        (text(&event["name"]), event["amount"]["value"].as_i64().unwrap_or(-1), text(&event["idempotencyKey"]))
    };
    events.as_array().unwrap().iter().map(parts).collect()
}

/// What the requests of one life are called and move; the keys are the same in every life but for the create.
struct Life {
    reference: String,
    create_key: String,
    amount: i64,
    /// Cancelled before anybody approves.
    is_short: bool,
}

impl Life {
    fn numbered(number: usize, amount: i64) -> Self {
        let reference = format!("storm-{number:06}");
        Self { create_key: format!("create-{number}"), reference, amount, is_short: number % 5 == 4 }
    }

    /// How many distinct requests that is.
    const fn requests(&self) -> usize {
        if self.is_short { 2 } else { 5 }
    }

    async fn live(&self, nodes: &Nodes) {
        let Self { reference, create_key, amount, .. } = self;
        let (reference, amount) = (reference.as_str(), *amount);
        let path = |operation: &str| format!("/payments/{reference}/{operation}");
        let create = Request::new("/payments".to_owned(), create_key, &Shop::proposal(reference, amount));
        let answer = create.storm(nodes).await;
        assert_eq!((answer.status, answer.json()["reference"].as_str()), (201, Some(reference)));
        create.with_another_body(&Shop::proposal(reference, amount + 1), "409 4020", reference, nodes).await;
        let mut expected = vec![("CREATED".to_owned(), amount, create_key.clone())];
        let cancel = Request::new(path("cancel"), "cancel", &Value::Null);
        let other_cancel = json!({ "cancelTransactionOnly": true });
        if self.is_short {
            cancel.storm(nodes).await;
            cancel.with_another_body(&other_cancel, "409 4020", reference, nodes).await;
            expected.push(("TERMINATED".to_owned(), amount, create_key.clone()));
            assert_eq!(log(nodes.last(), reference).await, expected);
            return;
        }
        assert_eq!(nodes.first().approve(reference).await.status, 200);
        expected.push(("AUTHORIZED".to_owned(), amount, create_key.clone()));
        // Equal parts: a second effect would pass unnoticed by every rule but the key's.
        let part = amount / 10;
        for (operation, key, name, conflict) in [
            ("capture", "one", "CAPTURED", "409 4010"),
            ("capture", "two", "CAPTURED", "409 4010"),
            ("refund", "one", "REFUNDED", "409 4150"),
        ] {
            let request = Request::new(path(operation), key, &Shop::modification(part));
            request.storm(nodes).await;
            request.with_another_body(&Shop::modification(part + 1), conflict, reference, nodes).await;
            expected.push((name.to_owned(), part, key.to_owned()));
            assert_eq!(log(nodes.last(), reference).await, expected);
        }
        cancel.storm(nodes).await;
        cancel.with_another_body(&other_cancel, "409 4020", reference, nodes).await;
        expected.push(("CANCELLED".to_owned(), amount - 2 * part, "cancel".to_owned()));
        assert_eq!(log(nodes.last(), reference).await, expected);
        let standing = format!("AUTHORIZED a={amount} c={} r={part} x={}", 2 * part, amount - 2 * part);
        assert_eq!(nodes.last().standing(reference).await, standing);
        // Long after, the first request still gets its first answer.
        assert_eq!(create.send(nodes.last()).await.bytes, answer.bytes);
    }
}

/// So many requests as the variable says, on these nodes of one installation.
async fn storm(name: &str, nodes: Vec<Kasse>) {
    let wanted: usize =
        std::env::var("KASSE_STORM_REQUESTS").map_or(1000, |text| text.parse().expect("a number of requests"));
    let began = Instant::now();
    let mut shops = Vec::new();
    for node in &nodes {
        shops.push(node.shop().await);
    }
    let shops = Nodes(shops.into());
    let places = Arc::new(Semaphore::new(PAYMENTS_AT_ONCE));
    let requests = Arc::new(AtomicUsize::new(0));
    let (mut planned, mut living) = (0, Vec::new());
    while planned < wanted {
        let life = Life::numbered(living.len(), 1000 + i64::try_from(living.len() % 500).unwrap());
        planned += life.requests();
        let (shops, requests, place) = (shops.clone(), requests.clone(), places.clone().acquire_owned().await.unwrap());
        living.push(tokio::spawn(async move {
            life.live(&shops).await;
            requests.fetch_add(life.requests(), Relaxed);
            drop(place);
        }));
    }
    let payments = living.len();
    for life in living {
        life.await.unwrap();
    }
    for node in nodes {
        node.finish().await;
    }
    let requests = requests.load(Relaxed);
    println!(
        "{}",
        json!({ "test": name, "requests": requests, "copies": COPIES, "payments": payments, "violations": 0,
                "wall_s": began.elapsed().as_secs() })
    );
    assert!(requests >= wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_copy_gets_the_one_answer_and_the_log_holds_one_effect() {
    storm("storm", vec![Kasse::with(Setup { keeper: Keeper::Sqlite, ..Setup::default() }).await]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_copy_gets_the_one_answer_whichever_of_two_nodes_it_is_sent_to() {
    let one = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let other = one.another_node().await;
    storm("storm of two nodes", vec![one, other]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_sales_units_with_the_same_references_and_keys_never_meet() {
    const PAYMENTS: usize = 30;
    let kasse = Kasse::start().await;
    // Each asks for other amounts, so that whatever is the other's shows.
    let shops = [(kasse.shop().await, 1000), (kasse.new_shop(Market::Norway).await, 5000)];
    let places = Arc::new(Semaphore::new(PAYMENTS_AT_ONCE / 2));
    let mut living = Vec::new();
    for number in 0..PAYMENTS {
        let place = Arc::new(places.clone().acquire_owned().await.unwrap());
        for (shop, amount) in &shops {
            let (life, shop, place) = (Life::numbered(number, *amount), shop.clone(), place.clone());
            living.push(tokio::spawn(async move {
                life.live(&Nodes([shop].into())).await;
                drop(place);
            }));
        }
    }
    for life in living {
        life.await.unwrap();
    }
    // Neither knows what only the other has.
    assert_eq!(shops[0].0.create("only-the-first", 1000).await.status, 201);
    assert_eq!(shops[1].0.get("/payments/only-the-first").await.outcome(), "404 5090");
    assert_eq!(shops[1].0.capture("only-the-first", "one", 100).await.outcome(), "404 5090");
    kasse.finish().await;
}
