//! What each operation comes to in each state a payment can be in: the whole table, cell by cell, every cell on a payment of its own.
//!
//! A refused cell must leave the sums as they were and the log without a new line; reads work in every state that exists.

use domain::{
    merchant::{Flag, Market},
    payment::{Command, Payment},
    text::Reference,
    time::Span,
};
use engine::{
    Answer as Kept, Outcome,
    access::{Credentials, SubscriptionKey},
};
use serde_json::json;
use testkit::{Kasse, Shop};

/// What every payment here is for.
const AMOUNT: i64 = 1000;
/// The columns.
const OPERATIONS: [&str; 9] = [
    "capture 1",
    "capture the rest",
    "capture more",
    "refund 1",
    "refund all",
    "refund more",
    "cancel",
    "cancel unless approved",
    "approve",
];

/// How a payment comes into a state, and what each operation comes to there: `200` with the sums afterwards, or a number.
struct Row {
    state: &'static str,
    made_by: &'static [&'static str],
    cells: [&'static str; 9],
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row { state: "there is none", made_by: &[],
          cells: ["404 5090", "404 5090", "404 5090", "404 5090", "404 5090", "404 5090", "404 5090", "404 5090", "404 5090"] },
    Row { state: "CREATED", made_by: &["create"],
          cells: ["400 6080", "400 6080", "400 6080", "400 6020", "400 6020", "400 6020",
                  "TERMINATED a=0 c=0 r=0 x=1000", "TERMINATED a=0 c=0 r=0 x=1000", "AUTHORIZED a=1000 c=0 r=0 x=0"] },
    Row { state: "approved, and the bank does not answer", made_by: &["create 201", "pay"],
          cells: ["423 6160", "423 6160", "423 6160", "423 6160", "423 6160", "423 6160", "409 6250", "409 6250", "423 6160"] },
    Row { state: "ABORTED", made_by: &["create", "reject"],
          cells: ["400 6200", "400 6200", "400 6200", "400 6210", "400 6210", "400 6210", "400 6190", "400 6190", "400 10010"] },
    Row { state: "EXPIRED", made_by: &["create", "wait 10 minutes"],
          cells: ["400 6200", "400 6200", "400 6200", "400 6210", "400 6210", "400 6210", "400 6190", "400 6190", "400 10010"] },
    Row { state: "TERMINATED", made_by: &["create", "cancel"],
          cells: ["400 6070", "400 6070", "400 6070", "400 6210", "400 6210", "400 6210", "400 6190", "400 6190", "400 10010"] },
    Row { state: "authorized", made_by: &["create", "approve"],
          cells: ["AUTHORIZED a=1000 c=1 r=0 x=0", "AUTHORIZED a=1000 c=1000 r=0 x=0", "400 6090",
                  "400 6150", "400 6150", "400 6150",
                  "AUTHORIZED a=1000 c=0 r=0 x=1000", "400 6060", "400 6230"] },
    Row { state: "partly captured", made_by: &["create", "approve", "capture 400"],
          cells: ["AUTHORIZED a=1000 c=401 r=0 x=0", "AUTHORIZED a=1000 c=1000 r=0 x=0", "400 6090",
                  "AUTHORIZED a=1000 c=400 r=1 x=0", "AUTHORIZED a=1000 c=400 r=400 x=0", "400 6150",
                  "AUTHORIZED a=1000 c=400 r=0 x=600", "400 6060", "400 6230"] },
    Row { state: "partly captured, partly refunded", made_by: &["create", "approve", "capture 400", "refund 100"],
          cells: ["AUTHORIZED a=1000 c=401 r=100 x=0", "AUTHORIZED a=1000 c=1000 r=100 x=0", "400 6090",
                  "AUTHORIZED a=1000 c=400 r=101 x=0", "AUTHORIZED a=1000 c=400 r=400 x=0", "400 6150",
                  "AUTHORIZED a=1000 c=400 r=100 x=600", "400 6060", "400 6230"] },
    Row { state: "partly captured, all of it refunded", made_by: &["create", "approve", "capture 400", "refund 400"],
          cells: ["AUTHORIZED a=1000 c=401 r=400 x=0", "AUTHORIZED a=1000 c=1000 r=400 x=0", "400 6090",
                  "400 6180", "400 6180", "400 6180",
                  "AUTHORIZED a=1000 c=400 r=400 x=600", "400 6060", "400 6230"] },
    Row { state: "captured", made_by: &["create", "approve", "capture 1000"],
          cells: ["400 6170", "400 6170", "400 6170",
                  "AUTHORIZED a=1000 c=1000 r=1 x=0", "AUTHORIZED a=1000 c=1000 r=1000 x=0", "400 6150",
                  "400 6040", "400 6060", "400 6230"] },
    Row { state: "captured, refunded", made_by: &["create", "approve", "capture 1000", "refund 1000"],
          cells: ["400 6170", "400 6170", "400 6170", "400 6180", "400 6180", "400 6180", "400 6040", "400 6060", "400 6230"] },
    Row { state: "released", made_by: &["create", "approve", "cancel"],
          cells: ["400 6070", "400 6070", "400 6070", "400 6150", "400 6150", "400 6150", "400 6190", "400 6060", "400 6230"] },
    Row { state: "partly captured, the rest released", made_by: &["create", "approve", "capture 400", "cancel"],
          cells: ["400 6070", "400 6070", "400 6070",
                  "AUTHORIZED a=1000 c=400 r=1 x=600", "AUTHORIZED a=1000 c=400 r=400 x=600", "400 6150",
                  "400 6190", "400 6060", "400 6230"] },
    Row { state: "partly captured and refunded, the rest released",
          made_by: &["create", "approve", "capture 400", "cancel", "refund 400"],
          cells: ["400 6070", "400 6070", "400 6070", "400 6180", "400 6180", "400 6180", "400 6190", "400 6060", "400 6230"] },
    Row { state: "past the capture deadline", made_by: &["create", "approve", "wait 180 days"],
          cells: ["400 6100", "400 6100", "400 6100", "400 6150", "400 6150", "400 6150", "400 6030", "400 6030", "400 6230"] },
    Row { state: "partly captured, past the capture deadline", made_by: &["create", "approve", "capture 400", "wait 180 days"],
          cells: ["400 6100", "400 6100", "400 6100",
                  "AUTHORIZED a=1000 c=400 r=1 x=600", "AUTHORIZED a=1000 c=400 r=400 x=600", "400 6150",
                  "400 6030", "400 6030", "400 6230"] },
    Row { state: "captured, past the refund limit", made_by: &["create", "approve", "capture 1000", "wait 365 days"],
          cells: ["400 6100", "400 6100", "400 6100", "400 6220", "400 6220", "400 6220", "400 6030", "400 6030", "400 6230"] },
];

