//! The contract, test by test.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use domain::{
    money::{Currency, MinorUnits, Money},
    payer::{Profile, Sub},
    payment::{Approval, BankRefusal, Command, Occurrence, Payment, Refusal, Rejection, State},
    time::Span,
};
use store::{
    Answer, Digest, Directory, DirectoryChange, Intent, KeyKind, Operation, Outcome, PaymentChange, Store, Trouble,
    Work,
};

use crate::{
    fixture::Fixture,
    sending::tell_of_a_payment,
    work::{
        START, announce, approval, capture, change_directory, command, connection, creation, directory_intent, done,
        empty_profile, keyed, make_sales_unit, msn, new_partner, new_sales_unit, phone, reference, short_link, unit,
    },
};

const UNIT: &str = "123456";
const PARTNER: &str = "partner-000001";

async fn opened(fixture: &Fixture) -> Arc<dyn Store> {
    let store = fixture.open().await;
    make_sales_unit(&*store, UNIT, 1).await;
    store
}

async fn authorized(store: &dyn Store, name: &str) {
    done(store.apply(creation(UNIT, name, name, 0)).await);
    done(store.apply(approval(UNIT, name)).await);
}

async fn log(store: &dyn Store, name: &str) -> Vec<&'static str> {
    let found = store.payment_with_events(&msn(UNIT), &reference(name)).await.unwrap();
    let (_, events) = found.expect("the payment is there");
    events.iter().map(|event| event.occurrence.name().as_str()).collect()
}

