//! Deliveries against a small model: events, registrations, claims, outcomes and restarts as chance has them. The model knows what was
//! promised (each registration is told of each event of a payment in order until it has arrived or is given up) and nothing of how.
//!
//! `KASSE_DELIVERIES_SEED` draws the same again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use domain::{
    money::{Currency, MinorUnits, Money},
    payment::{Approval, BankRefusal, Command},
    time::{Span, Timestamp},
    webhook::{EventType, Next},
};
use store::{Attempt, Claimed, DeliveryId, DeliveryState, Outcome, Store, WebhookId};

use crate::{
    fixture::Fixture,
    sending::{apply, attempt, deliveries, ending, of_unit, recording, refund, register},
    work::{START, command, creation, make_sales_unit, msn, reference},
};

const UNIT: &str = "123456";
const STEPS: u32 = 500;
const PAYMENTS: u64 = 6;
const REGISTRATIONS: u64 = 4;

/// Draws numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn span(&mut self, milliseconds: u64) -> Span {
        Span::milliseconds(i64::try_from(self.below(milliseconds)).unwrap())
    }
}

/// What a registration is to be told of one event.
#[derive(Debug)]
struct Told {
    sequence: u32,
    state: DeliveryState,
    attempts: u32,
    /// Sent, whether or not that was recorded.
    sent: u32,
    not_before: Timestamp,
}

/// What a registration is to be told of one payment, in order.
type Line = (u8, String);

struct Model {
    dice: Dice,
    /// How long it has been going on.
    elapsed: Span,
    seen: BTreeMap<String, u32>,
    registered: BTreeMap<u8, BTreeSet<EventType>>,
    used: u8,
    lines: BTreeMap<Line, Vec<Told>>,
    held: Vec<Claimed>,
    /// How often anything was sent, and how often after an attempt that was not recorded.
    received: u32,
    repeated: u32,
}

impl Model {
    fn now(&self) -> Timestamp {
        START.plus(self.elapsed)
    }

    /// Something happens to a payment, or is refused; what the log says of it then is to be told.
    async fn event(&mut self, store: &dyn Store) {
        let name = format!("payment-{}", self.dice.below(PAYMENTS));
        let sum = Money { value: MinorUnits::new(10).unwrap(), currency: Currency::Nok };
        let after = self.elapsed;
        let on = |asked| command(UNIT, &name, asked, after, None);
        let intent = match self.dice.below(8) {
            0 | 1 => creation(UNIT, &name, &name, 0),
            2 | 3 => on(Command::Authorize(Approval::default())),
            4 | 5 => on(Command::Capture(sum)),
            6 => refund(UNIT, &name, &format!("r{}", after.as_milliseconds()), None, after),
            _ => {
                let bank = Some(BankRefusal::NoReceivingAccount);
                refund(UNIT, &name, &format!("b{}", after.as_milliseconds()), bank, after)
            }
        };
        let outcome = store.apply(intent).await;
        assert!(matches!(outcome, Ok(Outcome::Done(_) | Outcome::Rejected(_) | Outcome::Replayed(_))), "{outcome:?}");
        let Some((_, events)) = store.payment_with_events(&msn(UNIT), &reference(&name)).await.unwrap() else { return };
        let now = self.now();
        for event in &events[usize::try_from(self.seen.get(&name).copied().unwrap_or(0)).unwrap()..] {
            let of_type = EventType::of(&event.occurrence).unwrap();
            for number in
                self.registered.iter().filter(|(_, types)| types.contains(&of_type)).map(|(number, _)| *number)
            {
                let told = Told {
                    sequence: event.sequence,
                    state: DeliveryState::Pending,
                    attempts: 0,
                    sent: 0,
                    not_before: now,
                };
                self.lines.entry((number, name.clone())).or_default().push(told);
            }
        }
        self.seen.insert(name, u32::try_from(events.len()).unwrap());
    }

    /// Somebody registers for some events, or a registration ends.
    async fn registration(&mut self, store: &dyn Store) {
        let is_full = u64::try_from(self.registered.len()).unwrap() >= REGISTRATIONS;
        if is_full || self.registered.len() > 1 && self.dice.below(3) == 0 {
            let index = usize::try_from(self.dice.below(u64::try_from(self.registered.len()).unwrap())).unwrap();
            let number = *self.registered.keys().nth(index).unwrap();
            apply(store, ending(&of_unit(UNIT), number)).await;
            self.registered.remove(&number);
            for ((_, _), line) in self.lines.iter_mut().filter(|((of, _), _)| *of == number) {
                line.iter_mut()
                    .filter(|told| told.state == DeliveryState::Pending)
                    .for_each(|told| told.state = DeliveryState::Dropped);
            }
            return;
        }
        self.used += 1;
        let types: Vec<EventType> = EventType::ALL.iter().copied().filter(|_| self.dice.below(4) > 0).collect();
        register(store, &of_unit(UNIT), self.used, &types).await;
        self.registered.insert(self.used, types.into_iter().collect());
    }

