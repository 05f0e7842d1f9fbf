//! The columns of a payment and of its events, which every keeper has, and what they make of a payment.
//!
//! What is read back is parsed as strictly as what comes from outside: columns that no longer make sense are [`Unreadable`], never a guess.

use std::borrow::Cow;

use domain::{
    money::{Currency, MinorUnits, Money},
    payment::{Authorization, Event, Occurrence, Payment, PspReference, Reservation, State},
    text::{IdempotencyKey, Msn, Reference},
    time::Timestamp,
};

use super::{
    Unreadable, odd, read_authorization, read_processing, read_terms, write_authorization, write_processing,
    write_terms,
};

/// The row of a payment. Sums are minor units, times milliseconds since 1970.
pub(crate) struct PaymentColumns<'a> {
    pub(crate) msn: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) psp_reference: [u8; 16],
    pub(crate) currency: &'a str,
    pub(crate) amount: i64,
    pub(crate) terms: Cow<'a, str>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) standing: StandingColumns<'a>,
}

/// The columns that change when something happens to the payment.
pub(crate) struct StandingColumns<'a> {
    pub(crate) state: &'a str,
    pub(crate) authorized: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
    pub(crate) cancelled: i64,
    pub(crate) authorization: Option<Cow<'a, str>>,
    pub(crate) authorized_at: Option<i64>,
    pub(crate) payer_sub: Option<[u8; 16]>,
    pub(crate) due_at: Option<i64>,
    pub(crate) last_sequence: u32,
    pub(crate) last_event_at: i64,
}

/// A payment as stored, with what only a keeper needs to know of it.
#[derive(Clone)]
pub(crate) struct StoredPayment {
    /// Whether it may only be read.
    pub(crate) quarantined: bool,
    /// When it is looked at though nobody asks.
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) payment: Payment,
}

impl<'a> PaymentColumns<'a> {
    pub(crate) fn of(payment: &'a Payment) -> Result<Self, Unreadable> {
        Ok(Self {
            msn: payment.msn.as_str(),
            reference: payment.reference.as_str(),
            psp_reference: payment.psp_reference.0,
            currency: payment.terms.amount.currency.code(),
            amount: payment.terms.amount.value.value(),
            terms: write_terms(&payment.terms)?.into(),
            created_at: payment.created_at.milliseconds(),
            expires_at: payment.terms.expires_at.milliseconds(),
            standing: StandingColumns::of(payment)?,
        })
    }

    /// The payment, if that is what the columns say.
    pub(crate) fn read(&self) -> Result<Payment, Unreadable> {
        let currency = Currency::from_code(self.currency).ok_or_else(|| odd("currency"))?;
        let amount = Money { value: minor_units(self.amount)?, currency };
        let payment = Payment {
            msn: Msn::parse(self.msn).map_err(|_| odd("msn"))?,
            reference: Reference::parse(self.reference).map_err(|_| odd("reference"))?,
            psp_reference: PspReference(self.psp_reference),
            terms: read_terms(&self.terms, amount, Timestamp::from_milliseconds(self.expires_at))?,
            created_at: Timestamp::from_milliseconds(self.created_at),
            state: self.standing.read_state()?,
            last_sequence: self.standing.last_sequence,
            last_event_at: Timestamp::from_milliseconds(self.standing.last_event_at),
        };
        let sums = payment.aggregate();
        let StandingColumns { authorized, captured, refunded, cancelled, .. } = self.standing;
        if [sums.authorized, sums.captured, sums.refunded, sums.cancelled].map(MinorUnits::value)
            != [authorized, captured, refunded, cancelled]
        {
            return Err(odd("its sums"));
        }
        Ok(payment)
    }
}

