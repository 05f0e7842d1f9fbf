//! The operations that are cut: what is there before, what is asked, and what has to be there afterwards, once.

use domain::{
    money::{Currency, MinorUnits, Money},
    payment::{BankRefusal, Command, Occurrence},
    text::Msn,
    time::Span,
};
use store::{
    Answer, Digest, Directory, DirectoryChange, Intent, KeyHolder, KeyKind, KeySet, KeySetId, NewSalesUnit, Operation,
    Outcome, Store,
};

use crate::showing::{ADD_IMAGE, ADD_RECEIPT, CREATE_WITH_RECEIPT, SET_CATEGORY, SHOWN, shown};
use crate::telling::{
    APPROVE_AND_TELL, RECORD, RECORD_THE_LAST, REGISTER, REGISTRATION, REMOVE, SEND, SENT, registered, sent,
};
use crate::work::{
    a_payer, approval, asking, capture, command, creation, directory_intent, keeping, keyed, msn, paying, phone,
    reference, unit,
};

/// The sales unit of every payment.
pub const UNIT: &str = "123456";

/// The payer's side of the payment `a` among what is there afterwards.
pub const WALLET: &str = "wallet";

/// One try of an operation, with names of its own.
pub struct Case {
    pub number: u32,
}

impl Case {
    pub fn payment(&self, suffix: &str) -> String {
        format!("cut-{:07}-{suffix}", self.number)
    }

    /// A payer's number.
    pub fn payer(&self) -> String {
        format!("4711{:07}", self.number)
    }

    fn msn(&self) -> Msn {
        msn(&(1_000_000 + self.number).to_string())
    }

    fn digest(&self, kind: u8) -> Digest {
        let mut bytes = [kind; 32];
        bytes[..4].copy_from_slice(&self.number.to_be_bytes());
        Digest(bytes)
    }
}

/// What an intent comes to when it is asked for once more, after it was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Again {
    /// The very bytes of the answer, from its key.
    Replayed,
    /// It is done, and changes nothing.
    Done,
    /// It is refused: the payment is approved already. Said the first time it would tell the payer that somebody else had done it.
    Refused,
    /// It is done anew, as if it had not been asked for before: nothing is kept of it.
    Anew,
}

/// An intent, and what asking again comes to.
pub type Asked = (Intent, Again);

/// What is cut.
#[derive(Clone, Copy)]
pub struct Cuttable {
    pub name: &'static str,
    /// Done beforehand, in this order.
    pub before: fn(&Case) -> Vec<Intent>,
    /// Handed in at the same moment.
    pub asked: fn(&Case) -> Vec<Asked>,
    /// What is there afterwards: a payment's state, sums and log; or the sales unit's keys; or a registration and what it is sent.
    pub after: &'static [(&'static str, &'static str)],
    /// Whether it stands for others, so that it is cut in every way also without the long form.
    pub is_exemplary: bool,
}

/// Every operation that is cut at each of its steps.
pub const OPERATIONS: &[Cuttable] = &[
    CREATE,
    CREATE_BESIDE_ANOTHER,
    APPROVE,
    PAY,
    CAPTURE,
    Cuttable {
        name: "refund",
        before: captured,
        asked: |case| vec![(refund(case, "a", None), Again::Replayed)],
        after: &[("a", "AUTHORIZED a=1000 c=400 r=100 x=0: CREATED AUTHORIZED CAPTURED REFUNDED")],
        is_exemplary: false,
    },
    Cuttable {
        name: "refund the bank refuses",
        before: captured,
        asked: |case| vec![(refund(case, "a", Some(BankRefusal::NoReceivingAccount)), Again::Anew)],
        after: &[("a", "AUTHORIZED a=1000 c=400 r=0 x=0: CREATED AUTHORIZED CAPTURED REFUNDED!")],
        is_exemplary: false,
    },
    Cuttable {
        name: "cancel before approval",
        before: |case| created(case, "a"),
        asked: |case| vec![(cancel(case, "a"), Again::Replayed)],
        after: &[("a", "TERMINATED a=0 c=0 r=0 x=1000: CREATED TERMINATED")],
        is_exemplary: false,
    },
    Cuttable {
        name: "cancel after approval",
        before: |case| authorized(case, "a"),
        asked: |case| vec![(cancel(case, "a"), Again::Replayed)],
        after: &[("a", "AUTHORIZED a=1000 c=0 r=0 x=1000: CREATED AUTHORIZED CANCELLED")],
        is_exemplary: false,
    },
    Cuttable {
        name: "expire",
        before: |case| created(case, "a"),
        asked: |case| vec![(settle(case, "a", Span::minutes(10)), Again::Done)],
        after: &[("a", "EXPIRED a=0 c=0 r=0 x=0: CREATED EXPIRED")],
        is_exemplary: false,
    },
    Cuttable {
        name: "release",
        before: |case| authorized(case, "a"),
        asked: |case| vec![(settle(case, "a", Span::days(400)), Again::Done)],
        after: &[("a", "AUTHORIZED a=1000 c=0 r=0 x=1000: CREATED AUTHORIZED CANCELLED")],
        is_exemplary: false,
    },
    GROUP,
    CREATE_UNIT,
    Cuttable {
        name: "replace a key",
        before: |case| vec![create_unit(case)],
        asked: |case| {
            let (key_set, digest) = (key_set_id(case), case.digest(7));
            vec![(change(DirectoryChange::ReplaceKey { key_set, key: KeyKind::ClientSecret, digest }), Again::Done)]
        },
        after: &[("", "secret of 7, primary of 2, secondary of 3, not raised")],
        is_exemplary: false,
    },
    Cuttable {
        name: "revoke a key",
        before: |case| vec![create_unit(case)],
        asked: |case| {
            let key_set = key_set_id(case);
            vec![(change(DirectoryChange::RevokeKey { key_set, key: KeyKind::ClientSecret }), Again::Anew)]
        },
        after: &[("", "no secret, primary of 2, secondary of 3, raised")],
        is_exemplary: false,
    },
    REGISTER,
    REMOVE,
    SEND,
    RECORD,
    RECORD_THE_LAST,
    APPROVE_AND_TELL,
    ADD_RECEIPT,
    ADD_IMAGE,
    SET_CATEGORY,
    CREATE_WITH_RECEIPT,
];

