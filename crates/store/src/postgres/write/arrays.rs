//! Rows turned on their side: an array a column, which is how many rows are one statement's parameters.
//!
//! The order of `parameters` is that of the statement's numbers; the first is the sales unit, the same for all rows.

use std::borrow::Cow;

use domain::payment::Payment;
use tokio_postgres::types::ToSql;

use crate::{
    postgres::workspace::{Slot, Stored, Workspace},
    record::{EventColumns, PaymentColumns, RequestColumns, StandingColumns, Unreadable},
};

/// The parameters of a statement.
pub(super) type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

#[derive(Default)]
pub(super) struct Answers<'a> {
    operation: Vec<&'a str>,
    reference: Vec<&'a str>,
    idempotency_key: Vec<&'a str>,
    fingerprint: Vec<&'a [u8]>,
    status: Vec<i32>,
    body: Vec<&'a [u8]>,
    created_at: Vec<i64>,
}

impl<'a> Answers<'a> {
    pub(super) fn of(workspace: &'a Workspace) -> Self {
        let mut arrays = Self::default();
        for ((operation, reference, key), new) in &workspace.new_answers {
            arrays.operation.push(operation);
            arrays.reference.push(reference);
            arrays.idempotency_key.push(key);
            arrays.fingerprint.push(&new.kept.fingerprint);
            arrays.status.push(new.kept.answer.status.into());
            arrays.body.push(&new.kept.answer.body);
            arrays.created_at.push(new.now.milliseconds());
        }
        arrays
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.operation.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        let Self { operation, reference, idempotency_key, fingerprint, status, body, created_at } = self;
        vec![msn, operation, reference, idempotency_key, fingerprint, status, body, created_at]
    }
}

/// What is to be written of payments.
#[derive(Default)]
pub(super) struct Payments<'a> {
    pub(super) inserted: Rows<'a>,
    pub(super) updated: Rows<'a>,
    pub(super) events: Events<'a>,
    pub(super) links: Links<'a>,
    pub(super) requests: Requests<'a>,
}

impl<'a> Payments<'a> {
    pub(super) fn of(workspace: &'a Workspace) -> Result<Self, Unreadable> {
        let mut arrays = Self::default();
        for slot in workspace.payments.values() {
            if slot.is_changed() {
                arrays.push(slot)?;
            }
            if let (Some(request), Stored::Payment(stored)) = (&slot.request, &slot.stored) {
                arrays.requests.push(&stored.payment, RequestColumns::of(request)?);
            }
        }
        Ok(arrays)
    }

    fn push(&mut self, slot: &'a Slot) -> Result<(), Unreadable> {
        let Stored::Payment(stored) = &slot.stored else { return Ok(()) };
        let payment = &stored.payment;
        let reference = payment.reference.as_str();
        let mut columns = PaymentColumns::of(payment)?;
        if stored.quarantined {
            columns.standing.due_at = None;
        }
        let rows = if slot.is_new { &mut self.inserted } else { &mut self.updated };
        rows.push(columns, stored.quarantined);
        for event in &slot.events {
            self.events.push(reference, EventColumns::of(event, payment)?);
        }
        if let Some(link) = &slot.short_link {
            self.links.id.push(&link.0);
            self.links.reference.push(reference);
        }
        Ok(())
    }
}

/// Payments, whole.
#[derive(Default)]
pub(super) struct Rows<'a> {
    reference: Vec<&'a str>,
    psp_reference: Vec<Vec<u8>>,
    currency: Vec<&'a str>,
    amount: Vec<i64>,
    terms: Vec<Cow<'a, str>>,
    created_at: Vec<i64>,
    expires_at: Vec<i64>,
    standing: Standing<'a>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, columns: PaymentColumns<'a>, is_quarantined: bool) {
        self.reference.push(columns.reference);
        self.psp_reference.push(columns.psp_reference.to_vec());
        self.currency.push(columns.currency);
        self.amount.push(columns.amount);
        self.terms.push(columns.terms);
        self.created_at.push(columns.created_at);
        self.expires_at.push(columns.expires_at);
        self.standing.push(columns.standing, is_quarantined);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.reference.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        let Self { reference, psp_reference, currency, amount, terms, created_at, expires_at, standing } = self;
        let mut parameters: Parameters<'_> =
            vec![msn, reference, psp_reference, currency, amount, terms, created_at, expires_at];
        parameters.extend(standing.parameters());
        parameters
    }
}

