//! Commands on a payment that exists: one function each, none of which changes anything.
//!
//! What is due comes first: a payment past its expiry is expired for every command, whether or not anybody has written that down yet.
//! Within a command the state is asked first, then, of an authorized payment, the deadline, then the sum.

use crate::{
    merchant::{Flag, SalesUnit},
    money::{MinorUnits, Money},
    payer::{Delivery, Profile},
    payment::{
        Authorization, Event, Occurrence, Payment, Processing, PspReference, REFUND_PERIOD, Refusal, Rejection,
        Reservation, State,
    },
    text::{CardBin, IdempotencyKey, PhoneNumber},
    time::{Span, Timestamp},
};

/// How long a card's bank keeps the money at hand after authorization.
const CAPTURE_GUARANTEE: Span = Span::days(7);
const MILLISECOND: Span = Span::milliseconds(1);

/// What can be asked of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// The payer approves.
    Authorize(Approval),
    /// The payer approves, and the bank does not say until a moment whether it reserves the money.
    Process {
        /// When it says so.
        until: Timestamp,
        /// With what it is approved then; nothing where the bank will say no.
        approval: Option<Approval>,
    },
    /// The payer refuses.
    Abort,
    /// The merchant takes so much.
    Capture(Money),
    /// The merchant gives so much back.
    Refund {
        /// How much.
        amount: Money,
        /// Why the bank will not, if so: it is asked once no rule of ours stands in the way.
        bank: Option<BankRefusal>,
    },
    /// The merchant releases what is left.
    Cancel {
        /// Only if nobody has approved yet.
        only_unauthorized: bool,
    },
    /// Nobody asks: whatever is due is to become an event.
    Settle,
}

/// What a payer approves with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Approval {
    /// Who, if known.
    pub payer: Option<PhoneNumber>,
    /// With which card.
    pub card_bin: Option<CardBin>,
    /// What is known of the payer; no more of it is shared than the merchant asked for.
    pub profile: Option<Box<Profile>>,
    /// How it is to be delivered, where the merchant asked.
    pub delivery: Option<Box<Delivery>>,
}

/// Why a bank refuses to give money back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BankRefusal {
    /// There is no account to give it to.
    NoReceivingAccount,
    /// It is too long ago.
    PeriodOver,
}

/// What follows from a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// The events, those that were due first.
    pub events: Vec<Event>,
    /// What the caller is told instead of an answer, where the last event is an attempt that failed.
    pub refused: Option<Rejection>,
}

/// What a decision needs and must not find out for itself.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The time in the payment's space.
    pub now: Timestamp,
    /// The id for the event of the command.
    pub psp_reference: PspReference,
    /// The id for an event that was due before it.
    pub due_psp_reference: PspReference,
    /// The key of the request, if it had one.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// The events that follow from a command.
///
/// # Errors
/// The rule that forbids the command, or the defect that makes the payment impossible to decide on.
pub fn decide(payment: &Payment, unit: &SalesUnit, command: &Command, stamp: &Stamp) -> Result<Decision, Refusal> {
    let mut events = Vec::with_capacity(2);
    let mut current = payment.clone();
    if let Some(occurrence) = payment.due(stamp.now) {
        let event = due_event(payment, occurrence, stamp);
        current = payment.after(&event)?;
        events.push(event);
    }
    let occurrence = match command {
        Command::Settle => return Ok(Decision { events, refused: None }),
        Command::Authorize(approval) => authorized(&current, unit, approval, stamp.now).map(Occurrence::Authorized),
        Command::Process { until, approval } => process(&current, unit, approval.as_ref(), *until),
        Command::Abort => abort(&current),
        Command::Capture(amount) => capture(&current, unit, *amount, stamp.now),
        Command::Refund { amount, bank } => refund(&current, *amount, *bank, stamp.now),
        Command::Cancel { only_unauthorized } => cancel(&current, *only_unauthorized, stamp.now),
    }?;
    events.push(Event {
        sequence: current.last_sequence.saturating_add(1),
        at: stamp.now.max(current.last_event_at.plus(MILLISECOND)),
        psp_reference: stamp.psp_reference,
        idempotency_key: key_of(&occurrence, &current, stamp),
        occurrence,
    });
    Ok(Decision { events, refused: refused(command) })
}