    /// The first of each line that waits, if it may be tried and nobody is at it.
    fn claimable(&self, number: u8) -> usize {
        let lines = self.lines.iter().filter(|((of, _), _)| *of == number);
        lines.filter(|(line, _)| self.is_claimable(line)).count()
    }

    fn is_claimable(&self, line: &Line) -> bool {
        let first = self.lines[line].iter().find(|told| told.state == DeliveryState::Pending);
        first.is_some_and(|told| told.not_before <= self.now()) && !self.held.iter().any(|held| line_of(held) == *line)
    }

    async fn claim(&mut self, store: &dyn Store, most: u32) {
        // Of those too that have ended.
        let wanted: Vec<(WebhookId, u32)> = (1..=self.used).map(|number| (WebhookId([number; 16]), most)).collect();
        let claimable: BTreeMap<u8, usize> =
            self.registered.keys().map(|number| (*number, self.claimable(*number))).collect();
        let claimed = store.claim(&msn(UNIT), &wanted, self.now()).await.unwrap();
        let mut found: BTreeMap<u8, usize> = claimable.keys().map(|number| (*number, 0)).collect();
        for claim in claimed {
            let line = line_of(&claim);
            assert!(self.is_claimable(&line), "{claim:?} is not to be tried now");
            *found.get_mut(&line.0).expect("it has not ended") += 1;
            let first = self.lines[&line].iter().find(|told| told.state == DeliveryState::Pending).unwrap();
            assert_eq!((claim.number, sequence_of(&claim)), (first.attempts + 1, first.sequence), "{claim:?}");
            self.held.push(claim);
        }
        let most = usize::try_from(most).unwrap();
        let expected: BTreeMap<u8, usize> =
            claimable.into_iter().map(|(number, count)| (number, count.min(most))).collect();
        assert_eq!(found, expected, "whatever may be tried is found, and no more than was wanted");
    }

    /// A claim that is held, taken from there.
    fn take_held(&mut self) -> Option<Claimed> {
        let count = u64::try_from(self.held.len()).unwrap();
        (count > 0).then(|| usize::try_from(self.dice.below(count)).unwrap()).map(|index| self.held.swap_remove(index))
    }

    fn told(&mut self, claim: &Claimed) -> &mut Told {
        let line = self.lines.get_mut(&line_of(claim)).unwrap();
        line.iter_mut().find(|told| told.sequence == sequence_of(claim)).unwrap()
    }

    /// It is sent: what comes first comes in order.
    fn send(&mut self, claim: &Claimed) {
        let line = &self.lines[&line_of(claim)];
        let later = line.iter().find(|told| told.sequence > sequence_of(claim) && told.sent > 0);
        let told = self.told_at(claim);
        assert!(told.sent > 0 || later.is_none(), "{claim:?} comes after {later:?}");
        let is_over = matches!(told.state, DeliveryState::Delivered | DeliveryState::GivenUp);
        assert!(!is_over, "{claim:?} is sent though what came of it was recorded");
        let is_repeated = told.sent > told.attempts;
        self.repeated += u32::from(is_repeated);
        self.received += 1;
        self.told(claim).sent += 1;
    }

    fn told_at(&self, claim: &Claimed) -> &Told {
        self.lines[&line_of(claim)].iter().find(|told| told.sequence == sequence_of(claim)).unwrap()
    }

    /// Sends what is held and answers what came of it; `None` where nothing is held.
    fn try_one(&mut self, always_arrives: bool) -> Option<Attempt> {
        let claim = self.take_held()?;
        self.send(&claim);
        let (elapsed, wait) = (self.elapsed, self.dice.span(20_000));
        let next = match self.dice.below(6) {
            _ if always_arrives => Next::Delivered,
            0 => Next::GivenUp,
            1 | 2 => Next::Retry { at: self.now().plus(wait) },
            _ => Next::Delivered,
        };
        let told = self.told(&claim);
        if told.state == DeliveryState::Pending {
            told.attempts += 1;
            match next {
                Next::Delivered => told.state = DeliveryState::Delivered,
                Next::GivenUp => told.state = DeliveryState::GivenUp,
                Next::Retry { at } => told.not_before = at,
            }
        }
        Some(attempt(&claim, elapsed, next))
    }

