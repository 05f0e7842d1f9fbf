//! Deliveries: how they come into being, who gets them to attempt, and what is kept of it.

use std::sync::Arc;

use domain::{time::Span, webhook::Next};
use store::{
    Claimed, DeliveriesChange, DeliveryFilter, DeliveryId, DeliveryKind, DeliveryState, DirectoryChange, Intent, Lane,
    NewDelivery, NewDeliveryOf, Outcome, Store, WebhookId, Work,
};

use crate::{
    fixture::Fixture,
    sending::{
        ALL, CAPTURED, CREATED, LATE, a_test, apply, attempt, bodies, claim, deliveries, delivery_id, ending,
        forgetting, of_partner, of_unit, record, recording, register, retry, sending, told,
    },
    work::{
        START, approval, capture, change_directory, connection, creation, done, make_sales_unit, msn, new_partner,
        reference,
    },
};

const UNIT: &str = "123456";
const OTHER_UNIT: &str = "654321";
const PARTNER: &str = "partner-000001";
const FIRST: WebhookId = WebhookId([1; 16]);
const SECOND: WebhookId = WebhookId([2; 16]);

/// A store with two sales units, and a registration of everything at the first of them.
async fn opened(fixture: &Fixture) -> Arc<dyn Store> {
    let store = fixture.open().await;
    make_sales_unit(&*store, UNIT, 1).await;
    make_sales_unit(&*store, OTHER_UNIT, 2).await;
    register(&*store, &of_unit(UNIT), 1, ALL).await;
    store
}

async fn create(store: &dyn Store, name: &str) {
    done(store.apply(creation(UNIT, name, name, 0)).await);
}

/// One that was created, approved and captured.
async fn captured(store: &dyn Store, name: &str) {
    create(store, name).await;
    done(store.apply(approval(UNIT, name)).await);
    done(store.apply(capture(UNIT, name, 400, "c")).await);
}

async fn claim_of(store: &dyn Store, webhook: WebhookId, most: u32) -> Vec<Claimed> {
    claim(store, UNIT, &[(webhook, most)], LATE).await
}

pub async fn everybody_who_is_told_of_an_event_is_sent_the_same(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, &[CREATED]).await;
    register(&*store, &of_unit(UNIT), 3, &[CAPTURED]).await;
    create(&*store, "payment-1").await;
    let mut lanes = store.announced().await;
    lanes.sort();
    let lane = |webhook| Lane { msn: msn(UNIT), webhook, is_fetched: false };
    assert_eq!(lanes, [lane(FIRST), lane(SECOND)]);
    let found = deliveries(&*store, &of_unit(UNIT)).await;
    assert_eq!(found.len(), 2);
    let (_, events) = store.payment_with_events(&msn(UNIT), &reference("payment-1")).await.unwrap().unwrap();
    for one in &found {
        assert_eq!((one.event_id, one.event, one.kind), (events[0].psp_reference.0, CREATED, DeliveryKind::Event));
        assert_eq!((one.state, one.attempts, one.created_at), (DeliveryState::Pending, 0, START));
        assert_eq!((one.next_attempt_at, &one.reference), (Some(START), &reference("payment-1")));
        let detail = store.delivery(&of_unit(UNIT), one.id).await.unwrap().unwrap();
        assert_eq!((detail.body.as_ref(), detail.attempts.len()), (&b"CREATED 1 of payment-1"[..], 0));
        assert_eq!(store.delivery(&of_unit(OTHER_UNIT), one.id).await.unwrap(), None, "nobody else's");
    }
    let both = claim(&*store, UNIT, &[(FIRST, 9), (SECOND, 9)], START).await;
    assert_eq!(bodies(&both), ["CREATED 1 of payment-1"; 2]);
    assert_ne!(both[0].recipient.lane.webhook, both[1].recipient.lane.webhook);
    store.close().await.unwrap();
}

