//! No receiver keeps another one waiting.

use std::time::Duration;

use testkit::{
    Kasse, Setup,
    receivers::{Behaviour, Hostile, Receiver},
};

use crate::merchant::{ALL, recorded, recorded_attempts, register, told};

#[tokio::test]
async fn a_healthy_receiver_hears_at_once_whoever_hangs_beside_it() {
    // real time: hanging receivers are waited for on real connections.
    let kasse = Kasse::with(Setup { webhook_timeout: Duration::from_secs(5), ..Setup::default() }).await;
    let shop = kasse.shop().await;
    let mut hostile = Vec::new();
    for _ in 0..20 {
        let one = Hostile::start(Behaviour::NeverAnswers).await;
        register(&shop, &one.url("/"), &["epayments.payment.created.v1"]).await;
        hostile.push(one);
    }
    let receiver = Receiver::start().await;
    register(&shop, &receiver.url("/"), &["epayments.payment.authorized.v1"]).await;
    for number in 0..20 {
        shop.authorized(&format!("order-{number:04}"), 1_000).await;
    }
    let received = receiver.wait_for(20).await;
    assert!(received.iter().all(|one| told(one).ends_with("AUTHORIZED")));
    recorded(&kasse, &receiver).await;
    for one in &hostile {
        assert_eq!(one.requests(), 1, "one that fails has one place");
        assert_eq!(recorded_attempts(&kasse, &one.url("/")).await, 0, "nobody waits for it to be recorded either");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn one_that_answers_has_eight_places_and_no_more() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver =
        Receiver::start_with(|_, _| testkit::receivers::Reply::status(200).after(Duration::from_millis(30))).await;
    register(&shop, &receiver.url("/"), &ALL).await;
    let mut lives = tokio::task::JoinSet::new();
    for number in 0..60 {
        let shop = shop.clone();
        lives.spawn(async move { shop.create(&format!("order-{number:04}"), 1_000).await });
    }
    while let Some(life) = lives.join_next().await {
        assert_eq!(life.unwrap().status, 201);
    }
    receiver.wait_for(60).await;
    assert!((2..=8).contains(&receiver.connections()), "{} at once", receiver.connections());
    kasse.finish().await;
}