/// A command that came this far met no rule; what is left to refuse it is the bank.
const fn refused(command: &Command) -> Option<Rejection> {
    match command {
        Command::Refund { bank: Some(BankRefusal::NoReceivingAccount), .. } => Some(Rejection::RefundNotPossible),
        Command::Refund { bank: Some(BankRefusal::PeriodOver), .. } => Some(Rejection::RefundPeriodExpired),
        _ => None,
    }
}

/// An event nobody asked for happens at the moment it was due, not when somebody noticed.
fn due_event(payment: &Payment, occurrence: Occurrence, stamp: &Stamp) -> Event {
    let due_at = payment.due_at().unwrap_or(stamp.now);
    let idempotency_key = match occurrence {
        Occurrence::Cancelled(_) => None,
        _ => Some(payment.terms.create_key.clone()),
    };
    Event {
        sequence: payment.last_sequence.saturating_add(1),
        occurrence,
        at: due_at.max(payment.last_event_at.plus(MILLISECOND)),
        psp_reference: stamp.due_psp_reference,
        idempotency_key,
    }
}

/// What ends or approves a payment carries the key that created it; a movement of money carries its own.
fn key_of(occurrence: &Occurrence, payment: &Payment, stamp: &Stamp) -> Option<IdempotencyKey> {
    match occurrence {
        Occurrence::Captured(_) | Occurrence::Refunded(_) | Occurrence::RefundRefused(_) | Occurrence::Cancelled(_) => {
            stamp.idempotency_key.clone()
        }
        _ => Some(payment.terms.create_key.clone()),
    }
}

fn authorized(
    payment: &Payment,
    unit: &SalesUnit,
    approval: &Approval,
    now: Timestamp,
) -> Result<Authorization, Rejection> {
    match &payment.state {
        State::Created => {
            let at = now.max(payment.last_event_at.plus(MILLISECOND));
            let capture_deadline = at.plus(unit.capture_period());
            let Approval { payer, card_bin, profile, delivery } = approval.clone();
            let scope = payment.terms.scope;
            Ok(Authorization {
                amount: sum_with(payment, &delivery)?,
                payer,
                card_bin,
                capture_deadline,
                capture_guaranteed_until: capture_deadline.min(at.plus(CAPTURE_GUARANTEE)),
                profile: profile.filter(|_| !scope.is_empty()).map(|profile| Box::new(profile.limited_to(scope))),
                delivery,
            })
        }
        State::Processing(_) => Err(Rejection::StillProcessing),
        State::Authorized(_) => Err(Rejection::AlreadyAuthorized),
        ended => Err(Rejection::ApproveImpossible(ended.into())),
    }
}

fn process(
    payment: &Payment,
    unit: &SalesUnit,
    approval: Option<&Approval>,
    until: Timestamp,
) -> Result<Occurrence, Rejection> {
    let authorization = authorized(payment, unit, approval.unwrap_or(&Approval::default()), until)?;
    Ok(Occurrence::Processing(Processing { until, reserves: approval.map(|_| authorization) }))
}

/// What was asked for and what delivering it costs; whoever offers a delivery has to be told of one, and nobody else.
fn sum_with(payment: &Payment, delivery: &Option<Box<Delivery>>) -> Result<MinorUnits, Rejection> {
    let amount = payment.terms.amount.value;
    match (&payment.terms.shipping, delivery) {
        (None, None) => Ok(amount),
        (Some(_), Some(delivery)) => amount.plus(delivery.cost).ok_or(Rejection::ApproveWithoutDelivery),
        (None, Some(_)) | (Some(_), None) => Err(Rejection::ApproveWithoutDelivery),
    }
}

fn abort(payment: &Payment) -> Result<Occurrence, Rejection> {
    match &payment.state {
        State::Created => Ok(Occurrence::Aborted),
        State::Processing(_) => Err(Rejection::StillProcessing),
        other => Err(Rejection::ApproveImpossible(other.into())),
    }
}