pub async fn payments_that_change_together_are_told_each_in_order(fixture: Fixture) {
    const PAYMENTS: usize = 60;
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, &[CAPTURED]).await;
    // Whatever is handed in at the same moment may share a transaction.
    let changes: [fn(&str) -> Vec<Intent>; 3] = [
        |name| vec![creation(UNIT, name, name, 0)],
        |name| vec![approval(UNIT, name)],
        |name| ["c", "d", "c"].map(|key| capture(UNIT, name, 100, key)).into(),
    ];
    for change in changes {
        let names = (0..PAYMENTS).map(|number| format!("payment-{number:02}"));
        let intents = names.flat_map(|name| change(&name));
        let answers: Vec<_> = intents.map(|intent| store.apply(intent)).collect();
        for answer in answers {
            assert!(matches!(answer.await, Ok(Outcome::Done(_) | Outcome::Replayed(_))));
        }
    }
    let (mut all, mut captures) = (Vec::new(), Vec::new());
    for number in 0..PAYMENTS {
        let of_payment = |event: &str| format!("{event} of payment-{number:02}");
        all.extend(["CREATED 1", "AUTHORIZED 2", "CAPTURED 3", "CAPTURED 4"].map(of_payment));
        captures.extend(["CAPTURED 3", "CAPTURED 4"].map(of_payment));
    }
    assert_eq!(told(&*store, &of_unit(UNIT)).await, [(1, all), (2, captures)]);
    let mut rounds = 0;
    loop {
        let claimed = claim_of(&*store, FIRST, 1000).await;
        if claimed.is_empty() {
            break;
        }
        assert_eq!(claimed.len(), PAYMENTS, "one of each payment");
        rounds += 1;
        assert!(bodies(&claimed).iter().all(|body| body.split(' ').nth(1) == Some(&rounds.to_string())), "{rounds}");
        apply(&*store, recording(claimed.iter().map(|one| attempt(one, Span::seconds(5), Next::Delivered)).collect()))
            .await;
    }
    assert_eq!(rounds, 4);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn what_is_due_is_claimed_once_and_the_earliest_first(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, &[CREATED]).await;
    for (name, after) in [("payment-3", 30), ("payment-1", 10), ("payment-2", 20), ("payment-4", 40)] {
        create(&*store, name).await;
        let claimed = claim(&*store, UNIT, &[(FIRST, 9)], START).await;
        record(&*store, &claimed[0], Span::seconds(1), retry(Span::seconds(after))).await;
    }
    let until = |milliseconds| START.plus(Span::milliseconds(milliseconds));
    let early = claim(&*store, UNIT, &[(FIRST, 9)], until(9_999)).await;
    assert_eq!(early, []);
    let due = claim(&*store, UNIT, &[(FIRST, 2)], until(30_000)).await;
    assert_eq!(bodies(&due), ["CREATED 1 of payment-1", "CREATED 1 of payment-2"], "as many as wanted");
    assert_eq!((due[0].number, due[0].first_attempt_at), (2, Some(until(1000))));
    let due = claim(&*store, UNIT, &[(FIRST, 9), (SECOND, 1)], until(30_000)).await;
    let (of_first, of_second): (Vec<_>, Vec<_>) = due.into_iter().partition(|one| one.recipient.lane.webhook == FIRST);
    assert_eq!(bodies(&of_first), ["CREATED 1 of payment-3"], "what is claimed is nobody else's");
    assert_eq!((of_second.len(), of_second[0].recipient.lane.webhook), (1, SECOND), "each has its own");
    assert_eq!(claim(&*store, OTHER_UNIT, &[(FIRST, 9)], LATE).await, [], "of this sales unit");
    assert_eq!(claim(&*store, UNIT, &[], LATE).await, []);
    store.close().await.unwrap();
}

