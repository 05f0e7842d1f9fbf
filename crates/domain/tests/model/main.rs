//! The rules of payment against an independent model of them.
//!
//! Random lives of payments are played to both; after every command the answers, the state, the four sums and the whole log must agree,
//! and the payment folded again from its events must be the one that was decided. A difference shrinks to the shortest life that shows it.
//! At least a million commands a run; `KASSE_MODEL_LIVES` sets how many lives instead.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod oracle;

use domain::{
    merchant::{Flag, Flags, Market, SalesUnit},
    money::{Currency, MinorUnits, Money},
    payer::{Address, Delivery, Scope},
    payment::{
        Approval, BankRefusal, Command, Event, Express, ExpressOffers, Method, Payment, Proposal, ProposedAmount,
        PspReference, Refusal, Rejection, Rules, Stamp, UserFlow, create, decide,
    },
    text::{IdempotencyKey, Msn, Reference, SalesUnitName, Space},
    time::{Span, Timestamp},
};
use oracle::{Operation, Oracle, Unit};
use proptest::{prelude::*, test_runner::TestRunner};

const LIVES: u32 = 42_000;
const COMMANDS_OF_A_LIFE: usize = 24;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const START_MILLISECONDS: i64 = 1_760_000_000_000;

/// One step of a life: what is asked, and how long after the step before.
#[derive(Clone, Copy, Debug)]
struct Step {
    operation: Operation,
    wait_milliseconds: i64,
}

#[derive(Clone, Debug)]
struct Life {
    market: Market,
    flags: Flags,
    amount: i64,
    /// What delivering it costs, where it is delivered.
    delivery_cost: Option<i64>,
    /// When it lapses, where that is said; milliseconds after its creation.
    lifetime: Option<i64>,
    steps: Vec<Step>,
}

