//! Payers: whom a merchant names, what one has shared, and how a sandbox approves in one's stead.
//!
//! A sandbox knows its payers by their numbers alone (`test_payers`), so nothing about one is stored until it pays. Production knows
//! none yet: whoever is named there by number is taken at the merchant's word, and codes of wallets are nobody's.

mod codes;
mod test_payers;

use domain::{
    merchant::SalesUnit,
    payer::{Customer, Profile, Sub},
    payment::{Approval, Payment, Proposal, Rejection, State, UserFlow},
    text::{Msn, PhoneNumber, Reference},
    time::{Span, Timestamp},
};
use store::{Mode, Outcome, Trouble};

use self::test_payers::{Cards, TestPayer};
use crate::{Engine, access::Tenant, keys::Keys, payment::AnswerWith};

/// How long what a payer shared can be asked for again.
const SHARED_FOR: Span = Span::days(7);
/// Nobody younger pays a business.
const AGE_MIN: u8 = 15;

/// Whom somebody approves in the stead of.
#[derive(Clone, Copy, Debug)]
pub enum InStead<'a> {
    /// Of the payer with this number.
    OfNumber(&'a PhoneNumber),
    /// Of whoever holds this link.
    OfLink(&'a str),
    /// Of the payer the merchant named.
    OfNamed,
}

/// What came of an approval in somebody's stead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ApprovedInStead {
    /// The payment was asked.
    Asked(Outcome),
    /// The link is not the payment's.
    LinkOfAnother,
    /// Nobody is named, neither now nor by the merchant.
    NobodyNamed,
    /// The payer has no card.
    NoCards,
    /// The payer's only card may not pay this.
    CardBlocked,
    /// The payer's only card is over.
    CardExpired,
}

