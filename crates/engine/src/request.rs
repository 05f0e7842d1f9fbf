//! The payer's acts: given a number on the landing page, opened in a wallet, approved, refused, put off, given up.
//!
//! Each is one intent on the request, its payment and the payer's wallet together. What came of it is a [`Verdict`]; a payment that has
//! ended, or lapses at that moment, is `Ended` for every act. Whether a payer may pay and with what is the domain's to judge.

mod script;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    merchant::SalesUnit,
    payer::Sub,
    payment::{Approval, Command, Method, Payment, Refusal, Rejection, Stamp, State, decide},
    request::{Channel, NotGiven, Plan, Request},
    text::{Id, PhoneNumber, Reference},
    time::{Span, Timestamp},
    wallet::{Act, Date, Decline, Obstacle, Payer, Purchase, judge},
};
use store::{AskedPayment, Intent, Mode, Outcome, RequestChange, RequestStanding, Trouble, Work};

pub use self::script::run;
use crate::{
    Engine,
    live::Topic,
    payer::{may_pay, profile, sub_of},
};

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

/// Whoever acts in a wallet.
struct Acting {
    number: PhoneNumber,
    /// The payer as nobody has changed it.
    unchanged: Payer,
    today: Date,
}

impl Acting {
    fn payer<'a>(&'a self, scene: &Scene<'a>) -> &'a Payer {
        scene.payer.unwrap_or(&self.unchanged)
    }

    /// The request in this payer's hand.
    fn taken(&self, scene: &Scene<'_>) -> Result<Request, Verdict> {
        if scene.payment.terms.method != Method::Wallet {
            return Err(Verdict::NotThere);
        }
        if scene.request.is_of(&self.number) {
            return Ok(scene.request.opened(scene.now).unwrap_or_else(|| scene.request.clone()));
        }
        match scene.request.given_to(&self.number, Channel::Wallet, scene.now) {
            Ok(given) => Ok(given),
            Err(NotGiven::AlreadyOpen | NotGiven::TooOften) => Err(Verdict::AlreadyOpen),
        }
    }
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