#[test]
fn the_rules_agree_with_the_model() {
    let lives =
        std::env::var("KASSE_MODEL_LIVES").map_or(LIVES, |text| text.parse().expect("KASSE_MODEL_LIVES: a number"));
    let config = ProptestConfig { cases: lives, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&life(), |life| {
        play(&life);
        Ok(())
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
}

/// Amounts crowd the edges and each life knows only some commands, so that rare combinations are not drowned by common ones.
fn life() -> impl Strategy<Value = Life> {
    let market = prop_oneof![Just(Market::Norway), Just(Market::Denmark), Just(Market::Finland)];
    let amount =
        prop_oneof![3 => 100..=2_000i64, 1 => Just(100i64), 1 => Just(65_000_000i64), 1 => 100..=65_000_000i64];
    let terms = (prop::option::weighted(0.2, 0i64..=1000), prop::option::weighted(0.2, 10 * MINUTE + 1..DAY));
    (market, any::<bool>(), prop::bool::weighted(0.8), amount, 1u8..=31, terms).prop_flat_map(
        |(market, late_capture, partial_capture_allowed, amount, known, (delivery_cost, lifetime))| {
            let sum = amount + delivery_cost.unwrap_or(0);
            let steps = prop::collection::vec(step(sum, known), COMMANDS_OF_A_LIFE);
            steps.prop_map(move |steps| Life {
                market,
                flags: Flags::NEW
                    .with(Flag::LateCapture, late_capture)
                    .with(Flag::PartialCaptureAllowed, partial_capture_allowed),
                amount,
                delivery_cost,
                lifetime,
                steps,
            })
        },
    )
}

fn step(amount: i64, known: u8) -> impl Strategy<Value = Step> {
    let sum = prop_oneof![
        4 => 0..=amount,
        3 => 1..=(amount / 4).max(1),
        1 => Just(amount),
        1 => Just(amount + 1),
        1 => Just(0i64),
        1 => Just(1i64),
        1 => Just(i64::MAX),
    ];
    let wait = prop_oneof![
        20 => Just(0i64),
        20 => 1..=1_000i64,
        4 => Just(10 * MINUTE - 1),
        4 => Just(10 * MINUTE),
        1 => Just(7 * DAY),
        1 => Just(14 * DAY - 1),
        1 => Just(14 * DAY),
        1 => Just(180 * DAY - 1),
        1 => Just(180 * DAY),
        1 => Just(185 * DAY),
        1 => Just(365 * DAY - 1),
    ];
    (0u8..12, sum, wait).prop_map(move |(choice, sum, wait_milliseconds)| {
        let operation = match choice {
            0 => Operation::Approve,
            1..=2 => Operation::ApproveInWallet,
            3..=5 if known & 1 != 0 => Operation::Capture(sum),
            6..=7 if known & 2 != 0 => Operation::Refund(sum),
            8 if known & 2 != 0 => Operation::RefundRefusedByBank(sum),
            9 if known & 4 != 0 => Operation::Cancel { only_unauthorized: false },
            10 if known & 8 != 0 => Operation::Cancel { only_unauthorized: true },
            11 if known & 16 != 0 => Operation::Reject,
            _ => Operation::Capture(sum),
        };
        Step { operation, wait_milliseconds }
    })
}

fn play(life: &Life) {
    let unit = sales_unit(life);
    let mut now = Timestamp::from_milliseconds(START_MILLISECONDS);
    let mut oracle = Oracle::create(
        model_unit(life),
        life.amount,
        life.delivery_cost,
        life.lifetime.unwrap_or(oracle::EXPIRY_MS),
        now.milliseconds(),
    );
    let mut log = Vec::new();
    let mut payment = opened(life, &unit, now, &mut log);
    for step in &life.steps {
        now = now.plus(Span::milliseconds(step.wait_milliseconds));
        let expected = oracle.step(step.operation, now.milliseconds());
        let answer = match command(step.operation, life, payment.terms.amount.currency) {
            Some(command) => carry_out(&mut payment, &unit, &command, now, &mut log),
            None => Err(Rejection::AmountTooSmall { minimum: MinorUnits::ZERO }),
        };
        assert_eq!(answer.map_err(|rejection| code(&rejection)), expected, "{step:?}");
        assert_same(&payment, &unit, now, &log, &oracle.view(now.milliseconds()));
    }
}

/// What a reader sees: whatever is due at `now` counts, written or not.
fn assert_same(payment: &Payment, unit: &SalesUnit, now: Timestamp, log: &[Event], expected: &oracle::View) {
    let mut log = log.to_vec();
    let mut seen = payment.clone();
    carry_out(&mut seen, unit, &Command::Settle, now, &mut log).expect("settling is never refused");
    let sums = seen.aggregate();
    let view = oracle::View {
        state: seen.state.name(),
        authorized: sums.authorized.value(),
        captured: sums.captured.value(),
        refunded: sums.refunded.value(),
        cancelled: sums.cancelled.value(),
        log: log
            .iter()
            .map(|event| (event.occurrence.name().as_str(), event.occurrence.amount(&seen).value.value()))
            .collect(),
    };
    assert_eq!(&view, expected);
    assert!(sums.refunded <= sums.captured, "refunded more than captured");
    let first = &log[0];
    let opened = Payment::opened(seen.msn.clone(), seen.reference.clone(), seen.terms.clone(), first)
        .expect("the first event opens");
    let folded = log[1..].iter().fold(opened, |payment, event| payment.after(event).expect("every event follows"));
    assert_eq!(folded, seen, "the payment is not the fold of its events");
    assert!(log.windows(2).all(|pair| pair[0].at < pair[1].at), "time went backwards within a payment");
}

fn carry_out(
    payment: &mut Payment,
    unit: &SalesUnit,
    command: &Command,
    now: Timestamp,
    log: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let stamp = Stamp {
        now,
        psp_reference: PspReference([1; 16]),
        due_psp_reference: PspReference([2; 16]),
        idempotency_key: Some(IdempotencyKey::parse("own").unwrap()),
    };
    match decide(payment, unit, command, &stamp) {
        Ok(decision) => {
            let refused = decision.refused;
            for event in decision.events {
                *payment = payment.after(&event).expect("a decided event follows");
                log.push(event);
            }
            refused.map_or(Ok(()), Err)
        }
        Err(Refusal::Rule(rejection)) => Err(rejection),
        Err(Refusal::Broken(broken)) => panic!("{broken:?}"),
    }
}

fn opened(life: &Life, unit: &SalesUnit, now: Timestamp, log: &mut Vec<Event>) -> Payment {
    let proposal = Proposal {
        amount: ProposedAmount { value: MinorUnits::new(life.amount), currency: currency(life.market) },
        method: Some(Method::Wallet),
        return_url: Some("https://example.com/return".into()),
        receipt_url: None,
        flow: UserFlow::WebRedirect,
        customer: None,
        blocks_commercial_cards: false,
        minimum_age: None,
        expires_at: life.lifetime.map(|lifetime| now.plus(Span::milliseconds(lifetime))),
        scope: Ok(if life.delivery_cost.is_some() { Scope::EXPRESS } else { Scope::NOTHING }),
        express: life.delivery_cost.map(|_| Express { written: "{}".into(), offers: ExpressOffers::Fixed(1) }),
        receipt: life.lifetime.map(|_| "{}".into()),
        industry_data: None,
        description: None,
        customer_present: false,
        metadata: None,
        create_key: IdempotencyKey::parse("create").unwrap(),
    };
    let rules = Rules { insecure_return_urls_allowed: false, insecure_callback_urls_allowed: false };
    let (terms, event) = create(&proposal, unit, rules, Ok(None), now, PspReference([0; 16])).expect("a good proposal");
    let payment = Payment::opened(unit.msn.clone(), Reference::parse("model-payment").unwrap(), terms, &event).unwrap();
    log.push(event);
    payment
}

/// A negative sum cannot even be expressed as a command; the API refuses it before.
fn command(operation: Operation, life: &Life, currency: Currency) -> Option<Command> {
    let money = |sum| MinorUnits::new(sum).map(|value| Money { value, currency });
    Some(match operation {
        Operation::Approve => Command::Authorize(Approval::default()),
        Operation::ApproveInWallet => {
            let delivery = life.delivery_cost.map(|cost| Box::new(delivery(cost)));
            Command::Authorize(Approval { delivery, ..Approval::default() })
        }
        Operation::Reject => Command::Abort,
        Operation::Capture(sum) => Command::Capture(money(sum)?),
        Operation::Refund(sum) => Command::Refund { amount: money(sum)?, bank: None },
        Operation::RefundRefusedByBank(sum) => {
            Command::Refund { amount: money(sum)?, bank: Some(BankRefusal::NoReceivingAccount) }
        }
        Operation::Cancel { only_unauthorized } => Command::Cancel { only_unauthorized },
    })
}

/// The published number of each rule a life can meet, written here a second time on purpose.
fn code(rejection: &Rejection) -> u16 {
    match rejection {
        Rejection::AmountTooSmall { .. } => 6010,
        Rejection::RefundBeforeAuthorization => 6020,
        Rejection::CancelPeriodExpired => 6030,
        Rejection::CancelOfCaptured => 6040,
        Rejection::CancelOfAuthorized => 6060,
        Rejection::CaptureOfCancelled => 6070,
        Rejection::CaptureBeforeAuthorization => 6080,
        Rejection::CaptureTooHigh { .. } => 6090,
        Rejection::CapturePeriodExpired => 6100,
        Rejection::PartialCaptureNotAllowed => 6140,
        Rejection::RefundTooHigh { .. } => 6150,
        Rejection::AlreadyCaptured => 6170,
        Rejection::AlreadyRefunded => 6180,
        Rejection::CancelImpossible(_) => 6190,
        Rejection::CaptureImpossible(_) => 6200,
        Rejection::RefundImpossible(_) => 6210,
        Rejection::RefundPeriodExpired => 6220,
        Rejection::AlreadyAuthorized => 6230,
        Rejection::ApproveImpossible(_) => 10010,
        Rejection::ApproveWithoutDelivery => 10060,
        Rejection::RefundNotPossible => 5100,
        other => panic!("no life can meet {other:?}"),
    }
}

fn delivery(cost: i64) -> Delivery {
    Delivery {
        address: Address {
            line_1: "Storgata 1".into(),
            line_2: None,
            city: "Oslo".into(),
            post_code: "0155".into(),
            country: "NO".into(),
        },
        cost: MinorUnits::new(cost).unwrap(),
        option_id: "home".into(),
        option_name: "To the door".into(),
    }
}

fn sales_unit(life: &Life) -> SalesUnit {
    SalesUnit {
        msn: Msn::parse("123456").unwrap(),
        name: SalesUnitName::parse("Model").unwrap(),
        market: life.market,
        space: Space::parse("default").unwrap(),
        flags: life.flags,
    }
}

fn model_unit(life: &Life) -> Unit {
    Unit {
        market: match life.market {
            Market::Norway => oracle::Market::No,
            Market::Denmark => oracle::Market::Dk,
            Market::Finland => oracle::Market::Fi,
        },
        late_capture: life.flags.has(Flag::LateCapture),
        partial_capture_allowed: life.flags.has(Flag::PartialCaptureAllowed),
    }
}

fn currency(market: Market) -> Currency {
    match market {
        Market::Norway => Currency::Nok,
        Market::Denmark => Currency::Dkk,
        Market::Finland => Currency::Eur,
    }
}
