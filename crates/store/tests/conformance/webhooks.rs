//! Registrations: who is told of what, from when to when.

use std::sync::Arc;

use domain::{
    payment::{BankRefusal, Rejection},
    time::Span,
    webhook::Next,
};
use store::{Answer, DirectoryChange, Outcome, RemovalCause, Store, Trouble, Webhook, WebhookId, WebhooksChange, Work};

use crate::{
    fixture::Fixture,
    sending::{
        ALL, AUTHORIZED, CAPTURED, CREATED, LATE, REFUNDED, apply, attempt, bodies, claim, deleted, deliveries, ending,
        of_partner, of_unit, on_webhooks, record, recording, refund, register, retry, told, webhook,
    },
    work::{START, approval, capture, change_directory, connection, creation, done, make_sales_unit, msn, new_partner},
};

const UNIT: &str = "123456";
const OTHER_UNIT: &str = "654321";
const PARTNER: &str = "partner-000001";

async fn opened(fixture: &Fixture) -> Arc<dyn Store> {
    let store = fixture.open().await;
    make_sales_unit(&*store, UNIT, 1).await;
    make_sales_unit(&*store, OTHER_UNIT, 2).await;
    store
}

pub async fn registrations_are_listed_the_oldest_first_and_one_that_ended_stays_to_be_read_about(fixture: Fixture) {
    let store = opened(&fixture).await;
    let owner = of_unit(UNIT);
    for (number, events) in [(3, ALL), (1, &[CAPTURED, CREATED]), (2, &[CAPTURED])] {
        register(&*store, &owner, number, events).await;
    }
    register(&*store, &of_unit(OTHER_UNIT), 4, ALL).await;
    let expected = [webhook(&owner, 1, &[CAPTURED, CREATED]), webhook(&owner, 2, &[CAPTURED]), webhook(&owner, 3, ALL)];
    assert_eq!(store.webhooks(&owner, false).await.unwrap(), expected, "every field comes back as it went in");
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let claimed = claim(&*store, UNIT, &[(WebhookId([1; 16]), 9)], LATE).await;
    record(&*store, &claimed[0], Span::seconds(3), retry(Span::seconds(5))).await;
    apply(&*store, ending(&owner, 1)).await;
    apply(&*store, ending(&owner, 1)).await;
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(store.webhooks(&owner, false).await.unwrap(), expected[1..]);
    let all = store.webhooks(&owner, true).await.unwrap();
    assert_eq!(all.len(), 3);
    let removal = all[0].removal.clone().expect("it ended");
    assert_eq!((removal.at, removal.cause), (deleted().at, RemovalCause::Deleted));
    assert_eq!(removal.last_error.as_deref(), Some("status 503 at 3000"), "what went wrong last is known still");
    let one = deliveries(&*store, &owner).await.into_iter().find(|one| one.webhook == all[0].id).unwrap();
    assert_eq!(one.url, all[0].url, "where it would have gone is known still");
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_limit_holds_however_many_register_at_the_same_moment(fixture: Fixture) {
    const MOST: usize = 25;
    let store = opened(&fixture).await;
    change_directory(&*store, DirectoryChange::CreatePartner(new_partner(PARTNER, 9))).await.unwrap();
    for owner in [of_unit(UNIT), of_partner(PARTNER)] {
        let first = if owner == of_unit(UNIT) { 1 } else { 101 };
        let registering: Vec<_> = (first..first + 40)
            .map(|number| {
                let (store, owner) = (store.clone(), owner.clone());
                let webhook = webhook(&owner, number, ALL);
                let decide =
                    move |stored: &[Webhook]| (stored.len() < MOST).then(|| WebhooksChange::Register(webhook.clone()));
                tokio::spawn(async move { store.apply(on_webhooks(&owner, decide)).await })
            })
            .collect();
        for one in registering {
            assert_eq!(one.await.unwrap(), Ok(Outcome::Done(Answer::none())));
        }
        assert_eq!(store.webhooks(&owner, true).await.unwrap().len(), MOST);
    }
    store.close().await.unwrap();
}

pub async fn a_partners_registration_is_told_of_every_sales_unit_connected_to_it(fixture: Fixture) {
    let store = opened(&fixture).await;
    let partner = of_partner(PARTNER);
    change_directory(&*store, DirectoryChange::CreatePartner(new_partner(PARTNER, 9))).await.unwrap();
    change_directory(&*store, DirectoryChange::Connect(connection(UNIT, PARTNER))).await.unwrap();
    register(&*store, &partner, 1, &[CREATED]).await;
    register(&*store, &of_unit(UNIT), 2, &[CREATED]).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(store.apply(creation(OTHER_UNIT, "payment-2", "k", 0)).await);
    change_directory(&*store, DirectoryChange::Connect(connection(OTHER_UNIT, PARTNER))).await.unwrap();
    done(store.apply(creation(OTHER_UNIT, "payment-3", "l", 0)).await);
    let of_created = |names: &[&str]| names.iter().map(|name| format!("CREATED 1 of {name}")).collect::<Vec<_>>();
    assert_eq!(told(&*store, &partner).await, [(1, of_created(&["payment-1", "payment-3"]))]);
    assert_eq!(told(&*store, &of_unit(UNIT)).await, [(2, of_created(&["payment-1"]))], "each for itself");
    assert_eq!(told(&*store, &of_unit(OTHER_UNIT)).await, []);
    let lanes = store.waiting_lanes().await.unwrap();
    let mut lanes: Vec<_> = lanes.iter().map(|(lane, _)| (lane.msn.as_str().to_owned(), lane.webhook.0[0])).collect();
    lanes.sort();
    assert_eq!(lanes, [(UNIT.to_owned(), 1), (UNIT.to_owned(), 2), (OTHER_UNIT.to_owned(), 1)]);
    // Claimed sales unit by sales unit, and of a partner's by the partner's secret.
    let claimed = claim(&*store, OTHER_UNIT, &[(WebhookId([1; 16]), 9)], LATE).await;
    assert_eq!(bodies(&claimed), of_created(&["payment-3"]));
    let recipient = &claimed[0].recipient;
    assert_eq!((&recipient.owner, &recipient.sealed_secret), (&partner, &vec![1; 40]));
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_registration_is_told_of_what_it_names_while_it_is_there(fixture: Fixture) {
    let store = opened(&fixture).await;
    let owner = of_unit(UNIT);
    register(&*store, &of_unit(OTHER_UNIT), 9, ALL).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    register(&*store, &owner, 1, ALL).await;
    register(&*store, &owner, 2, &[CAPTURED]).await;
    register(&*store, &owner, 3, &[AUTHORIZED, REFUNDED]).await;
    done(store.apply(approval(UNIT, "payment-1")).await);
    let again = store.apply(creation(UNIT, "payment-1", "k", 0)).await;
    assert!(matches!(again, Ok(Outcome::Replayed(_))), "{again:?}");
    let refused = store.apply(capture(UNIT, "payment-1", 1001, "too much")).await;
    assert!(matches!(refused, Ok(Outcome::Rejected(_))), "{refused:?}");
    done(store.apply(capture(UNIT, "payment-1", 400, "c")).await);
    assert_eq!(store.apply(capture(UNIT, "payment-1", 300, "c")).await, Ok(Outcome::Conflict));
    apply(&*store, ending(&owner, 2)).await;
    let refused = refund(UNIT, "payment-1", "r", Some(BankRefusal::NoReceivingAccount), Span::seconds(3));
    assert_eq!(store.apply(refused).await, Ok(Outcome::Rejected(Rejection::RefundNotPossible)));
    done(store.apply(capture(UNIT, "payment-1", 100, "d")).await);
    let lines = |lines: &[&str]| lines.iter().map(|line| format!("{line} of payment-1")).collect::<Vec<_>>();
    let expected = [
        (1, lines(&["AUTHORIZED 2", "CAPTURED 3", "REFUNDED 4", "CAPTURED 5"])),
        (2, lines(&["CAPTURED 3"])),
        (3, lines(&["AUTHORIZED 2", "REFUNDED 4"])),
    ];
    assert_eq!(told(&*store, &owner).await, expected);
    assert_eq!(told(&*store, &of_unit(OTHER_UNIT)).await, []);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn what_cannot_be_put_into_words_is_not_done(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 1, &[CREATED]).await;
    let mut speechless = creation(UNIT, "payment-1", "k", 0);
    let Work::Payment { announce, .. } = &mut speechless.work else { panic!("a payment is created") };
    *announce = |_, _| panic!("on purpose");
    let neighbour = store.apply(creation(UNIT, "payment-2", "l", 0));
    let outcome = store.apply(speechless).await;
    assert!(matches!(outcome, Err(Trouble::Broken(_))), "{outcome:?}");
    done(neighbour.await);
    done(store.apply(creation(UNIT, "payment-3", "m", 0)).await);
    assert_eq!(store.payment(&msn(UNIT), &crate::work::reference("payment-1")).await.unwrap(), None);
    assert_eq!(told(&*store, &of_unit(UNIT)).await[0].1.len(), 2);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn who_listens_is_known_until_later_and_never_until_earlier(fixture: Fixture) {
    let store = opened(&fixture).await;
    let owner = of_unit(UNIT);
    let listener = Webhook { listens_until: Some(START), ..webhook(&owner, 1, &[CREATED]) };
    apply(&*store, crate::sending::registration(listener.clone())).await;
    register(&*store, &owner, 2, &[CREATED]).await;
    assert_eq!(store.listeners().await.unwrap(), std::slice::from_ref(&listener));
    let listens = |number: u8, seconds: i64| {
        let (id, until) = (WebhookId([number; 16]), START.plus(Span::seconds(seconds)));
        on_webhooks(&owner, move |_| Some(WebhooksChange::Listens { id, until }))
    };
    for (number, seconds) in [(1, 60), (1, 30), (2, 60)] {
        apply(&*store, listens(number, seconds)).await;
    }
    let until = Some(START.plus(Span::seconds(60)));
    assert_eq!(store.listeners().await.unwrap(), [Webhook { listens_until: until, ..listener }], "2 is sent to");
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    let mut lanes = store.announced().await;
    lanes.sort();
    assert_eq!(lanes.iter().map(|lane| lane.is_fetched).collect::<Vec<_>>(), [true, false]);
    let both = [(WebhookId([1; 16]), 1), (WebhookId([2; 16]), 1)];
    for claimed in claim(&*store, UNIT, &both, LATE).await {
        assert_eq!(claimed.recipient.lane.is_fetched, claimed.recipient.lane.webhook == WebhookId([1; 16]));
    }
    // What is sent beside the first of an event says so too.
    let again = store::NewDeliveryOf::Delivery(deliveries(&*store, &owner).await[0].id);
    for (number, of) in [(1, again), (2, crate::sending::a_test("body"))] {
        let id = crate::sending::delivery_id(Span::seconds(1), number);
        apply(&*store, crate::sending::sending(UNIT, id, WebhookId([1; 16]), of, Span::seconds(1))).await;
        assert!(store.announced().await[0].is_fetched);
    }
    apply(&*store, ending(&owner, 1)).await;
    assert_eq!(store.listeners().await.unwrap(), []);
    store.close().await.unwrap();
}

async fn failing_since(store: &dyn Store) -> Option<i64> {
    let found = store.webhooks(&of_unit(UNIT), true).await.unwrap();
    found[0].failing_since.map(|since| since.since(START).as_milliseconds())
}

pub async fn it_is_known_since_when_nothing_has_arrived(fixture: Fixture) {
    let store = opened(&fixture).await;
    let id = register(&*store, &of_unit(UNIT), 1, &[CREATED]).await;
    for number in 0..6 {
        let name = format!("payment-{number}");
        done(store.apply(creation(UNIT, &name, &name, 0)).await);
    }
    let claimed = claim(&*store, UNIT, &[(id, 6)], LATE).await;
    assert_eq!(failing_since(&*store).await, None);
    record(&*store, &claimed[0], Span::seconds(3), retry(Span::seconds(5))).await;
    assert_eq!(failing_since(&*store).await, Some(3000));
    record(&*store, &claimed[1], Span::seconds(4), Next::GivenUp).await;
    assert_eq!(failing_since(&*store).await, Some(3000), "since the first");
    let seen = claim(&*store, UNIT, &[(id, 1)], LATE).await;
    assert_eq!(seen[0].recipient.failing_since, Some(START.plus(Span::seconds(3))), "whoever claims is told");
    record(&*store, &claimed[2], Span::seconds(5), Next::Delivered).await;
    assert_eq!(failing_since(&*store).await, None);
    // Together: it counts when each ended, not which delivery it was of.
    let together = |last: Next, first: Next| {
        vec![attempt(&claimed[3], Span::seconds(9), last), attempt(&claimed[4], Span::seconds(8), first)]
    };
    apply(&*store, recording(together(retry(LATE.since(START)), Next::Delivered))).await;
    assert_eq!(failing_since(&*store).await, Some(9000));
    let again = claim(&*store, UNIT, &[(id, 1)], LATE).await;
    assert_eq!(again[0].id, claimed[3].id);
    let together = vec![
        attempt(&again[0], Span::seconds(12), Next::Delivered),
        attempt(&claimed[5], Span::seconds(11), Next::GivenUp),
    ];
    apply(&*store, recording(together)).await;
    assert_eq!(failing_since(&*store).await, None);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_registration_may_end_with_an_attempt(fixture: Fixture) {
    let store = opened(&fixture).await;
    let owner = of_unit(UNIT);
    let id = register(&*store, &owner, 1, &[CREATED]).await;
    register(&*store, &owner, 2, &[CREATED]).await;
    for name in ["payment-1", "payment-2", "payment-3"] {
        done(store.apply(creation(UNIT, name, name, 0)).await);
    }
    let claimed = claim(&*store, UNIT, &[(id, 2)], LATE).await;
    let mut last = attempt(&claimed[0], Span::seconds(3), retry(Span::seconds(5)));
    last.removal = Some(store::Removal {
        at: START.plus(Span::seconds(3)),
        cause: RemovalCause::Failing,
        last_error: Some("timeout".into()),
        judged_by: None,
    });
    apply(&*store, recording(vec![last.clone()])).await;
    assert_eq!(store.webhooks(&owner, true).await.unwrap()[0].removal, last.removal);
    let states: Vec<&str> =
        deliveries(&*store, &owner).await.iter().filter(|one| one.webhook == id).map(|one| one.state.name()).collect();
    assert_eq!(states, ["dropped"; 3], "the one that was tried, the one that is being tried and the one that waited");
    record(&*store, &claimed[1], Span::seconds(4), Next::Delivered).await;
    let tried: Vec<u32> = deliveries(&*store, &owner).await.iter().map(|one| one.attempts).collect();
    assert_eq!(tried.iter().sum::<u32>(), 1, "what came of the other attempt is nobody's concern any more");
    assert_eq!(claim(&*store, UNIT, &[(id, 9)], LATE).await, []);
    assert_eq!(claim(&*store, UNIT, &[(WebhookId([2; 16]), 9)], LATE).await.len(), 3, "the other goes on");
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_registration_that_has_recovered_meanwhile_does_not_end(fixture: Fixture) {
    let store = opened(&fixture).await;
    let owner = of_unit(UNIT);
    let id = register(&*store, &owner, 1, &[CREATED]).await;
    for name in ["payment-1", "payment-2", "payment-3"] {
        done(store.apply(creation(UNIT, name, name, 0)).await);
    }
    let claimed = claim(&*store, UNIT, &[(id, 3)], LATE).await;
    let ending = |place: usize, after: i64, judged_by| {
        let mut attempt = attempt(&claimed[place], Span::seconds(after), retry(Span::seconds(after + 2)));
        let at = START.plus(Span::seconds(after));
        attempt.removal = Some(store::Removal { at, cause: RemovalCause::Failing, last_error: None, judged_by });
        attempt
    };
    apply(&*store, recording(vec![ending(0, 3, Some(START))])).await;
    assert_eq!(
        store.webhooks(&owner, true).await.unwrap()[0].removal,
        None,
        "it is failing since later than was thought"
    );
    let arrived = attempt(&claimed[1], Span::seconds(5), Next::Delivered);
    let judged_by = store.webhooks(&owner, true).await.unwrap()[0].failing_since;
    apply(&*store, recording(vec![ending(2, 4, judged_by), arrived])).await;
    assert_eq!(store.webhooks(&owner, true).await.unwrap()[0].removal, None, "something has arrived at last");
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}