impl StandingColumns<'_> {
    pub(crate) fn of(payment: &Payment) -> Result<Self, Unreadable> {
        let sums = payment.aggregate();
        let (reservation, authorization) = match &payment.state {
            State::Authorized(reservation) => {
                (Some(reservation), Some(write_authorization(reservation.authorization())))
            }
            State::Processing(processing) => (None, Some(write_processing(processing))),
            State::Created | State::Aborted | State::Expired | State::Terminated => (None, None),
        };
        let profile = reservation.and_then(|reservation| reservation.authorization().profile.as_ref());
        Ok(Self {
            state: payment.state.name(),
            authorized: sums.authorized.value(),
            captured: sums.captured.value(),
            refunded: sums.refunded.value(),
            cancelled: sums.cancelled.value(),
            authorization: authorization.transpose()?.map(Cow::Owned),
            authorized_at: reservation.map(|reservation| reservation.authorized_at().milliseconds()),
            payer_sub: profile.map(|profile| profile.sub.0),
            due_at: payment.due_at().map(Timestamp::milliseconds),
            last_sequence: payment.last_sequence,
            last_event_at: payment.last_event_at.milliseconds(),
        })
    }

    fn read_state(&self) -> Result<State, Unreadable> {
        Ok(match self.state {
            "CREATED" => match &self.authorization {
                Some(text) => State::Processing(read_processing(text)?.ok_or_else(|| odd("authorization"))?),
                None => State::Created,
            },
            "ABORTED" => State::Aborted,
            "EXPIRED" => State::Expired,
            "TERMINATED" => State::Terminated,
            "AUTHORIZED" => {
                let (Some(authorization), Some(at)) = (&self.authorization, self.authorized_at) else {
                    return Err(odd("authorization"));
                };
                let untouched = Reservation::new(read_authorization(authorization)?, Timestamp::from_milliseconds(at));
                let [captured, refunded, cancelled] = [self.captured, self.refunded, self.cancelled].map(minor_units);
                let moved = untouched.with_movements(captured?, refunded?, cancelled?);
                State::Authorized(moved.ok_or_else(|| odd("its sums"))?)
            }
            _ => return Err(odd("state")),
        })
    }
}

/// The row of an event, beside what names its payment.
pub(crate) struct EventColumns<'a> {
    pub(crate) sequence: u32,
    pub(crate) name: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) amount: i64,
    pub(crate) at: i64,
    pub(crate) psp_reference: [u8; 16],
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) detail: Option<Cow<'a, str>>,
    pub(crate) success: bool,
}

impl<'a> EventColumns<'a> {
    pub(crate) fn of(event: &'a Event, payment: &Payment) -> Result<Self, Unreadable> {
        let Event { sequence, occurrence, at, psp_reference, idempotency_key } = event;
        let amount = occurrence.amount(payment);
        let detail = match occurrence {
            Occurrence::Authorized(authorization) => Some(write_authorization(authorization)?.into()),
            Occurrence::Processing(processing) => Some(write_processing(processing)?.into()),
            _ => None,
        };
        Ok(Self {
            sequence: *sequence,
            name: occurrence.name().as_str(),
            currency: amount.currency.code(),
            amount: amount.value.value(),
            at: at.milliseconds(),
            psp_reference: psp_reference.0,
            idempotency_key: idempotency_key.as_ref().map(|key| key.as_str()),
            detail,
            success: occurrence.succeeded(),
        })
    }

    /// The event, if that is what the columns say.
    pub(crate) fn read(&self) -> Result<Event, Unreadable> {
        let amount = minor_units(self.amount)?;
        let key = self.idempotency_key.map(IdempotencyKey::parse).transpose();
        Ok(Event {
            sequence: self.sequence,
            occurrence: match self.name {
                "CREATED" => Occurrence::Created,
                "AUTHORIZED" => {
                    let detail = self.detail.as_ref().ok_or_else(|| odd("the detail of an event"))?;
                    match read_processing(detail)? {
                        Some(processing) => Occurrence::Processing(processing),
                        None => authorized(read_authorization(detail)?, amount)?,
                    }
                }
                "CAPTURED" => Occurrence::Captured(amount),
                "REFUNDED" if self.success => Occurrence::Refunded(amount),
                "REFUNDED" => Occurrence::RefundRefused(amount),
                "CANCELLED" => Occurrence::Cancelled(amount),
                "ABORTED" => Occurrence::Aborted,
                "EXPIRED" => Occurrence::Expired,
                "TERMINATED" => Occurrence::Terminated,
                _ => return Err(odd("the name of an event")),
            },
            at: Timestamp::from_milliseconds(self.at),
            psp_reference: PspReference(self.psp_reference),
            idempotency_key: key.map_err(|_| odd("idempotency_key"))?,
        })
    }
}

fn authorized(authorization: Authorization, amount: MinorUnits) -> Result<Occurrence, Unreadable> {
    if authorization.amount == amount {
        Ok(Occurrence::Authorized(authorization))
    } else {
        Err(odd("the sum of an event"))
    }
}

fn minor_units(value: i64) -> Result<MinorUnits, Unreadable> {
    MinorUnits::new(value).ok_or_else(|| odd("a sum"))
}
