//! What a payment is to those who use it: what the published rules say of each request, written from the manual (`docs/errors.md`,
//! `docs/compatibility.md`) and not from the code. No time passes here.

use std::collections::BTreeMap;

/// A request on the one payment a history is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Request {
    Create { key: u8, amount: u64 },
    Approve,
    Change { change: Change, key: u8, amount: u64 },
    Get,
    GetEvents,
}

/// What is done under a key. A cancel names no amount, here 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Change {
    Capture,
    Refund,
    Cancel,
}

/// What a request was answered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Answer {
    Created,
    Approved,
    Standing(Standing),
    Log(Vec<Event>),
    /// Status and number.
    Refused(String),
    /// What the protocol does not know.
    Odd(String),
}

/// State and sums, as a payment is shown.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Standing {
    pub(crate) state: &'static str,
    pub(crate) authorized: u64,
    pub(crate) captured: u64,
    pub(crate) refunded: u64,
    pub(crate) cancelled: u64,
}

/// The refund a sandbox's bank refuses. The attempt is logged, and nothing is kept under its key.
pub(crate) const REFUSED_BY_THE_BANK: u64 = 123;
/// What it is answered, the one refusal that leaves something behind.
pub(crate) const REFUSED_REFUND_OUTCOME: &str = "400 5100";
pub(crate) const REFUSED_REFUND: &str = "REFUNDED, without success";

/// Name, amount, and the number of the key.
pub(crate) type Event = (&'static str, u64, u8);

pub(crate) const CREATED: &str = "CREATED";
pub(crate) const AUTHORIZED: &str = "AUTHORIZED";
pub(crate) const TERMINATED: &str = "TERMINATED";

/// A payment and what was answered under its keys; nothing to begin with.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Model {
    payment: Option<Payment>,
    /// By change and key: the amount that was asked for, and the answer.
    kept: BTreeMap<(Change, u8), (u64, Answer)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Payment {
    create_key: u8,
    amount: u64,
    standing: Standing,
    log: Vec<Event>,
}

impl Model {
    /// What the request is answered at this moment, and what is so afterwards, where that is something else.
    pub(crate) fn ask(&self, request: &Request) -> (Answer, Option<Self>) {
        match request {
            Request::Create { key, amount } => self.create(*key, *amount),
            Request::Approve => self.approve(),
            Request::Change { change, key, amount } => self.change(*change, *key, *amount),
            Request::Get => (self.read(|payment| Answer::Standing(payment.standing.clone())), None),
            Request::GetEvents => (self.read(|payment| Answer::Log(payment.log.clone())), None),
        }
    }

    fn read(&self, shown: impl Fn(&Payment) -> Answer) -> Answer {
        self.payment.as_ref().map_or_else(|| refused("404 5090"), shown)
    }

    fn create(&self, key: u8, amount: u64) -> (Answer, Option<Self>) {
        match &self.payment {
            Some(payment) if payment.create_key != key => (refused("409 4150"), None),
            Some(payment) if payment.amount != amount => (refused("409 4020"), None),
            Some(_) => (Answer::Created, None),
            None => {
                let standing = Standing { state: CREATED, authorized: 0, captured: 0, refunded: 0, cancelled: 0 };
                let payment = Payment { create_key: key, amount, standing, log: vec![("CREATED", amount, key)] };
                (Answer::Created, Some(Self { payment: Some(payment), ..self.clone() }))
            }
        }
    }

    fn approve(&self) -> (Answer, Option<Self>) {
        let Some(payment) = &self.payment else { return (refused("404 5090"), None) };
        match payment.standing.state {
            CREATED => {
                let mut payment = payment.clone();
                payment.standing.state = AUTHORIZED;
                payment.standing.authorized = payment.amount;
                payment.log.push(("AUTHORIZED", payment.amount, payment.create_key));
                (Answer::Approved, Some(Self { payment: Some(payment), ..self.clone() }))
            }
            AUTHORIZED => (refused("400 6230"), None),
            _ => (refused("400 10010"), None),
        }
    }

    fn change(&self, change: Change, key: u8, amount: u64) -> (Answer, Option<Self>) {
        if let Some((asked, answer)) = self.kept.get(&(change, key)) {
            let conflict = match change {
                Change::Capture => "409 4010",
                Change::Refund => "409 4150",
                Change::Cancel => "409 4020",
            };
            return (if *asked == amount { answer.clone() } else { refused(conflict) }, None);
        }
        let Some(payment) = &self.payment else { return (refused("404 5090"), None) };
        let changed = match change {
            Change::Capture => payment.captured(key, amount),
            Change::Refund => payment.refunded(key, amount),
            Change::Cancel => payment.cancelled(key),
        };
        match changed {
            Ok(payment) if change == Change::Refund && amount == REFUSED_BY_THE_BANK => {
                (refused(REFUSED_REFUND_OUTCOME), Some(Self { payment: Some(payment), ..self.clone() }))
            }
            Ok(payment) => {
                let answer = Answer::Standing(payment.standing.clone());
                let mut kept = self.kept.clone();
                kept.insert((change, key), (amount, answer.clone()));
                (answer, Some(Self { payment: Some(payment), kept }))
            }
            // A refusal changes nothing, and its key stays unused.
            Err(number) => (refused(number), None),
        }
    }
}

impl Payment {
    const fn rest(&self) -> u64 {
        self.standing.authorized - self.standing.captured - self.standing.cancelled
    }

    fn captured(&self, key: u8, amount: u64) -> Result<Self, &'static str> {
        match self.standing.state {
            CREATED => Err("400 6080"),
            TERMINATED => Err("400 6070"),
            _ if self.rest() == 0 && self.standing.cancelled > 0 => Err("400 6070"),
            _ if self.rest() == 0 => Err("400 6170"),
            _ if amount > self.rest() => Err("400 6090"),
            _ => Ok(self.with("CAPTURED", amount, key, |standing| standing.captured += amount)),
        }
    }

    fn refunded(&self, key: u8, amount: u64) -> Result<Self, &'static str> {
        let Standing { state, captured, refunded, .. } = self.standing;
        match state {
            CREATED => Err("400 6020"),
            TERMINATED => Err("400 6210"),
            _ if captured > 0 && refunded == captured => Err("400 6180"),
            _ if amount > captured - refunded => Err("400 6150"),
            _ if amount == REFUSED_BY_THE_BANK => Ok(self.with(REFUSED_REFUND, amount, key, |_| ())),
            _ => Ok(self.with("REFUNDED", amount, key, |standing| standing.refunded += amount)),
        }
    }

    fn cancelled(&self, key: u8) -> Result<Self, &'static str> {
        let rest = self.rest_or_all();
        match self.standing.state {
            CREATED => Ok(self.with("TERMINATED", rest, self.create_key, |standing| {
                standing.state = TERMINATED;
                standing.cancelled = rest;
            })),
            TERMINATED => Err("400 6190"),
            _ if rest == 0 && self.standing.cancelled > 0 => Err("400 6190"),
            _ if rest == 0 => Err("400 6040"),
            _ => Ok(self.with("CANCELLED", rest, key, |standing| standing.cancelled = rest)),
        }
    }

    const fn rest_or_all(&self) -> u64 {
        if self.standing.authorized == 0 { self.amount } else { self.rest() }
    }

    fn with(&self, name: &'static str, amount: u64, key: u8, change: impl Fn(&mut Standing)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.standing);
        changed.log.push((name, amount, key));
        changed
    }
}

fn refused(outcome: &str) -> Answer {
    Answer::Refused(outcome.to_owned())
}