pub async fn a_later_event_waits_for_the_earlier_of_its_payment_and_holds_up_nothing_else(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, ALL).await;
    captured(&*store, "payment-1").await;
    let of_first = |claimed: &[Claimed]| bodies(claimed);
    let head = claim_of(&*store, FIRST, 9).await;
    assert_eq!(of_first(&head), ["CREATED 1 of payment-1"]);
    assert_eq!(claim_of(&*store, FIRST, 9).await, [], "while it is under way");
    captured(&*store, "payment-2").await;
    let other = claim_of(&*store, FIRST, 9).await;
    assert_eq!(of_first(&other), ["CREATED 1 of payment-2"], "another payment is not held up");
    assert_eq!(claim_of(&*store, SECOND, 9).await.len(), 2, "nor is another registration");
    record(&*store, &head[0], Span::seconds(3), retry(Span::seconds(60))).await;
    let before = START.plus(Span::milliseconds(59_999));
    assert_eq!(claim(&*store, UNIT, &[(FIRST, 9)], before).await, [], "while it waits to be tried again");
    let head = claim_of(&*store, FIRST, 9).await;
    record(&*store, &head[0], Span::seconds(60), Next::Delivered).await;
    let next = claim(&*store, UNIT, &[(FIRST, 9)], START.plus(Span::seconds(60))).await;
    assert_eq!(of_first(&next), ["AUTHORIZED 2 of payment-1"], "right after it has arrived");
    record(&*store, &next[0], Span::seconds(61), Next::GivenUp).await;
    let next = claim(&*store, UNIT, &[(FIRST, 9)], START.plus(Span::seconds(61))).await;
    assert_eq!(of_first(&next), ["CAPTURED 3 of payment-1"], "right after it was given up");
    store.close().await.unwrap();
}

pub async fn what_follows_is_not_looked_at_before_what_it_waits_for(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, ALL).await;
    create(&*store, "payment-1").await;
    done(store.apply(approval(UNIT, "payment-1")).await);
    let claimed = claim_of(&*store, FIRST, 1).await;
    record(&*store, &claimed[0], Span::seconds(3), retry(Span::seconds(3600))).await;
    done(store.apply(capture(UNIT, "payment-1", 400, "c")).await);
    create(&*store, "payment-2").await;
    let later = START.plus(Span::seconds(3600));
    for one in deliveries(&*store, &of_unit(UNIT)).await {
        let is_put_off = one.webhook == FIRST && one.reference == reference("payment-1");
        assert_eq!(one.next_attempt_at == Some(later), is_put_off, "{one:?}");
    }
    let mut lanes: Vec<_> =
        store.waiting_lanes().await.unwrap().into_iter().map(|(lane, at)| (lane.webhook, at)).collect();
    lanes.sort();
    assert_eq!(lanes, [(FIRST, START), (SECOND, START)]);
    let claimed = claim(&*store, UNIT, &[(FIRST, 9)], START.plus(Span::seconds(3599))).await;
    assert_eq!(bodies(&claimed), ["CREATED 1 of payment-2"]);
    record(&*store, &claimed[0], Span::seconds(3), Next::Delivered).await;
    let lanes = store.waiting_lanes().await.unwrap();
    let first = lanes.iter().find(|(lane, _)| lane.webhook == FIRST).unwrap();
    assert_eq!(*first, (Lane { msn: msn(UNIT), webhook: FIRST, is_fetched: false }, later));
    store.close().await.unwrap();
}

