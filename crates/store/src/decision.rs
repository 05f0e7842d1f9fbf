//! What every keeper does between loading and writing: it asks the decision, and believes nothing it answers before it is checked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use domain::{
    order::Obstacle,
    payment::{Event, Payment, Refusal, Rejection},
    request::Request,
    wallet::Payer,
};

use crate::{
    Announce, Directory, DirectoryChange, DirectoryDecision, Intent, OrderChange, OrderDecision, OrderStanding,
    PayerDecision, PaymentChange, PaymentDecision, RequestChange, RequestDecision, RequestStanding, Trouble, Webhook,
    WebhooksChange, WebhooksDecision, Work,
    record::{StoredPayment, Unreadable},
};

/// Why a decision came to nothing. It is a defect of ours, or of the data, and concerns what it was about alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Defect {
    /// The payment was found broken before.
    SetAside,
    /// Data or decision contradicts itself; the payment named is not to be changed any more.
    Broken(String),
}

impl From<Unreadable> for Defect {
    fn from(unreadable: Unreadable) -> Self {
        Self::Broken(unreadable.0)
    }
}

impl From<Defect> for Trouble {
    fn from(defect: Defect) -> Self {
        Self::Broken(match defect {
            Defect::SetAside => "it was found broken before and can only be read".to_owned(),
            Defect::Broken(reason) => reason,
        })
    }
}

/// Tells whoever reads the log whom a defect concerns.
pub(crate) fn report(intent: &Intent, reason: &str) {
    match &intent.work {
        Work::Payment { msn, .. } | Work::Request { msn, .. } => {
            let number = msn.as_str();
            tracing::error!(
                msn = number,
                reason,
                "a payment contradicts itself and is now read-only; run `kasse verify`"
            );
        }
        Work::Directory { .. } => tracing::error!(reason, "who may call could not be changed"),
        Work::Webhooks { owner, .. } => {
            tracing::error!(owner = owner.as_str(), reason, "registrations could not be changed");
        }
        Work::Deliveries(_) => tracing::error!(reason, "deliveries could not be changed"),
        Work::Payer { .. } => tracing::error!(reason, "a payer could not be changed"),
        Work::Order { msn, .. } => {
            tracing::error!(msn = msn.as_str(), reason, "what is shown with an order could not be changed");
        }
    }
}

/// What shall become of a payment, or the rule that stands in the way.
pub(crate) fn ask(
    stored: Option<&StoredPayment>,
    decide: &PaymentDecision,
) -> Result<Result<PaymentChange, Rejection>, Defect> {
    if stored.is_some_and(|stored| stored.quarantined) {
        return Err(Defect::SetAside);
    }
    match calmly(|| decide(stored.map(|stored| &stored.payment)))? {
        Ok(change) => {
            check(stored, &change.payment, &change.events)?;
            Ok(Ok(change))
        }
        Err(Refusal::Rule(rejection)) => Ok(Err(rejection)),
        Err(Refusal::Broken(broken)) => Err(Defect::Broken(broken.0.to_owned())),
    }
}

/// What shall become of a request, its payment and its payer, or the rule that stands in the way.
pub(crate) fn ask_request(
    stored: Option<&StoredPayment>,
    request: Option<&Request>,
    payer: Option<&Payer>,
    decide: &RequestDecision,
) -> Result<Result<RequestChange, Rejection>, Defect> {
    if stored.is_some_and(|stored| stored.quarantined) {
        return Err(Defect::SetAside);
    }
    let standing = RequestStanding { payment: stored.map(|stored| &stored.payment), request, payer };
    match calmly(|| decide(standing))? {
        Ok(change) => {
            if let Some((payment, events)) = &change.payment {
                check(stored, payment, events)?;
            }
            Ok(Ok(change))
        }
        Err(Refusal::Rule(rejection)) => Ok(Err(rejection)),
        Err(Refusal::Broken(broken)) => Err(Defect::Broken(broken.0.to_owned())),
    }
}

/// What shall become of a payer, if anything.
pub(crate) fn ask_payer(stored: Option<&Payer>, decide: &PayerDecision) -> Result<Option<Payer>, Defect> {
    calmly(|| decide(stored))
}

/// What shall become of an owner's registrations, if anything.
pub(crate) fn ask_webhooks(stored: &[Webhook], decide: &WebhooksDecision) -> Result<Option<WebhooksChange>, Defect> {
    calmly(|| decide(stored))
}

/// What shall become of who may call, if anything.
pub(crate) fn ask_directory(stored: &Directory, decide: &DirectoryDecision) -> Result<Option<DirectoryChange>, Defect> {
    calmly(|| decide(stored))
}

/// What shall become of what is shown with an order, if anything; or what stands in the way.
pub(crate) fn ask_order(
    standing: &OrderStanding,
    decide: &OrderDecision,
) -> Result<Result<Option<OrderChange>, Obstacle>, Defect> {
    calmly(|| decide(standing))
}

/// What is sent of an event. Where it cannot be said the event is not to be.
pub(crate) fn announce(payment: &Payment, event: &Event, announce: Announce) -> Result<Bytes, Defect> {
    calmly(|| announce(payment, event))
}

fn calmly<T>(decide: impl FnOnce() -> T) -> Result<T, Defect> {
    catch_unwind(AssertUnwindSafe(decide)).map_err(|_| Defect::Broken("the decision panicked".to_owned()))
}

/// What is about to be written must be the fold of what is stored and the new events. Asserted here, where every change passes.
fn check(stored: Option<&StoredPayment>, becoming: &Payment, events: &[Event]) -> Result<(), Defect> {
    let mut events = events.iter();
    let start = match (stored, becoming) {
        (Some(stored), _) => Ok(stored.payment.clone()),
        (None, Payment { msn, reference, terms, .. }) => match events.next() {
            Some(first) => Payment::opened(msn.clone(), reference.clone(), terms.clone(), first),
            None => return Err(Defect::Broken("a payment without events".to_owned())),
        },
    };
    let folded = start.and_then(|start| events.try_fold(start, |payment, event| payment.after(event)));
    match folded {
        Ok(folded) if folded == *becoming => Ok(()),
        Ok(_) => Err(Defect::Broken("the change is not what its events make of it".to_owned())),
        Err(broken) => Err(Defect::Broken(broken.0.to_owned())),
    }
}