pub const CREATE: Cuttable = Cuttable {
    name: "create",
    before: |_| Vec::new(),
    asked: |case| vec![(create(case, "a"), Again::Replayed)],
    after: &[("a", "CREATED a=0 c=0 r=0 x=0: CREATED")],
    is_exemplary: false,
};

/// One that is new beside one that is not: what was presumed of the two is wrong, and both are looked for.
pub const CREATE_BESIDE_ANOTHER: Cuttable = Cuttable {
    name: "create beside one that is there",
    before: |case| created(case, "a"),
    asked: |case| vec![(create(case, "b"), Again::Replayed), (create(case, "a"), Again::Replayed)],
    after: &[("a", "CREATED a=0 c=0 r=0 x=0: CREATED"), ("b", "CREATED a=0 c=0 r=0 x=0: CREATED")],
    is_exemplary: false,
};

pub const APPROVE: Cuttable = Cuttable {
    name: "approve",
    before: |case| created(case, "a"),
    asked: |case| vec![(approval(UNIT, &case.payment("a")), Again::Refused)],
    after: &[("a", "AUTHORIZED a=1000 c=0 r=0 x=0: CREATED AUTHORIZED")],
    is_exemplary: true,
};

/// A payer approves: request, payment and wallet in one.
pub const PAY: Cuttable = Cuttable {
    name: "pay from a wallet",
    before: |case| {
        let ask = asking(UNIT, &case.payment("a"), &case.payer(), Span::milliseconds(500));
        vec![create(case, "a"), keeping(a_payer(&case.payer(), 10_000)), ask]
    },
    asked: |case| vec![(paying(UNIT, &case.payment("a"), &case.payer()), Again::Refused)],
    after: &[
        ("a", "AUTHORIZED a=1000 c=0 r=0 x=0: CREATED AUTHORIZED"),
        (WALLET, "paid with Visa 1234, 9000 left after 2 changes"),
    ],
    is_exemplary: false,
};

pub const CAPTURE: Cuttable = Cuttable {
    name: "capture",
    before: |case| authorized(case, "a"),
    asked: |case| vec![(capture(UNIT, &case.payment("a"), 400, "c"), Again::Replayed)],
    after: &[("a", "AUTHORIZED a=1000 c=400 r=0 x=0: CREATED AUTHORIZED CAPTURED")],
    is_exemplary: true,
};

