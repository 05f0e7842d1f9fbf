//! What time does to payments: at its very instant, seen by every reader, written once.

use std::time::Duration;

use domain::time::Span;
use testkit::{Kasse, Shop};

const LIFETIME_BUT_A_MOMENT: Span = Span::milliseconds(10 * 60 * 1000 - 1);
const MOMENT: Span = Span::milliseconds(1);

#[tokio::test]
async fn a_payment_lapses_at_its_instant_in_state_and_log_alike() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("read-by-get-1", 1000).await;
    shop.create("read-by-log-1", 1000).await;
    // Time that merely passes wakes nobody: the readers below are the first to notice.
    kasse.clock.pass(LIFETIME_BUT_A_MOMENT);
    assert_eq!(shop.standing("read-by-get-1").await, "CREATED a=0 c=0 r=0 x=0");
    assert_eq!(shop.log("read-by-log-1").await, "CREATED");
    kasse.clock.pass(MOMENT);
    assert_eq!(shop.standing("read-by-get-1").await, "EXPIRED a=0 c=0 r=0 x=0");
    assert_eq!(shop.log("read-by-log-1").await, "CREATED EXPIRED");
    assert_eq!(shop.log("read-by-get-1").await, "CREATED EXPIRED");
    let events = shop.get("/payments/read-by-get-1/events").await.json();
    assert_eq!(events[1]["timestamp"], "2026-01-19T16:36:32.099Z", "its time is when it was due");
    assert_eq!(events[1]["idempotencyKey"], "read-by-get-1");
    assert!(shop.get("/payments/read-by-get-1").await.json().get("redirectUrl").is_none());
    kasse.finish().await;
}

#[tokio::test]
async fn every_command_meets_an_expired_payment_at_that_instant() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for reference in ["capture-late", "refund-late", "cancel-late", "approve-late"] {
        shop.create(reference, 1000).await;
    }
    kasse.clock.pass(Span::minutes(10));
    assert_eq!(shop.capture("capture-late", "k", 1).await.outcome(), "400 6200");
    assert_eq!(shop.refund("refund-late", "k", 1).await.outcome(), "400 6210");
    assert_eq!(shop.cancel("cancel-late", "k").await.outcome(), "400 6190");
    assert_eq!(shop.approve("approve-late").await.outcome(), "400 10010");
    for reference in ["capture-late", "refund-late", "cancel-late", "approve-late"] {
        assert_eq!(shop.log(reference).await, "CREATED EXPIRED", "{reference}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn unread_it_is_written_all_the_same() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for count in 0..600 {
        assert_eq!(shop.create(&format!("unread-{count}"), 1000).await.status, 201);
    }
    kasse.clock.pass(Span::minutes(10));
    let written = async {
        while kasse.is_anything_due().await {
            // real time: the promise is in seconds of the wall, and nothing but the server itself may write here.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // Two seconds are the promise on a machine that has time; a test run has none to spare.
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("written at last");
    for count in [0, 299, 599] {
        assert_eq!(shop.log(&format!("unread-{count}")).await, "CREATED EXPIRED");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn it_happens_though_the_process_was_down_and_only_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("down-then-1", 1000).await;
    let kasse = kasse.restart(|clock| clock.pass(Span::minutes(60))).await;
    let shop = kasse.shop().await;
    assert_eq!(shop.log("down-then-1").await, "CREATED EXPIRED");
    assert_eq!(shop.get("/payments/down-then-1/events").await.json()[1]["timestamp"], "2026-01-19T16:36:32.099Z");
    let kasse = kasse.restart(|clock| clock.pass(Span::minutes(60))).await;
    assert_eq!(kasse.shop().await.log("down-then-1").await, "CREATED EXPIRED");
    kasse.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_approval_and_expiry_exactly_one_wins() {
    const ROUNDS_MAX: u32 = 2_000;
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (mut approved, mut expired) = (0, 0);
    for round in 0..ROUNDS_MAX {
        let reference = format!("race-{round:04}");
        shop.create(&reference, 1000).await;
        kasse.clock.pass(LIFETIME_BUT_A_MOMENT);
        let (approver, reader) = (shop.clone(), shop.clone());
        let (for_approval, for_reading) = (reference.clone(), reference.clone());
        let approving = tokio::spawn(async move { approver.approve(&for_approval).await.outcome() });
        let reading = tokio::spawn(async move { reader.log(&for_reading).await });
        // Later from round to round, so that sometimes the one and sometimes the other is first; twice as late every 64 rounds, since how
        // long an approval takes to be decided is the machine's affair.
        for _ in 0..((round % 64) << (round / 64).min(10)) {
            tokio::task::yield_now().await;
            std::hint::spin_loop();
        }
        kasse.clock.pass(MOMENT);
        let (outcome, _) = (approving.await.unwrap(), reading.await.unwrap());
        let log = shop.log(&reference).await;
        match outcome.as_str() {
            "200" => {
                approved += 1;
                assert_eq!(log, "CREATED AUTHORIZED");
            }
            "400 10010" => {
                expired += 1;
                assert_eq!(log, "CREATED EXPIRED");
            }
            other => panic!("{other}"),
        }
        if round >= 40 && approved > 5 && expired > 5 {
            break;
        }
    }
    assert!(approved > 5 && expired > 5, "it was no race: {approved} approved, {expired} expired");
    kasse.finish().await;
}

#[tokio::test]
async fn what_was_not_captured_in_time_is_released() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.authorized("acme-shop-1", 1000).await;
    shop.capture("acme-shop-1", "c", 300).await;
    kasse.clock.pass(Span::days(180));
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=300 r=0 x=0", "approved a millisecond later");
    kasse.clock.pass(MOMENT);
    assert_eq!(shop.capture("acme-shop-1", "late", 1).await.outcome(), "400 6100");
    assert_eq!(shop.cancel("acme-shop-1", "late").await.outcome(), "400 6030");
    assert_eq!(
        shop.refund("acme-shop-1", "r", 100).await.status,
        200,
        "what was due and what is asked are written together"
    );
    assert_eq!(shop.standing("acme-shop-1").await, "AUTHORIZED a=1000 c=300 r=100 x=700");
    assert_eq!(shop.log("acme-shop-1").await, "CREATED AUTHORIZED CAPTURED CANCELLED REFUNDED");
    let events = shop.get("/payments/acme-shop-1/events").await.json();
    assert!(events[3].get("idempotencyKey").is_none(), "nobody asked for it");
    kasse.finish().await;
}

#[tokio::test]
async fn reading_writes_nothing_while_nothing_is_due() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("quiet-reader-1", 1000).await;
    assert_eq!(kasse.engine().settle_due().await.unwrap(), 0);
    assert_eq!(shop.log("quiet-reader-1").await, "CREATED");
    let proposal = Shop::proposal("quiet-reader-1", 1000);
    assert_eq!(shop.post("/payments", "quiet-reader-1", &proposal).await.status, 201);
    kasse.finish().await;
}