    async fn step(&mut self, store: &mut Arc<dyn Store>, fixture: &Fixture) {
        match self.dice.below(20) {
            0..=6 => self.event(&**store).await,
            7 => self.registration(&**store).await,
            8..=11 => {
                let most = u32::try_from(1 + self.dice.below(4)).unwrap();
                self.claim(&**store, most).await;
            }
            12..=15 => {
                let count = 1 + self.dice.below(4);
                let attempts: Vec<Attempt> = (0..count).filter_map(|_| self.try_one(false)).collect();
                // Once more: whoever did not hear the answer asks again.
                for _ in 0..=self.dice.below(2) {
                    apply(&**store, recording(attempts.clone())).await;
                }
            }
            16 => {
                if let Some(claim) = self.take_held() {
                    store.give_back(&[claim]).await.unwrap();
                }
            }
            17 => {
                if let Some(claim) = self.take_held() {
                    // Sent, and whoever sent it is gone before that is recorded.
                    self.send(&claim);
                    store.give_back(&[claim]).await.unwrap();
                }
            }
            18 => self.elapsed = Span::milliseconds(self.elapsed.as_milliseconds() + 30_000),
            _ => {
                while let Some(claim) = self.take_held() {
                    if self.dice.below(2) == 0 {
                        self.send(&claim);
                    }
                }
                store.close().await.unwrap();
                *store = fixture.open().await;
                fixture.lapse();
            }
        }
    }

    /// What the store says of everything that was to be told.
    async fn compare(&self, store: &dyn Store) {
        let found = deliveries(store, &of_unit(UNIT)).await;
        let mut found: BTreeMap<(u8, String, DeliveryId), (DeliveryState, u32)> = found
            .into_iter()
            .map(|one| ((one.webhook.0[0], one.reference.as_str().to_owned(), one.id), (one.state, one.attempts)))
            .collect();
        for ((number, name), line) in &self.lines {
            let of_line = found.extract_if(.., |(webhook, reference, _), _| webhook == number && reference == name);
            let mut of_line: Vec<_> = of_line.map(|(_, standing)| standing).collect();
            let mut expected: Vec<_> = line.iter().map(|told| (told.state, told.attempts)).collect();
            // Ids of one moment have no order.
            let key = |(state, attempts): &(DeliveryState, u32)| (state.name(), *attempts);
            of_line.sort_by_key(key);
            expected.sort_by_key(key);
            assert_eq!(of_line, expected, "registration {number}, {name}");
        }
        assert!(found.is_empty(), "{found:?} was never to be told");
        assert_eq!(store.verify().await.unwrap(), []);
    }
}

fn line_of(claim: &Claimed) -> Line {
    (claim.recipient.lane.webhook.0[0], claim.reference.as_str().to_owned())
}

/// The place in the log, which the body tells.
fn sequence_of(claim: &Claimed) -> u32 {
    let body = String::from_utf8(claim.body.to_vec()).unwrap();
    body.split(' ').nth(1).unwrap().parse().unwrap()
}

pub async fn whatever_happens_each_is_told_in_order_and_nothing_is_missing(fixture: Fixture) {
    let drawn =
        || u64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let seed = std::env::var("KASSE_DELIVERIES_SEED").map_or_else(|_| drawn(), |text| text.parse().expect("a number"));
    println!("KASSE_DELIVERIES_SEED={seed}");
    let mut store = fixture.open().await;
    make_sales_unit(&*store, UNIT, 1).await;
    let mut model = Model {
        dice: Dice(seed),
        elapsed: Span::milliseconds(0),
        seen: BTreeMap::new(),
        registered: BTreeMap::new(),
        used: 0,
        lines: BTreeMap::new(),
        held: Vec::new(),
        received: 0,
        repeated: 0,
    };
    model.registration(&*store).await;
    for _ in 0..STEPS {
        model.elapsed =
            Span::milliseconds(model.elapsed.as_milliseconds() + 1 + model.dice.span(900).as_milliseconds());
        model.step(&mut store, &fixture).await;
    }
    model.compare(&*store).await;
    // Whatever waits arrives at last.
    model.elapsed = Span::milliseconds(model.elapsed.as_milliseconds() + 60_000);
    loop {
        model.claim(&*store, 100).await;
        let attempts: Vec<Attempt> = std::iter::from_fn(|| model.try_one(true)).collect();
        if attempts.is_empty() {
            break;
        }
        apply(&*store, recording(attempts)).await;
    }
    model.compare(&*store).await;
    let mut all = model.lines.values().flatten();
    assert!(all.all(|told| told.state != DeliveryState::Pending), "nothing is missing");
    let (received, repeated) = (model.received, model.repeated);
    println!("{received} received, {repeated} of them after an attempt that was not recorded");
    // How much it is depends on the dice: where registrations end early there is little to send.
    assert!(received > 0, "nothing was sent");
    store.close().await.unwrap();
}
