//! What a transaction has loaded, and what its intents make of it, one after the other, before anything is written.
//!
//! Intents of one transaction see each other's changes here, so each payment is loaded once and written once, however many of them concern
//! it. Nothing here waits for anything.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use domain::{
    payment::{Event, Payment, ShortLink},
    request::Request,
    text::{Msn, Reference},
    time::Timestamp,
    wallet::Payer,
    webhook::EventType,
};

use crate::{
    Announce, Answer, DeliveryId, Idempotency, Intent, Kept, Lane, OrderReceipt, Outcome, PaymentDecision,
    RequestDecision, Trouble, WebhookId, Work,
    decision::{self, Defect},
    record::{StoredPayment, announcement_id, delivery_id},
};

/// The name of a kept answer, in the order in which rows are written: operation, reference (empty where there is none), key.
pub(super) type KeyName = (&'static str, String, String);

pub(super) fn key_name(idempotency: &Idempotency) -> KeyName {
    let reference = idempotency.reference.as_ref().map_or("", Reference::as_str);
    (idempotency.operation.name(), reference.to_owned(), idempotency.key.as_str().to_owned())
}

/// A payment in work.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) stored: Stored,
    /// Whether there was no row of it, or none was looked for.
    pub(super) is_new: bool,
    /// What has happened to it here.
    pub(super) events: Vec<Event>,
    pub(super) short_link: Option<ShortLink>,
    /// Its request, where that has changed here.
    pub(super) request: Option<Request>,
    pub(super) receipt: Option<Arc<OrderReceipt>>,
    /// Whether it was found broken here.
    pub(super) is_set_aside: bool,
}

impl Slot {
    fn become_of(&mut self, payment: Payment, events: Vec<Event>) {
        self.events.extend(events);
        let due_at = payment.due_at();
        self.stored = Stored::Payment(Box::new(StoredPayment { quarantined: false, due_at, payment }));
    }

    /// Whether its row is to be written.
    pub(super) const fn is_changed(&self) -> bool {
        !self.events.is_empty() || self.is_set_aside
    }
}

/// A payment as it was loaded or has become since.
#[derive(Default)]
pub(super) enum Stored {
    #[default]
    Nothing,
    Payment(Box<StoredPayment>),
    /// A row that makes no sense, with what is wrong with it.
    Unreadable(String),
}

/// An answer to be kept.
pub(super) struct NewAnswer {
    pub(super) kept: Kept,
    pub(super) now: Timestamp,
}

/// The change an intent made, by which it is recognised when it is not known whether it was committed.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) reference: Reference,
    pub(super) sequence: u32,
    pub(super) psp_reference: [u8; 16],
}

/// The rows of one sales unit that a transaction is about.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) payments: BTreeMap<Reference, Slot>,
    pub(super) stored_answers: BTreeMap<KeyName, Kept>,
    pub(super) new_answers: BTreeMap<KeyName, NewAnswer>,
    /// Who is told of what happens.
    pub(super) told: Vec<Told>,
    pub(super) telling: Telling,
    /// What an intent on a request is asked with beside its payment; such an intent shares its transaction with no other.
    pub(super) aside: Aside,
}

/// The request and the payer of an intent on a request.
#[derive(Default)]
pub(super) struct Aside {
    pub(super) request: Option<Request>,
    pub(super) payer: Option<Payer>,
    pub(super) new_payer: Option<Payer>,
}

/// A registration that is told of what happens.
pub(super) struct Told {
    pub(super) id: WebhookId,
    pub(super) owner: String,
    pub(super) events: Vec<EventType>,
    pub(super) is_fetched: bool,
}

/// What is to be told of what happened here.
#[derive(Default)]
pub(super) struct Telling {
    pub(super) announcements: Vec<(DeliveryId, Bytes)>,
    pub(super) deliveries: Vec<Row>,
    pub(super) lanes: Vec<Lane>,
}

