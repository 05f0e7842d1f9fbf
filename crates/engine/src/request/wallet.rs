//! What a payer does in a wallet. A request nobody has is then this payer's, as when an app opens what it is handed.

use std::sync::Arc;

use domain::{
    merchant::SalesUnit,
    money::MinorUnits,
    payer::Sub,
    payment::{Approval, Command, Method},
    request::{Channel, NotGiven, Request},
    text::{Id, PhoneNumber, Reference},
    wallet::{Date, Decline, Obstacle, Payer, Purchase, Source, judge},
};
use store::Trouble;

use super::{Effect, Scene, Verdict, is_long_living};
use crate::{
    Engine, SlowBank,
    payer::{profile, sub_of},
};

/// Whoever acts in a wallet.
pub(super) struct Acting {
    number: PhoneNumber,
    /// The payer as nobody has changed it.
    unchanged: Payer,
    today: Date,
    slow_bank: SlowBank,
}

impl Acting {
    pub(super) fn payer<'a>(&'a self, scene: &Scene<'a>) -> &'a Payer {
        scene.payer.unwrap_or(&self.unchanged)
    }

    /// The request in this payer's hand.
    pub(super) fn taken(&self, scene: &Scene<'_>) -> Result<Request, Verdict> {
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

    /// The payer pays, with the source named or else the first, and confirms it where the bank asks.
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
        self.pay(number, unit, reference, source, true).await
    }

    /// The same, unless the bank asks first.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn try_to_approve(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        source: Option<Id>,
    ) -> Result<Verdict, Trouble> {
        self.pay(number, unit, reference, source, false).await
    }

    async fn pay(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        source: Option<Id>,
        is_confirmed: bool,
    ) -> Result<Verdict, Trouble> {
        let sub = sub_of(&self.keys, &unit.msn, number);
        self.act_in_wallet(number, unit, reference, move |acting, scene| match acting.taken(scene) {
            Ok(request) => paying(acting, scene, &request, (source.as_ref(), is_confirmed), sub),
            Err(verdict) => Effect::of(verdict),
        })
        .await
    }

    /// The payer's bank asked, and was not told what it wanted to hear.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn fail_confirmation(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        source: Option<Id>,
    ) -> Result<Verdict, Trouble> {
        const REASON: Decline = Decline::Authentication;
        self.act_in_wallet(number, unit, reference, move |acting, scene| match acting.taken(scene) {
            Ok(request) => Effect {
                verdict: Some(Verdict::Declined(REASON)),
                ..Effect::on(request.declined(source.as_ref(), REASON, scene.now))
            },
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

    pub(super) async fn act_in_wallet(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        effect: impl Fn(&Acting, &Scene<'_>) -> Effect + Send + Sync + 'static,
    ) -> Result<Verdict, Trouble> {
        let Some(unchanged) = self.unchanged_payer(number) else { return Ok(Verdict::CannotPay) };
        let (today, slow_bank) = (self.today(unit), self.policy.slow_bank);
        let acting = Acting { number: number.clone(), unchanged, today, slow_bank };
        self.act(unit, reference, Some(number), move |scene| {
            if acting.payer(scene).is_blocked { Effect::of(Verdict::CannotPay) } else { effect(&acting, scene) }
        })
        .await
    }
}

/// What becomes of a request whose payer pays, or tries to.
pub(super) fn paying(
    acting: &Acting,
    scene: &Scene<'_>,
    request: &Request,
    (wanted, is_confirmed): (Option<&Id>, bool),
    sub: Sub,
) -> Effect {
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
        is_confirmed,
    };
    match (judge(payer, source, &purchase, acting.today), source) {
        (Err(Obstacle::UnderAge(age)), _) => {
            Effect { verdict: Some(Verdict::UnderAge(age)), ..Effect::on(Some(request.clone())) }
        }
        (Err(Obstacle::ConfirmFirst), _) => {
            Effect { verdict: Some(Verdict::ConfirmFirst), ..Effect::on(Some(request.clone())) }
        }
        (Err(Obstacle::Declined(reason)), source) => Effect {
            verdict: Some(Verdict::Declined(reason)),
            ..Effect::on(request.declined(source.map(|source| &source.id), reason, scene.now))
        },
        (Ok(()), Some(source)) => Effect {
            command: Some(Command::Authorize(approval(payer, source, sub))),
            payer: having_paid(payer, source, terms.amount.value),
            ..Effect::on(Some(request.paid(&source.label())))
        },
        (Err(Obstacle::Unanswered), Some(source)) => {
            let SlowBank { takes, reserves } = acting.slow_bank;
            let approval = reserves.then(|| approval(payer, source, sub));
            Effect {
                verdict: Some(Verdict::Processing),
                command: Some(Command::Process { until: scene.now.plus(takes), approval }),
                payer: having_paid(payer, source, terms.amount.value).filter(|_| reserves),
                ..Effect::on(Some(request.paid(&source.label())))
            }
        }
        (Ok(()) | Err(Obstacle::Unanswered), None) => Effect::of(Verdict::Declined(Decline::NoSource)),
    }
}

fn approval(payer: &Payer, source: &Source, sub: Sub) -> Approval {
    Approval {
        payer: Some(payer.number.clone()),
        card_bin: source.card_bin().cloned(),
        profile: Some(Box::new(profile(payer, sub))),
        delivery: None,
    }
}

/// The payer after paying so much, where the source has a balance that changes with it.
fn having_paid(payer: &Payer, source: &Source, amount: MinorUnits) -> Option<Payer> {
    source.balance.map(|_| {
        let paid = payer.clone().having_paid(&source.id, amount);
        Payer { version: payer.version.saturating_add(1), ..paid }
    })
}
