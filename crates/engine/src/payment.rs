//! Payments: each use case is one intent.
//!
//! Ids are drawn before the store is asked, so that a decision asked twice decides the same. A read that meets something due has it written
//! first; where nothing can be written it shows the state alone.

use std::sync::Arc;

use domain::{
    merchant::SalesUnit,
    money::Money,
    order::{OrderName, PaymentType, Receipt, ReceiptId},
    payment::{
        Approval, BankRefusal, Command, Event, Payment, Proposal, PspReference, Refusal, Rejection, Rules, Stamp,
        State, UserFlow, create, decide,
    },
    request::Request,
    text::{IdempotencyKey, Msn, Reference},
    time::Span,
};
use store::{Answer, Idempotency, Intent, Mode, Operation, OrderReceipt, Outcome, PaymentChange, Trouble, Work};

use crate::{Engine, access::Tenant, link, live::Topic, request};

/// What the caller is told of the payment as it is after the change: a pure function, its bytes are kept.
pub type AnswerWith = Box<dyn Fn(&Payment) -> Answer + Send + Sync>;

/// What becomes of the request of the payment as it is after the change, where anything does.
type RequestWith = Box<dyn Fn(&Payment) -> Option<Request> + Send + Sync>;

/// A refund of this much, in minor units, is refused in a sandbox for want of an account to give it to.
const REFUSED_WITHOUT_ACCOUNT: i64 = 123;
/// And of this much because it is too late.
const REFUSED_AS_TOO_LATE: i64 = 124;
/// How long a payment's link still opens its page after the payment has ended.
const LINK_GRACE: Span = Span::days(1);

/// The key a request may be repeated under, with the digest of what it asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyed {
    /// The key.
    pub key: IdempotencyKey,
    /// Equal requests have equal fingerprints.
    pub fingerprint: [u8; 32],
}