impl Engine {
    /// Approves in the stead of a payer; for sandboxes.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn approve_in_stead(
        &self,
        tenant: &Tenant,
        reference: Reference,
        stead: InStead<'_>,
        answer: AnswerWith,
    ) -> Result<ApprovedInStead, Trouble> {
        let Some(payment) = self.payment(tenant, &reference).await? else {
            return Ok(ApprovedInStead::Asked(Outcome::Rejected(Rejection::ReferenceNotFound)));
        };
        let approval = match payment.state {
            // Nobody but the payer can say how it is to be delivered.
            State::Created if payment.terms.shipping.is_some() => Approval::default(),
            State::Created => match self.approval(tenant, &payment, stead) {
                Ok(approval) => approval,
                Err(refused) => return Ok(refused),
            },
            // The state decides, and it says no to whoever asks.
            _ => Approval::default(),
        };
        self.authorize_payment(tenant, reference, approval, answer).await.map(ApprovedInStead::Asked)
    }

    fn approval(&self, tenant: &Tenant, payment: &Payment, stead: InStead<'_>) -> Result<Approval, ApprovedInStead> {
        let refused = |rejection| ApprovedInStead::Asked(Outcome::Rejected(rejection));
        let named = payment.terms.phone_number.clone();
        let number = match stead {
            InStead::OfNumber(number) if !number.is_plausible() => {
                return Err(refused(Rejection::PhoneNumberNotPlausible));
            }
            InStead::OfNumber(number) => number.clone(),
            InStead::OfLink(link) if self.is_link_of(link, tenant, &payment.reference) => {
                named.or_else(|| test_payers::usual(tenant.unit().market)).ok_or(ApprovedInStead::NobodyNamed)?
            }
            InStead::OfLink(_) => return Err(ApprovedInStead::LinkOfAnother),
            InStead::OfNamed => named.ok_or(ApprovedInStead::NobodyNamed)?,
        };
        let now = self.clock.now(&tenant.unit().space);
        let payer = self.test_payer(&number, now).ok_or_else(|| refused(Rejection::CustomerNotFound))?;
        if payer.is_blocked || payer.age < AGE_MIN.max(payment.terms.minimum_age.unwrap_or_default()) {
            return Err(refused(Rejection::CustomerNotFound));
        }
        match payer.cards {
            Cards::None => return Err(ApprovedInStead::NoCards),
            Cards::ExpiredOnly => return Err(ApprovedInStead::CardExpired),
            Cards::CommercialOnly if payment.terms.blocks_commercial_cards => {
                return Err(ApprovedInStead::CardBlocked);
            }
            Cards::CommercialOnly | Cards::Good => {}
        }
        let sub = sub_of(&self.keys, tenant.msn(), &number);
        Ok(Approval {
            card_bin: test_payers::card_bin(),
            profile: Some(Box::new(payer.profile(sub, &number))),
            payer: Some(number),
            delivery: None,
        })
    }

    /// Whom the proposal's customer is, or why that is nobody who may pay.
    pub(crate) fn payer_of(
        &self,
        proposal: &Proposal,
        unit: &SalesUnit,
        now: Timestamp,
    ) -> Result<Option<PhoneNumber>, Rejection> {
        let Some(customer) = &proposal.customer else { return Ok(None) };
        let is_sandbox = self.policy.mode == Mode::Sandbox;
        let number = match customer {
            Customer::PhoneNumber(number) => number.clone(),
            Customer::PersonalQr(content) => codes::number_of_personal_qr(&self.keys, content, now)
                .filter(|_| is_sandbox)
                .ok_or(Rejection::PersonalQrUnknown)?,
            Customer::Token(token) => codes::number_of_customer_token(&self.keys, &unit.msn, token, now)
                .filter(|_| is_sandbox)
                .ok_or(Rejection::CustomerTokenUnknown)?,
        };
        if !number.is_plausible() {
            return Err(Rejection::PhoneNumberNotPlausible);
        }
        if is_sandbox {
            // Whoever is sent to a page may hand it to somebody older; whoever is pushed to may not.
            let least = proposal.minimum_age.filter(|_| proposal.flow == UserFlow::PushMessage);
            let payer = self.test_payer(&number, now).ok_or(Rejection::CustomerNotFound)?;
            if payer.is_blocked || payer.age < AGE_MIN.max(least.unwrap_or_default()) {
                return Err(Rejection::CustomerNotFound);
            }
        }
        Ok(Some(number))
    }

    /// What the payer of this id has shared with the sales unit, as long as it may be asked for.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn shared_profile(&self, tenant: &Tenant, sub: Sub) -> Result<Option<Profile>, Trouble> {
        let Some(payment) = self.store.last_shared(tenant.msn(), sub).await? else { return Ok(None) };
        let State::Authorized(reservation) = &payment.state else { return Ok(None) };
        let until = reservation.authorized_at().plus(SHARED_FOR);
        let is_over = self.clock.now(&tenant.unit().space) >= until;
        Ok(reservation.authorization().profile.as_deref().filter(|_| !is_over).cloned())
    }

    /// What the payer's wallet shows to be scanned now, after the origin; it changes every minute.
    pub fn personal_qr(&self, tenant: &Tenant, number: &PhoneNumber) -> String {
        codes::personal_qr(&self.keys, number, self.clock.now(&tenant.unit().space))
    }

    /// What names the payer towards the sales unit for a quarter of an hour.
    pub fn customer_token(&self, tenant: &Tenant, number: &PhoneNumber) -> String {
        codes::customer_token(&self.keys, tenant.msn(), number, self.clock.now(&tenant.unit().space))
    }

    /// Whether a sandbox has a payer of this number.
    pub fn has_payer(&self, tenant: &Tenant, number: &PhoneNumber) -> bool {
        let now = self.clock.now(&tenant.unit().space);
        number.is_plausible() && self.test_payer(number, now).is_some()
    }

    fn test_payer(&self, number: &PhoneNumber, now: Timestamp) -> Option<TestPayer> {
        TestPayer::find(number, now, self.policy.any_number_is_a_payer)
    }
}

/// The payer's id towards a sales unit: computed, so that it is the same at every payment and nothing has to remember it.
fn sub_of(keys: &Keys, msn: &Msn, number: &PhoneNumber) -> Sub {
    let message = format!("payer\0{}/{}", msn.as_str(), number.as_str());
    Sub(uuid::Builder::from_random_bytes(keys.code(message.as_bytes())).into_uuid().into_bytes())
}