/// The row of a delivery.
pub(super) struct Row {
    pub(super) id: DeliveryId,
    pub(super) webhook: WebhookId,
    pub(super) owner: String,
    pub(super) reference: Reference,
    pub(super) sequence: u32,
    pub(super) event: EventType,
    pub(super) event_id: [u8; 16],
    pub(super) announcement: DeliveryId,
    pub(super) created_at: Timestamp,
}

impl Telling {
    /// All of them, or none where one cannot be said.
    fn add(
        &mut self,
        told: &[Told],
        payment: &Payment,
        events: &[Event],
        announce: Announce,
        now: Timestamp,
    ) -> Result<(), Defect> {
        let of_told_type = |event: &Event| {
            let of_type = EventType::of(&event.occurrence)?;
            told.iter().any(|one| one.events.contains(&of_type)).then_some(of_type)
        };
        let events = events.iter().filter_map(|event| Some((event, of_told_type(event)?)));
        let said = events.map(|(event, of_type)| Ok((event, of_type, decision::announce(payment, event, announce)?)));
        for (event, of_type, body) in said.collect::<Result<Vec<_>, Defect>>()? {
            let event_id = event.psp_reference.0;
            let made_at = now.max(event.at);
            let announcement = announcement_id(made_at, event_id);
            self.announcements.push((announcement, body));
            for one in told.iter().filter(|one| one.events.contains(&of_type)) {
                self.deliveries.push(Row {
                    id: delivery_id(made_at, event_id, one.id),
                    webhook: one.id,
                    owner: one.owner.clone(),
                    reference: payment.reference.clone(),
                    sequence: event.sequence,
                    event: of_type,
                    event_id,
                    announcement,
                    created_at: now,
                });
                let msn: Msn = payment.msn.clone();
                self.lanes.push(Lane { msn, webhook: one.id, is_fetched: one.is_fetched });
            }
        }
        Ok(())
    }
}

/// What an intent that made these events is recognised by.
fn mark(reference: &Reference, events: &[Event]) -> Option<Mark> {
    events.last().map(|event| Mark {
        reference: reference.clone(),
        sequence: event.sequence,
        psp_reference: event.psp_reference.0,
    })
}

/// What came of an intent here, and by what it can be recognised.
pub(super) struct Decided {
    pub(super) outcome: Result<Outcome, Trouble>,
    pub(super) mark: Option<Mark>,
    /// What contradicts itself, as was found here.
    pub(super) found: Option<String>,
}

impl Decided {
    /// Whether it was decided to do it, or by what is done here under the same key.
    pub(super) const fn stands_by_its_key(&self) -> bool {
        matches!(self.outcome, Ok(Outcome::Done(_) | Outcome::Replayed(_) | Outcome::Conflict))
    }
}

impl Workspace {
    /// Carries an intent out on what is here. Intents on the directory are no concern of it.
    pub(super) fn carry_out(&mut self, intent: &Intent) -> Decided {
        if let Work::Request { reference, decide, announce, .. } = &intent.work {
            let changed = self.change_request(reference, decide, *announce, intent.now);
            return self.decided(reference, changed);
        }
        let Work::Payment { msn: _, reference, idempotency, decide, announce } = &intent.work else {
            let wrong = Trouble::Broken("who may call is no payment".to_owned());
            return Decided { outcome: Err(wrong), mark: None, found: None };
        };
        let key = idempotency.as_ref().map(|idempotency| (key_name(idempotency), idempotency.fingerprint));
        if let Some((name, fingerprint)) = &key
            && let Some(kept) = self.kept(name)
        {
            return Decided { outcome: Ok(kept.outcome_for(fingerprint)), mark: None, found: None };
        }
        let changed = self.change(reference, decide, *announce, intent.now);
        let decided = self.decided(reference, changed);
        if let (Some((name, fingerprint)), Ok(Outcome::Done(answer))) = (key, &decided.outcome) {
            let kept = Kept { fingerprint, answer: answer.clone() };
            self.new_answers.insert(name, NewAnswer { kept, now: intent.now });
        }
        decided
    }

