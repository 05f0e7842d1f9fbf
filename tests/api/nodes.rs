//! Several nodes on one PostgreSQL: what one does, all see; what time does, one of them does; and an upgraded one beside one that is not.
//!
//! These run on PostgreSQL whichever keeper the other tests are told to use.

use std::time::{Duration, Instant};

use domain::{
    text::{Msn, PartnerName},
    time::Span,
};
use engine::{KeyHolder, KeyKind, access::SEEN_TIME_MAX};
use store::postgres::Schema;
use testkit::{Kasse, Keeper, Setup, Shop};

async fn two_nodes() -> (Kasse, Kasse) {
    let one = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let other = one.another_node().await;
    (one, other)
}

/// The same merchant's program, at the other node.
fn at(node: &Kasse, shop: &Shop) -> Shop {
    Shop { http: node.http(), ..shop.clone() }
}

/// How long it takes until it is so; it must not take longer than the promise and what a busy machine adds.
async fn soon(mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < SEEN_TIME_MAX + Duration::from_secs(5), "a second was promised");
        // real time: nodes look at the database by the clock on the wall.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn any_node_answers_any_request() {
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    let created = here.create("two-nodes-1", 1000).await;
    assert_eq!(there.create("two-nodes-1", 1000).await.bytes, created.bytes, "the very bytes");
    assert_eq!(there.approve("two-nodes-1").await.status, 200);
    let captured = here.capture("two-nodes-1", "c", 400).await;
    assert_eq!(there.capture("two-nodes-1", "c", 400).await.bytes, captured.bytes);
    assert_eq!(there.capture("two-nodes-1", "c", 300).await.outcome(), "409 4010");
    assert_eq!(there.refund("two-nodes-1", "r", 100).await.status, 200);
    assert_eq!(here.standing("two-nodes-1").await, "AUTHORIZED a=1000 c=400 r=100 x=0");
    let link = created.json()["redirectUrl"].as_str().unwrap().rsplit_once("/pay").unwrap().1.to_owned();
    assert_eq!(other.http().send("GET", &format!("/pay{link}"), &[], "").await.status, 200);
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn who_may_call_is_known_everywhere_a_second_later() {
    let (one, other) = two_nodes().await;
    let here = one.new_shop(domain::merchant::Market::Norway).await;
    let there = at(&other, &here);
    soon(async || there.create("known-by-now-1", 1000).await.status == 201).await;
    let holder = KeyHolder::SalesUnit(Msn::parse(&here.msn).unwrap());
    one.engine().revoke_key(&holder, KeyKind::SecondarySubscriptionKey).await.unwrap().unwrap();
    assert_eq!(here.get("/payments/known-by-now-1").await.status, 401, "where it was revoked, at once");
    soon(async || there.get("/payments/known-by-now-1").await.status == 401).await;
    let (partner, _) = other.engine().create_partner(PartnerName::parse("Partner").unwrap()).await.unwrap();
    let found = one.engine().partners().await.unwrap();
    assert!(found.iter().any(|(found, _)| found.id == partner), "lists are always of now");
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn a_node_that_was_frozen_looks_before_it_judges() {
    let (one, other) = two_nodes().await;
    let here = one.new_shop(domain::merchant::Market::Norway).await;
    let there = at(&other, &here);
    soon(async || there.create("frozen-1", 1000).await.status == 201).await;
    let holder = KeyHolder::SalesUnit(Msn::parse(&here.msn).unwrap());
    one.engine().revoke_key(&holder, KeyKind::ClientSecret).await.unwrap().unwrap();
    // real time: everything in this process stands still while the thread does, and what was seen before does not count afterwards.
    std::thread::sleep(SEEN_TIME_MAX);
    assert_eq!(there.get("/payments/frozen-1").await.status, 401, "the very first request");
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn what_is_due_happens_once_however_many_look() {
    const PAYMENTS: usize = 60;
    let (one, other) = two_nodes().await;
    let shop = one.shop().await;
    for number in 0..PAYMENTS {
        assert_eq!(shop.create(&format!("due-{number:04}"), 1000).await.status, 201);
    }
    one.clock.pass(Span::minutes(11));
    let (first, second) = tokio::join!(one.engine().settle_due(), other.engine().settle_due());
    first.unwrap();
    second.unwrap();
    assert!(!one.is_anything_due().await);
    for number in 0..PAYMENTS {
        assert_eq!(shop.log(&format!("due-{number:04}")).await, "CREATED EXPIRED");
    }
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn a_signing_key_is_made_once_and_known_everywhere_before_it_signs() {
    let key_of = |token: &str| token.split('.').next().unwrap().to_owned();
    let (one, other) = two_nodes().await;
    let here = one.shop().await;
    let there = at(&other, &here);
    one.clock.advance_wall(Span::days(30));
    let (first, second) = tokio::join!(one.renew_signing_keys(), other.renew_signing_keys());
    assert!(first || second);
    for node in [&one, &other] {
        node.keep_up_with_keys().await;
        assert!(!node.renew_signing_keys().await, "there is a new one");
    }
    let before = [here.new_token().await, there.new_token().await];
    one.clock.advance_wall(Span::minutes(1));
    let after = [here.new_token().await, there.new_token().await];
    assert_eq!(key_of(&before[0]), key_of(&before[1]));
    assert_eq!(key_of(&after[0]), key_of(&after[1]), "one new key, whoever made it");
    assert_ne!(key_of(&before[0]), key_of(&after[0]));
    assert_eq!(here.create("signing-keys-1", 1000).await.status, 401, "the first token has lapsed long ago");
    for token in before.into_iter().chain(after) {
        for node in [&one, &other] {
            let shop = Shop { http: node.http(), token: token.clone(), ..here.clone() };
            assert_eq!(shop.get("/payments/signing-keys-1").await.outcome(), "404 5090");
        }
    }
    other.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn an_upgraded_node_works_beside_one_that_is_not_as_long_as_the_database_serves_both() {
    const ADDITIVE: &str =
        "alter table payments add column note text; create index payments_note on payments (msn, note)";
    let old = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let before = old.shop().await;
    before.authorized("upgraded-1", 1000).await;
    let ours = Schema::current();
    // The next program knows one more migration, and says that this one goes on working beside it.
    let next = ours.clone().followed_by("a note", ADDITIVE, ours.known());
    let new = old.another_node_knowing(&next).await;
    let after = at(&new, &before);
    for (number, shop) in [&before, &after, &before, &after].into_iter().enumerate() {
        assert_eq!(shop.capture("upgraded-1", &format!("c{number}"), 100).await.status, 200);
        shop.authorized(&format!("beside-it-{number}"), 1000).await;
    }
    assert_eq!(before.standing("upgraded-1").await, "AUTHORIZED a=1000 c=400 r=0 x=0");
    assert_eq!(after.log("upgraded-1").await, before.log("upgraded-1").await);
    // One that is started now, of the old program, finds its place as well.
    old.another_node().await.finish().await;
    // The program after that takes something away. The oldest is told to go, the one in the middle stays.
    let last = next.clone().followed_by("no note", "alter table payments drop column note", next.known());
    let newest = old.another_node_knowing(&last).await;
    soon(async || before.get("/payments/upgraded-1").await.outcome() == "503 3010").await;
    assert_eq!(before.capture("upgraded-1", "too-old", 100).await.outcome(), "503 3010");
    assert_eq!(before.http.send("GET", "/readyz", &[], "").await.status, 503);
    assert_eq!(after.capture("upgraded-1", "young-enough", 100).await.status, 200);
    newest.finish().await;
    new.finish().await;
    old.stop().await;
}