/// Several that share a transaction, two of them the same.
pub const GROUP: Cuttable = Cuttable {
    name: "a group",
    before: |case| {
        [captured(case), created(case, "b"), authorized(case, "c"), created(case, "d")].into_iter().flatten().collect()
    },
    asked: |case| {
        vec![
            (create(case, "e"), Again::Replayed),
            (refund(case, "a", None), Again::Replayed),
            (approval(UNIT, &case.payment("b")), Again::Refused),
            (create(case, "e"), Again::Replayed),
            (capture(UNIT, &case.payment("c"), 400, "c"), Again::Replayed),
            (settle(case, "d", Span::minutes(10)), Again::Done),
        ]
    },
    after: &[
        ("a", "AUTHORIZED a=1000 c=400 r=100 x=0: CREATED AUTHORIZED CAPTURED REFUNDED"),
        ("b", "AUTHORIZED a=1000 c=0 r=0 x=0: CREATED AUTHORIZED"),
        ("c", "AUTHORIZED a=1000 c=400 r=0 x=0: CREATED AUTHORIZED CAPTURED"),
        ("d", "EXPIRED a=0 c=0 r=0 x=0: CREATED EXPIRED"),
        ("e", "CREATED a=0 c=0 r=0 x=0: CREATED"),
    ],
    is_exemplary: false,
};

pub const CREATE_UNIT: Cuttable = Cuttable {
    name: "create a sales unit",
    before: |_| Vec::new(),
    asked: |case| vec![(create_unit(case), Again::Done)],
    after: &[("", "secret of 1, primary of 2, secondary of 3, not raised")],
    is_exemplary: false,
};

fn create(case: &Case, suffix: &str) -> Intent {
    creation(UNIT, &case.payment(suffix), &case.payment(suffix), 0)
}

fn created(case: &Case, suffix: &str) -> Vec<Intent> {
    vec![create(case, suffix)]
}

fn authorized(case: &Case, suffix: &str) -> Vec<Intent> {
    vec![create(case, suffix), approval(UNIT, &case.payment(suffix))]
}

fn captured(case: &Case) -> Vec<Intent> {
    let mut intents = authorized(case, "a");
    intents.push(capture(UNIT, &case.payment("a"), 400, "before"));
    intents
}

fn refund(case: &Case, suffix: &str, bank: Option<BankRefusal>) -> Intent {
    let amount = Money { value: MinorUnits::new(100).unwrap(), currency: Currency::Nok };
    let name = case.payment(suffix);
    let idempotency = keyed(Operation::Refund, Some(&name), "r", 7);
    command(UNIT, &name, Command::Refund { amount, bank }, Span::seconds(3), idempotency)
}

fn cancel(case: &Case, suffix: &str) -> Intent {
    let name = case.payment(suffix);
    let idempotency = keyed(Operation::Cancel, Some(&name), "x", 9);
    command(UNIT, &name, Command::Cancel { only_unauthorized: false }, Span::seconds(3), idempotency)
}

fn settle(case: &Case, suffix: &str, after: Span) -> Intent {
    command(UNIT, &case.payment(suffix), Command::Settle, after, None)
}

fn key_set_id(case: &Case) -> KeySetId {
    let mut bytes = [1; 16];
    bytes[..4].copy_from_slice(&case.number.to_be_bytes());
    KeySetId(bytes)
}

/// A sales unit with keys, made as the engine makes one: unless it is there.
fn create_unit(case: &Case) -> Intent {
    let number = case.msn();
    let key_set = KeySet {
        id: key_set_id(case),
        holder: KeyHolder::SalesUnit(number.clone()),
        client_id: format!("client-of-{}", case.number).into(),
        generation: 0,
        client_secret: Some(case.digest(1)),
        subscription_keys: [Some(case.digest(2)), Some(case.digest(3))],
    };
    let new = NewSalesUnit { unit: unit(number.as_str()), key_set, created_at: crate::work::START };
    directory_intent(move |stored: &Directory| {
        stored.unit(&number).is_none().then(|| DirectoryChange::CreateSalesUnit(new.clone()))
    })
}

fn change(change: DirectoryChange) -> Intent {
    directory_intent(move |_| Some(change.clone()))
}

impl Cuttable {
    /// How many transactions it takes in peace: what was presumed wrongly is undone and done again.
    pub fn transactions(&self) -> usize {
        if self.name == CREATE_BESIDE_ANOTHER.name { 2 } else { 1 }
    }

    /// Whether it is about who may call.
    pub fn is_of_the_directory(&self) -> bool {
        self.after.iter().any(|(suffix, _)| suffix.is_empty())
    }

    /// Whether it is about registrations and what they are sent.
    pub fn is_of_webhooks(&self) -> bool {
        self.after.iter().any(|(suffix, _)| matches!(*suffix, REGISTRATION | SENT))
    }

    /// Whether payments are created.
    pub fn is_of_creations(&self) -> bool {
        [CREATE.name, CREATE_BESIDE_ANOTHER.name, GROUP.name, CREATE_WITH_RECEIPT.name].contains(&self.name)
    }

    /// Whether it is about what is shown with an order.
    pub fn is_of_orders(&self) -> bool {
        self.after.iter().any(|(suffix, _)| *suffix == SHOWN)
    }

