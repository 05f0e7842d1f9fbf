//! What a payer is shown of one sales unit's payments: what waits, and of one that was paid what moved.

use std::sync::Arc;

use domain::{
    merchant::SalesUnit,
    money::Money,
    payment::{Event, Occurrence, Payment},
    request::Request,
    text::{PhoneNumber, Reference},
    time::Timestamp,
};
use store::{AskedPayment, Trouble};

use crate::{
    Engine,
    request::{Asked, WAITING_MAX},
};

/// A payment as the payer has it in the history.
#[derive(Clone, Debug)]
pub struct PaidItem {
    /// The payment as it is now.
    pub payment: Payment,
    /// Its request.
    pub request: Request,
    /// Who asked.
    pub unit: Arc<SalesUnit>,
    /// What moved, the newest first.
    pub movements: Vec<Movement>,
}

/// Something that happened to a payer's money, or did not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Movement {
    /// What.
    pub kind: MovementKind,
    /// When.
    pub at: Timestamp,
    /// How much.
    pub amount: Money,
}

/// What can happen to a payer's money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MovementKind {
    /// It was set aside.
    Reserved,
    /// It was taken.
    Captured,
    /// It was given back.
    Refunded,
    /// It was to be given back, and was not.
    RefundFailed,
    /// It is not set aside any more.
    Released,
}

impl PaidItem {
    /// What it has come to: what was taken and not given back; or, while nothing is taken, what is set aside.
    pub fn amount(&self) -> Money {
        let sums = self.payment.aggregate();
        let value = match self.is_reserved() {
            true => sums.authorized.minus(sums.cancelled).unwrap_or_default(),
            false => sums.captured.minus(sums.refunded).unwrap_or_default(),
        };
        self.payment.in_currency(value)
    }

    /// Whether nothing is taken yet.
    pub fn is_reserved(&self) -> bool {
        self.payment.aggregate().captured.is_zero()
    }
}

impl Movement {
    fn of(event: &Event, payment: &Payment) -> Option<Self> {
        let kind = match &event.occurrence {
            Occurrence::Authorized(_) => MovementKind::Reserved,
            Occurrence::Captured(_) => MovementKind::Captured,
            Occurrence::Refunded(_) => MovementKind::Refunded,
            Occurrence::RefundRefused(_) => MovementKind::RefundFailed,
            Occurrence::Cancelled(_) => MovementKind::Released,
            // Nothing moved.
            Occurrence::Created
            | Occurrence::Processing(_)
            | Occurrence::Aborted
            | Occurrence::Expired
            | Occurrence::Terminated => return None,
        };
        Some(Self { kind, at: event.at, amount: event.occurrence.amount(payment) })
    }
}

impl Engine {
    /// What a sales unit asks a payer for, asked last first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn waiting_at(&self, number: &PhoneNumber, unit: &Arc<SalesUnit>) -> Result<Vec<Asked>, Trouble> {
        let now = self.clock.now(&unit.space);
        let waiting = self.store.waiting_for(number, Some(&unit.msn), now, WAITING_MAX).await?;
        let asked = |AskedPayment { payment, request }| Asked { payment, request, unit: unit.clone() };
        Ok(waiting.into_iter().map(asked).collect())
    }

    /// A payment the payer was asked for, as it stands in the payer's history; nothing where somebody else was asked, or nobody.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn paid_item(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
    ) -> Result<Option<PaidItem>, Trouble> {
        let Some(asked) = self.asked(unit, reference).await? else { return Ok(None) };
        if !asked.request.is_of(number) {
            return Ok(None);
        }
        let Some((payment, events)) = self.store.payment_with_events(&unit.msn, reference).await? else {
            return Ok(None);
        };
        let movements = events.iter().rev().filter_map(|event| Movement::of(event, &payment)).collect();
        Ok(Some(PaidItem { payment, request: asked.request, unit: unit.clone(), movements }))
    }
}
