//! The operations on registrations and deliveries that are cut, and what has to be there afterwards.

use std::sync::Arc;

use domain::{time::Span, webhook::Next};
use store::{Claimed, DeliveryFilter, DeliveryId, Intent, KeyHolder, Lane, Recipient, Store, WebhookId};

use crate::{
    operation::{Again, Case, Cuttable, UNIT},
    sending::{ALL, a_test, attempt, deleted, of_unit, on_webhooks, recording, registration, retry, sending, webhook},
    work::{START, approval, creation, msn, reference},
};

/// A registration's place among what is there afterwards, and that of what it is sent.
pub const REGISTRATION: &str = "registration";
pub const SENT: &str = "sent";

pub const REGISTER: Cuttable = Cuttable {
    name: "register",
    before: |_| Vec::new(),
    asked: |case| vec![(register(case), Again::Done)],
    after: &[(REGISTRATION, "registered")],
    is_exemplary: false,
};

pub const REMOVE: Cuttable = Cuttable {
    name: "remove",
    before: |case| vec![register(case), send(case)],
    asked: |case| vec![(remove(case), Again::Done)],
    after: &[(REGISTRATION, "ended"), (SENT, "test dropped after 0")],
    is_exemplary: false,
};

pub const SEND: Cuttable = Cuttable {
    name: "send",
    before: |case| vec![register(case)],
    asked: |case| vec![(send(case), Again::Done)],
    after: &[(SENT, "test pending after 0")],
    is_exemplary: false,
};

pub const RECORD: Cuttable = Cuttable {
    name: "record",
    before: |case| vec![register(case), send(case)],
    asked: |case| vec![(recording(vec![attempt(&claimed(case), Span::seconds(3), retry(Span::days(1)))]), Again::Done)],
    after: &[(REGISTRATION, "registered, failing"), (SENT, "test pending after 1")],
    is_exemplary: false,
};

pub const RECORD_THE_LAST: Cuttable = Cuttable {
    name: "record an arrival",
    before: |case| vec![register(case), send(case)],
    asked: |case| vec![(recording(vec![attempt(&claimed(case), Span::seconds(3), Next::Delivered)]), Again::Done)],
    after: &[(SENT, "test delivered after 1")],
    is_exemplary: false,
};

pub const APPROVE_AND_TELL: Cuttable = Cuttable {
    name: "approve and tell",
    before: |case| vec![register(case), creation(UNIT, &case.payment("t"), &case.payment("t"), 0)],
    asked: |case| vec![(approval(UNIT, &case.payment("t")), Again::Refused)],
    after: &[(SENT, "event pending after 0, event pending after 0")],
    is_exemplary: false,
};

fn id(case: &Case) -> WebhookId {
    let mut id = [3; 16];
    // The end of it tells deliveries of one moment from each other.
    id[12..].copy_from_slice(&case.number.to_be_bytes());
    WebhookId(id)
}

fn register(case: &Case) -> Intent {
    let id = id(case);
    registration(store::Webhook { id, ..webhook(&of_unit(UNIT), 1, ALL) })
}

fn remove(case: &Case) -> Intent {
    let id = id(case);
    on_webhooks(&of_unit(UNIT), move |stored| {
        let is_there = stored.iter().any(|stored| stored.id == id);
        is_there.then_some(store::WebhooksChange::Remove { id, removal: deleted() })
    })
}

fn send(case: &Case) -> Intent {
    sending(UNIT, DeliveryId(id(case).0), id(case), a_test("a test"), Span::seconds(1))
}

/// The delivery as whoever has claimed it first of all knows it.
fn claimed(case: &Case) -> Claimed {
    let recipient = Recipient {
        lane: Lane { msn: msn(UNIT), webhook: id(case), is_fetched: false },
        owner: KeyHolder::SalesUnit(msn(UNIT)),
        url: "https://example.com/1".into(),
        sealed_secret: Vec::new(),
        failing_since: None,
    };
    Claimed {
        id: DeliveryId(id(case).0),
        fence: 0,
        recipient: Arc::new(recipient),
        reference: reference("kasse-test-1"),
        event_id: [77; 16],
        body: "a test".into(),
        number: 1,
        first_attempt_at: Some(START),
    }
}

/// How the registration of a case stands.
pub async fn registered(store: &dyn Store, case: &Case) -> String {
    let found = store.webhooks(&of_unit(UNIT), true).await.unwrap();
    let Some(found) = found.into_iter().find(|found| found.id == id(case)) else { return "nothing".to_owned() };
    let standing = if found.removal.is_some() { "ended" } else { "registered" };
    let failing = if found.failing_since.is_some() { ", failing" } else { "" };
    format!("{standing}{failing}")
}

/// What the registration of a case is sent.
pub async fn sent(store: &dyn Store, case: &Case) -> String {
    let filter = DeliveryFilter { webhook: Some(id(case)), most: 100, ..DeliveryFilter::default() };
    let found = store.deliveries(&of_unit(UNIT), &filter).await.unwrap();
    let standing = found.iter().map(|one| format!("{} {} after {}", one.kind.name(), one.state.name(), one.attempts));
    standing.collect::<Vec<_>>().join(", ")
}
