//! Requests and payers: decided with their payment and written with it or not at all, and found by whoever looks.

use std::sync::Arc;

use domain::{
    payment::{Command, Event, Payment, Rejection},
    request::{Channel, Leaving, Note, NoteKind, Plan, Request},
    text::Id,
    time::Span,
    wallet::{Act, Decline, Payer},
};
use store::{AskedPayment, Intent, Outcome, RequestChange, Store, Trouble, Work};

use crate::{
    fixture::Fixture,
    sending::{AUTHORIZED, CREATED, of_unit, register},
    work::{
        START, a_payer, ask_a_payer, asking, command, creation, done, keeping, make_sales_unit, msn, on_request,
        paying, paying_but, phone, reference, request_of,
    },
};

const UNIT: &str = "123456";
const OTHER_UNIT: &str = "654321";
const ADA: &str = "4740000010";
const BOB: &str = "4740000012";

/// Makes an intent on a payment.
type Making = Box<dyn Fn(&str) -> Intent>;

/// Two sales units, and two payers with ten payments' worth on the card.
async fn opened(fixture: &Fixture) -> Arc<dyn Store> {
    let store = fixture.open().await;
    make_sales_unit(&*store, UNIT, 1).await;
    make_sales_unit(&*store, OTHER_UNIT, 2).await;
    for number in [ADA, BOB] {
        done(store.apply(keeping(a_payer(number, 10_000))).await);
    }
    store
}

async fn created(store: &dyn Store, number: &str, name: &str) {
    done(store.apply(creation(number, name, name, 0)).await);
}

/// A payment of which this payer is asked so long after the beginning.
async fn asked(store: &dyn Store, number: &str, name: &str, payer: &str, after: Span) {
    created(store, number, name).await;
    done(store.apply(asking(number, name, payer, after)).await);
}

async fn balance(store: &dyn Store, number: &str) -> i64 {
    let payer = store.payer(&phone(number)).await.unwrap().expect("the payer is stored");
    payer.sources[0].balance.unwrap().value()
}

async fn log(store: &dyn Store, name: &str) -> Vec<&'static str> {
    let found = store.payment_with_events(&msn(UNIT), &reference(name)).await.unwrap();
    found.unwrap().1.iter().map(|event| event.occurrence.name().as_str()).collect()
}

fn names(found: &[AskedPayment]) -> Vec<String> {
    let name = |asked: &AskedPayment| format!("{} {}", asked.payment.msn.as_str(), asked.payment.reference.as_str());
    found.iter().map(name).collect()
}

/// A request becomes this, whatever it was.
fn becoming(name: &str, request: Request) -> Intent {
    on_request(UNIT, name, None, move |standing| {
        let version = standing.request.map_or(0, |request| request.version) + 1;
        let request = Some(Request { version, ..request.clone() });
        Ok(RequestChange { request, ..RequestChange::default() })
    })
}

