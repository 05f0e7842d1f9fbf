//! Word of deliveries that have just come into being, for whoever sends them. It is a hint and no more: nothing is lost with it.

use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::Lane;

/// The most lanes that are remembered; more are found by looking.
const LANES_MAX: usize = 10_000;

/// Where the word is left and fetched.
#[derive(Clone, Default)]
pub struct Announced(Arc<Inner>);

#[derive(Default)]
struct Inner {
    lanes: Mutex<BTreeSet<Lane>>,
    some: Notify,
}

impl Announced {
    /// There is something to be sent in these.
    pub fn tell(&self, lanes: impl IntoIterator<Item = Lane>) {
        let mut known = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.len();
        known.extend(lanes.into_iter().take(LANES_MAX.saturating_sub(before)));
        let is_more = known.len() > before;
        drop(known);
        if is_more {
            self.0.some.notify_one();
        }
    }

    /// What was told since it was heard last, once there is anything.
    pub fn hear(&self) -> Pin<Box<dyn Future<Output = Vec<Lane>> + Send>> {
        let inner = self.0.clone();
        Box::pin(async move {
            loop {
                let told = std::mem::take(&mut *inner.lanes.lock().unwrap_or_else(PoisonError::into_inner));
                if !told.is_empty() {
                    return told.into_iter().collect();
                }
                inner.some.notified().await;
            }
        })
    }
}