/// A sales unit that may only capture the whole sum.
#[rustfmt::skip]
const ALL_OR_NOTHING: &[Row] = &[
    Row { state: "authorized", made_by: &["create", "approve"],
          cells: ["400 6140", "AUTHORIZED a=1000 c=1000 r=0 x=0", "400 6090",
                  "400 6150", "400 6150", "400 6150",
                  "AUTHORIZED a=1000 c=0 r=0 x=1000", "400 6060", "400 6230"] },
];

/// What was captured, refunded and cancelled so far, and whether there is anything at all.
struct Made {
    reference: String,
    captured: i64,
    refunded: i64,
    cancelled: bool,
}

async fn make(kasse: &Kasse, shop: &Shop, reference: String, steps: &[&str]) -> Made {
    let mut made = Made { reference, captured: 0, refunded: 0, cancelled: false };
    for step in steps {
        let reference = made.reference.as_str();
        match step.split_once(' ') {
            None if *step == "create" => assert_eq!(shop.create(reference, AMOUNT).await.status, 201),
            None if *step == "approve" => assert_eq!(shop.approve(reference).await.status, 200),
            None if *step == "reject" => reject(kasse, shop, reference).await,
            None if *step == "pay" => {
                let path = format!("/_kasse/test/wallet/4740000010/requests/{reference}/approve");
                assert_eq!(shop.call("POST", &path, &[], "").await.status, 422, "the bank does not say");
            }
            None => {
                assert_eq!(shop.cancel(reference, "made").await.status, 200);
                made.cancelled = true;
            }
            Some(("create", sum)) => assert_eq!(shop.create(reference, sum.parse().unwrap()).await.status, 201),
            Some(("capture", sum)) => {
                made.captured = sum.parse().unwrap();
                assert_eq!(shop.capture(reference, "made", made.captured).await.status, 200);
            }
            Some(("refund", sum)) => {
                made.refunded = sum.parse().unwrap();
                assert_eq!(shop.refund(reference, "made", made.refunded).await.status, 200);
            }
            Some((_, span)) => kasse.clock.advance(match span {
                "10 minutes" => Span::minutes(10),
                // The approval lies a millisecond after the creation.
                "180 days" => days_and(180, 1),
                _ => days_and(365, 1),
            }),
        }
    }
    made
}

/// So many days and milliseconds.
const fn days_and(days: i64, milliseconds: i64) -> Span {
    Span::milliseconds(Span::days(days).as_milliseconds() + milliseconds)
}

