//! The payer's acts: given a number on the landing page, opened in a wallet, approved, refused, put off, given up.
//!
//! Each is one intent on the request, its payment and the payer's wallet together. What came of it is a [`Verdict`]; a payment that has
//! ended, or lapses at that moment, is `Ended` for every act. Whether a payer may pay and with what is the domain's to judge.

mod landing;
mod script;
mod wallet;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    merchant::SalesUnit,
    payment::{Command, Event, Payment, Refusal, Rejection, Stamp, State, decide},
    request::{Channel, Plan, Request},
    text::{PhoneNumber, Reference},
    time::{Span, Timestamp},
    wallet::{AGE_MIN, Act, Decline, Payer, Returns},
};
use store::{AskedPayment, Intent, Outcome, RequestChange, RequestStanding, Trouble, Work};

pub use self::script::run;
use crate::{Engine, live::Topic};

/// How long a browser that went back may come again.
pub const RETURN_TIME: Span = Span::seconds(3);
/// The most that waits for a payer and is shown.
pub(crate) const WAITING_MAX: u32 = 200;

/// A payment with its request and the sales unit that asks.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The payment as it is now.
    pub payment: Payment,
    /// Its request.
    pub request: Request,
    /// Who asks.
    pub unit: Arc<SalesUnit>,
}

/// What came of an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is done.
    Done,
    /// There is no such payment, or none a wallet is asked about.
    NotThere,
    /// The payment is over.
    Ended,
    /// It is approved, and the payer's bank has not said whether it pays.
    Processing,
    /// The request is somebody else's.
    AlreadyOpen,
    /// Numbers were given too often.
    TooOften,
    /// This number cannot pay; why is nobody's business.
    CannotPay,
    /// The source declined.
    Declined(Decline),
    /// The payer is younger than this.
    UnderAge(u8),
    /// The payer has no such source.
    NoSuchSource,
    /// It has to be delivered, and nobody has said how.
    NeedsDelivery,
    /// It does not stay open long enough to be put off.
    NotLongLiving,
    /// The payer's bank wants to make sure who asks.
    ConfirmFirst,
}

/// What an act comes to.
#[derive(Default)]
struct Effect {
    verdict: Option<Verdict>,
    command: Option<Command>,
    request: Option<Request>,
    payer: Option<Payer>,
}

impl Effect {
    fn of(verdict: Verdict) -> Self {
        Self { verdict: Some(verdict), ..Self::default() }
    }

    fn on(request: Option<Request>) -> Self {
        Self { request, ..Self::default() }
    }
}

/// What an act is decided with: an open payment, its request and the acting payer.
struct Scene<'a> {
    payment: &'a Payment,
    request: &'a Request,
    payer: Option<&'a Payer>,
    unit: &'a SalesUnit,
    now: Timestamp,
}

