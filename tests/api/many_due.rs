//! More payments that lapse at one moment than are settled at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::time::Span;
use testkit::{Gate, GatedStore, Kasse, Waiting};
use tokio::sync::Semaphore;

/// How many payments of a sales unit are handed to the store before any is waited for.
const SETTLED_TOGETHER_MAX: usize = 256;
const PAYMENTS: usize = SETTLED_TOGETHER_MAX + 44;
/// The most that is waited for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Once shut, holds every change until it is let through, and counts them.
struct Turnstile {
    is_shut: AtomicBool,
    arrived: AtomicUsize,
    passes: Arc<Semaphore>,
}

impl Gate for Turnstile {
    fn before_change(&self) -> Waiting {
        if !self.is_shut.load(Ordering::SeqCst) {
            return Box::pin(std::future::ready(()));
        }
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let passes = self.passes.clone();
        Box::pin(async move { passes.acquire().await.unwrap().forget() })
    }
}

impl Turnstile {
    /// Waits until so many more have come than were let through before, sees that nobody else comes, and lets these through.
    async fn let_through(&self, before: usize, more: usize) {
        let all_came = async {
            while self.arrived.load(Ordering::SeqCst) < before + more {
                tokio::task::yield_now().await;
            }
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, all_came)
            .await
            .unwrap_or_else(|_| panic!("{:?} of {before} + {more}", self.arrived));
        assert_eq!(self.arrived.load(Ordering::SeqCst), before + more, "handed in at a time");
        self.passes.add_permits(more);
    }
}

#[tokio::test]
async fn they_are_handed_in_256_at_a_time_until_none_is_left() {
    let turnstile = Arc::new(Turnstile {
        is_shut: AtomicBool::new(false),
        arrived: AtomicUsize::new(0),
        passes: Arc::new(Semaphore::new(0)),
    });
    let gate = turnstile.clone();
    let kasse = Kasse::with_store(move |store| Arc::new(GatedStore::new(store, gate))).await;
    let shop = kasse.shop().await;
    for count in 0..PAYMENTS {
        assert_eq!(shop.create(&format!("lapses-{count:03}"), 1000).await.status, 201);
    }
    turnstile.is_shut.store(true, Ordering::SeqCst);
    kasse.clock.advance(Span::minutes(10));
    turnstile.let_through(0, SETTLED_TOGETHER_MAX).await;
    turnstile.let_through(SETTLED_TOGETHER_MAX, PAYMENTS - SETTLED_TOGETHER_MAX).await;
    turnstile.is_shut.store(false, Ordering::SeqCst);
    let settled = async {
        while kasse.is_anything_due().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("nothing is due any more");
    for count in [0, SETTLED_TOGETHER_MAX - 1, SETTLED_TOGETHER_MAX, PAYMENTS - 1] {
        assert_eq!(shop.log(&format!("lapses-{count:03}")).await, "CREATED EXPIRED");
    }
    kasse.finish().await;
}
