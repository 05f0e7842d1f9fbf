//! What whoever reads the log is told of payments that contradict themselves: each once, however often a transaction was tried.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use domain::{payment::Rejection, time::Timestamp};
use store::{
    Instance, Mode, Outcome, Store as _, Trouble, Work,
    postgres::{NewInstallation, PostgresStore, Schema},
};
use testkit::Postgres;
use tracing::{Event, Level, Metadata, Subscriber, span};
use work::{capture, creation, done, make_sales_unit};

const UNIT: &str = "123456";

/// How many errors were told.
#[derive(Clone, Default)]
struct Errors(Arc<AtomicU64>);

impl Subscriber for Errors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Relaxed);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn what_breaks_in_a_group_that_is_tried_again_is_told_once() {
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let address = Postgres::address(&Postgres::shared().database());
    let (store, ..) = PostgresStore::open(&address, &Schema::current(), None, new).await.unwrap();
    make_sales_unit(&store, UNIT, 1).await;
    done(store.apply(creation(UNIT, "payment-1", "k", 0)).await);
    done(store.apply(creation(UNIT, "payment-2", "l", 0)).await);
    let mut breaking = capture(UNIT, "payment-2", 100, "c");
    let Work::Payment { decide, .. } = &mut breaking.work else { panic!("it is on a payment") };
    *decide = Box::new(|_| panic!("on purpose"));
    let errors = Errors::default();
    let _told_here = tracing::subscriber::set_default(errors.clone());
    // All in one group, which takes the creation for a new one, finds that it is not, and looks.
    let (known, broken, new) = tokio::join!(
        store.apply(creation(UNIT, "payment-1", "m", 0)),
        store.apply(breaking),
        store.apply(creation(UNIT, "payment-3", "n", 0)),
    );
    assert!(matches!(known, Ok(Outcome::Rejected(Rejection::ReferenceExists))), "{known:?}");
    assert!(matches!(broken, Err(Trouble::Broken(_))), "{broken:?}");
    done(new);
    assert_eq!(errors.0.load(Relaxed), 1);
    assert!(matches!(store.apply(capture(UNIT, "payment-2", 100, "d")).await, Err(Trouble::Broken(_))));
    assert_eq!(errors.0.load(Relaxed), 1, "it is known by now");
    store.close().await.unwrap();
}
