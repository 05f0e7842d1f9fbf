//! The payer's side of a payment that waits: who is asked, how, and what came of it before anything came of the payment.
//!
//! What happens to the payment is the payment's; nothing here is an event a merchant is told. A request belongs to one payer at a time:
//! one whose number was given on the landing page gives way to the next number given there, and to nobody else. Each function answers the
//! request as it is afterwards and changes nothing itself.

use crate::{
    text::{Id, PhoneNumber},
    time::Timestamp,
    wallet::{Act, Decline},
};

/// How often a number may be given on the landing page of a payment.
pub const SUBMISSIONS_MAX: u8 = 5;
/// How many notes are kept of a request, the newest.
pub const NOTES_MAX: usize = 100;

/// The request of one payment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// Who is asked, once somebody is.
    pub holder: Option<Holder>,
    /// How often a number was given on the landing page.
    pub submissions: u8,
    /// Who was asked before.
    pub withdrawn_from: Vec<PhoneNumber>,
    /// Whose browser went back, until it is believed.
    pub leaving: Option<Leaving>,
    /// What the payer does next without anybody's hand.
    pub plan: Option<Plan>,
    /// What it was paid with, as its payer knows it.
    pub paid_with: Option<Box<str>>,
    /// What happened, the oldest first.
    pub notes: Vec<Note>,
    /// How often this has changed.
    pub version: u32,
}

/// Whoever is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// The payer.
    pub number: PhoneNumber,
    /// Since when.
    pub asked_at: Timestamp,
    /// Whether the payer has looked at it.
    pub is_opened: bool,
    /// Whether the payer put it off.
    pub is_postponed: bool,
    /// What it was declined with last, and why.
    pub declined: Option<(Option<Id>, Decline)>,
}

/// How a payer comes to be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// By a number given on the landing page.
    Landing,
    /// By the merchant, straight to the wallet.
    Push,
    /// By opening it in the wallet: scanned, or on the device that has the wallet.
    Wallet,
}

/// A browser that went back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaving {
    /// Which of its tabs.
    pub tab: Box<str>,
    /// When it is believed, unless the tab is back by then.
    pub at: Timestamp,
}

/// Something a payer will do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// What.
    pub act: Act,
    /// When.
    pub at: Timestamp,
}

/// A line of a request's own record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: NoteKind,
    /// Whose doing it was, where that is known.
    pub payer: Option<PhoneNumber>,
    /// With which source.
    pub source: Option<Id>,
    /// For which reason.
    pub reason: Option<Decline>,
}

/// What can happen to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// A number was given on the landing page, and its payer asked.
    PhoneSubmitted,
    /// A number was given of somebody who cannot pay.
    PhoneRefused,
    /// The request went to a wallet.
    PushSent,
    /// The payer looked at it.
    WalletOpened,
    /// A source declined.
    DeclinedAttempt,
    /// The payer put it off.
    Postponed,
    /// The browser went back.
    LandingLeft,
}

impl NoteKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::PhoneSubmitted,
        Self::PhoneRefused,
        Self::PushSent,
        Self::WalletOpened,
        Self::DeclinedAttempt,
        Self::Postponed,
        Self::LandingLeft,
    ];

    /// Its name in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PhoneSubmitted => "PHONE_SUBMITTED",
            Self::PhoneRefused => "PHONE_REFUSED",
            Self::PushSent => "PUSH_SENT",
            Self::WalletOpened => "WALLET_OPENED",
            Self::DeclinedAttempt => "DECLINED_ATTEMPT",
            Self::Postponed => "POSTPONED",
            Self::LandingLeft => "LANDING_LEFT",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Why a request is not given to a payer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotGiven {
    /// Somebody else has it.
    AlreadyOpen,
    /// Numbers were given too often.
    TooOften,
}