pub async fn a_claim_that_was_given_back_may_be_had_by_anybody(fixture: Fixture) {
    let store = opened(&fixture).await;
    create(&*store, "payment-1").await;
    let first = claim_of(&*store, FIRST, 1).await;
    store.give_back(&first).await.unwrap();
    let second = claim_of(&*store, FIRST, 1).await;
    assert_eq!((second[0].id, second[0].number), (first[0].id, 1));
    store.give_back(&first).await.unwrap();
    assert_eq!(claim_of(&*store, FIRST, 1).await, [], "it is not his to give back any more");
    record(&*store, &first[0], Span::seconds(3), Next::Delivered).await;
    assert_eq!(deliveries(&*store, &of_unit(UNIT)).await[0].state, DeliveryState::Pending, "nor to record");
    record(&*store, &second[0], Span::seconds(4), retry(Span::seconds(5))).await;
    let third = claim_of(&*store, FIRST, 1).await;
    record(&*store, &second[0], Span::seconds(4), retry(Span::seconds(5))).await;
    store.give_back(&second).await.unwrap();
    assert_eq!(claim_of(&*store, FIRST, 1).await, [], "recorded again it changes nothing");
    record(&*store, &third[0], Span::seconds(5), Next::Delivered).await;
    record(&*store, &third[0], Span::seconds(5), Next::Delivered).await;
    let detail = store.delivery(&of_unit(UNIT), third[0].id).await.unwrap().unwrap();
    assert_eq!((detail.delivery.attempts, detail.attempts.len()), (2, 2));
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn claims_of_several_sales_units_are_given_back_together(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(OTHER_UNIT), 2, ALL).await;
    for number in 0..5 {
        for unit in [UNIT, OTHER_UNIT] {
            let name = format!("payment-{number}");
            done(store.apply(creation(unit, &name, &format!("{unit}-{name}"), 0)).await);
        }
    }
    let all = async || {
        let first = claim(&*store, UNIT, &[(FIRST, 9)], LATE).await;
        (first, claim(&*store, OTHER_UNIT, &[(SECOND, 9)], LATE).await)
    };
    let (first, second) = all().await;
    assert_eq!((first.len(), second.len()), (5, 5));
    // One of each, and in no order.
    let mut mixed: Vec<Claimed> = first.iter().zip(&second).flat_map(|(one, other)| [other, one]).cloned().collect();
    mixed.reverse();
    let kept = mixed.split_off(8);
    record(&*store, &mixed[0], Span::seconds(3), Next::Delivered).await;
    store.give_back(&mixed).await.unwrap();
    store.give_back(&[]).await.unwrap();
    let (first, second) = all().await;
    let mut again: Vec<DeliveryId> = first.iter().chain(&second).map(|one| one.id).collect();
    let mut expected: Vec<DeliveryId> = mixed[1..].iter().map(|one| one.id).collect();
    again.sort();
    expected.sort();
    assert_eq!(again, expected, "but those that are kept, and the one that has arrived");
    assert_eq!(kept.len(), 2);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn many_who_claim_at_the_same_moment_get_each_delivery_once(fixture: Fixture) {
    let store = opened(&fixture).await;
    for number in 0..40 {
        create(&*store, &format!("payment-{number}")).await;
    }
    let claiming: Vec<_> = (0..16)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { claim_of(&*store, FIRST, 4).await })
        })
        .collect();
    let mut claimed = Vec::new();
    for one in claiming {
        claimed.extend(one.await.unwrap().into_iter().map(|one| one.id));
    }
    // Somebody may have passed over what another then did not take.
    claimed.extend(claim_of(&*store, FIRST, 40).await.into_iter().map(|one| one.id));
    claimed.sort();
    let count = claimed.len();
    claimed.dedup();
    assert_eq!((claimed.len(), count), (40, 40));
    store.close().await.unwrap();
}

