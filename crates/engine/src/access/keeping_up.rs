//! Keeping up with what other nodes change of who may call.
//!
//! It is looked every quarter of a second whether something changed. A request is never judged by what was last seen to be true more than a
//! second ago, however long the process was frozen: then it is looked first. So a key that is revoked by one node counts nowhere after
//! that.

use std::{
    future::Future,
    sync::{Arc, PoisonError},
    time::Duration,
};

use store::{Directory, Store, Trouble};

use super::{Access, directory::Known};
use crate::{Engine, clock::Stopwatch};

/// How often it is looked.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// What was seen longer ago does not count: so long after a change every node judges by it.
pub const SEEN_TIME_MAX: Duration = Duration::from_secs(1);

/// Keeps up until `stop` resolves.
pub async fn keep_up(engine: Arc<Engine>, stop: impl Future<Output = ()> + Send) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
        // Whoever asks meanwhile looks for itself and is told what the trouble is.
        let _tried_again_soon = engine.access.look(&*engine.store).await;
    }
}

impl Engine {
    /// Makes sure that callers are judged by what is stored now, or was a second ago at most.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn keep_up(&self) -> Result<(), Trouble> {
        if self.access.was_seen_lately() {
            return Ok(());
        }
        tokio::time::timeout(crate::STORE_WAIT_MAX, self.access.look(&*self.store))
            .await
            .unwrap_or_else(|_| Err(Trouble::Unavailable("the store has not answered in time".to_owned())))
    }
}

impl Access {
    fn was_seen_lately(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < SEEN_TIME_MAX
    }

    /// Looks whether somebody else has changed something, and takes it over.
    async fn look(&self, store: &dyn Store) -> Result<(), Trouble> {
        let began = Stopwatch::start();
        if store.directory_version().await? != self.known().version() {
            self.refresh(store).await?;
        }
        self.saw(began);
        Ok(())
    }

    /// Lets what is stored now be what counts.
    pub(crate) async fn refresh(&self, store: &dyn Store) -> Result<Directory, Trouble> {
        let _turn = self.refreshing.lock().await;
        let began = Stopwatch::start();
        let directory = store.directory().await?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Known::new(&directory));
        self.saw(began);
        Ok(directory)
    }

    fn saw(&self, began: Stopwatch) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if began.elapsed() < seen.elapsed() {
            *seen = began;
        }
    }
}