    /// Whether a payer does it.
    pub fn is_of_a_payer(&self) -> bool {
        self.after.iter().any(|(suffix, _)| *suffix == WALLET)
    }

    /// What is there of a case now, in the words of `after`.
    pub async fn standing(&self, store: &dyn Store, case: &Case) -> Vec<String> {
        let mut standing = Vec::new();
        for (suffix, _) in self.after {
            standing.push(match *suffix {
                "" => keys(store, case).await,
                REGISTRATION => registered(store, case).await,
                SENT => sent(store, case).await,
                SHOWN => shown(store, case).await,
                WALLET => wallet(store, case).await,
                suffix => payment(store, case, suffix).await,
            });
        }
        standing
    }

    /// What has to be there once it is done.
    pub fn wanted(&self) -> Vec<String> {
        self.after.iter().map(|(_, wanted)| (*wanted).to_owned()).collect()
    }

    /// Makes what is there before, in one transaction where it is payments alone.
    pub async fn prepare(&self, store: &dyn Store, case: &Case) {
        if self.is_of_webhooks() || self.is_of_orders() || self.is_of_a_payer() {
            for intent in (self.before)(case) {
                let outcome = store.apply(intent).await;
                assert!(matches!(outcome, Ok(Outcome::Done(_))), "{}: {outcome:?}", self.name);
            }
            return;
        }
        let answering: Vec<_> = (self.before)(case).into_iter().map(|intent| store.apply(intent)).collect();
        for answer in answering {
            let outcome = answer.await;
            assert!(matches!(outcome, Ok(Outcome::Done(_))), "{}: {outcome:?}", self.name);
        }
    }
}

async fn payment(store: &dyn Store, case: &Case, suffix: &str) -> String {
    let found = store.payment_with_events(&msn(UNIT), &reference(&case.payment(suffix))).await.unwrap();
    let Some((payment, events)) = found else { return "nothing".to_owned() };
    let sums = payment.aggregate();
    let mut standing = format!(
        "{} a={} c={} r={} x={}:",
        payment.state.name(),
        sums.authorized.value(),
        sums.captured.value(),
        sums.refunded.value(),
        sums.cancelled.value()
    );
    for (event, sequence) in events.iter().zip(1..) {
        assert_eq!(event.sequence, sequence, "{}", payment.reference.as_str());
        let name = event.occurrence.name().as_str();
        let failed = if matches!(event.occurrence, Occurrence::RefundRefused(_)) { "!" } else { "" };
        standing.push_str(&format!(" {name}{failed}"));
    }
    standing
}

async fn wallet(store: &dyn Store, case: &Case) -> String {
    let asked = store.asked_payment(&msn(UNIT), &reference(&case.payment("a"))).await.unwrap();
    let payer = store.payer(&phone(&case.payer())).await.unwrap();
    let (Some(asked), Some(payer)) = (asked, payer) else { return "nothing".to_owned() };
    let with = asked.request.paid_with.map_or("not paid".to_owned(), |with| format!("paid with {with}"));
    let left = payer.sources[0].balance.map_or(0, MinorUnits::value);
    format!("{with}, {left} left after {} changes", payer.version)
}

async fn keys(store: &dyn Store, case: &Case) -> String {
    let directory = store.directory().await.unwrap();
    let (unit, key_set) = (directory.unit(&case.msn()), directory.key_set_of(&KeyHolder::SalesUnit(case.msn())));
    let (Some(_), Some(key_set)) = (unit, key_set) else { return "nothing".to_owned() };
    let named = |name: &str, kind: KeyKind| match key_set.key(kind) {
        Some(digest) => format!("{name} of {}", digest.0[31]),
        None => format!("no {name}"),
    };
    // A revocation whose commit was lost is carried out once more, and raises the generation once more: what it makes void was void.
    let raised = match key_set.generation {
        0 => "not raised",
        1 | 2 => "raised",
        _ => "raised too often",
    };
    let [secret, primary, secondary] =
        [("secret", KeyKind::ALL[0]), ("primary", KeyKind::ALL[1]), ("secondary", KeyKind::ALL[2])]
            .map(|(name, kind)| named(name, kind));
    format!("{secret}, {primary}, {secondary}, {raised}")
}

/// The answer an outcome holds, if it says that the intent was done.
pub fn answer_of(outcome: &Outcome) -> Option<&Answer> {
    match outcome {
        Outcome::Done(answer) | Outcome::Replayed(answer) => Some(answer),
        Outcome::Conflict | Outcome::Rejected(_) | Outcome::Obstructed(_) => None,
    }
}