pub async fn what_came_of_each_attempt_is_kept(fixture: Fixture) {
    let store = opened(&fixture).await;
    create(&*store, "payment-1").await;
    let mut logged = Vec::new();
    for (number, next) in [(1, retry(Span::seconds(10))), (2, retry(Span::seconds(20))), (3, Next::GivenUp)] {
        let claimed = claim_of(&*store, FIRST, 1).await;
        assert_eq!((claimed[0].number, claimed[0].first_attempt_at.is_some()), (number, number > 1));
        let attempt = attempt(&claimed[0], Span::seconds(i64::from(number)), next);
        logged.push(attempt.logged.clone());
        apply(&*store, recording(vec![attempt])).await;
    }
    assert_eq!(claim_of(&*store, FIRST, 1).await, []);
    let found = deliveries(&*store, &of_unit(UNIT)).await.remove(0);
    assert_eq!((found.state, found.attempts, found.next_attempt_at), (DeliveryState::GivenUp, 3, None));
    assert_eq!((found.last_status, found.last_error.as_deref()), (Some(503), Some("status 503 at 3000")));
    let detail = store.delivery(&of_unit(UNIT), found.id).await.unwrap().unwrap();
    assert_eq!(detail.attempts, logged, "every field comes back as it went in");
    let since = |index: usize| logged[index].at.plus(logged[index].took);
    let read = async |owner, since, most| {
        let found = store.attempts_since(&owner, since, most).await.unwrap();
        found.into_iter().map(|(delivery, attempt)| (delivery.id, attempt)).collect::<Vec<_>>()
    };
    let all: Vec<_> = logged.iter().cloned().map(|attempt| (found.id, attempt)).collect();
    assert_eq!(read(of_unit(UNIT), START, 9).await, all);
    assert_eq!(read(of_unit(UNIT), since(1), 9).await, all[1..], "that ended then or later");
    assert_eq!(read(of_unit(UNIT), since(1).plus(Span::milliseconds(1)), 9).await, all[2..]);
    assert_eq!(read(of_unit(UNIT), START, 2).await, all[..2]);
    assert_eq!(read(of_unit(OTHER_UNIT), START, 9).await, []);
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(store.delivery(&of_unit(UNIT), found.id).await.unwrap(), Some(detail));
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn what_was_claimed_is_claimed_again_after_a_restart(fixture: Fixture) {
    let store = opened(&fixture).await;
    create(&*store, "payment-1").await;
    let claimed = claim_of(&*store, FIRST, 1).await;
    store.close().await.unwrap();
    let store = fixture.open().await;
    fixture.lapse();
    let again = claim_of(&*store, FIRST, 1).await;
    assert_eq!((again[0].id, again[0].number, &again[0].body), (claimed[0].id, 1, &claimed[0].body));
    record(&*store, &again[0], Span::seconds(3), Next::Delivered).await;
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn what_waits_for_a_registration_that_ends_is_dropped_at_once(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, ALL).await;
    captured(&*store, "payment-1").await;
    let claimed = claim_of(&*store, FIRST, 1).await;
    record(&*store, &claimed[0], Span::seconds(3), Next::Delivered).await;
    let under_way = claim_of(&*store, FIRST, 1).await;
    apply(&*store, ending(&of_unit(UNIT), 1)).await;
    let states = async |webhook| {
        let found = deliveries(&*store, &of_unit(UNIT)).await;
        let mut states: Vec<_> =
            found.iter().filter(|one| one.webhook == webhook).map(|one| (one.event.name(), one.state.name())).collect();
        states.sort_unstable();
        states.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
    };
    assert_eq!(states(FIRST).await, ["dropped", "dropped", "delivered"], "authorized, captured, created");
    assert_eq!(states(SECOND).await, ["pending"; 3]);
    record(&*store, &under_way[0], Span::seconds(4), Next::Delivered).await;
    assert_eq!(states(FIRST).await, ["dropped", "dropped", "delivered"]);
    fixture.lapse();
    assert_eq!(claim_of(&*store, FIRST, 9).await, []);
    assert_eq!(store.waiting_lanes().await.unwrap().len(), 1);
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

pub async fn a_delivery_may_be_sent_once_more_and_a_test_beside_it(fixture: Fixture) {
    let store = opened(&fixture).await;
    captured(&*store, "payment-1").await;
    let original = claim_of(&*store, FIRST, 1).await.remove(0);
    let (again, test) = (delivery_id(Span::seconds(70), 7), delivery_id(Span::seconds(70), 8));
    let _told_before = store.announced().await;
    let once_more = || sending(UNIT, again, FIRST, NewDeliveryOf::Delivery(original.id), Span::seconds(70));
    let testing = || sending(UNIT, test, FIRST, a_test("a test"), Span::seconds(70));
    for _ in 0..2 {
        apply(&*store, once_more()).await;
        apply(&*store, testing()).await;
    }
    assert_eq!(store.announced().await, [Lane { msn: msn(UNIT), webhook: FIRST, is_fetched: false }]);
    assert_eq!(deliveries(&*store, &of_unit(UNIT)).await.len(), 5, "each of them once");
    let claimed = claim_of(&*store, FIRST, 9).await;
    let mut sent = bodies(&claimed);
    sent.sort();
    assert_eq!(sent, ["CREATED 1 of payment-1", "a test"], "outside the order, while the first is under way");
    let resent = claimed.iter().find(|one| one.id == again).unwrap();
    assert_eq!(resent.event_id, original.event_id);
    let logged = deliveries(&*store, &of_unit(UNIT)).await.into_iter().find(|one| one.id == again).unwrap();
    assert_eq!((logged.kind, logged.event_id, logged.event), (DeliveryKind::Resend, original.event_id, CREATED));
    record(&*store, resent, Span::seconds(71), retry(Span::seconds(9000))).await;
    record(&*store, &original, Span::seconds(71), Next::Delivered).await;
    let next = claim(&*store, UNIT, &[(FIRST, 9)], START.plus(Span::seconds(80))).await;
    assert_eq!(bodies(&next), ["AUTHORIZED 2 of payment-1"], "nor does anything wait for them");
    // To whom has ended nothing is sent, nor what is not there.
    register(&*store, &of_unit(UNIT), 2, ALL).await;
    apply(&*store, ending(&of_unit(UNIT), 2)).await;
    let count = deliveries(&*store, &of_unit(UNIT)).await.len();
    for of in [a_test("nobody's"), NewDeliveryOf::Delivery(original.id)] {
        apply(&*store, sending(UNIT, delivery_id(Span::seconds(90), 9), SECOND, of, Span::seconds(90))).await;
    }
    let unknown = NewDeliveryOf::Delivery(delivery_id(Span::seconds(1), 99));
    apply(&*store, sending(UNIT, delivery_id(Span::seconds(90), 9), FIRST, unknown, Span::seconds(90))).await;
    assert_eq!(deliveries(&*store, &of_unit(UNIT)).await.len(), count);
    assert_eq!(store.verify().await.unwrap(), [], "no announcement is left of what nobody is sent");
    store.close().await.unwrap();
}

pub async fn what_ended_long_ago_is_forgotten_and_what_is_still_sent_is_kept(fixture: Fixture) {
    let store = opened(&fixture).await;
    register(&*store, &of_unit(UNIT), 2, ALL).await;
    for name in ["payment-1", "payment-2", "payment-3"] {
        create(&*store, name).await;
    }
    let mut ended = claim_of(&*store, FIRST, 9).await;
    ended.sort_by_key(|one| one.id);
    for one in &ended {
        record(&*store, one, Span::seconds(3), Next::Delivered).await;
    }
    let edge = START.plus(Span::milliseconds(1));
    apply(&*store, forgetting(START, 9)).await;
    assert_eq!(deliveries(&*store, &of_unit(UNIT)).await.len(), 6, "made at that moment is not made before it");
    apply(&*store, forgetting(edge, 1)).await;
    let left = deliveries(&*store, &of_unit(UNIT)).await;
    assert_eq!(left.len(), 5, "so many at most");
    assert!(left.iter().all(|one| one.id != ended[0].id), "the oldest of them");
    apply(&*store, forgetting(edge, 9)).await;
    let left = deliveries(&*store, &of_unit(UNIT)).await;
    assert_eq!(left.iter().map(|one| one.webhook).collect::<Vec<_>>(), [SECOND; 3], "what waits is kept however old");
    assert_eq!(store.attempts_since(&of_unit(UNIT), START, 9).await.unwrap(), [], "attempts go with their delivery");
    for one in &left {
        let body = store.delivery(&of_unit(UNIT), one.id).await.unwrap().expect("with what is sent").body;
        assert_eq!(body, format!("CREATED 1 of {}", one.reference.as_str()));
    }
    assert_eq!(store.verify().await.unwrap(), []);
    apply(&*store, ending(&of_unit(UNIT), 2)).await;
    apply(&*store, forgetting(edge, 9)).await;
    assert_eq!(deliveries(&*store, &of_unit(UNIT)).await, []);
    let ends = crate::sending::deleted().at;
    apply(&*store, forgetting(ends, 9)).await;
    assert_eq!(store.webhooks(&of_unit(UNIT), true).await.unwrap().len(), 2);
    apply(&*store, forgetting(ends.plus(Span::milliseconds(1)), 9)).await;
    assert_eq!(store.webhooks(&of_unit(UNIT), true).await.unwrap().len(), 1, "and at last the registration");
    assert_eq!(store.verify().await.unwrap(), [], "nothing is left of what was sent");
    store.close().await.unwrap();
}

pub async fn deliveries_are_read_page_by_page_the_newest_first(fixture: Fixture) {
    let store = opened(&fixture).await;
    change_directory(&*store, DirectoryChange::CreatePartner(new_partner(PARTNER, 9))).await.unwrap();
    for unit in [UNIT, OTHER_UNIT] {
        change_directory(&*store, DirectoryChange::Connect(connection(unit, PARTNER))).await.unwrap();
    }
    register(&*store, &of_unit(UNIT), 2, &[CREATED]).await;
    register(&*store, &of_partner(PARTNER), 3, &[CREATED]).await;
    for name in ["payment-1", "payment-2", "payment-3"] {
        captured(&*store, name).await;
    }
    done(store.apply(creation(OTHER_UNIT, "payment-1", "k", 0)).await);
    let claimed = claim_of(&*store, FIRST, 2).await;
    record(&*store, &claimed[0], Span::seconds(3), Next::Delivered).await;
    record(&*store, &claimed[1], Span::seconds(3), Next::GivenUp).await;
    let tests = (0..4).map(|number| NewDelivery {
        id: delivery_id(Span::seconds(9), number),
        msn: msn(UNIT),
        webhook: SECOND,
        of: a_test("a test"),
    });
    let sending =
        Intent { now: START.plus(Span::seconds(9)), work: Work::Deliveries(DeliveriesChange::Send(tests.collect())) };
    apply(&*store, sending).await;
    let read = async |owner, filter: DeliveryFilter| store.deliveries(&owner, &filter).await.unwrap();
    let filter = DeliveryFilter { most: 100, ..DeliveryFilter::default() };
    let all = read(of_unit(UNIT), filter.clone()).await;
    assert_eq!(all.len(), 9 + 3 + 4);
    assert!(all.is_sorted_by(|one, next| one.id > next.id), "the newest first");
    let mut pages = Vec::new();
    while let page @ [.., last] =
        &*read(of_unit(UNIT), DeliveryFilter { before: pages.last().copied(), most: 3, ..filter.clone() }).await
    {
        assert!(page.len() <= 3 && page.iter().any(|one| one.id == last.id));
        pages.extend(page.iter().map(|one| one.id));
    }
    assert_eq!(pages, all.iter().map(|one| one.id).collect::<Vec<_>>(), "page by page it is the same");
    let partners = read(of_partner(PARTNER), filter.clone()).await;
    assert_eq!(partners.len(), 4, "of every sales unit");
    let moment = |after: i64| Some(DeliveryId::earliest_of(START.plus(Span::milliseconds(after))));
    type Test = fn(&store::Delivery) -> bool;
    let asked: [(DeliveryFilter, usize, Test); 9] = [
        (DeliveryFilter { reference: Some(reference("payment-1")), ..filter.clone() }, 4, |one| {
            one.reference.as_str() == "payment-1"
        }),
        (DeliveryFilter { webhook: Some(SECOND), ..filter.clone() }, 7, |one| one.webhook == SECOND),
        (DeliveryFilter { webhook: Some(WebhookId([3; 16])), ..filter.clone() }, 0, |_| false),
        (DeliveryFilter { state: Some(DeliveryState::GivenUp), ..filter.clone() }, 1, |one| {
            one.state == DeliveryState::GivenUp
        }),
        (DeliveryFilter { kind: Some(DeliveryKind::Test), ..filter.clone() }, 4, |one| one.kind == DeliveryKind::Test),
        (DeliveryFilter { before: moment(1000), ..filter.clone() }, 6, |one| {
            one.created_at < START.plus(Span::seconds(1))
        }),
        (DeliveryFilter { from: moment(1000), ..filter.clone() }, 10, |one| {
            one.created_at >= START.plus(Span::seconds(1))
        }),
        (DeliveryFilter { from: moment(1001), before: moment(2001), ..filter.clone() }, 3, |one| one.event == CAPTURED),
        (
            DeliveryFilter {
                reference: Some(reference("payment-1")),
                webhook: Some(FIRST),
                state: Some(DeliveryState::Pending),
                kind: Some(DeliveryKind::Event),
                from: moment(2000),
                before: moment(2001),
                most: 2,
            },
            1,
            |one| one.event == CAPTURED && one.webhook == FIRST,
        ),
    ];
    for (filter, count, test) in asked {
        let found = read(of_unit(UNIT), filter.clone()).await;
        assert_eq!(found.len(), count, "{filter:?}");
        assert!(found.iter().all(test) && found.is_sorted_by(|one, next| one.id > next.id), "{filter:?}");
        let one = read(of_unit(UNIT), DeliveryFilter { most: 1, ..filter.clone() }).await;
        assert_eq!(one, found[..count.min(1)], "{filter:?}");
    }
    let of_payment = DeliveryFilter { reference: Some(reference("payment-1")), ..filter };
    assert_eq!(read(of_partner(PARTNER), of_payment).await.len(), 2, "of either sales unit");
    store.close().await.unwrap();
}
