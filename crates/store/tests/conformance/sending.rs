//! Registrations, claims and attempts as the engine makes them, in few words.

use std::collections::BTreeMap;

use domain::{
    payment::{BankRefusal, Command},
    text::Reference,
    time::{Span, Timestamp},
    webhook::{EventType, Next},
};
use store::{
    Answer, Attempt, Claimed, DeliveriesChange, Delivery, DeliveryFilter, DeliveryId, Intent, KeyHolder, LoggedAttempt,
    NewDelivery, NewDeliveryOf, Operation, Outcome, Removal, RemovalCause, Store, Webhook, WebhookId, WebhooksChange,
    Work,
};

use crate::work::{START, approval, capture, command, creation, done, keyed, msn, partner_id};

pub const CREATED: EventType = EventType::PaymentCreated;
pub const AUTHORIZED: EventType = EventType::PaymentAuthorized;
pub const CAPTURED: EventType = EventType::PaymentCaptured;
pub const REFUNDED: EventType = EventType::PaymentRefunded;
/// Whatever happens to a payment here.
pub const ALL: &[EventType] =
    &[CREATED, AUTHORIZED, CAPTURED, REFUNDED, EventType::PaymentCancelled, EventType::PaymentTerminated];

/// After everything that is tried in a test.
pub const LATE: Timestamp = START.plus(Span::days(30));

pub fn of_unit(number: &str) -> KeyHolder {
    KeyHolder::SalesUnit(msn(number))
}

pub fn of_partner(id: &str) -> KeyHolder {
    KeyHolder::Partner(partner_id(id))
}

/// A registration that is told from others by its number, and is as many milliseconds younger than the first.
pub fn webhook(owner: &KeyHolder, number: u8, events: &[EventType]) -> Webhook {
    Webhook {
        id: WebhookId([number; 16]),
        owner: owner.clone(),
        url: format!("https://example.com/{number}").into(),
        events: events.to_vec(),
        sealed_secret: vec![number; 40],
        created_at: START.plus(Span::milliseconds(number.into())),
        listens_until: None,
        failing_since: None,
        removal: None,
    }
}

pub fn on_webhooks(
    owner: &KeyHolder,
    decide: impl Fn(&[Webhook]) -> Option<WebhooksChange> + Send + Sync + 'static,
) -> Intent {
    Intent { now: START, work: Work::Webhooks { owner: owner.clone(), decide: Box::new(decide) } }
}

/// Registers it, unless it is there.
pub fn registration(webhook: Webhook) -> Intent {
    on_webhooks(&webhook.owner.clone(), move |stored| {
        let is_new = stored.iter().all(|stored| stored.id != webhook.id);
        is_new.then(|| WebhooksChange::Register(webhook.clone()))
    })
}

/// The end of a registration, if it is there.
pub fn ending(owner: &KeyHolder, number: u8) -> Intent {
    let id = WebhookId([number; 16]);
    on_webhooks(owner, move |stored| {
        let is_there = stored.iter().any(|stored| stored.id == id);
        is_there.then_some(WebhooksChange::Remove { id, removal: deleted() })
    })
}

pub const fn deleted() -> Removal {
    Removal { at: START.plus(Span::seconds(90)), cause: RemovalCause::Deleted, last_error: None, judged_by: None }
}

pub async fn apply(store: &dyn Store, intent: Intent) {
    assert_eq!(store.apply(intent).await, Ok(Outcome::Done(Answer::none())));
}

pub async fn register(store: &dyn Store, owner: &KeyHolder, number: u8, events: &[EventType]) -> WebhookId {
    apply(store, registration(webhook(owner, number, events))).await;
    WebhookId([number; 16])
}

/// The owner's deliveries, the oldest first.
pub async fn deliveries(store: &dyn Store, owner: &KeyHolder) -> Vec<Delivery> {
    let filter = DeliveryFilter { most: 10_000, ..DeliveryFilter::default() };
    let mut found = store.deliveries(owner, &filter).await.unwrap();
    found.reverse();
    found
}

/// What each of the owner's registrations is sent, by its number: of each payment in order, payment by payment.
pub async fn told(store: &dyn Store, owner: &KeyHolder) -> Vec<(u8, Vec<String>)> {
    let mut told: BTreeMap<u8, Vec<(Reference, String)>> = BTreeMap::new();
    for delivery in deliveries(store, owner).await {
        let detail = store.delivery(owner, delivery.id).await.unwrap().expect("it was listed");
        assert_eq!(detail.delivery, delivery);
        let body = String::from_utf8(detail.body.to_vec()).unwrap();
        told.entry(delivery.webhook.0[0]).or_default().push((delivery.reference, body));
    }
    let in_order = |mut bodies: Vec<(Reference, String)>| {
        // Those of one moment have no order among them; the place in the log is the second word.
        bodies.sort_by_key(|(reference, body)| (reference.clone(), body.split(' ').nth(1).unwrap().to_owned()));
        bodies.into_iter().map(|(_, body)| body).collect()
    };
    told.into_iter().map(|(number, bodies)| (number, in_order(bodies))).collect()
}

