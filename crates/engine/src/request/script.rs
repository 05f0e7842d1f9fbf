//! What happens to requests though nobody acts: a payer's script comes to its step, and a browser that went back has not come again.
//!
//! As with expiry it may run on any number of nodes at once. Each step is decided on the request as it then is, and counts only while it is
//! still what is planned.

use std::{future::Future, sync::Arc, time::Duration};

use domain::{
    merchant::SalesUnit,
    payer::Sub,
    payment::Command,
    request::{Plan, Request},
    text::{PhoneNumber, Reference},
    time::Timestamp,
    wallet::Act,
};
use store::Trouble;

use super::{
    Asked, Effect, RETURN_TIME, Scene, Verdict, planned,
    wallet::{Acting, paying},
};
use crate::{Engine, payer::sub_of};

/// How often the store is asked what is due.
const POLL: Duration = Duration::from_millis(250);
/// How many requests of one sales unit are looked at in a round.
const LOOKED_AT_TOGETHER: u32 = 256;
/// How a tab is called that nobody sees.
const SCRIPTED_TAB: &str = "script";

/// Lets come about what is due until `stop` resolves.
pub async fn run(engine: Arc<Engine>, stop: impl Future<Output = ()> + Send) {
    let mut jumps = engine.clock.jumps();
    let mut was_in_trouble = false;
    tokio::pin!(stop);
    loop {
        let done = engine.act_as_planned().await;
        // Once, however long it lasts.
        if let (Err(trouble), false) = (&done, was_in_trouble) {
            tracing::warn!(%trouble, "what payers do by script could not be done; trying again");
        }
        was_in_trouble = done.is_err();
        // One thing leads to another: as long as something was done there may be more.
        if matches!(done, Ok(count) if count > 0) {
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::task::yield_now() => continue,
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(POLL) => {}
            () = engine.planned_now.notified() => {}
            changed = jumps.changed() => if changed.is_err() { return },
        }
    }
}

impl Engine {
    /// Lets everything come about that is due now. Answers how many requests that concerned.
    ///
    /// # Errors
    /// Where the store has no answer; what was done until then stays done.
    pub async fn act_as_planned(&self) -> Result<usize, Trouble> {
        let mut done = 0;
        for (msn, earliest) in self.store.next_planned().await? {
            let Some(unit) = self.access.sales_unit(&msn) else { continue };
            let now = self.clock.now(&unit.space);
            if now < earliest {
                continue;
            }
            for reference in self.store.planned(&msn, now, LOOKED_AT_TOGETHER).await? {
                match self.act_on(&unit, &reference, now).await {
                    // A broken payment is not anybody's to act on any more; the others are not its hostages.
                    Ok(true) => done += 1,
                    Ok(false) | Err(Trouble::Broken(_)) => {}
                    Err(trouble) => return Err(trouble),
                }
            }
        }
        Ok(done)
    }

    /// Answers whether something came of it, so that it is not asked about again and again.
    async fn act_on(&self, unit: &Arc<SalesUnit>, reference: &Reference, now: Timestamp) -> Result<bool, Trouble> {
        let Some(Asked { request, .. }) = self.asked(unit, reference).await? else { return Ok(false) };
        if request.leaving.as_ref().is_some_and(|leaving| leaving.at <= now) {
            let verdict = self.act(unit, reference, None, gone).await?;
            return Ok(verdict != Verdict::NotThere);
        }
        let (Some(plan), Some(holder)) = (request.plan.filter(|plan| plan.at <= now), &request.holder) else {
            // Of a payment that has ended nothing is planned any more.
            return Ok(self.act(unit, reference, None, |_| Effect::default()).await? == Verdict::Ended);
        };
        let number = &holder.number;
        match plan.act {
            Act::Approve => self.approve_by_script(number, unit, reference, plan).await?,
            Act::ApproveTwice => {
                let (one, other) = tokio::join!(
                    self.approve(number, unit, reference, None),
                    self.approve(number, unit, reference, None)
                );
                one.and(other)?;
                self.is_done(unit, reference, plan).await?;
            }
            Act::Reject | Act::Cancel => {
                self.act(unit, reference, None, move |scene| giving_up(scene, plan)).await?;
            }
            Act::Open => {
                self.open(number, unit, reference).await?;
                self.is_done(unit, reference, plan).await?;
            }
            Act::Ignore => self.is_done(unit, reference, plan).await?,
            Act::Back => self.leave_by_script(unit, reference, plan).await?,
            Act::Consult => self.consult(number, unit, reference, plan).await?,
        }
        Ok(true)
    }

