//! When what did not arrive is sent again, when it is given up, and when a registration is.

use domain::time::Span;
use testkit::{
    Kasse,
    receivers::{Receiver, Reply},
};

use crate::merchant::{ALL, a_while, all_told, delete, is_signed, pass, recorded, register, registered, told, wall};

/// The published waits before the second attempt and the following ones, as seconds.
fn waits() -> Vec<i64> {
    [vec![2, 2, 2, 60, 120], vec![3_600; 23], vec![86_400; 6]].concat()
}

#[tokio::test]
async fn what_fails_is_sent_again_as_published_for_seven_days_and_then_the_next_one_comes() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start_with(|_, received| {
        let is_first =
            received.header("Kasse-Event-Id").is_some() && received.body.windows(9).any(|part| part == b"\"CREATED\"");
        Reply::status(if is_first { 500 } else { 204 })
    })
    .await;
    let registration = register(&shop, &receiver.url("/"), &ALL).await;
    shop.authorized("order-0001", 1_000).await;
    let mut count = 1;
    receiver.wait_for(count).await;
    for wait in waits() {
        // A moment before it nothing comes: the one that does would be counted at the next step.
        recorded(&kasse, &receiver).await;
        kasse.clock.advance(Span::milliseconds(wait * 1_000 - 1));
        a_while().await;
        assert_eq!(receiver.received().len(), count, "{wait} s after attempt {count}");
        kasse.clock.advance_wall(Span::seconds(wait));
        kasse.clock.advance(Span::milliseconds(1));
        count += 1;
        let received = receiver.wait_for(count).await;
        assert_eq!(received[count - 1].header("Kasse-Attempt").unwrap(), count.to_string());
        assert!(is_signed(&received[count - 1], &registration, wall(&kasse)), "signed anew");
        assert_eq!(received[count - 1].body, received[0].body, "with the same bytes");
    }
    let received = receiver.wait_for(count + 1).await;
    assert_eq!(all_told(&received)[count], "order-0001 AUTHORIZED", "given up, the next one comes at once");
    let shop = kasse.shop().await;
    let log = shop.call("GET", "/_kasse/webhooks/deliveries?state=given_up", &[], "").await.json();
    assert_eq!(log["deliveries"][0]["attempts"], count, "{log}");
    kasse.finish().await;
}

#[tokio::test]
async fn any_answer_of_success_counts_and_no_other_does() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, status) in
        [200, 201, 202, 204, 299, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503].into_iter().enumerate()
    {
        let receiver = Receiver::start_with(move |count, _| Reply::status(if count == 0 { status } else { 200 })).await;
        let registration = register(&shop, &receiver.url("/"), &ALL).await;
        shop.create(&format!("order-{number:04}"), 100).await;
        receiver.wait_for(1).await;
        recorded(&kasse, &receiver).await;
        pass(&kasse, 2);
        if (200..300).contains(&status) {
            a_while().await;
            assert_eq!(receiver.received().len(), 1, "{status}");
        } else {
            assert_eq!(receiver.wait_for(2).await[1].header("Kasse-Attempt").unwrap(), "2", "{status}");
        }
        delete(&shop, &registration).await;
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_registration_hears_of_what_happens_after_it_and_of_nothing_after_its_end() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let failing = Receiver::start_with(|_, _| Reply::status(500)).await;
    let witness = Receiver::start().await;
    shop.create("before-it", 100).await;
    let registration = register(&shop, &failing.url("/"), &ALL).await;
    register(&shop, &witness.url("/"), &ALL).await;
    shop.create("after-it", 100).await;
    failing.wait_for(1).await;
    recorded(&kasse, &failing).await;
    delete(&shop, &registration).await;
    pass(&kasse, 2);
    shop.create("afterwards", 100).await;
    let told = all_told(&witness.wait_for(2).await);
    assert!(
        told.contains(&"after-it CREATED".to_owned()) && told.contains(&"afterwards CREATED".to_owned()),
        "{told:?}"
    );
    a_while().await;
    assert_eq!(all_told(&failing.received()), ["after-it CREATED"], "what waited was dropped");
    kasse.finish().await;
}

#[tokio::test]
async fn a_registration_nothing_has_reached_for_two_weeks_is_removed_and_its_end_can_be_read() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start_with(|_, _| Reply::status(500)).await;
    let registration = register(&shop, &receiver.url("/"), &ALL).await;
    shop.create("order-0001", 100).await;
    receiver.wait_for(1).await;
    recorded(&kasse, &receiver).await;
    let nearly = Span::days(14).as_milliseconds() / 1_000 - 1;
    pass(&kasse, nearly);
    // What is given up, and that the payment has expired meanwhile.
    receiver.wait_for(3).await;
    recorded(&kasse, &receiver).await;
    assert_eq!(registered(&shop).await, [registration.id.as_str()], "a second is missing");
    pass(&kasse, 1);
    shop.create("order-0002", 100).await;
    receiver.wait_until(|received| received.iter().any(|one| told(one) == "order-0002 CREATED")).await;
    recorded(&kasse, &receiver).await;
    assert!(registered(&shop).await.is_empty(), "it is gone");
    let count = receiver.received().len();
    shop.create("order-0003", 100).await;
    a_while().await;
    assert_eq!(receiver.received().len(), count, "and told nothing more");
    kasse.finish().await;
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start_with(|count, _| Reply::status(if count == 0 { 500 } else { 200 })).await;
    let registration = register(&shop, &receiver.url("/"), &ALL).await;
    shop.create("order-0001", 100).await;
    receiver.wait_for(1).await;
    recorded(&kasse, &receiver).await;
    let kasse = kasse.restart(|clock| clock.advance(Span::seconds(2))).await;
    let received = receiver.wait_for(2).await;
    assert_eq!(received[1].header("Kasse-Attempt").unwrap(), "2");
    assert!(is_signed(&received[1], &registration, wall(&kasse)), "the secret is still the same");
    kasse.finish().await;
}