pub async fn everything_of_a_request_and_a_payer_comes_back_as_it_went_in(fixture: Fixture) {
    let store = opened(&fixture).await;
    created(&*store, UNIT, "payment-1").await;
    assert_eq!(request_of(&*store, UNIT, "payment-1").await, None);
    let at = |seconds| START.plus(Span::seconds(seconds));
    let note = |kind| Note {
        at: at(1),
        kind,
        payer: Some(phone(ADA)),
        source: Id::parse("card-1").ok(),
        reason: Some(Decline::Funds),
    };
    let given = Request::default().given_to(&phone(ADA), Channel::Landing, at(1)).unwrap();
    let declined = given.declined(Id::parse("card-1").ok().as_ref(), Decline::Issuer, at(2)).unwrap();
    let whole = Request {
        withdrawn_from: vec![phone(BOB)],
        leaving: Some(Leaving { tab: "tab-1".into(), at: at(9) }),
        plan: Some(Plan { act: Act::Consult, at: at(8) }),
        paid_with: Some("Visa 1234".into()),
        notes: NoteKind::ALL.map(note).to_vec(),
        ..declined.postponed(at(3)).unwrap()
    };
    done(store.apply(becoming("payment-1", whole.clone())).await);
    let stored = Request { version: 1, ..whole };
    assert_eq!(request_of(&*store, UNIT, "payment-1").await, Some(stored.clone()));
    let payer = a_payer(ADA, 10_000);
    assert_eq!(store.payer(&phone(ADA)).await.unwrap(), Some(payer.clone()));
    created(&*store, UNIT, "payment-2").await;
    ask_a_payer(&*store, UNIT, "payment-2").await;
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(request_of(&*store, UNIT, "payment-1").await, Some(stored));
    assert_eq!(store.payer(&phone(ADA)).await.unwrap(), Some(payer));
    assert_eq!(store.payer(&phone("4740000099")).await.unwrap(), None);
    assert_eq!(store.asked_payment(&msn(UNIT), &reference("there-is-none")).await.unwrap(), None);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_request_its_payment_and_its_payer_change_together(fixture: Fixture) {
    let store = opened(&fixture).await;
    asked(&*store, UNIT, "payment-1", ADA, Span::seconds(0)).await;
    done(store.apply(paying(UNIT, "payment-1", ADA)).await);
    let found = store.asked_payment(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    assert_eq!((found.payment.state.name(), found.request.paid_with.as_deref()), ("AUTHORIZED", Some("Visa 1234")));
    assert_eq!(balance(&*store, ADA).await, 9_000);
    let again = store.apply(paying(UNIT, "payment-1", ADA)).await;
    assert_eq!(again, Ok(Outcome::Rejected(Rejection::AlreadyAuthorized)));
    let after = store.asked_payment(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    assert_eq!(after, found, "a rule stood in the way of all three");
    assert_eq!(balance(&*store, ADA).await, 9_000);
    assert_eq!(log(&*store, "payment-1").await, ["CREATED", "AUTHORIZED"]);
    let nothing = store.apply(paying(UNIT, "there-is-none", ADA)).await;
    assert_eq!(nothing, Ok(Outcome::Rejected(Rejection::ReferenceNotFound)));
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn whatever_goes_wrong_leaves_nothing_of_any_of_them(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 1, &[CREATED, AUTHORIZED]).await;
    let speechless = |_: &Payment, _: &Event| panic!("on purpose");
    let wrong: [(&str, Making); 5] = [
        ("it panics", Box::new(|name| on_request(UNIT, name, Some(ADA), |_| panic!("on purpose")))),
        (
            "it cannot be told of",
            Box::new(move |name| {
                let Intent { now, work } = paying(UNIT, name, ADA);
                let Work::Request { msn, reference, payer, decide, announce: _ } = work else {
                    panic!("it is on a request")
                };
                Intent { now, work: Work::Request { msn, reference, payer, decide, announce: speechless } }
            }),
        ),
        (
            "its events do not make its payment",
            Box::new(|name| {
                paying_but(UNIT, name, ADA, |change| {
                    let payment = change.payment.map(|(payment, _)| (payment, Vec::new()));
                    RequestChange { payment, ..change }
                })
            }),
        ),
        (
            "the schema refuses the payer",
            Box::new(|name| {
                paying_but(UNIT, name, ADA, |change| RequestChange {
                    // A version of nothing.
                    payer: change.payer.map(|payer| Payer { number: phone("4740000098"), version: 0, ..payer }),
                    ..change
                })
            }),
        ),
        (
            "the schema refuses the request",
            Box::new(|name| {
                paying_but(UNIT, name, BOB, |change| RequestChange {
                    request: change.request.map(|request| Request { version: 0, holder: None, ..request }),
                    ..change
                })
            }),
        ),
    ];
    for (number, (what, intent)) in wrong.into_iter().enumerate() {
        let name = format!("payment-{number}");
        created(&*store, UNIT, &name).await;
        let outcome = store.apply(intent(&name)).await;
        assert!(matches!(outcome, Err(Trouble::Broken(_))), "{what}: {outcome:?}");
        assert_eq!(request_of(&*store, UNIT, &name).await, None, "{what}");
        assert_eq!(log(&*store, &name).await, ["CREATED"], "{what}");
        assert_eq!([balance(&*store, ADA).await, balance(&*store, BOB).await], [10_000, 10_000], "{what}");
        assert_eq!(store.payer(&phone("4740000098")).await.unwrap(), None, "{what}");
        // It is set aside, and can be read.
        let outcome = store.apply(paying(UNIT, &name, ADA)).await;
        assert!(matches!(outcome, Err(Trouble::Broken(_))), "{what}: {outcome:?}");
        created(&*store, UNIT, &format!("neighbour-{number}")).await;
        done(store.apply(paying(UNIT, &format!("neighbour-{number}"), BOB)).await);
        done(store.apply(keeping(Payer { version: 1, ..a_payer(&format!("47400001{number:02}"), 1) })).await);
        put_back(&*store, BOB).await;
    }
    assert!(store.is_writable());
    store.close().await.unwrap();
}

/// The payer has ten payments' worth again.
async fn put_back(store: &dyn Store, number: &str) {
    let full = a_payer(number, 10_000);
    let decide = Box::new(move |stored: Option<&Payer>| {
        let version = stored.map_or(0, |stored| stored.version) + 1;
        Some(Payer { version, ..full.clone() })
    });
    done(store.apply(Intent { now: START, work: Work::Payer { number: phone(number), decide } }).await);
}

pub async fn a_payers_decision_that_panics_changes_nothing(fixture: Fixture) {
    let store = opened(&fixture).await;
    let panicking =
        Intent { now: START, work: Work::Payer { number: phone(ADA), decide: Box::new(|_| panic!("on purpose")) } };
    let outcome = store.apply(panicking).await;
    assert!(matches!(outcome, Err(Trouble::Broken(_))), "{outcome:?}");
    assert_eq!(store.payer(&phone(ADA)).await.unwrap(), Some(a_payer(ADA, 10_000)));
    put_back(&*store, ADA).await;
    assert_eq!(store.payer(&phone(ADA)).await.unwrap().unwrap().version, 2);
    store.close().await.unwrap();
}

pub async fn what_is_asked_many_times_at_once_is_done_once(fixture: Fixture) {
    const TIMES: usize = 16;
    let store = opened(&fixture).await;
    asked(&*store, UNIT, "payment-1", ADA, Span::seconds(0)).await;
    let tasks: Vec<_> = (0..TIMES)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.apply(paying(UNIT, "payment-1", ADA)).await })
        })
        .collect();
    let mut paid = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(Outcome::Done(_)) => paid += 1,
            Ok(Outcome::Rejected(Rejection::AlreadyAuthorized)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((paid, balance(&*store, ADA).await), (1, 9_000));
    assert_eq!(log(&*store, "payment-1").await, ["CREATED", "AUTHORIZED"]);
    store.close().await.unwrap();
}

