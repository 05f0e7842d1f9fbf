//! Payers: whom a merchant names, what one has shared, and how a sandbox approves in one's stead.
//!
//! A sandbox knows its payers by their numbers alone (`test_payers`), so nothing about one is stored until something is changed. Production
//! knows none yet: whoever is named there by number is taken at the merchant's word, and codes of wallets are nobody's.

pub(crate) mod codes;
pub(crate) mod test_payers;

use domain::{
    merchant::SalesUnit,
    payer::{Customer, Profile, Sub},
    payment::{Approval, Payment, Proposal, Rejection, State, UserFlow},
    text::{Msn, PhoneNumber, Reference},
    time::{Span, Timestamp},
    wallet::{AGE_MIN, Date, Payer, SourceKind},
};
use store::{Mode, Outcome, Trouble};

use crate::{Engine, access::Tenant, keys::Keys, payment::AnswerWith};

/// How long what a payer shared can be asked for again.
const SHARED_FOR: Span = Span::days(7);

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
            State::Created => match self.approval(tenant, &payment, stead).await? {
                Ok(approval) => approval,
                Err(refused) => return Ok(refused),
            },
            // The state decides, and it says no to whoever asks.
            _ => Approval::default(),
        };
        self.authorize_payment(tenant, reference, approval, answer).await.map(ApprovedInStead::Asked)
    }

    async fn approval(
        &self,
        tenant: &Tenant,
        payment: &Payment,
        stead: InStead<'_>,
    ) -> Result<Result<Approval, ApprovedInStead>, Trouble> {
        let refused = |rejection| Ok(Err(ApprovedInStead::Asked(Outcome::Rejected(rejection))));
        let number = match self.in_whose_stead(tenant, payment, stead) {
            Ok(number) if number.is_plausible() => number,
            Ok(_) => return refused(Rejection::PhoneNumberNotPlausible),
            Err(nobody) => return Ok(Err(nobody)),
        };
        let Some(payer) = self.payer(&number).await? else { return refused(Rejection::CustomerNotFound) };
        let today = self.today(tenant.unit());
        if !may_pay(&payer, payment.terms.minimum_age, today) {
            return refused(Rejection::CustomerNotFound);
        }
        let Some(source) = payer.sources.first() else { return Ok(Err(ApprovedInStead::NoCards)) };
        if matches!(&source.kind, SourceKind::Card { expiry, .. } if expiry.is_over(today)) {
            return Ok(Err(ApprovedInStead::CardExpired));
        }
        if source.is_commercial() && payment.terms.blocks_commercial_cards {
            return Ok(Err(ApprovedInStead::CardBlocked));
        }
        Ok(Ok(Approval {
            card_bin: source.card_bin().cloned(),
            profile: Some(Box::new(profile(&payer, sub_of(&self.keys, tenant.msn(), &number)))),
            payer: Some(number),
            delivery: None,
        }))
    }

    fn in_whose_stead(
        &self,
        tenant: &Tenant,
        payment: &Payment,
        stead: InStead<'_>,
    ) -> Result<PhoneNumber, ApprovedInStead> {
        let named = payment.terms.phone_number.clone();
        match stead {
            InStead::OfNumber(number) => Ok(number.clone()),
            InStead::OfLink(link) if self.is_link_of(link, tenant, &payment.reference) => {
                named.or_else(|| test_payers::usual(tenant.unit().market)).ok_or(ApprovedInStead::NobodyNamed)
            }
            InStead::OfLink(_) => Err(ApprovedInStead::LinkOfAnother),
            InStead::OfNamed => named.ok_or(ApprovedInStead::NobodyNamed),
        }
    }

    /// Whom the proposal's customer is, or why that is nobody who may pay.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub(crate) async fn payer_of(
        &self,
        proposal: &Proposal,
        unit: &SalesUnit,
        now: Timestamp,
    ) -> Result<Result<Option<PhoneNumber>, Rejection>, Trouble> {
        let number = match self.number_of(proposal, unit, now) {
            Ok(Some(number)) => number,
            nobody => return Ok(nobody),
        };
        if self.policy.mode != Mode::Sandbox {
            return Ok(Ok(Some(number)));
        }
        // Whoever is sent to a page may hand it to somebody older; whoever is pushed to may not. What was changed of a payer is read where
        // nobody else can step in, so that creating other payments need not ask.
        let is_pushed = proposal.flow == UserFlow::PushMessage;
        let payer = if is_pushed { self.payer(&number).await? } else { self.unchanged_payer(&number) };
        let least = proposal.minimum_age.filter(|_| is_pushed);
        let may_pay = payer.is_some_and(|payer| may_pay(&payer, least, self.today(unit)));
        Ok(if may_pay { Ok(Some(number)) } else { Err(Rejection::CustomerNotFound) })
    }

    fn number_of(
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
    pub fn has_payer(&self, number: &PhoneNumber) -> bool {
        number.is_plausible() && self.unchanged_payer(number).is_some()
    }
}

/// What a payer can share.
pub(crate) fn profile(payer: &Payer, sub: Sub) -> Profile {
    let (first, last) = payer.name.parts();
    Profile {
        sub,
        name: Some((first.into(), last.into())),
        email: Some((payer.email.as_str().into(), payer.email_is_verified)),
        phone_number: Some(payer.number.clone()),
        birth_date: Some(payer.born.to_string().into()),
        addresses: payer.addresses.iter().map(|saved| saved.address.clone()).collect(),
    }
}

/// Whether somebody may pay a business something for people of this age; of which of the reasons not is nobody's business.
pub(crate) fn may_pay(payer: &Payer, least: Option<u8>, today: Date) -> bool {
    !payer.is_blocked && payer.born.age_on(today) >= AGE_MIN.max(least.unwrap_or_default())
}

/// The payer's id towards a sales unit: computed, so that it is the same at every payment and nothing has to remember it.
pub(crate) fn sub_of(keys: &Keys, msn: &Msn, number: &PhoneNumber) -> Sub {
    let message = format!("payer\0{}/{}", msn.as_str(), number.as_str());
    Sub(uuid::Builder::from_random_bytes(keys.code(message.as_bytes())).into_uuid().into_bytes())
}
