//! What came of an attempt and could not be written down.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use testkit::{Gate, GatedStore, Kasse, Waiting, receivers::Receiver};
use tokio::time::timeout;

use crate::merchant::{ALL, recorded_attempts, register};

/// The most that is waited for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whoever comes with the change of this number dies of it; 0 is nobody.
#[derive(Default)]
struct Deadly {
    number: AtomicUsize,
}

impl Gate for Deadly {
    fn before_change(&self) -> Waiting {
        let one_less = |number: usize| number.checked_sub(1);
        let is_it = self.number.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) == Ok(1);
        Box::pin(async move { assert!(!is_it, "dies of it, as it is meant to") })
    }
}

#[tokio::test]
async fn what_whoever_records_died_with_is_attempted_again() {
    let deadly = Arc::new(Deadly::default());
    let gate = deadly.clone();
    let kasse = Kasse::with_store(move |store| Arc::new(GatedStore::new(store, gate))).await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    register(&shop, &receiver.url("/"), &ALL).await;
    // After the payment comes the recording.
    deadly.number.store(2, Ordering::SeqCst);
    shop.create("order-0001", 1_000).await;
    let received = receiver.wait_for(2).await;
    assert_eq!(received[1].body, received[0].body);
    assert_eq!(received[1].header("Kasse-Attempt").unwrap(), "1", "of the first nobody knows");
    let is_recorded = async {
        while recorded_attempts(&kasse, &receiver.url("/")).await != 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, is_recorded).await.expect("the second is recorded");
    kasse.finish().await;
}