    /// Pays with the first source that was not tried yet; once none is left the payer gives up trying. As long as it is planned: of several
    /// nodes that come to it each source is tried by one.
    async fn approve_by_script(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        plan: Plan,
    ) -> Result<(), Trouble> {
        let sub = sub_of(&self.keys, &unit.msn, number);
        let approving = move |acting: &Acting, scene: &Scene<'_>| match acting.taken(scene) {
            Ok(request) if request.plan == Some(plan) => trying(acting, scene, &request, sub),
            _ => Effect::default(),
        };
        match self.act_in_wallet(number, unit, reference, approving).await? {
            // Said before anything was tried.
            Verdict::CannotPay => self.is_done(unit, reference, plan).await,
            _ => Ok(()),
        }
    }

    async fn leave_by_script(&self, unit: &Arc<SalesUnit>, reference: &Reference, plan: Plan) -> Result<(), Trouble> {
        let leaving = move |scene: &Scene<'_>| {
            let left = scene.request.left(SCRIPTED_TAB, scene.now.plus(RETURN_TIME), scene.now);
            Effect::on(left.filter(|_| scene.request.plan == Some(plan)).map(|left| left.planned(None)))
        };
        self.act(unit, reference, None, leaving).await.map(drop)
    }

    /// Looks what the payer's script says of a request that came straight to the wallet.
    async fn consult(
        &self,
        number: &PhoneNumber,
        unit: &Arc<SalesUnit>,
        reference: &Reference,
        plan: Plan,
    ) -> Result<(), Trouble> {
        let unchanged = self.unchanged_payer(number);
        let consulting = move |scene: &Scene<'_>| {
            if scene.request.plan != Some(plan) {
                return Effect::default();
            }
            let request: Request = scene.request.planned(None);
            match scene.payer.or(unchanged.as_ref()) {
                Some(payer) => planned(request, payer, scene),
                None => Effect::on(Some(request)),
            }
        };
        self.act(unit, reference, Some(number), consulting).await.map(drop)
    }

    /// The step is done, if it is still what is planned.
    async fn is_done(&self, unit: &Arc<SalesUnit>, reference: &Reference, plan: Plan) -> Result<(), Trouble> {
        let done = move |scene: &Scene<'_>| {
            let is_planned = scene.request.plan == Some(plan);
            Effect::on(is_planned.then(|| scene.request.planned(None)))
        };
        self.act(unit, reference, None, done).await.map(drop)
    }
}

/// What becomes of a request that is tried with the next source. It stays planned as long as there may be another.
fn trying(acting: &Acting, scene: &Scene<'_>, request: &Request, sub: Sub) -> Effect {
    let (payer, tried) = (acting.payer(scene), request.declined_with());
    let untried = payer.sources.iter().find(|source| !tried.contains(&source.id)).map(|source| &source.id);
    if untried.is_none() && !payer.sources.is_empty() {
        return Effect::on(Some(request.planned(None)));
    }
    let effect = paying(acting, scene, request, (untried, true), sub);
    match effect.verdict {
        None | Some(Verdict::Done) => effect,
        Some(Verdict::Declined(_)) if untried.is_some() => effect,
        Some(_) => {
            let over = effect.request.as_ref().unwrap_or(request).planned(None);
            Effect { request: Some(over), ..effect }
        }
    }
}

/// The payer ends it, if that is still what is planned.
fn giving_up(scene: &Scene<'_>, plan: Plan) -> Effect {
    if scene.request.plan != Some(plan) {
        return Effect::default();
    }
    Effect { command: Some(Command::Abort), ..Effect::on(Some(scene.request.planned(None))) }
}

/// Whoever left and did not come again has given up.
fn gone(scene: &Scene<'_>) -> Effect {
    let is_gone = scene.request.leaving.as_ref().is_some_and(|leaving| leaving.at <= scene.now);
    if !is_gone {
        return Effect::default();
    }
    let request = Request { leaving: None, ..scene.request.planned(None) };
    Effect { command: Some(Command::Abort), ..Effect::on(Some(request)) }
}