pub async fn many_payments_of_one_payer_at_once_each_take_their_part(fixture: Fixture) {
    const PAYMENTS: usize = 10;
    let store = opened(&fixture).await;
    for number in 0..PAYMENTS {
        asked(&*store, UNIT, &format!("payment-{number}"), ADA, Span::seconds(0)).await;
    }
    let tasks: Vec<_> = (0..PAYMENTS)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { done(store.apply(paying(UNIT, &format!("payment-{number}"), ADA)).await) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(balance(&*store, ADA).await, 0);
    store.close().await.unwrap();
}

pub async fn what_waits_for_a_payer_is_found_asked_last_first(fixture: Fixture) {
    let store = opened(&fixture).await;
    for (number, name, payer, second) in [
        (UNIT, "payment-1", ADA, 1),
        (OTHER_UNIT, "payment-2", ADA, 3),
        (UNIT, "payment-3", ADA, 2),
        (UNIT, "payment-4", BOB, 4),
        (UNIT, "payment-5", ADA, 5),
        (UNIT, "payment-6", ADA, 6),
    ] {
        asked(&*store, number, name, payer, Span::seconds(second)).await;
    }
    created(&*store, UNIT, "payment-7").await;
    done(store.apply(paying(UNIT, "payment-5", ADA)).await);
    done(store.apply(command(UNIT, "payment-6", Command::Abort, Span::seconds(7), None)).await);
    let waiting = async |of: Option<&str>, after: Span, most| {
        let (now, of) = (START.plus(after), of.map(msn));
        names(&store.waiting_for(&phone(ADA), of.as_ref(), now, most).await.unwrap())
    };
    let all = ["654321 payment-2", "123456 payment-3", "123456 payment-1"];
    assert_eq!(waiting(None, Span::seconds(8), 200).await, all);
    assert_eq!(waiting(None, Span::seconds(8), 2).await, all[..2]);
    assert_eq!(waiting(Some(UNIT), Span::seconds(8), 200).await, all[1..]);
    assert_eq!(waiting(Some(OTHER_UNIT), Span::seconds(8), 200).await, all[..1]);
    assert!(waiting(Some("999999"), Span::seconds(8), 200).await.is_empty());
    let last_moment = Span::milliseconds(10 * 60 * 1000 - 1);
    assert_eq!(waiting(None, last_moment, 200).await, all);
    assert!(waiting(None, Span::minutes(10), 200).await.is_empty(), "lapsed, whether or not that is written");
    let found = store.waiting_for(&phone(ADA), None, START, 1).await.unwrap();
    let one = store.asked_payment(&msn(OTHER_UNIT), &reference("payment-2")).await.unwrap().unwrap();
    assert_eq!(found, [one]);
    store.close().await.unwrap();
}

pub async fn what_a_payer_was_asked_is_found_whatever_came_of_it(fixture: Fixture) {
    let store = opened(&fixture).await;
    for (name, payer, second) in
        [("payment-1", ADA, 1), ("payment-2", ADA, 2), ("payment-3", BOB, 3), ("payment-4", ADA, 4)]
    {
        asked(&*store, UNIT, name, payer, Span::seconds(second)).await;
    }
    done(store.apply(paying(UNIT, "payment-2", ADA)).await);
    // Another number was given: it is the other one's from then on.
    let given = Request::default().given_to(&phone(ADA), Channel::Landing, START).unwrap();
    let taken = given.given_to(&phone(BOB), Channel::Landing, START.plus(Span::seconds(9))).unwrap();
    done(store.apply(becoming("payment-4", taken)).await);
    let asked_of = async |payer: &str, before: Option<i64>, most| {
        let before = before.map(|milliseconds| START.plus(Span::milliseconds(milliseconds)));
        names(&store.asked_of(&phone(payer), before, most).await.unwrap())
    };
    assert_eq!(asked_of(ADA, None, 200).await, ["123456 payment-2", "123456 payment-1"]);
    assert_eq!(asked_of(ADA, None, 1).await, ["123456 payment-2"]);
    assert_eq!(asked_of(ADA, Some(2001), 200).await.len(), 2);
    assert_eq!(asked_of(ADA, Some(2000), 200).await, ["123456 payment-1"], "from before that moment");
    assert_eq!(asked_of(BOB, None, 200).await, ["123456 payment-4", "123456 payment-3"]);
    assert!(asked_of("4740000099", None, 200).await.is_empty());
    store.close().await.unwrap();
}

pub async fn what_is_planned_is_found_by_sales_unit_and_time(fixture: Fixture) {
    let store = opened(&fixture).await;
    let at = |seconds| START.plus(Span::seconds(seconds));
    let given = Request::default().given_to(&phone(ADA), Channel::Push, START).unwrap();
    for (name, plan, leaving) in [
        ("payment-1", Some(8), None),
        ("payment-2", Some(5), Some(3)),
        ("payment-3", None, None),
        ("payment-4", None, Some(8)),
    ] {
        created(&*store, UNIT, name).await;
        let request = Request {
            plan: plan.map(|second| Plan { act: Act::Approve, at: at(second) }),
            leaving: leaving.map(|second| Leaving { tab: "t".into(), at: at(second) }),
            ..given.clone()
        };
        done(store.apply(becoming(name, request)).await);
    }
    created(&*store, OTHER_UNIT, "payment-5").await;
    let planned = async |number: &str, until: Span, most| {
        let found = store.planned(&msn(number), START.plus(until), most).await.unwrap();
        found.iter().map(|reference| reference.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(store.next_planned().await.unwrap(), [(msn(UNIT), at(3))], "of those that have one");
    assert!(planned(UNIT, Span::milliseconds(2_999), 9).await.is_empty());
    assert_eq!(planned(UNIT, Span::seconds(3), 9).await, ["payment-2"]);
    assert_eq!(planned(UNIT, Span::milliseconds(7_999), 9).await, ["payment-2"]);
    assert_eq!(planned(UNIT, Span::seconds(8), 9).await.len(), 3);
    assert_eq!(planned(UNIT, Span::seconds(8), 1).await, ["payment-2"], "the earliest first");
    assert!(planned(OTHER_UNIT, Span::days(9), 9).await.is_empty());
    for name in ["payment-1", "payment-2", "payment-4"] {
        done(store.apply(becoming(name, given.clone())).await);
    }
    assert!(store.next_planned().await.unwrap().is_empty());
    store.close().await.unwrap();
}

pub async fn a_version_changes_whenever_payment_or_request_does(fixture: Fixture) {
    let store = opened(&fixture).await;
    created(&*store, UNIT, "payment-1").await;
    created(&*store, OTHER_UNIT, "payment-1").await;
    let version = async |number: &str, name: &str| {
        let found = store.versions(&[(msn(number), reference(name))]).await.unwrap();
        assert_eq!(found.len(), 1);
        found[0]
    };
    let mut seen = vec![version(UNIT, "payment-1").await];
    for intent in [
        asking(UNIT, "payment-1", ADA, Span::seconds(1)),
        becoming("payment-1", Request::default().given_to(&phone(ADA), Channel::Wallet, START).unwrap()),
        becoming("payment-1", Request::default()),
        paying(UNIT, "payment-1", ADA),
        crate::work::capture(UNIT, "payment-1", 400, "c"),
    ] {
        done(store.apply(intent).await);
        let now = version(UNIT, "payment-1").await;
        assert!(!seen.contains(&now), "{now} after {seen:?}");
        seen.push(now);
    }
    done(store.apply(asking(UNIT, "payment-1", ADA, Span::seconds(1))).await);
    assert_eq!(version(OTHER_UNIT, "payment-1").await, 1, "nothing has happened to that one");
    assert_eq!(version(UNIT, "there-is-none").await, 0);
    let asked =
        [(UNIT, "there-is-none"), (OTHER_UNIT, "payment-1"), (UNIT, "there-is-none"), (OTHER_UNIT, "payment-1")];
    let found = store.versions(&asked.map(|(number, name)| (msn(number), reference(name)))).await.unwrap();
    assert_eq!(found, [0, 1, 0, 1], "each in its place");
    assert!(store.versions(&[]).await.unwrap().is_empty());
    store.close().await.unwrap();
}

pub async fn an_older_request_does_not_replace_a_newer_one(fixture: Fixture) {
    let store = opened(&fixture).await;
    asked(&*store, UNIT, "payment-1", ADA, Span::seconds(1)).await;
    let newest = request_of(&*store, UNIT, "payment-1").await.unwrap();
    let given = Request::default().given_to(&phone(BOB), Channel::Push, START).unwrap();
    let outdated = Request { version: newest.version, ..given };
    let intent = on_request(UNIT, "payment-1", None, move |_| {
        Ok(RequestChange { request: Some(outdated.clone()), ..RequestChange::default() })
    });
    done(store.apply(intent).await);
    assert_eq!(request_of(&*store, UNIT, "payment-1").await, Some(newest));
    let of_nothing = Request::default().given_to(&phone(BOB), Channel::Push, START).unwrap();
    let intent = on_request(UNIT, "there-is-none", None, move |_| {
        Ok(RequestChange { request: Some(of_nothing.clone()), ..RequestChange::default() })
    });
    done(store.apply(intent).await);
    assert!(store.asked_of(&phone(BOB), None, 9).await.unwrap().is_empty(), "without a payment there is none");
    store.close().await.unwrap();
}

pub async fn payers_are_listed_by_number(fixture: Fixture) {
    let store = opened(&fixture).await;
    done(store.apply(keeping(a_payer("4520000010", 1))).await);
    let listed = async |most| {
        let found = store.payers(most).await.unwrap();
        found.iter().map(|payer| payer.number.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(9).await, ["4520000010", ADA, BOB]);
    assert_eq!(listed(2).await, ["4520000010", ADA]);
    store.close().await.unwrap();
}
