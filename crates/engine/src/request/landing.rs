//! What a payer does on the landing page.

use std::sync::Arc;

use domain::{
    merchant::{Flag, SalesUnit},
    payment::{Command, Method, UserFlow},
    request::Channel,
    text::{PhoneNumber, Reference},
};
use store::{Mode, Trouble};

use super::{Asked, Effect, RETURN_TIME, Verdict, planned};
use crate::{Engine, payer::may_pay};

impl Engine {
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
            // Whoever is pushed to cannot be another; a card needs no wallet.
            if terms.flow == UserFlow::PushMessage || terms.method != Method::Wallet {
                return Effect::of(Verdict::NotThere);
            }
            let is_locked = scene.unit.flags.has(Flag::LandingPhoneLocked);
            let is_another = terms.phone_number.as_ref().is_some_and(|named| *named != number);
            let can_pay = match mode {
                _ if is_locked && is_another => false,
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
}