    /// A number was given on the landing page: its payer is asked, and nobody else any more.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn submit_number(
        &self,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        number: &PhoneNumber,
    ) -> Result<Verdict, Trouble> {
        let payer = match self.policy.mode {
            Mode::Sandbox if !number.is_plausible() => None,
            Mode::Sandbox => self.payer(number).await?,
            Mode::Production => None,
        };
        let (mode, number, today) = (self.policy.mode, number.clone(), self.today(unit));
        let whose = number.clone();
        self.act(unit, reference, Some(&whose), move |scene| {
            let payer = scene.payer.or(payer.as_ref());
            let terms = &scene.payment.terms;
            let can_pay = match mode {
                Mode::Sandbox => payer.is_some_and(|payer| may_pay(payer, terms.minimum_age, today)),
                Mode::Production => number.is_plausible(),
            };
            let given = match can_pay {
                true => scene.request.given_to(&number, Channel::Landing, scene.now),
                false => scene.request.refused_number(scene.now),
            };
            let Ok(request) = given else { return Effect::of(Verdict::TooOften) };
            if !can_pay {
                return Effect { verdict: Some(Verdict::CannotPay), ..Effect::on(Some(request)) };
            }
            let is_asked_anew = !scene.request.is_of(&number);
            match payer.filter(|_| is_asked_anew) {
                Some(payer) => planned(request, payer, scene),
                None => Effect::on(Some(request)),
            }
        })
        .await
    }

    /// The payer gives up on the landing page.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn give_up(&self, unit: &Arc<SalesUnit>, reference: &Reference) -> Result<Verdict, Trouble> {
        self.act(unit, reference, None, |_| Effect { command: Some(Command::Abort), ..Effect::default() }).await
    }

    /// A tab of the payer's browser went back from the landing page. Unless it is there again in time that is giving up.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn leave(&self, unit: &Arc<SalesUnit>, reference: &Reference, tab: &str) -> Result<Verdict, Trouble> {
        let tab: Box<str> = tab.into();
        self.act(unit, reference, None, move |scene| {
            Effect::on(scene.request.left(&tab, scene.now.plus(RETURN_TIME), scene.now))
        })
        .await
    }

    /// A tab of the payer's browser shows the landing page.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn come_back(&self, asked: &Asked, tab: &str) -> Result<(), Trouble> {
        if asked.request.came_back(tab).is_none() {
            return Ok(());
        }
        let tab: Box<str> = tab.into();
        let reference = &asked.payment.reference;
        self.act(&asked.unit, reference, None, move |scene| Effect::on(scene.request.came_back(&tab))).await.map(drop)
    }

    /// The payer looks at the request, which from then on is this payer's.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn open(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
    ) -> Result<Verdict, Trouble> {
        self.act_in_wallet(number, unit, reference, |acting, scene| match acting.taken(scene) {
            Ok(request) => Effect::on((request != *scene.request).then_some(request)),
            Err(verdict) => Effect::of(verdict),
        })
        .await
    }

    /// The payer pays, with the source named or else the first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn approve(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        source: Option<Id>,
    ) -> Result<Verdict, Trouble> {
        let sub = sub_of(&self.keys, &unit.msn, number);
        self.act_in_wallet(number, unit, reference, move |acting, scene| match acting.taken(scene) {
            Ok(request) => paying(acting, scene, &request, source.as_ref(), sub),
            Err(verdict) => Effect::of(verdict),
        })
        .await
    }

    /// The payer refuses.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn reject(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
    ) -> Result<Verdict, Trouble> {
        self.act_in_wallet(number, unit, reference, |acting, scene| match acting.taken(scene) {
            Ok(request) => Effect { command: Some(Command::Abort), ..Effect::on(Some(request.planned(None))) },
            Err(verdict) => Effect::of(verdict),
        })
        .await
    }

    /// The payer puts it off; only what stays open long can be.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn postpone(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
    ) -> Result<Verdict, Trouble> {
        self.act_in_wallet(number, unit, reference, |acting, scene| match acting.taken(scene) {
            Ok(_) if !is_long_living(scene.payment) => Effect::of(Verdict::NotLongLiving),
            Ok(request) => Effect::on(request.postponed(scene.now)),
            Err(verdict) => Effect::of(verdict),
        })
        .await
    }

    /// The payer's script leaves this request alone.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn ignore(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
    ) -> Result<Verdict, Trouble> {
        let number = number.clone();
        self.act(unit, reference, None, move |scene| {
            let is_planned = scene.request.is_of(&number) && scene.request.plan.is_some();
            Effect::on(is_planned.then(|| scene.request.planned(None)))
        })
        .await
    }

    async fn act_in_wallet(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        effect: impl Fn(&Acting, &Scene<'_>) -> Effect + Send + Sync + 'static,
    ) -> Result<Verdict, Trouble> {
        let Some(unchanged) = self.unchanged_payer(number) else { return Ok(Verdict::CannotPay) };
        let acting = Acting { number: number.clone(), unchanged, today: self.today(unit) };
        self.act(unit, reference, Some(number), move |scene| {
            if acting.payer(scene).is_blocked { Effect::of(Verdict::CannotPay) } else { effect(&acting, scene) }
        })
        .await
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
    let has_ended = payment.state != State::Created || payment.due(stamp.now).is_some();
    let effect = if has_ended {
        // What was planned is not done any more.
        let over = request.next_at().map(|_| Request { leaving: None, ..request.planned(None) });
        Effect { verdict: Some(Verdict::Ended), command: Some(Command::Settle), ..Effect::on(over) }
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

/// What becomes of a request whose payer pays, or tries to.
fn paying(acting: &Acting, scene: &Scene<'_>, request: &Request, wanted: Option<&Id>, sub: Sub) -> Effect {
    let terms = &scene.payment.terms;
    if terms.shipping.is_some() {
        return Effect::of(Verdict::NeedsDelivery);
    }
    let payer = acting.payer(scene);
    let source = match wanted {
        Some(id) => payer.source(id),
        None => payer.sources.first(),
    };
    if wanted.is_some() && source.is_none() {
        return Effect::of(Verdict::NoSuchSource);
    }
    let declined_with = request.declined_with();
    let purchase = Purchase {
        amount: terms.amount,
        market: scene.unit.market,
        blocks_commercial_cards: terms.blocks_commercial_cards,
        minimum_age: terms.minimum_age,
        declined_with: &declined_with,
    };
    match (judge(payer, source, &purchase, acting.today), source) {
        (Err(Obstacle::UnderAge(age)), _) => {
            Effect { verdict: Some(Verdict::UnderAge(age)), ..Effect::on(Some(request.clone())) }
        }
        (Err(Obstacle::Declined(reason)), source) => Effect {
            verdict: Some(Verdict::Declined(reason)),
            ..Effect::on(request.declined(source.map(|source| &source.id), reason, scene.now))
        },
        (Ok(()), Some(source)) => Effect {
            command: Some(Command::Authorize(Approval {
                payer: Some(payer.number.clone()),
                card_bin: source.card_bin().cloned(),
                profile: Some(Box::new(profile(payer, sub))),
                delivery: None,
            })),
            payer: source.balance.map(|_| {
                let paid = payer.clone().having_paid(&source.id, terms.amount.value);
                Payer { version: payer.version.saturating_add(1), ..paid }
            }),
            ..Effect::on(Some(request.paid(&source.label())))
        },
        (Ok(()), None) => Effect::of(Verdict::Declined(Decline::NoSource)),
    }
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

/// The request of a payment that somebody approves in a payer's stead, so that it stands among what the payer paid.
pub(crate) fn approved_in_stead(payment: &Payment, number: &PhoneNumber) -> Option<Request> {
    let given = Request::default().given_to(number, Channel::Wallet, payment.last_event_at).ok()?;
    Some(Request { version: 1, notes: Vec::new(), ..given })
}