/// What may be claimed of a sales unit by then, of these registrations so many.
pub async fn claim(store: &dyn Store, number: &str, wanted: &[(WebhookId, u32)], until: Timestamp) -> Vec<Claimed> {
    store.claim(&msn(number), wanted, until).await.unwrap()
}

/// What is sent, in the order in which it was claimed.
pub fn bodies(claimed: &[Claimed]) -> Vec<String> {
    claimed.iter().map(|claim| String::from_utf8(claim.body.to_vec()).unwrap()).collect()
}

/// How an attempt ends, so long after everything began.
pub fn attempt(claimed: &Claimed, after: Span, next: Next) -> Attempt {
    let ended_at = START.plus(after);
    let has_arrived = matches!(next, Next::Delivered);
    Attempt {
        delivery: claimed.id,
        fence: claimed.fence,
        recipient: claimed.recipient.clone(),
        logged: LoggedAttempt {
            number: claimed.number,
            at: ended_at.minus(Span::milliseconds(20)),
            took: Span::milliseconds(20),
            status: Some(if has_arrived { 200 } else { 503 }),
            error: (!has_arrived).then(|| format!("status 503 at {}", after.as_milliseconds()).into()),
            answer: b"said".to_vec(),
            signature: format!("signed {}", claimed.number).into(),
            next_attempt_at: match next {
                Next::Retry { at } => Some(at),
                Next::Delivered | Next::GivenUp => None,
            },
        },
        first_attempt_at: claimed.first_attempt_at.unwrap_or(ended_at),
        ended_at,
        next,
        removal: None,
    }
}

pub fn recording(attempts: Vec<Attempt>) -> Intent {
    Intent { now: START, work: Work::Deliveries(DeliveriesChange::Record(attempts)) }
}

pub async fn record(store: &dyn Store, claimed: &Claimed, after: Span, next: Next) {
    apply(store, recording(vec![attempt(claimed, after, next)])).await;
}

/// To be tried again so long after everything began.
pub const fn retry(after: Span) -> Next {
    Next::Retry { at: START.plus(after) }
}

pub fn delivery_id(after: Span, number: u8) -> DeliveryId {
    DeliveryId::new(START.plus(after), [number; 10])
}

pub fn sending(number: &str, id: DeliveryId, webhook: WebhookId, of: NewDeliveryOf, after: Span) -> Intent {
    let new = NewDelivery { id, msn: msn(number), webhook, of };
    Intent { now: START.plus(after), work: Work::Deliveries(DeliveriesChange::Send(vec![new])) }
}

pub fn a_test(body: &str) -> NewDeliveryOf {
    NewDeliveryOf::Test {
        reference: crate::work::reference("kasse-test-1"),
        event: CAPTURED,
        event_id: [77; 16],
        body: body.to_owned().into(),
    }
}

pub fn forgetting(before: Timestamp, most: u32) -> Intent {
    Intent { now: START, work: Work::Deliveries(DeliveriesChange::Forget { before, most }) }
}

/// A payment that was created, approved and captured, each of which one registration was told of: the first has arrived, the second was
/// tried twice and waits, and so does the third; the first is sent once more, and a test beside it.
pub async fn tell_of_a_payment(store: &dyn Store, number: &str) {
    let webhook = register(store, &of_unit(number), 1, ALL).await;
    done(store.apply(creation(number, "payment-1", "k", 0)).await);
    done(store.apply(approval(number, "payment-1")).await);
    done(store.apply(capture(number, "payment-1", 400, "c")).await);
    let first = claim(store, number, &[(webhook, 1)], LATE).await.remove(0);
    record(store, &first, Span::seconds(3), Next::Delivered).await;
    for _ in 0..3 {
        let second = claim(store, number, &[(webhook, 1)], LATE).await.remove(0);
        record(store, &second, Span::seconds(4), retry(Span::seconds(5))).await;
    }
    for (seed, of) in [(1, NewDeliveryOf::Delivery(first.id)), (2, a_test("a test"))] {
        apply(store, sending(number, delivery_id(Span::seconds(6), seed), webhook, of, Span::seconds(6))).await;
    }
    assert_eq!(store.verify().await.unwrap(), []);
}

/// A refund of two kroner, which the bank may refuse.
pub fn refund(number: &str, name: &str, key: &str, bank: Option<BankRefusal>, after: Span) -> Intent {
    use domain::money::{Currency, MinorUnits, Money};
    let amount = Money { value: MinorUnits::new(200).unwrap(), currency: Currency::Nok };
    command(number, name, Command::Refund { amount, bank }, after, keyed(Operation::Refund, Some(name), key, 7))
}
