//! Payers and requests on several nodes: one effect wherever they are acted on, and whoever looks at one node sees what another changes.
//!
//! These run on PostgreSQL whichever keeper the other tests are told to use.

use std::time::Duration;

use domain::{
    text::{Msn, PhoneNumber, Reference},
    time::Span,
};
use engine::live::{Topic, Watching};
use serde_json::json;
use testkit::{Kasse, Keeper, Setup, Shop};
// real time: what other nodes change is looked for by the clock on the wall.
use tokio::time::timeout;

use super::{ADA, act, asked, attempts, inbox, payer_of, pushed, put, state, wallet};

/// A second is promised; a busy machine may add some.
const SEEN_TIME_MAX: Duration = Duration::from_secs(6);

async fn two_nodes() -> (Kasse, Kasse) {
    let one = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let other = one.another_node().await;
    (one, other)
}

fn at(node: &Kasse, shop: &Shop) -> Shop {
    Shop { http: node.http(), ..shop.clone() }
}

async fn told(watching: &Watching, of: &str) {
    timeout(SEEN_TIME_MAX, watching.changed()).await.unwrap_or_else(|_| panic!("not told of {of}"));
}

/// Whether a word comes within three looks.
async fn is_told(watching: &Watching) -> bool {
    timeout(Duration::from_secs(1), watching.changed()).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_approvals_at_two_nodes_one_pays() {
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    put(&here, ADA, &json!({ "sources": [{ "id": "only", "balance": 100_000 }] })).await;
    for round in 0..10 {
        let reference = format!("two-nodes-{round}");
        asked(&here, ADA, &reference, 1000).await;
        let (first, second) =
            tokio::join!(act(&here, ADA, &reference, "approve"), act(&there, ADA, &reference, "approve"));
        let mut said = [first, second];
        said.sort();
        assert_eq!(said, ["200 AUTHORIZED", "409 state=AUTHORIZED"], "{reference}");
        assert_eq!(there.log(&reference).await, "CREATED AUTHORIZED");
    }
    assert_eq!(payer_of(&there, ADA).await["sources"][0]["balance"], 90_000);
    other.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_payments_at_two_nodes_no_more_is_paid_than_there_is() {
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    for round in 0..10 {
        put(&here, ADA, &json!({ "sources": [{ "id": "only", "balance": 1500 }] })).await;
        let references = [format!("this-one-{round}"), format!("that-one-{round}")];
        for reference in &references {
            asked(&here, ADA, reference, 1000).await;
        }
        let (first, second) =
            tokio::join!(act(&here, ADA, &references[0], "approve"), act(&there, ADA, &references[1], "approve"));
        let mut said = [first, second];
        said.sort();
        assert_eq!(said, ["200 AUTHORIZED", "422 W2 decl_funds"]);
        assert_eq!(payer_of(&there, ADA).await["sources"][0]["balance"], 500);
    }
    other.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_changes_of_a_payer_at_two_nodes_are_both_kept() {
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    for number in 0..20 {
        let number = format!("474111{number:04}");
        let (name, email) = (json!({ "name": "Ada Lovelace" }), json!({ "email": "ada@example.com" }));
        let (first, second) = tokio::join!(put(&here, &number, &name), put(&there, &number, &email));
        drop((first, second));
        let payer = payer_of(&there, &number).await;
        assert_eq!([&payer["name"], &payer["email"]], ["Ada Lovelace", "ada@example.com"], "{number}");
    }
    other.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_payers_had_planned_is_done_once_however_many_nodes_act() {
    const PAYMENTS: usize = 30;
    let (one, other) = two_nodes().await;
    let shop = one.shop().await;
    put(
        &shop,
        ADA,
        &json!({ "script": [{ "do": "approve", "afterSeconds": 5 }, { "do": "reject", "afterSeconds": 5 }] }),
    )
    .await;
    for number in 0..PAYMENTS {
        pushed(&shop, ADA, &format!("planned-{number:04}"), 1000).await;
    }
    one.payers_act().await;
    one.clock.pass(Span::seconds(5));
    tokio::join!(one.payers_act(), other.payers_act());
    let mut approved = 0;
    for number in 0..PAYMENTS {
        match shop.log(&format!("planned-{number:04}")).await.as_str() {
            "CREATED AUTHORIZED" => approved += 1,
            "CREATED ABORTED" => {}
            log => panic!("{log}"),
        }
    }
    assert_eq!(approved, PAYMENTS / 2, "each step once");
    other.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_is_tried_once_however_many_nodes_act() {
    const PAYMENTS: usize = 20;
    let (one, other) = two_nodes().await;
    let shop = one.shop().await;
    put(&shop, ADA, &json!({ "script": [{ "do": "approve", "afterSeconds": 5 }] })).await;
    for number in 0..PAYMENTS {
        pushed(&shop, ADA, &format!("declined-{number:04}"), 182).await;
    }
    one.payers_act().await;
    one.clock.pass(Span::seconds(5));
    tokio::join!(one.payers_act(), other.payers_act());
    for number in 0..PAYMENTS {
        let reference = format!("declined-{number:04}");
        assert_eq!(attempts(&shop, &reference).await, ["card-1 decl_issuer"], "{reference}");
        assert_eq!(shop.log(&reference).await, "CREATED AUTHORIZED");
    }
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn whoever_looks_at_a_payment_here_is_told_of_what_is_done_there() {
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    asked(&here, ADA, "looked-at-1", 1000).await;
    let (msn, reference) = (Msn::parse(&here.msn).unwrap(), Reference::parse("looked-at-1").unwrap());
    let watching = one.engine().watch(vec![Topic::Payment(msn, reference)]);
    told(&watching, "what was there before it looked").await;
    assert!(!is_told(&watching).await, "nothing has happened");
    assert_eq!(act(&there, ADA, "looked-at-1", "open").await, "200 CREATED");
    told(&watching, "a request that was opened").await;
    assert_eq!(act(&there, ADA, "looked-at-1", "approve").await, "200 AUTHORIZED");
    told(&watching, "a payment that was approved").await;
    assert!(!is_told(&watching).await);
    there.capture("looked-at-1", "c", 100).await;
    told(&watching, "a capture").await;
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn whoever_waits_for_requests_here_is_told_of_what_comes_there() {
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    let watching = one.engine().watch(vec![Topic::Payer(PhoneNumber::parse(ADA).unwrap())]);
    told(&watching, "what was there before it looked").await;
    pushed(&there, ADA, "comes-there-1", 1000).await;
    told(&watching, "a request").await;
    other.payers_act().await;
    while is_told(&watching).await {}
    // One goes and another comes between two looks: as many as before, and as often changed.
    assert_eq!(there.cancel("comes-there-1", "c").await.status, 200);
    told(&watching, "a request that was withdrawn").await;
    assert!(inbox(&here, ADA).await.is_empty());
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn a_node_that_looks_at_nothing_of_its_own_sees_its_own_changes_at_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, ADA, "own-change-1", 1000).await;
    let (msn, reference) = (Msn::parse(&shop.msn).unwrap(), Reference::parse("own-change-1").unwrap());
    let payment = kasse.engine().watch(vec![Topic::Payment(msn, reference)]);
    let payer = kasse.engine().watch(vec![Topic::Payer(PhoneNumber::parse(ADA).unwrap())]);
    assert_eq!(wallet(&shop, "GET", ADA, &json!(null)).await.status, 200);
    act(&shop, ADA, "own-change-1", "reject").await;
    told(&payment, "the refusal").await;
    told(&payer, "the refusal").await;
    assert_eq!(state(&shop, "own-change-1").await, "ABORTED");
    kasse.finish().await;
}
