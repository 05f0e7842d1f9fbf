//! Of one payment events arrive in order, whatever goes wrong; of different payments side by side.

use testkit::{
    Kasse,
    receivers::{Receiver, Reply},
};

use crate::merchant::{ALL, all_told, pass, recorded, register, told};

#[tokio::test]
async fn what_fails_keeps_back_what_follows_of_its_payment_and_of_no_other() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start_with(|count, received| {
        Reply::status(if told(received) == "order-0001 CREATED" && count < 3 { 503 } else { 200 })
    })
    .await;
    register(&shop, &receiver.url("/"), &ALL).await;
    shop.create("order-0001", 1_000).await;
    receiver.wait_for(1).await;
    shop.approve("order-0001").await;
    shop.capture("order-0001", "c", 1_000).await;
    shop.create("order-0002", 1_000).await;
    let received = receiver.wait_for(2).await;
    assert_eq!(all_told(&received), ["order-0001 CREATED", "order-0002 CREATED"]);
    let mut count = 2;
    loop {
        recorded(&kasse, &receiver).await;
        pass(&kasse, 2);
        count += 1;
        let received = receiver.wait_for(count).await;
        if told(&received[count - 1]) != "order-0001 CREATED" {
            break;
        }
    }
    let received = receiver.wait_until(|received| received.iter().any(|one| told(one) == "order-0001 CAPTURED")).await;
    let of_first: Vec<String> = all_told(&received).into_iter().filter(|told| told.starts_with("order-0001")).collect();
    let mut deduplicated = of_first.clone();
    deduplicated.dedup();
    assert_eq!(deduplicated, ["order-0001 CREATED", "order-0001 AUTHORIZED", "order-0001 CAPTURED"], "{of_first:?}");
    kasse.finish().await;
}

#[tokio::test]
async fn many_payments_at_once_arrive_each_in_order() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start_with(|count, _| Reply::status(if count % 7 == 3 { 500 } else { 200 })).await;
    register(&shop, &receiver.url("/"), &ALL).await;
    let mut lives = tokio::task::JoinSet::new();
    for number in 0..40 {
        let shop = shop.clone();
        lives.spawn(async move {
            let reference = format!("order-{number:04}");
            shop.authorized(&reference, 1_000).await;
            shop.capture(&reference, "c", 600).await;
            shop.refund(&reference, "r", 100).await;
        });
    }
    while let Some(life) = lives.join_next().await {
        life.unwrap();
    }
    let names = ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED"];
    loop {
        let received = receiver.received();
        let arrived =
            |reference: &str, name: &str| received.iter().any(|one| told(one) == format!("{reference} {name}"));
        if (0..40).all(|number| arrived(&format!("order-{number:04}"), "REFUNDED")) {
            break;
        }
        pass(&kasse, 2);
        // real time: attempts are made on real connections.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let told = all_told(&receiver.received());
    for number in 0..40 {
        let first =
            names.map(|name| told.iter().position(|told| *told == format!("order-{number:04} {name}")).unwrap());
        assert!(first.is_sorted(), "order-{number:04} arrived as {first:?}");
    }
    kasse.finish().await;
}