/// The payer refuses: where the wallet will ask, because the wallet is not there yet.
async fn reject(kasse: &Kasse, shop: &Shop, reference: &str) {
    let subscription_key = SubscriptionKey::Sent(Some(&shop.subscription_key));
    let credentials = Credentials { subscription_key, bearer: Some(&shop.token), msn: None };
    let tenant = kasse.engine().authorize(credentials).unwrap();
    let answer = Box::new(|_: &Payment| Kept::none());
    let asked = kasse.engine().command(&tenant, Reference::parse(reference).unwrap(), Command::Abort, None, answer);
    assert_eq!(asked.await, Ok(Outcome::Done(Kept::none())));
}

async fn carry_out(shop: &Shop, made: &Made, operation: &str) -> String {
    let reference = made.reference.as_str();
    let rest = if made.cancelled { 0 } else { AMOUNT - made.captured };
    let refundable = made.captured - made.refunded;
    let answer = match operation {
        "capture 1" => shop.capture(reference, "cell", 1).await,
        "capture the rest" => shop.capture(reference, "cell", rest.max(1)).await,
        "capture more" => shop.capture(reference, "cell", rest + 1).await,
        "refund 1" => shop.refund(reference, "cell", 1).await,
        "refund all" => shop.refund(reference, "cell", refundable.max(1)).await,
        "refund more" => shop.refund(reference, "cell", refundable + 1).await,
        "cancel" => shop.cancel(reference, "cell").await,
        "cancel unless approved" => {
            let body = json!({ "cancelTransactionOnly": true });
            shop.post(&format!("/payments/{reference}/cancel"), "cell", &body).await
        }
        _ => shop.approve(reference).await,
    };
    match answer.status {
        200 => shop.standing(reference).await,
        _ => answer.outcome(),
    }
}

async fn check(table: &[Row], prepare: impl AsyncFn(&Kasse, &Shop)) {
    let mut cells = 0;
    for (number, row) in table.iter().enumerate() {
        for (operation, expected) in OPERATIONS.into_iter().zip(row.cells) {
            let kasse = Kasse::start().await;
            let shop = kasse.shop().await;
            prepare(&kasse, &shop).await;
            let made = make(&kasse, &shop, format!("state-{number:03}"), row.made_by).await;
            // A token outlives no wait of days: the clock of tokens stands still here, only business time was moved.
            let before = (shop.standing(&made.reference).await, shop.log(&made.reference).await);
            let found = carry_out(&shop, &made, operation).await;
            assert_eq!(found, expected, "{operation} where {}", row.state);
            if found.starts_with('4') {
                let after = (shop.standing(&made.reference).await, shop.log(&made.reference).await);
                assert_eq!(after, before, "{operation} where {} was refused and changed something", row.state);
            }
            let read = shop.get(&format!("/payments/{}", made.reference)).await;
            let events = shop.get(&format!("/payments/{}/events", made.reference)).await;
            let expected = if row.made_by.is_empty() { "404 5090" } else { "200" };
            assert_eq!((read.outcome().as_str(), events.outcome().as_str()), (expected, expected), "{}", row.state);
            kasse.finish().await;
            cells += 1;
        }
    }
    assert_eq!(cells, table.len() * OPERATIONS.len());
}

#[tokio::test]
async fn every_operation_in_every_state() {
    check(TABLE, async |_, _| {}).await;
}

#[tokio::test]
async fn where_only_the_whole_sum_may_be_captured() {
    check(ALL_OR_NOTHING, async |kasse, shop| kasse.switch(shop, Flag::PartialCaptureAllowed, false).await).await;
}

#[tokio::test]
async fn the_capture_deadline_is_the_markets_and_holds_at_both_edges() {
    for (market, currency, late_capture, days) in [
        (Market::Norway, "NOK", true, 180),
        (Market::Norway, "NOK", false, 180),
        (Market::Denmark, "DKK", false, 14),
        (Market::Denmark, "DKK", true, 180),
        (Market::Finland, "EUR", false, 14),
        (Market::Finland, "EUR", true, 180),
    ] {
        for (after, expected) in [(0, "200"), (1, "400 6100")] {
            let kasse = Kasse::start().await;
            let shop = kasse.new_shop(market).await;
            kasse.switch(&shop, Flag::LateCapture, late_capture).await;
            let mut proposal = Shop::proposal("deadline-1", AMOUNT);
            proposal["amount"]["currency"] = json!(currency);
            assert_eq!(shop.post("/payments", "k", &proposal).await.status, 201);
            assert_eq!(shop.approve("deadline-1").await.status, 200);
            // The approval lies a millisecond after the creation, so the whole period is the last moment before the deadline.
            kasse.clock.advance(days_and(days, after));
            let body = json!({ "modificationAmount": { "currency": currency, "value": 1 } });
            let answer = shop.post("/payments/deadline-1/capture", "c", &body).await;
            assert_eq!(answer.outcome(), expected, "{market:?}, late capture {late_capture}");
            kasse.finish().await;
        }
    }
}
