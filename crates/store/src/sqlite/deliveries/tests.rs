//! How much is read where much waits: counted in steps of SQLite's machine, which are the same each time.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::time::Span;
use rusqlite::Connection;

use super::*;
use crate::{
    DeliveriesChange, Intent, Work,
    sqlite::{
        claims::Claims,
        migrate::migrate,
        write::{Failure, carry_out},
    },
};

/// How many of each: those that wait for one who is dead, and those that have arrived elsewhere.
const FILLED: u32 = 30_000;
const NOW: Timestamp = Timestamp::from_milliseconds(1_760_000_000_000);
const UNIT: &str = "123456";

/// What is stored, and how many steps have been taken.
struct Filled {
    connection: Connection,
    steps: Arc<AtomicU64>,
    most: Cell<u64>,
}

impl Filled {
    fn new() -> Self {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, NOW).unwrap();
        let fill = format!(
            "insert into sales_units (msn, name, market, space, flags, created_at) values ('{UNIT}', 'Unit', 'NO', 'default', '', 0);
             insert into webhooks (id, owner, url, events, sealed_secret, created_at)
               values (x'{one}', '{UNIT}', 'https://example.com/1', '', x'00', 1),
                 (x'{two}', '{UNIT}', 'https://example.com/2', '', x'00', 2);
             create temp table numbers as
               with recursive counted (n) as (select 1 union all select n + 1 from counted where n < 2 * {FILLED})
               select n, unhex(printf('%032x', n)) as id from counted;
             insert into announcements select '{UNIT}', id, x'00' from numbers;
             insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at,
                 next_attempt_at)
               select '{UNIT}', id, x'{one}', '{UNIT}', 'event', 'dead-payment-' || (n / 4), n % 4 + 1,
                 'epayments.payment.created.v1', id, id, {now}, {now} + 3600000 from numbers where n <= {FILLED};
             insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at,
                 state, attempts, first_attempt_at)
               select '{UNIT}', id, x'{two}', '{UNIT}', 'event', 'sent-payment-' || (n / 4), n % 4 + 1,
                 'epayments.payment.created.v1', id, id, {now}, 'delivered', 1, {now} from numbers where n > {FILLED}",
            one = "01".repeat(16),
            two = "02".repeat(16),
            now = NOW.milliseconds(),
        );
        connection.execute_batch(&fill).unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let count = steps.clone();
        let counting = move || {
            count.fetch_add(10, Ordering::Relaxed);
            false
        };
        connection.progress_handler(10, Some(counting)).unwrap();
        Self { connection, steps, most: Cell::new(0) }
    }

    /// Does something, in no more steps.
    fn takes<T, E: std::fmt::Debug>(&self, what: &str, most: u64, work: impl FnOnce(&Connection) -> Result<T, E>) -> T {
        let before = self.steps.load(Ordering::Relaxed);
        let answer = work(&self.connection).unwrap();
        let taken = self.steps.load(Ordering::Relaxed) - before;
        println!("{what}: {taken} steps");
        assert!(taken <= most, "{what}: {taken} steps");
        self.most.set(self.most.get().max(taken));
        answer
    }
}

fn apply(connection: &Connection, change: DeliveriesChange) -> Result<(), Failure> {
    let intent = Intent { now: NOW, work: Work::Deliveries(change) };
    carry_out(connection, &intent, &Claims::default(), &mut Vec::new()).map(drop)
}

#[test]
fn however_much_waits_nobody_reads_more_than_it_answers() {
    let (filled, owner) = (Filled::new(), KeyHolder::SalesUnit(Msn::parse(UNIT).unwrap()));
    let (msn, claims) = (Msn::parse(UNIT).unwrap(), Claims::default());
    let [one, two] = [1, 2].map(|number| WebhookId([number; 16]));
    assert_eq!(filled.takes("lanes that wait", 300, waiting_lanes).len(), 1);
    let claim_until = |until| {
        let (msn, claims) = (&msn, &claims);
        move |connection: &Connection| claim(connection, &claims.take_turn(), msn, &[(one, 8), (two, 8)], until)
    };
    assert_eq!(filled.takes("claim where all is put off", 300, claim_until(NOW)), []);
    assert_eq!(filled.takes("claim where all is due", 5_000, claim_until(NOW.plus(Span::days(1)))).len(), 8);
    let page = DeliveryFilter { most: 20, ..DeliveryFilter::default() };
    let middle = Some(DeliveryId(u128::from(FILLED / 2).to_be_bytes()));
    for filter in [
        page.clone(),
        DeliveryFilter { before: middle, ..page.clone() },
        DeliveryFilter { state: Some(DeliveryState::Pending), ..page.clone() },
        DeliveryFilter { state: Some(DeliveryState::GivenUp), ..page.clone() },
        DeliveryFilter { webhook: Some(one), ..page.clone() },
        DeliveryFilter { webhook: Some(two), from: middle, ..page.clone() },
        DeliveryFilter { reference: Some(Reference::parse("dead-payment-77").unwrap()), ..page.clone() },
    ] {
        let found = filled.takes("a page", 8_000, |connection| deliveries(connection, &owner, &filter));
        assert_eq!(found.is_empty(), filter.state == Some(DeliveryState::GivenUp), "{filter:?}");
    }
    let id = DeliveryId(u128::from(77_u8).to_be_bytes());
    assert!(filled.takes("one with its attempts", 1_000, |connection| detail(connection, &owner, id)).is_some());
    let forget = DeliveriesChange::Forget { before: NOW.plus(Span::days(1)), most: 100 };
    filled.takes("forget a hundred", 60_000, |connection| apply(connection, forget));
    assert!(filled.most.get() > 1000, "hardly anything was counted");
}
