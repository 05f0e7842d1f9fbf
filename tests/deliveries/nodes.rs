//! Several nodes on one database share the work.

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