impl Engine {
    /// Creates a payment. What is bought becomes the receipt of its order with it, unless the order has one already.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn create_payment(
        &self,
        tenant: &Tenant,
        reference: Reference,
        proposal: Proposal,
        receipt: Option<Receipt>,
        keyed: Keyed,
        answer: AnswerWith,
    ) -> Result<Outcome, Trouble> {
        let unit = tenant.unit().clone();
        let now = self.clock.now(&unit.space);
        let psp_reference = PspReference(self.entropy.uuid());
        let rules = Rules {
            insecure_return_urls_allowed: self.policy.insecure_return_urls_allowed,
            insecure_callback_urls_allowed: self.policy.mode == Mode::Sandbox,
        };
        let payer = self.payer_of(&proposal, &unit, now).await?;
        let is_pushed = proposal.flow == UserFlow::PushMessage;
        let pushed_to = payer.clone().ok().flatten().filter(|_| is_pushed);
        let is_scanned = matches!(proposal.flow, UserFlow::Qr(_));
        let short_link = is_scanned.then(|| link::short_link(&self.keys, &unit.msn, &reference));
        let receipt = receipt.map(|receipt| {
            let order = OrderName { payment_type: PaymentType::Ecom, id: (&reference).into() };
            Arc::new(OrderReceipt { order, id: ReceiptId(self.entropy.uuid()), receipt, added_at: now })
        });
        let (msn, name) = (unit.msn.clone(), reference.clone());
        let decide = Box::new(move |stored: Option<&Payment>| {
            if stored.is_some() {
                return Err(Refusal::Rule(Rejection::ReferenceExists));
            }
            let (terms, event) = create(&proposal, &unit, rules, payer.clone(), now, psp_reference)?;
            let payment = Payment::opened(unit.msn.clone(), name.clone(), terms, &event)?;
            let (answer, request) = (answer(&payment), request::pushed(&payment));
            let receipt = receipt.clone();
            Ok(PaymentChange { short_link, request, receipt, ..PaymentChange::new(payment, vec![event], answer) })
        });
        let idempotency = Idempotency {
            operation: Operation::Create,
            reference: None,
            key: keyed.key,
            fingerprint: keyed.fingerprint,
        };
        let announce = self.telling.announce;
        let work = Work::Payment { msn, reference, idempotency: Some(idempotency), decide, announce };
        let outcome = self.apply(Intent { now, work }).await?;
        if let Some(number) = pushed_to {
            self.live.tell(&Topic::Payer(number));
            self.planned_now.notify_one();
        }
        Ok(outcome)
    }

    /// Carries out a command on a payment: under its key, where it has one.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn command(
        &self,
        tenant: &Tenant,
        reference: Reference,
        command: Command,
        keyed: Option<Keyed>,
        answer: AnswerWith,
    ) -> Result<Outcome, Trouble> {
        self.carry_out(tenant.unit(), reference, command, keyed, (answer, Box::new(|_| None))).await
    }

    /// The command to give so much back. In a sandbox the bank refuses the sums that are published for that.
    pub const fn refund_of(&self, amount: Money) -> Command {
        let bank = match (self.policy.mode, amount.value.value()) {
            (Mode::Sandbox, REFUSED_WITHOUT_ACCOUNT) => Some(BankRefusal::NoReceivingAccount),
            (Mode::Sandbox, REFUSED_AS_TOO_LATE) => Some(BankRefusal::PeriodOver),
            _ => None,
        };
        Command::Refund { amount, bank }
    }

    /// The payer approves.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn authorize_payment(
        &self,
        tenant: &Tenant,
        reference: Reference,
        approval: Approval,
        answer: AnswerWith,
    ) -> Result<Outcome, Trouble> {
        // Who was asked before, so that whoever approves takes the request over. Read outside the decision: at worst it stays where it was.
        let asked = self.store.asked_payment(tenant.msn(), &reference).await?.map(|asked| asked.request);
        let (number, unit) = (approval.payer.clone(), tenant.unit());
        let taken =
            move |payment: &Payment| request::taken_over(&asked.clone().unwrap_or_default(), payment, number.as_ref()?);
        self.carry_out(unit, reference, Command::Authorize(approval), None, (answer, Box::new(taken))).await
    }

    /// The payment as it is now.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn payment(&self, tenant: &Tenant, reference: &Reference) -> Result<Option<Payment>, Trouble> {
        self.current(tenant.unit(), reference).await
    }

    /// The payment's log as it is now, oldest event first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn payment_with_events(
        &self,
        tenant: &Tenant,
        reference: &Reference,
    ) -> Result<Option<(Payment, Vec<Event>)>, Trouble> {
        let unit = tenant.unit();
        let found = self.store.payment_with_events(&unit.msn, reference).await?;
        match found {
            Some((payment, _)) if payment.due(self.clock.now(&unit.space)).is_some() => {
                // Where it cannot be written it is not in the log, and the log is shown as it is.
                let _written_or_not = self.settle(unit, reference).await;
                self.store.payment_with_events(&unit.msn, reference).await
            }
            found => Ok(found),
        }
    }

    /// The payment a link names, with the sales unit that asks for the money; nothing once the link is dead.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn payment_of_link(&self, token: &str) -> Result<Option<(Payment, Arc<SalesUnit>)>, Trouble> {
        let Some((msn, reference)) = self.named_by(token).await? else { return Ok(None) };
        self.keep_up().await?;
        let Some(unit) = self.access.sales_unit(&msn) else { return Ok(None) };
        let Some(payment) = self.current(&unit, &reference).await? else { return Ok(None) };
        let ended_at = match &payment.state {
            State::Created | State::Processing(_) => None,
            State::Authorized(reservation) => Some(reservation.authorized_at()),
            State::Aborted | State::Expired | State::Terminated => Some(payment.last_event_at),
        };
        let is_dead = ended_at.is_some_and(|at| self.clock.now(&unit.space) >= at.plus(LINK_GRACE));
        Ok((!is_dead).then_some((payment, unit)))
    }

    /// The payment a token or a short name is of, dead or alive.
    pub(crate) async fn named_by(&self, token: &str) -> Result<Option<(Msn, Reference)>, Trouble> {
        match link::short_link_of(token) {
            Some((msn, link)) => {
                let reference = self.store.payment_of_short_link(&msn, link).await?;
                Ok(reference.map(|reference| (msn, reference)))
            }
            None => Ok(link::payment_of(&self.keys, token)),
        }
    }

    /// Whether a token is the link of this payment.
    pub fn is_link_of(&self, token: &str, tenant: &Tenant, reference: &Reference) -> bool {
        link::is_of(&self.keys, token, tenant.msn(), reference)
    }

    /// Makes whatever is due on a payment an event.
    pub(crate) async fn settle(&self, unit: &Arc<SalesUnit>, reference: &Reference) -> Result<(), Trouble> {
        let answer = Box::new(|_: &Payment| Answer::none());
        self.carry_out(unit, reference.clone(), Command::Settle, None, (answer, Box::new(|_| None))).await.map(drop)
    }

    pub(crate) async fn current(
        &self,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
    ) -> Result<Option<Payment>, Trouble> {
        let Some(payment) = self.store.payment(&unit.msn, reference).await? else { return Ok(None) };
        let now = self.clock.now(&unit.space);
        if payment.due(now).is_none() {
            return Ok(Some(payment));
        }
        match self.settle(unit, reference).await {
            Ok(()) => self.store.payment(&unit.msn, reference).await,
            Err(_) => Ok(Some(self.foreseen(payment, unit))),
        }
    }

    /// The payment as it will be once what is due can be written.
    fn foreseen(&self, payment: Payment, unit: &SalesUnit) -> Payment {
        let stamp = self.stamp(unit, None);
        let events =
            decide(&payment, unit, &Command::Settle, &stamp).map(|decision| decision.events).unwrap_or_default();
        events.iter().fold(payment, |payment, event| payment.after(event).unwrap_or(payment))
    }

    async fn carry_out(
        &self,
        unit: &Arc<SalesUnit>,
        reference: Reference,
        command: Command,
        keyed: Option<Keyed>,
        (answer, request): (AnswerWith, RequestWith),
    ) -> Result<Outcome, Trouble> {
        let stamp = self.stamp(unit, keyed.as_ref().map(|keyed| keyed.key.clone()));
        let now = stamp.now;
        let idempotency = keyed.zip(operation(&command)).map(|(keyed, operation)| Idempotency {
            operation,
            reference: Some(reference.clone()),
            key: keyed.key,
            fingerprint: keyed.fingerprint,
        });
        let decider = unit.clone();
        let decide = Box::new(move |stored: Option<&Payment>| {
            let payment = stored.ok_or(Refusal::Rule(Rejection::ReferenceNotFound))?;
            let decision = decide(payment, &decider, &command, &stamp)?;
            let payment = decision.events.iter().try_fold(payment.clone(), |payment, event| payment.after(event))?;
            let (answer, request) = (answer(&payment), request(&payment));
            let change = PaymentChange::new(payment, decision.events, answer);
            Ok(PaymentChange { refused: decision.refused, request, ..change })
        });
        let announce = self.telling.announce;
        let work = Work::Payment { msn: unit.msn.clone(), reference, idempotency, decide, announce };
        self.apply(Intent { now, work }).await
    }

    pub(crate) fn stamp(&self, unit: &SalesUnit, idempotency_key: Option<IdempotencyKey>) -> Stamp {
        Stamp {
            now: self.clock.now(&unit.space),
            psp_reference: PspReference(self.entropy.uuid()),
            due_psp_reference: PspReference(self.entropy.uuid()),
            idempotency_key,
        }
    }

    /// The sales unit of this number, whoever asks.
    pub(crate) fn sales_unit(&self, msn: &Msn) -> Option<Arc<SalesUnit>> {
        self.access.sales_unit(msn)
    }
}

/// What keys of this command belong to; a command that has none is not repeated under a key.
const fn operation(command: &Command) -> Option<Operation> {
    match command {
        Command::Capture(_) => Some(Operation::Capture),
        Command::Refund { .. } => Some(Operation::Refund),
        Command::Cancel { .. } => Some(Operation::Cancel),
        Command::Authorize(_) | Command::Process { .. } | Command::Abort | Command::Settle => None,
    }
}