/// What changes of a payment.
#[derive(Default)]
struct Standing<'a> {
    state: Vec<&'a str>,
    sums: [Vec<i64>; 4],
    authorization: Vec<Option<Cow<'a, str>>>,
    authorized_at: Vec<Option<i64>>,
    payer_sub: Vec<Option<Vec<u8>>>,
    due_at: Vec<Option<i64>>,
    last_sequence: Vec<i64>,
    last_event_at: Vec<i64>,
    quarantined: Vec<bool>,
}

impl<'a> Standing<'a> {
    fn push(&mut self, columns: StandingColumns<'a>, is_quarantined: bool) {
        let sums = [columns.authorized, columns.captured, columns.refunded, columns.cancelled];
        for (column, sum) in self.sums.iter_mut().zip(sums) {
            column.push(sum);
        }
        self.state.push(columns.state);
        self.authorization.push(columns.authorization);
        self.authorized_at.push(columns.authorized_at);
        self.payer_sub.push(columns.payer_sub.map(|sub| sub.to_vec()));
        self.due_at.push(columns.due_at);
        self.last_sequence.push(columns.last_sequence.into());
        self.last_event_at.push(columns.last_event_at);
        self.quarantined.push(is_quarantined);
    }

    fn parameters(&self) -> Parameters<'_> {
        let [authorized, captured, refunded, cancelled] = &self.sums;
        vec![
            &self.state,
            authorized,
            captured,
            refunded,
            cancelled,
            &self.authorization,
            &self.authorized_at,
            &self.payer_sub,
            &self.due_at,
            &self.last_sequence,
            &self.last_event_at,
            &self.quarantined,
        ]
    }
}

#[derive(Default)]
pub(super) struct Events<'a> {
    reference: Vec<&'a str>,
    sequence: Vec<i64>,
    name: Vec<&'a str>,
    currency: Vec<&'a str>,
    amount: Vec<i64>,
    at: Vec<i64>,
    psp_reference: Vec<Vec<u8>>,
    idempotency_key: Vec<Option<&'a str>>,
    detail: Vec<Option<Cow<'a, str>>>,
    success: Vec<bool>,
}

impl<'a> Events<'a> {
    fn push(&mut self, reference: &'a str, columns: EventColumns<'a>) {
        self.reference.push(reference);
        self.sequence.push(columns.sequence.into());
        self.name.push(columns.name);
        self.currency.push(columns.currency);
        self.amount.push(columns.amount);
        self.at.push(columns.at);
        self.psp_reference.push(columns.psp_reference.to_vec());
        self.idempotency_key.push(columns.idempotency_key);
        self.detail.push(columns.detail);
        self.success.push(columns.success);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.reference.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        let Self { reference, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail, success } =
            self;
        vec![msn, reference, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail, success]
    }
}

#[derive(Default)]
pub(super) struct Links<'a> {
    id: Vec<&'a [u8]>,
    reference: Vec<&'a str>,
}

impl Links<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.reference.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        vec![msn, &self.id, &self.reference]
    }
}

#[derive(Default)]
pub(super) struct Requests<'a> {
    reference: Vec<&'a str>,
    payer: Vec<Option<&'a str>>,
    asked_at: Vec<Option<i64>>,
    expires_at: Vec<i64>,
    next_at: Vec<Option<i64>>,
    version: Vec<i64>,
    detail: Vec<Cow<'a, str>>,
}

impl<'a> Requests<'a> {
    fn push(&mut self, payment: &'a Payment, columns: RequestColumns<'a>) {
        self.reference.push(payment.reference.as_str());
        self.payer.push(columns.payer);
        self.asked_at.push(columns.asked_at);
        self.expires_at.push(payment.terms.expires_at.milliseconds());
        self.next_at.push(columns.next_at);
        self.version.push(columns.version.into());
        self.detail.push(columns.detail);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.reference.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        let Self { reference, payer, asked_at, expires_at, next_at, version, detail } = self;
        vec![msn, reference, payer, asked_at, expires_at, next_at, version, detail]
    }
}