fn capture(payment: &Payment, unit: &SalesUnit, amount: Money, now: Timestamp) -> Result<Occurrence, Rejection> {
    let amount = in_currency_of(payment, amount)?;
    let reservation = match &payment.state {
        State::Authorized(reservation) => reservation,
        State::Created => return Err(Rejection::CaptureBeforeAuthorization),
        State::Processing(_) => return Err(Rejection::StillProcessing),
        State::Terminated => return Err(Rejection::CaptureOfCancelled),
        ended @ (State::Aborted | State::Expired) => return Err(Rejection::CaptureImpossible(ended.into())),
    };
    if past_capture_deadline(reservation, now) {
        return Err(Rejection::CapturePeriodExpired);
    }
    more_than_nothing(amount)?;
    let rest = reservation.rest();
    if rest.is_zero() {
        return Err(match reservation.aggregate().cancelled.is_zero() {
            true => Rejection::AlreadyCaptured,
            false => Rejection::CaptureOfCancelled,
        });
    }
    if amount > rest {
        return Err(Rejection::CaptureTooHigh { rest });
    }
    if amount < reservation.authorization().amount && !unit.flags.has(Flag::PartialCaptureAllowed) {
        return Err(Rejection::PartialCaptureNotAllowed);
    }
    Ok(Occurrence::Captured(amount))
}

fn refund(
    payment: &Payment,
    amount: Money,
    bank: Option<BankRefusal>,
    now: Timestamp,
) -> Result<Occurrence, Rejection> {
    let amount = in_currency_of(payment, amount)?;
    let reservation = match &payment.state {
        State::Authorized(reservation) => reservation,
        State::Created => return Err(Rejection::RefundBeforeAuthorization),
        State::Processing(_) => return Err(Rejection::StillProcessing),
        ended => return Err(Rejection::RefundImpossible(ended.into())),
    };
    if now >= reservation.authorized_at().plus(REFUND_PERIOD) {
        return Err(Rejection::RefundPeriodExpired);
    }
    more_than_nothing(amount)?;
    let refundable = reservation.refundable();
    if refundable.is_zero() && !reservation.aggregate().captured.is_zero() {
        return Err(Rejection::AlreadyRefunded);
    }
    if amount > refundable {
        return Err(Rejection::RefundTooHigh { refundable });
    }
    Ok(if bank.is_some() { Occurrence::RefundRefused(amount) } else { Occurrence::Refunded(amount) })
}

fn cancel(payment: &Payment, only_unauthorized: bool, now: Timestamp) -> Result<Occurrence, Rejection> {
    let reservation = match &payment.state {
        State::Created => return Ok(Occurrence::Terminated),
        State::Processing(_) => return Err(Rejection::CancelOfProcessing),
        State::Authorized(reservation) => reservation,
        ended => return Err(Rejection::CancelImpossible(ended.into())),
    };
    if past_capture_deadline(reservation, now) {
        return Err(Rejection::CancelPeriodExpired);
    }
    if only_unauthorized {
        return Err(Rejection::CancelOfAuthorized);
    }
    let rest = reservation.rest();
    if rest.is_zero() {
        return Err(match reservation.aggregate().cancelled.is_zero() {
            true => Rejection::CancelOfCaptured,
            false => Rejection::CancelImpossible((&payment.state).into()),
        });
    }
    Ok(Occurrence::Cancelled(rest))
}

fn past_capture_deadline(reservation: &Reservation, now: Timestamp) -> bool {
    now >= reservation.authorization().capture_deadline
}

fn in_currency_of(payment: &Payment, amount: Money) -> Result<MinorUnits, Rejection> {
    if amount.currency == payment.terms.amount.currency { Ok(amount.value) } else { Err(Rejection::CurrencyDiffers) }
}

fn more_than_nothing(amount: MinorUnits) -> Result<(), Rejection> {
    const MINIMUM: MinorUnits = match MinorUnits::new(1) {
        Some(one) => one,
        None => MinorUnits::ZERO,
    };
    if amount < MINIMUM { Err(Rejection::AmountTooSmall { minimum: MINIMUM }) } else { Ok(()) }
}