    /// What a change came to; one that contradicts itself sets its payment aside.
    fn decided(&mut self, reference: &Reference, changed: Result<(Outcome, Option<Mark>), Defect>) -> Decided {
        match changed {
            Ok((outcome, mark)) => Decided { outcome: Ok(outcome), mark, found: None },
            Err(defect) => {
                let found = match &defect {
                    Defect::Broken(reason) => Some(reason.clone()),
                    Defect::SetAside => None,
                };
                if found.is_some() {
                    self.set_aside(reference);
                }
                Decided { outcome: Err(defect.into()), mark: None, found }
            }
        }
    }

    fn kept(&self, name: &KeyName) -> Option<Kept> {
        self.stored_answers.get(name).or_else(|| self.new_answers.get(name).map(|new| &new.kept)).cloned()
    }

    fn change(
        &mut self,
        reference: &Reference,
        decide: &PaymentDecision,
        announce: Announce,
        now: Timestamp,
    ) -> Result<(Outcome, Option<Mark>), Defect> {
        let slot = self.payments.entry(reference.clone()).or_insert_with(|| Slot { is_new: true, ..Slot::default() });
        let stored = match &slot.stored {
            Stored::Nothing => None,
            Stored::Payment(stored) => Some(&**stored),
            Stored::Unreadable(problem) => return Err(Defect::Broken(problem.clone())),
        };
        let change = match decision::ask(stored, decide)? {
            Ok(change) => change,
            Err(rejection) => return Ok((Outcome::Rejected(rejection), None)),
        };
        let mark = mark(reference, &change.events);
        if mark.is_some() {
            self.telling.add(&self.told, &change.payment, &change.events, announce, now)?;
            if stored.is_none() {
                slot.short_link = change.short_link;
                slot.receipt = change.receipt;
            }
            if change.request.is_some() {
                slot.request = change.request;
            }
            slot.become_of(change.payment, change.events);
        }
        let outcome = match change.refused {
            Some(rejection) => Outcome::Rejected(rejection),
            None => Outcome::Done(change.answer),
        };
        Ok((outcome, mark))
    }

    fn change_request(
        &mut self,
        reference: &Reference,
        decide: &RequestDecision,
        announce: Announce,
        now: Timestamp,
    ) -> Result<(Outcome, Option<Mark>), Defect> {
        let slot = self.payments.entry(reference.clone()).or_insert_with(|| Slot { is_new: true, ..Slot::default() });
        let stored = match &slot.stored {
            Stored::Nothing => None,
            Stored::Payment(stored) => Some(&**stored),
            Stored::Unreadable(problem) => return Err(Defect::Broken(problem.clone())),
        };
        let Aside { request, payer, new_payer } = &mut self.aside;
        let change = match decision::ask_request(stored, request.as_ref(), payer.as_ref(), decide)? {
            Ok(change) => change,
            Err(rejection) => return Ok((Outcome::Rejected(rejection), None)),
        };
        let is_there = stored.is_some();
        let mut done = None;
        if let Some((payment, events)) = change.payment.filter(|(_, events)| !events.is_empty()) {
            done = mark(reference, &events);
            // Before anything else is taken over: what cannot be told of is not to be, nor anything that goes with it.
            self.telling.add(&self.told, &payment, &events, announce, now)?;
            slot.become_of(payment, events);
        }
        *new_payer = change.payer;
        slot.request = change.request.filter(|_| is_there);
        Ok((Outcome::Done(Answer::none()), done))
    }

    /// From now on the payment can be read but not changed, and nothing about it is due.
    fn set_aside(&mut self, reference: &Reference) {
        let Some(slot) = self.payments.get_mut(reference) else { return };
        slot.is_set_aside = true;
        if let Stored::Payment(stored) = &mut slot.stored {
            stored.quarantined = true;
            stored.due_at = None;
        }
    }

    /// Whether there is nothing to write.
    pub(super) fn is_unchanged(&self) -> bool {
        let has_changed = |slot: &Slot| slot.is_changed() || slot.request.is_some();
        self.new_answers.is_empty() && self.aside.new_payer.is_none() && !self.payments.values().any(has_changed)
    }
}