impl Request {
    /// Whether it is this payer's.
    pub fn is_of(&self, number: &PhoneNumber) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.number == *number)
    }

    /// Whether another number may be given on the landing page.
    pub const fn takes_numbers(&self) -> bool {
        self.submissions < SUBMISSIONS_MAX
    }

    /// The sources it was declined with.
    pub fn declined_with(&self) -> Vec<Id> {
        let declined = self.notes.iter().filter(|note| note.kind == NoteKind::DeclinedAttempt);
        declined.filter_map(|note| note.source.clone()).collect()
    }

    /// Given to a payer. Whoever has it already keeps it and is not asked again.
    ///
    /// # Errors
    /// Where it is somebody else's, or numbers were given too often.
    pub fn given_to(&self, number: &PhoneNumber, by: Channel, now: Timestamp) -> Result<Self, NotGiven> {
        if by == Channel::Landing && !self.takes_numbers() {
            return Err(NotGiven::TooOften);
        }
        let mut given = self.changed();
        given.submissions += u8::from(by == Channel::Landing);
        match &self.holder {
            Some(holder) if holder.number == *number => return Ok(given),
            Some(_) if by != Channel::Landing => return Err(NotGiven::AlreadyOpen),
            Some(holder) => given.withdrawn_from.push(holder.number.clone()),
            None => {}
        }
        given.withdrawn_from.retain(|before| before != number);
        given.plan = None;
        given.holder = Some(Holder {
            number: number.clone(),
            asked_at: now,
            is_opened: by == Channel::Wallet,
            is_postponed: false,
            declined: None,
        });
        let kinds: &[NoteKind] = match by {
            Channel::Landing => &[NoteKind::PhoneSubmitted, NoteKind::PushSent],
            Channel::Push => &[NoteKind::PushSent],
            Channel::Wallet => &[NoteKind::WalletOpened],
        };
        for kind in kinds {
            given.note(now, *kind, Some(number));
        }
        Ok(given)
    }

    /// After a number of somebody who cannot pay was given on the landing page.
    ///
    /// # Errors
    /// Where numbers were given too often.
    pub fn refused_number(&self, now: Timestamp) -> Result<Self, NotGiven> {
        if !self.takes_numbers() {
            return Err(NotGiven::TooOften);
        }
        let mut refused = self.changed();
        refused.submissions += 1;
        refused.note(now, NoteKind::PhoneRefused, None);
        Ok(refused)
    }

    /// After its payer looked at it, who may have put it off before; nothing where it is open.
    pub fn opened(&self, now: Timestamp) -> Option<Self> {
        let holder = self.holder.as_ref().filter(|holder| !holder.is_opened || holder.is_postponed)?;
        let mut opened = self.changed();
        opened.holder = Some(Holder { is_opened: true, is_postponed: false, ..holder.clone() });
        opened.note(now, NoteKind::WalletOpened, Some(&holder.number));
        Some(opened)
    }

    /// After its payer put it off.
    pub fn postponed(&self, now: Timestamp) -> Option<Self> {
        let holder = self.holder.as_ref()?;
        let mut postponed = self.changed();
        postponed.holder = Some(Holder { is_postponed: true, is_opened: true, ..holder.clone() });
        postponed.note(now, NoteKind::Postponed, Some(&holder.number));
        Some(postponed)
    }

    /// After a source of its payer declined.
    pub fn declined(&self, source: Option<&Id>, reason: Decline, now: Timestamp) -> Option<Self> {
        let holder = self.holder.as_ref()?;
        let mut declined = self.changed();
        let tried = Holder { is_opened: true, declined: Some((source.cloned(), reason)), ..holder.clone() };
        declined.note(now, NoteKind::DeclinedAttempt, Some(&tried.number));
        if let Some(note) = declined.notes.last_mut() {
            note.source = source.cloned();
            note.reason = Some(reason);
        }
        declined.holder = Some(tried);
        Some(declined)
    }

    /// After it was paid, with what its payer calls so.
    #[must_use]
    pub fn paid(&self, with: &str) -> Self {
        Self { paid_with: Some(with.into()), plan: None, leaving: None, ..self.changed() }
    }

    /// With what its payer will do.
    #[must_use]
    pub fn planned(&self, plan: Option<Plan>) -> Self {
        Self { plan, ..self.changed() }
    }

    /// After a tab of a browser went back, which is believed at `at`. Only where somebody is asked is that giving up.
    pub fn left(&self, tab: &str, at: Timestamp, now: Timestamp) -> Option<Self> {
        self.holder.as_ref()?;
        let mut left = self.changed();
        left.leaving = Some(Leaving { tab: tab.into(), at });
        left.note(now, NoteKind::LandingLeft, None);
        Some(left)
    }

    /// After the tab that left is back; nothing where it had not left.
    pub fn came_back(&self, tab: &str) -> Option<Self> {
        let is_back = self.leaving.as_ref().is_some_and(|leaving| *leaving.tab == *tab);
        is_back.then(|| Self { leaving: None, ..self.changed() })
    }

    /// When something happens to it though nobody acts.
    pub fn next_at(&self) -> Option<Timestamp> {
        let leaving = self.leaving.as_ref().map(|leaving| leaving.at);
        let plan = self.plan.map(|plan| plan.at);
        match (leaving, plan) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    fn changed(&self) -> Self {
        Self { version: self.version.saturating_add(1), ..self.clone() }
    }

    fn note(&mut self, at: Timestamp, kind: NoteKind, payer: Option<&PhoneNumber>) {
        self.notes.push(Note { at, kind, payer: payer.cloned(), source: None, reason: None });
        let superfluous = self.notes.len().saturating_sub(NOTES_MAX);
        self.notes.drain(..superfluous);
    }
}

#[cfg(test)]
mod tests;