impl Engine {
    /// The payment a link names, with its request; nothing once the link is dead.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn asked_of_link(&self, token: &str) -> Result<Option<Asked>, Trouble> {
        let Some((payment, unit)) = self.payment_of_link(token).await? else { return Ok(None) };
        let request = self.store.asked_payment(&payment.msn, &payment.reference).await?;
        let request = request.map(|asked| asked.request).unwrap_or_default();
        Ok(Some(Asked { payment, request, unit }))
    }

    /// The payment with its request.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn asked(&self, unit: &Arc<SalesUnit>, reference: &Reference) -> Result<Option<Asked>, Trouble> {
        let Some(payment) = self.current(unit, reference).await? else { return Ok(None) };
        let asked = self.store.asked_payment(&unit.msn, reference).await?;
        let request = asked.map(|asked| asked.request).unwrap_or_default();
        Ok(Some(Asked { payment, request, unit: unit.clone() }))
    }

    /// The payment a code leads to: one that a shop shows, or the link of a landing page, on whatever host of ours it was found.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn asked_of_code(&self, content: &str) -> Result<Option<Asked>, Trouble> {
        let is_open = |asked: &Asked| asked.payment.state == State::Created;
        let token = content.rsplit_once("token=").or_else(|| content.rsplit_once("/q/")).map(|(_, token)| token);
        match token {
            Some(token) => Ok(self.asked_of_link(token).await?.filter(is_open)),
            None => Ok(None),
        }
    }

    /// The payment a link names, with its request and its log, oldest event first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn log_of_link(&self, token: &str) -> Result<Option<(Asked, Vec<Event>)>, Trouble> {
        let Some((msn, reference)) = self.named_by(token).await? else { return Ok(None) };
        self.keep_up().await?;
        let Some(unit) = self.access.sales_unit(&msn) else { return Ok(None) };
        let Some(asked) = self.asked(&unit, &reference).await? else { return Ok(None) };
        let found = self.store.payment_with_events(&msn, &reference).await?;
        Ok(found.map(|(payment, events)| (Asked { payment, ..asked }, events)))
    }

    /// The least age the payment is for, where the payer is younger.
    pub fn too_young_for(&self, payer: &Payer, asked: &Asked) -> Option<u8> {
        let least = AGE_MIN.max(asked.payment.terms.minimum_age.unwrap_or_default());
        (payer.born.age_on(self.today(&asked.unit)) < least).then_some(least)
    }

    /// Whether the browser of whoever is asked goes back to the shop.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn returns_of(&self, asked: &Asked) -> Result<Returns, Trouble> {
        let Some(holder) = &asked.request.holder else { return Ok(Returns::Same) };
        Ok(self.payer(&holder.number).await?.map_or(Returns::Same, |payer| payer.returns))
    }

    /// What waits for a payer, asked last first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn waiting_for(&self, number: &PhoneNumber) -> Result<Vec<Asked>, Trouble> {
        self.keep_up().await?;
        let waiting = self.store.waiting_for(number, None, self.payers_now(), WAITING_MAX).await?;
        Ok(self.with_units(waiting))
    }

    /// What a payer was asked to pay, asked last first, at most `most`; from before a moment, if one is named.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn history_of(
        &self,
        number: &PhoneNumber,
        before: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<Asked>, Trouble> {
        self.keep_up().await?;
        let asked = self.store.asked_of(number, before, most).await?;
        Ok(self.with_units(asked))
    }

    fn with_units(&self, asked: Vec<AskedPayment>) -> Vec<Asked> {
        let with_unit = |AskedPayment { payment, request }| {
            let unit = self.access.sales_unit(&payment.msn)?;
            Some(Asked { payment, request, unit })
        };
        asked.into_iter().filter_map(with_unit).collect()
    }

    /// Lets an act come about on an open payment, and tells whoever looks.
    async fn act(
        &self,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        payer: Option<&PhoneNumber>,
        effect: impl Fn(&Scene<'_>) -> Effect + Send + Sync + 'static,
    ) -> Result<Verdict, Trouble> {
        let stamp = self.stamp(unit, None);
        let now = stamp.now;
        // What the last asking came to: the store may ask more than once, and carries out what it was told last.
        let said = Arc::new(Mutex::new((Verdict::NotThere, Vec::new())));
        let (saying, decider) = (said.clone(), unit.clone());
        let decide = Box::new(move |standing: RequestStanding<'_>| {
            let (change, verdict, concerned) = acted(standing, &decider, &stamp, &effect)?;
            *saying.lock().unwrap_or_else(PoisonError::into_inner) = (verdict, concerned);
            Ok(change)
        });
        let announce = self.telling.announce;
        let (msn, name) = (unit.msn.clone(), reference.clone());
        let work = Work::Request { msn, reference: name, payer: payer.cloned(), decide, announce };
        match self.apply(Intent { now, work }).await? {
            Outcome::Rejected(Rejection::ReferenceNotFound) => return Ok(Verdict::NotThere),
            Outcome::Done(_) => {}
            _ => return Err(Trouble::Broken("a request was refused by a rule of merchants".to_owned())),
        }
        let (verdict, concerned) = std::mem::replace(
            &mut *said.lock().unwrap_or_else(PoisonError::into_inner),
            (Verdict::NotThere, Vec::new()),
        );
        for number in concerned {
            self.live.tell(&Topic::Payer(number));
        }
        Ok(verdict)
    }
}

