//! A node that is frozen in the middle of an attempt, for longer than its claim holds: when it thaws, another has made the attempt in its
//! place, and what the frozen one then says about its own changes nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{
    Http, Postgres, Shop,
    receivers::{Received, Receiver, Reply},
};
use tokio::task::block_in_place;

use crate::{
    child::{Server, Signal, kasse, run},
    cluster::serve,
    ear::{ALL, let_claims_lapse},
    is_long,
};

/// How long the receiver thinks about the first two attempts: so that both nodes wait for it when the frozen one thaws.
const HESITATION: Duration = Duration::from_secs(4);
/// A claim lasts a minute, and whoever looks for lapsed ones does so twice a second.
const SECOND_ATTEMPT_WITHIN: Duration = Duration::from_secs(90);

fn event(received: &Received) -> String {
    let body: Value = serde_json::from_slice(&received.body).unwrap();
    body["name"].as_str().unwrap().to_owned()
}

/// Waits for so many requests.
async fn heard(receiver: &Receiver, count: usize, within: Duration) -> Vec<String> {
    let since = Instant::now();
    loop {
        let received = receiver.received();
        if received.len() >= count {
            return received.iter().map(|one| event(one)).collect();
        }
        assert!(since.elapsed() < within, "{} requests, not {count}", received.len());
        // real time: it comes from another process.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_says_about_an_attempt_that_became_anothers_while_it_was_frozen_changes_nothing() {
    let (postgres, home) = block_in_place(|| (Postgres::durable(), tempfile::tempdir().unwrap()));
    let database = block_in_place(|| postgres.database());
    let start = || block_in_place(|| Server::start(&mut serve(&home, &database)));
    // The first attempt fails, the second does not; both take their time.
    let receiver = Receiver::start_with(|count, _| match count {
        0 => Reply::status(500).after(HESITATION),
        1 => Reply::status(200).after(HESITATION),
        _ => Reply::status(200),
    })
    .await;
    let frozen = start();
    let shop = Shop::example(Http::new(frozen.address)).await;
    assert_eq!(shop.register(&receiver.url("/"), &ALL).await.status, 201);
    assert_eq!(shop.create("claimed-twice", 1000).await.status, 201);
    heard(&receiver, 1, HESITATION).await;
    frozen.child.signal(Signal::STOP);

    let other = start();
    let shop = Shop { http: Http::new(other.address), ..shop };
    assert_eq!(shop.approve("claimed-twice").await.status, 200);
    assert_eq!(shop.capture("claimed-twice", "c", 300).await.status, 200);
    assert_eq!(receiver.received().len(), 1, "what is claimed is nobody else's, and what follows waits");
    if !is_long() {
        let lapsed = block_in_place(|| let_claims_lapse(&postgres, &database));
        assert_eq!(lapsed, "1");
    }
    heard(&receiver, 2, SECOND_ATTEMPT_WITHIN).await;
    // Now it learns of its failure, while the other still waits for its success.
    frozen.child.signal(Signal::CONT);
    let expected = ["CREATED", "CREATED", "AUTHORIZED", "CAPTURED"];
    assert_eq!(heard(&receiver, 4, SECOND_ATTEMPT_WITHIN).await, expected);
    let log = shop.call("GET", "/_kasse/webhooks/deliveries", &[], "").await.json();
    let states = |log: &Value| -> Vec<Value> {
        let all = log["deliveries"].as_array().unwrap().iter();
        all.map(|one| json!([one["name"], one["state"], one["attempts"]])).collect()
    };
    let first = json!(["CREATED", "delivered", 1]);
    assert!(states(&log).contains(&first), "{log}");

    // It goes on as ever.
    let thawed = Shop { http: Http::new(frozen.address), ..shop.clone() };
    assert_eq!(thawed.create("afterwards", 1000).await.status, 201);
    assert_eq!(heard(&receiver, 5, HESITATION * 2).await[4], "CREATED");
    drop((frozen.stop(), other.stop()));
    let verified = block_in_place(|| run(kasse(home.path()).args(["verify", "--database-url", &database])));
    assert_eq!(verified.status.code(), Some(0), "{}", verified.stdout);
    assert_eq!(receiver.received().len(), 5, "nothing was sent once more");
    println!(
        "{}",
        json!({ "test": "zombie", "claims_lapsed_by_themselves": is_long(), "requests": 5, "violations": 0 })
    );
}