pub async fn what_is_done_can_be_read_with_its_log(fixture: Fixture) {
    let store = opened(&fixture).await;
    assert_eq!(done(store.apply(creation(UNIT, "payment-1", "k", 0)).await), "CREATED 1 0");
    assert_eq!(done(store.apply(approval(UNIT, "payment-1")).await), "AUTHORIZED 2 0");
    assert_eq!(done(store.apply(capture(UNIT, "payment-1", 400, "c")).await), "AUTHORIZED 3 400");
    let (payment, events) = store.payment_with_events(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    assert_eq!(store.payment(&msn(UNIT), &reference("payment-1")).await.unwrap(), Some(payment.clone()));
    let folded =
        Payment::opened(payment.msn.clone(), payment.reference.clone(), payment.terms.clone(), &events[0]).unwrap();
    let folded = events[1..].iter().fold(folded, |payment, event| payment.after(event).unwrap());
    assert_eq!(folded, payment, "every field comes back as it went in");
    assert_eq!(payment.terms.metadata.unwrap()[0].0.as_ref(), "z", "pairs keep their order");
    store.close().await.unwrap();
}

pub async fn what_is_done_survives_closing(fixture: Fixture) {
    let store = opened(&fixture).await;
    authorized(&*store, "payment-1").await;
    let before = store.payment_with_events(&msn(UNIT), &reference("payment-1")).await.unwrap();
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(store.payment_with_events(&msn(UNIT), &reference("payment-1")).await.unwrap(), before);
    let again = store.apply(creation(UNIT, "payment-1", "payment-1", 0)).await;
    assert!(matches!(again, Ok(Outcome::Replayed(_))), "{again:?}");
    store.close().await.unwrap();
}

pub async fn a_rejection_leaves_no_trace_and_the_key_unused(fixture: Fixture) {
    let store = opened(&fixture).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let early = store.apply(capture(UNIT, "payment-1", 400, "c")).await;
    assert_eq!(early, Ok(Outcome::Rejected(Rejection::CaptureBeforeAuthorization)));
    assert_eq!(log(&*store, "payment-1").await, ["CREATED"]);
    done(store.apply(approval(UNIT, "payment-1")).await);
    assert_eq!(done(store.apply(capture(UNIT, "payment-1", 400, "c")).await), "AUTHORIZED 3 400");
    store.close().await.unwrap();
}

pub async fn a_repetition_is_the_very_bytes_and_changes_nothing(fixture: Fixture) {
    let store = opened(&fixture).await;
    authorized(&*store, "payment-1").await;
    done(store.apply(capture(UNIT, "payment-1", 400, "c")).await);
    done(store.apply(capture(UNIT, "payment-1", 100, "d")).await);
    let again = store.apply(capture(UNIT, "payment-1", 400, "c")).await;
    assert_eq!(again, Ok(Outcome::Replayed(Answer { status: 200, body: "AUTHORIZED 3 400".into() })));
    assert_eq!(log(&*store, "payment-1").await, ["CREATED", "AUTHORIZED", "CAPTURED", "CAPTURED"]);
    store.close().await.unwrap();
}

pub async fn what_was_answered_is_answered_though_it_would_be_refused_by_now(fixture: Fixture) {
    let store = opened(&fixture).await;
    let before = store.apply(creation(UNIT, "payment-1", "k", 0)).await;
    let again = |key: &str, asked: u8| {
        let mut intent = creation(UNIT, "payment-1", key, asked);
        if let Work::Payment { decide, .. } = &mut intent.work {
            *decide = Box::new(|_| Err(Refusal::Rule(Rejection::ReferenceExists)));
        }
        store.apply(intent)
    };
    // At the same moment as others, which are none the worse for it.
    let others: Vec<_> = (0..20).map(|number| format!("another-{number:02}")).collect();
    let others: Vec<_> = others.iter().map(|name| store.apply(creation(UNIT, name, name, 0))).collect();
    let (replayed, conflict, refused) = (again("k", 0), again("k", 1), again("other", 0));
    for other in others {
        done(other.await);
    }
    let Ok(Outcome::Done(answer)) = before else { panic!("{before:?}") };
    assert_eq!(replayed.await, Ok(Outcome::Replayed(answer)));
    assert_eq!(conflict.await, Ok(Outcome::Conflict));
    assert_eq!(refused.await, Ok(Outcome::Rejected(Rejection::ReferenceExists)));
    store.close().await.unwrap();
}

pub async fn another_request_under_the_key_is_a_conflict(fixture: Fixture) {
    let store = opened(&fixture).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    assert_eq!(store.apply(creation(UNIT, "payment-2", "k", 1)).await, Ok(Outcome::Conflict));
    assert_eq!(store.payment(&msn(UNIT), &reference("payment-2")).await.unwrap(), None);
    store.close().await.unwrap();
}

pub async fn keys_of_operations_payments_and_sales_units_never_meet(fixture: Fixture) {
    let store = opened(&fixture).await;
    make_sales_unit(&*store, "654321", 2).await;
    for number in [UNIT, "654321"] {
        for name in ["payment-1", "payment-2"] {
            let key = format!("key-of-{name}");
            done(store.apply(creation(number, name, &key, 0)).await);
            done(store.apply(approval(number, name)).await);
            done(store.apply(capture(number, name, 400, "same")).await);
            let cancel = Command::Cancel { only_unauthorized: false };
            let idempotency = keyed(Operation::Cancel, Some(name), "same", 9);
            done(store.apply(command(number, name, cancel, Span::seconds(3), idempotency)).await);
        }
    }
    store.close().await.unwrap();
}

pub async fn the_same_intent_many_times_at_once_is_done_once(fixture: Fixture) {
    let store = opened(&fixture).await;
    for round in 0..50 {
        let name = format!("payment-{round:04}");
        let copies: Vec<_> = (0..8)
            .map(|_| {
                let (store, name) = (store.clone(), name.clone());
                tokio::spawn(async move { store.apply(creation(UNIT, &name, &name, 0)).await })
            })
            .collect();
        let mut done = 0;
        for copy in copies {
            match copy.await.unwrap().unwrap() {
                Outcome::Done(answer) => {
                    done += 1;
                    assert_eq!(answer.body, "CREATED 1 0");
                }
                Outcome::Replayed(answer) => assert_eq!(answer.body, "CREATED 1 0"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(done, 1);
        assert_eq!(log(&*store, &name).await, ["CREATED"]);
    }
    store.close().await.unwrap();
}

pub async fn a_decision_that_panics_harms_no_neighbour(fixture: Fixture) {
    let store = opened(&fixture).await;
    let panicking = || Intent {
        now: START,
        work: Work::Payment {
            msn: msn(UNIT),
            reference: reference("panicking"),
            idempotency: keyed(Operation::Create, None, "panics", 0),
            decide: Box::new(|_| panic!("on purpose")),
            announce,
        },
    };
    let mut waiting = Vec::new();
    for count in 0..40 {
        let name = format!("neighbour-{count}");
        let intent = if count % 4 == 0 { panicking() } else { creation(UNIT, &name, &name, 0) };
        let store = store.clone();
        waiting.push(tokio::spawn(async move { (count, store.apply(intent).await) }));
    }
    for task in waiting {
        let (count, outcome) = task.await.unwrap();
        if count % 4 == 0 {
            assert!(matches!(outcome, Err(Trouble::Broken(_))), "{outcome:?}");
        } else {
            assert_eq!(done(outcome), "CREATED 1 0");
        }
    }
    assert_eq!(store.payment(&msn(UNIT), &reference("panicking")).await.unwrap(), None);
    assert!(store.is_writable());
    store.close().await.unwrap();
}

pub async fn a_change_its_events_do_not_make_is_refused_and_the_payment_set_aside(fixture: Fixture) {
    let store = opened(&fixture).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let decide = Box::new(|stored: Option<&Payment>| {
        let payment = Payment { state: State::Aborted, ..stored.unwrap().clone() };
        Ok(PaymentChange::new(payment, Vec::new(), Answer::none()))
    });
    let lie = Intent {
        now: START,
        work: Work::Payment { msn: msn(UNIT), reference: reference("payment-1"), idempotency: None, decide, announce },
    };
    assert!(matches!(store.apply(lie).await, Err(Trouble::Broken(_))));
    let payment = store.payment(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    assert_eq!(payment.state, State::Created, "it can be read, and is what it was");
    assert!(matches!(store.apply(approval(UNIT, "payment-1")).await, Err(Trouble::Broken(_))), "and not be changed");
    assert!(store.next_due().await.unwrap().is_empty(), "nor does time change it");
    assert_eq!(store.verify().await.unwrap().len(), 1);
    done(store.apply(creation(UNIT, "payment-2", "l", 0)).await);
    store.close().await.unwrap();
}

pub async fn a_caller_that_goes_away_does_not_stop_the_work(fixture: Fixture) {
    let store = opened(&fixture).await;
    for count in 0..20 {
        let name = format!("abandoned-{count}");
        let (asking, waiting) = (store.clone(), name.clone());
        let task = tokio::spawn(async move { asking.apply(creation(UNIT, &waiting, &waiting, 0)).await });
        tokio::task::yield_now().await;
        task.abort();
        let _cancelled_or_done = task.await;
    }
    // Whatever was taken on is finished before this one, and nothing of it blocks the way.
    done(store.apply(creation(UNIT, "afterwards", "afterwards", 0)).await);
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

pub async fn what_is_due_is_found_by_sales_unit_and_time(fixture: Fixture) {
    let store = opened(&fixture).await;
    make_sales_unit(&*store, "654321", 2).await;
    for name in ["payment-1", "payment-2", "payment-3"] {
        done(store.apply(creation(UNIT, name, name, 0)).await);
    }
    let expiry = START.plus(Span::minutes(10));
    assert_eq!(store.next_due().await.unwrap(), [(msn(UNIT), expiry)]);
    let before = expiry.minus(Span::milliseconds(1));
    assert!(store.due(&msn(UNIT), before, 10).await.unwrap().is_empty());
    assert_eq!(store.due(&msn(UNIT), expiry, 10).await.unwrap().len(), 3);
    assert_eq!(store.due(&msn(UNIT), expiry, 2).await.unwrap().len(), 2);
    assert!(store.due(&msn("654321"), expiry, 10).await.unwrap().is_empty());
    done(store.apply(approval(UNIT, "payment-1")).await);
    let settle = |name| command(UNIT, name, Command::Settle, Span::minutes(10), None);
    done(store.apply(settle("payment-2")).await);
    assert_eq!(store.due(&msn(UNIT), expiry, 10).await.unwrap(), [reference("payment-3")]);
    let (_, events) = store.payment_with_events(&msn(UNIT), &reference("payment-2")).await.unwrap().unwrap();
    assert_eq!((&events[1].occurrence, events[1].at), (&Occurrence::Expired, expiry));
    store.close().await.unwrap();
}

pub async fn a_sales_unit_is_made_once(fixture: Fixture) {
    let store = opened(&fixture).await;
    let decisions = Arc::new(AtomicUsize::new(0));
    let counted = decisions.clone();
    let intent = directory_intent(move |stored| {
        counted.fetch_add(1, Ordering::SeqCst);
        assert_eq!(stored.units, [unit(UNIT)]);
        None
    });
    store.apply(intent).await.unwrap();
    assert!(decisions.load(Ordering::SeqCst) >= 1);
    let another = change_directory(&*store, DirectoryChange::CreateSalesUnit(new_sales_unit(UNIT, 3))).await;
    assert!(matches!(another, Err(Trouble::Broken(_))), "a number belongs to one sales unit");
    assert_eq!(store.directory().await.unwrap().units.len(), 1);
    store.close().await.unwrap();
}

pub async fn a_sales_unit_is_changed_in_place(fixture: Fixture) {
    let store = opened(&fixture).await;
    let changed = domain::merchant::SalesUnit {
        name: domain::text::SalesUnitName::parse("Another name").unwrap(),
        flags: unit(UNIT).flags.with(domain::merchant::Flag::LateCapture, false),
        ..unit(UNIT)
    };
    change_directory(&*store, DirectoryChange::UpdateSalesUnit(changed.clone())).await.unwrap();
    assert_eq!(store.directory().await.unwrap().units, [changed]);
    store.close().await.unwrap();
}

pub async fn a_failure_half_way_leaves_nothing_of_it(fixture: Fixture) {
    let store = opened(&fixture).await;
    // Number and id are free, the keys are another's: the first of the rows can be written, the second cannot.
    for change in [
        DirectoryChange::CreateSalesUnit(new_sales_unit("654321", 1)),
        DirectoryChange::CreatePartner(new_partner(PARTNER, 1)),
    ] {
        assert!(matches!(change_directory(&*store, change).await, Err(Trouble::Broken(_))));
    }
    let directory = store.directory().await.unwrap();
    assert_eq!((directory.units, directory.partners), (vec![unit(UNIT)], Vec::new()));
    store.close().await.unwrap();
}

pub async fn the_directory_holds_everybody_who_may_call(fixture: Fixture) {
    let store = opened(&fixture).await;
    make_sales_unit(&*store, "654321", 2).await;
    change_directory(&*store, DirectoryChange::CreatePartner(new_partner(PARTNER, 3))).await.unwrap();
    change_directory(&*store, DirectoryChange::Connect(connection("654321", PARTNER))).await.unwrap();
    let version = store.directory_version().await.unwrap();
    let expected = Directory {
        version,
        units: vec![unit(UNIT), unit("654321")],
        partners: vec![new_partner(PARTNER, 3).partner],
        connections: vec![connection("654321", PARTNER)],
        key_sets: vec![
            new_sales_unit(UNIT, 1).key_set,
            new_sales_unit("654321", 2).key_set,
            new_partner(PARTNER, 3).key_set,
        ],
    };
    assert_eq!(store.directory().await.unwrap(), expected);
    let seen = expected.clone();
    let decided = store.apply(directory_intent(move |stored| (*stored == seen).then(|| panic!("on purpose")))).await;
    assert!(matches!(decided, Err(Trouble::Broken(_))), "a decision sees the same: {decided:?}");
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(store.directory().await.unwrap(), expected, "and so does the next start");
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_sales_unit_has_one_partner_at_most(fixture: Fixture) {
    let store = opened(&fixture).await;
    for (id, seed) in [(PARTNER, 3), ("partner-000002", 4)] {
        change_directory(&*store, DirectoryChange::CreatePartner(new_partner(id, seed))).await.unwrap();
    }
    let connect = async |number, partner| {
        change_directory(&*store, DirectoryChange::Connect(connection(number, partner))).await.is_ok()
    };
    let connections = async || store.directory().await.unwrap().connections;
    assert!(connect(UNIT, PARTNER).await);
    for (number, partner) in [(UNIT, "partner-000002"), (UNIT, PARTNER), ("654321", PARTNER), (UNIT, "partner-000003")]
    {
        assert!(!connect(number, partner).await, "{number} {partner}");
    }
    assert_eq!(connections().await, [connection(UNIT, PARTNER)]);
    change_directory(&*store, DirectoryChange::Disconnect(msn(UNIT))).await.unwrap();
    assert_eq!(connections().await, []);
    assert!(!connect(UNIT, "partner-000003").await, "there is no such partner");
    assert!(!connect("654321", PARTNER).await, "there is no such sales unit");
    assert!(connect(UNIT, "partner-000002").await);
    assert_eq!(connections().await, [connection(UNIT, "partner-000002")]);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_key_is_replaced_or_revoked_and_the_others_stay(fixture: Fixture) {
    let store = opened(&fixture).await;
    make_sales_unit(&*store, "654321", 2).await;
    let key_set = async |at: usize| store.directory().await.unwrap().key_sets[at].clone();
    let (before, others) = (key_set(0).await, key_set(1).await);
    for (count, key) in KeyKind::ALL.into_iter().enumerate() {
        let earlier = key_set(0).await;
        change_directory(&*store, DirectoryChange::RevokeKey { key_set: before.id, key }).await.unwrap();
        let revoked = key_set(0).await;
        assert_eq!(revoked.generation, earlier.generation + 1, "what was issued so far is void");
        for other in KeyKind::ALL {
            assert_eq!(revoked.key(other), if other == key { None } else { earlier.key(other) }, "{key:?} {other:?}");
        }
        let digest = Digest([200 + u8::try_from(count).unwrap(); 32]);
        change_directory(&*store, DirectoryChange::ReplaceKey { key_set: before.id, key, digest }).await.unwrap();
        let replaced = key_set(0).await;
        assert_eq!(replaced.generation, revoked.generation, "what was issued since is not");
        for other in KeyKind::ALL {
            assert_eq!(replaced.key(other), if other == key { Some(digest) } else { earlier.key(other) });
        }
    }
    assert_eq!(key_set(1).await, others, "nobody else's");
    for key in KeyKind::ALL {
        for owner in [before.id, others.id] {
            change_directory(&*store, DirectoryChange::RevokeKey { key_set: owner, key }).await.unwrap();
        }
    }
    assert_eq!(store.verify().await.unwrap(), [], "that two have no key does not make them one");
    store.close().await.unwrap();
}

pub async fn sound_data_has_no_findings(fixture: Fixture) {
    let store = opened(&fixture).await;
    authorized(&*store, "payment-1").await;
    done(store.apply(capture(UNIT, "payment-1", 400, "c")).await);
    done(store.apply(creation(UNIT, "payment-2", "l", 0)).await);
    let cancel = Command::Cancel { only_unauthorized: false };
    for name in ["payment-1", "payment-2"] {
        let idempotency = keyed(Operation::Cancel, Some(name), "x", 9);
        done(store.apply(command(UNIT, name, cancel.clone(), Span::seconds(3), idempotency)).await);
    }
    make_sales_unit(&*store, "654321", 2).await;
    tell_of_a_payment(&*store, "654321").await;
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_closed_store_takes_nothing_on(fixture: Fixture) {
    let store = opened(&fixture).await;
    store.close().await.unwrap();
    assert!(!store.is_writable());
    let outcome = store.apply(creation(UNIT, "payment-1", "k", 0)).await;
    assert!(matches!(outcome, Err(Trouble::Unavailable(_))), "{outcome:?}");
    store.close().await.unwrap();
}

pub async fn nothing_is_loaded_for_a_payment_that_is_not_there(fixture: Fixture) {
    let store = opened(&fixture).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    assert_eq!(store.apply(approval(UNIT, "payment-2")).await, Ok(Outcome::Rejected(Rejection::ReferenceNotFound)));
    assert_eq!(store.payment(&msn("654321"), &reference("payment-1")).await.unwrap(), None);
    assert_eq!(store.payment(&msn(UNIT), &reference("PAYMENT-1")).await.unwrap(), None, "letter case counts");
    store.close().await.unwrap();
}

pub async fn a_short_link_names_its_payment(fixture: Fixture) {
    let store = opened(&fixture).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let link = short_link(UNIT, "payment-1");
    assert_eq!(store.payment_of_short_link(&msn(UNIT), link).await.unwrap(), Some(reference("payment-1")));
    assert_eq!(store.payment_of_short_link(&msn("654321"), link).await.unwrap(), None, "of this sales unit");
    assert_eq!(store.payment_of_short_link(&msn(UNIT), short_link(UNIT, "payment-2")).await.unwrap(), None);
    store.close().await.unwrap();
}

pub async fn the_payment_of_what_was_shared_last_is_found_by_its_payer(fixture: Fixture) {
    let store = opened(&fixture).await;
    make_sales_unit(&*store, "654321", 9).await;
    let sharing = |number: &str, name: &str, sub: u8, after: i64| {
        let profile = Profile { name: Some(("Ada".into(), "Berg".into())), ..empty_profile(sub) };
        let approval = Approval { profile: Some(Box::new(profile)), ..Approval::default() };
        command(number, name, Command::Authorize(approval), Span::seconds(after), None)
    };
    for (number, name) in [(UNIT, "payment-1"), (UNIT, "payment-2"), (UNIT, "payment-3"), ("654321", "payment-4")] {
        done(store.apply(creation(number, name, name, 0)).await);
    }
    done(store.apply(sharing(UNIT, "payment-2", 1, 1)).await);
    done(store.apply(sharing(UNIT, "payment-1", 1, 2)).await);
    done(store.apply(sharing(UNIT, "payment-3", 2, 3)).await);
    done(store.apply(sharing("654321", "payment-4", 1, 4)).await);
    let found = store.last_shared(&msn(UNIT), Sub([1; 16])).await.unwrap().expect("a payment");
    assert_eq!(found.reference, reference("payment-1"), "the last of them, of this sales unit");
    let State::Authorized(reservation) = &found.state else { panic!("{:?}", found.state) };
    let shared = reservation.authorization().profile.as_ref().expect("a profile");
    assert_eq!(shared.name, Some(("Ada".into(), "Berg".into())));
    assert_eq!(store.last_shared(&msn(UNIT), Sub([3; 16])).await.unwrap(), None);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn an_attempt_the_bank_refused_is_logged_and_its_key_unused(fixture: Fixture) {
    let store = opened(&fixture).await;
    authorized(&*store, "payment-1").await;
    done(store.apply(capture(UNIT, "payment-1", 500, "c")).await);
    let refund = |bank, seconds: i64| {
        let amount = Money { value: MinorUnits::new(200).unwrap(), currency: Currency::Nok };
        let idempotency = keyed(Operation::Refund, Some("payment-1"), "r", 7);
        command(UNIT, "payment-1", Command::Refund { amount, bank }, Span::seconds(seconds), idempotency)
    };
    let refused = store.apply(refund(Some(BankRefusal::NoReceivingAccount), 3)).await;
    assert_eq!(refused, Ok(Outcome::Rejected(Rejection::RefundNotPossible)));
    assert_eq!(store.verify().await.unwrap(), [], "nothing is kept under the key, and nothing should be");
    let (payment, events) =
        store.payment_with_events(&msn(UNIT), &reference("payment-1")).await.unwrap().expect("a payment");
    assert_eq!(payment.aggregate().refunded, MinorUnits::ZERO);
    let last = events.last().expect("an event");
    assert_eq!(last.occurrence, Occurrence::RefundRefused(MinorUnits::new(200).unwrap()));
    assert_eq!(last.idempotency_key.as_ref().map(|key| key.as_str()), Some("r"));
    assert_eq!(done(store.apply(refund(None, 4)).await), "AUTHORIZED 5 500", "the same key, another time");
    assert_eq!(log(&*store, "payment-1").await, ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED", "REFUNDED"]);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn what_a_bank_does_not_answer_is_due_when_it_does(fixture: Fixture) {
    let store = opened(&fixture).await;
    let until = START.plus(Span::minutes(60));
    let (approval, settle_at) =
        (Approval { payer: Some(phone("4740000010")), ..Approval::default() }, Span::minutes(60));
    for (name, approval, end) in [("payment-1", None, "EXPIRED"), ("payment-2", Some(approval), "AUTHORIZED")] {
        done(store.apply(creation(UNIT, name, name, 0)).await);
        let process = Command::Process { until, approval };
        done(store.apply(command(UNIT, name, process, Span::seconds(1), None)).await);
        let (payment, events) = store.payment_with_events(&msn(UNIT), &reference(name)).await.unwrap().unwrap();
        let State::Processing(processing) = &payment.state else { panic!("{payment:?}") };
        assert_eq!((processing.until, processing.reserves.is_some()), (until, end == "AUTHORIZED"));
        assert_eq!(events[1].occurrence, Occurrence::Processing(processing.clone()));
        assert_eq!(store.next_due().await.unwrap(), [(msn(UNIT), until)], "not when it would lapse");
        let early = command(UNIT, name, Command::Settle, settle_at.minus(Span::milliseconds(1)), None);
        done(store.apply(early).await);
        assert_eq!(store.payment(&msn(UNIT), &reference(name)).await.unwrap(), Some(payment));
        assert_eq!(store.verify().await.unwrap(), []);
        done(store.apply(command(UNIT, name, Command::Settle, settle_at, None)).await);
        let (payment, events) = store.payment_with_events(&msn(UNIT), &reference(name)).await.unwrap().unwrap();
        assert_eq!((payment.state.name(), events[2].occurrence.name().as_str(), events[2].at), (end, end, until));
        assert_eq!(store.verify().await.unwrap(), []);
    }
    store.close().await.unwrap();
}
