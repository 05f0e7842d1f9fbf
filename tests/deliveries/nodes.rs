//! Several nodes on one database share the work.

use std::time::Duration;

use domain::time::Span;
use testkit::{
    Kasse, Keeper, Setup,
    receivers::{Receiver, Reply},
};

use crate::merchant::{ALL, all_told, recorded, register};

#[tokio::test]
async fn whatever_happens_at_one_node_is_told_once_and_what_a_node_left_behind_the_other_sends() {
    let one = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let other = one.another_node().await;
    let shop = one.shop().await;
    let receiver = Receiver::start_with(|count, _| Reply::status(if count < 20 { 200 } else { 500 })).await;
    register(&shop, &receiver.url("/"), &ALL).await;
    for number in 0..20 {
        let shop = if number % 2 == 0 { shop.clone() } else { other.shop().await };
        assert_eq!(shop.create(&format!("order-{number:04}"), 1_000).await.status, 201);
    }
    let mut told = all_told(&receiver.wait_for(20).await);
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 20, "each once");
    shop.create("left-behind", 1_000).await;
    receiver.wait_for(21).await;
    recorded(&one, &receiver).await;
    one.stop().await;
    other.clock.advance(Span::seconds(2));
    let received = receiver.wait_for(22).await;
    assert_eq!(all_told(&received[20..]), ["left-behind CREATED", "left-behind CREATED"]);
    other.finish().await;
}

#[tokio::test]
async fn what_a_node_is_at_when_its_time_to_stop_is_over_it_hands_back() {
    /// Whoever has answered so often is sent all that may be under way to one registration at the same time.
    const KNOWN: usize = 3;
    const AT_ONCE: usize = 8;
    const PAYMENTS: usize = 20;
    /// Longer than a node that stops waits for anything.
    const SLOW: Duration = Duration::from_secs(60);
    let one = Kasse::with(Setup { keeper: Keeper::Postgres, ..Setup::default() }).await;
    let shop = one.shop().await;
    let is_slow = |count| (KNOWN..KNOWN + AT_ONCE).contains(&count);
    let receiver = Receiver::start_with(move |count, _| {
        let answer = Reply::status(200);
        if is_slow(count) { answer.after(SLOW) } else { answer }
    })
    .await;
    register(&shop, &receiver.url("/"), &ALL).await;
    for number in 1..=KNOWN + PAYMENTS {
        shop.create(&format!("order-{number:04}"), 1_000).await;
        receiver.wait_for(number.min(KNOWN)).await;
    }
    receiver.wait_for(KNOWN + AT_ONCE).await;
    let other = one.another_node().await;
    one.stop().await;
    // Claims that only lapse would do so after a minute, longer than is waited here.
    let received = receiver.wait_for(KNOWN + AT_ONCE + PAYMENTS).await;
    let mut told = all_told(&received[KNOWN + AT_ONCE..]);
    told.sort();
    told.dedup();
    assert_eq!(told.len(), PAYMENTS, "each once");
    other.finish().await;
}