/// The change an act makes, its verdict, and the payers it concerns.
fn acted(
    standing: RequestStanding<'_>,
    unit: &SalesUnit,
    stamp: &Stamp,
    effect: impl Fn(&Scene<'_>) -> Effect,
) -> Result<(RequestChange, Verdict, Vec<PhoneNumber>), Refusal> {
    let payment = standing.payment.ok_or(Refusal::Rule(Rejection::ReferenceNotFound))?;
    let none = Request::default();
    let request = standing.request.unwrap_or(&none);
    let has_ended = !payment.state.is_open() || payment.due(stamp.now).is_some();
    let effect = if has_ended {
        // What was planned is not done any more.
        let over = request.next_at().map(|_| Request { leaving: None, ..request.planned(None) });
        Effect { verdict: Some(Verdict::Ended), command: Some(Command::Settle), ..Effect::on(over) }
    } else if matches!(payment.state, State::Processing(_)) {
        Effect::of(Verdict::Processing)
    } else {
        effect(&Scene { payment, request, payer: standing.payer, unit, now: stamp.now })
    };
    let moved = match &effect.command {
        Some(command) => {
            let events = decide(payment, unit, command, stamp)?.events;
            let after = events.iter().try_fold(payment.clone(), |payment, event| payment.after(event))?;
            Some((after, events))
        }
        None => None,
    };
    let holders = [Some(request), effect.request.as_ref()].into_iter().flatten();
    let concerned = holders.filter_map(|request| Some(request.holder.as_ref()?.number.clone())).collect();
    let change = RequestChange { payment: moved, request: effect.request, payer: effect.payer };
    Ok((change, effect.verdict.unwrap_or(Verdict::Done), concerned))
}

/// The request with what its payer's script says, and the payer after that step.
fn planned(request: Request, payer: &Payer, scene: &Scene<'_>) -> Effect {
    let Some((step, script)) = payer.script.take() else { return Effect::on(Some(request)) };
    let at = step.due(scene.now, scene.payment.terms.expires_at);
    let request = request.planned(Some(Plan { act: step.act, at }));
    let has_moved = script != payer.script;
    let payer = has_moved.then(|| Payer { script, version: payer.version.saturating_add(1), ..payer.clone() });
    Effect { payer, ..Effect::on(Some(request)) }
}

/// Whether it was to stay open longer than usual, so that it can be put off.
pub fn is_long_living(payment: &Payment) -> bool {
    payment.terms.expires_at > payment.created_at.plus(domain::payment::LIFETIME)
}

/// The request of a new payment that goes straight to a wallet; what its payer's script says is looked up at once.
pub(crate) fn pushed(payment: &Payment) -> Option<Request> {
    let is_pushed = payment.terms.flow == domain::payment::UserFlow::PushMessage;
    let number = payment.terms.phone_number.as_ref().filter(|_| is_pushed)?;
    let given = Request::default().given_to(number, Channel::Push, payment.created_at).ok()?;
    Some(given.planned(Some(Plan { act: Act::Consult, at: payment.created_at })))
}

/// The request of a payment that somebody approved in a payer's stead, so that it stands among what that payer paid and nobody else did.
pub(crate) fn taken_over(before: &Request, payment: &Payment, number: &PhoneNumber) -> Option<Request> {
    let nobodys = match &before.holder {
        Some(holder) if holder.number == *number => return None,
        Some(holder) => {
            let withdrawn_from = before.withdrawn_from.iter().chain([&holder.number]).cloned().collect();
            Request { holder: None, leaving: None, withdrawn_from, ..before.clone() }
        }
        None => before.clone(),
    };
    let given = nobodys.given_to(number, Channel::Wallet, payment.last_event_at).ok()?;
    // Nobody looked at it in a wallet.
    Some(Request { notes: nobodys.notes, ..given })
}
