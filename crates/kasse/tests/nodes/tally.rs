//! What all clients count together, and the sign they give when something was acknowledged.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use serde_json::{Value, json};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Tally {
    /// Requests that were acknowledged.
    pub(crate) acknowledged: AtomicU64,
    /// Requests that both nodes acknowledged.
    pub(crate) by_both: AtomicU64,
    /// Times a request was sent again because nobody had acknowledged it.
    pub(crate) resent: AtomicU64,
    /// Copies without an answer.
    pub(crate) unanswered: AtomicU64,
    /// Copies that were told to come again.
    pub(crate) put_off: AtomicU64,
    /// Old requests that were repeated.
    pub(crate) repeated: AtomicU64,
    /// Logs that were read while faults went on.
    pub(crate) glanced: AtomicU64,
    violations: Mutex<Vec<String>>,
    acknowledgement: Notify,
}

pub(crate) fn one(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl Tally {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn acknowledge(&self) {
        one(&self.acknowledged);
        self.acknowledgement.notify_waiters();
    }

    /// The moment of the next acknowledgement: what was answered too early is then most likely to be lost.
    pub(crate) async fn next_acknowledgement(&self) {
        self.acknowledgement.notified().await;
    }

    pub(crate) fn violated(&self, what: String) {
        self.violations.lock().unwrap().push(what);
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    pub(crate) fn counts(&self) -> Value {
        let count = |number: &AtomicU64| number.load(Relaxed);
        json!({
            "acknowledged": count(&self.acknowledged), "by_both": count(&self.by_both), "resent": count(&self.resent),
            "unanswered": count(&self.unanswered), "put_off": count(&self.put_off), "repeated": count(&self.repeated),
            "glanced": count(&self.glanced),
        })
    }

    /// Without load nothing was shown.
    pub(crate) fn had_load(&self, faults: u64) {
        let [acknowledged, resent, unanswered] =
            [&self.acknowledged, &self.resent, &self.unanswered].map(|number| number.load(Relaxed));
        assert!(acknowledged > 20 * faults && resent > 0 && unanswered > 0, "there was no load to speak of");
    }
}
