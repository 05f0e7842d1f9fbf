//! Changing who may call: one way, after which what is stored is what counts.
//!
//! The change and what follows from it go on when whoever asked has gone away or waits no longer: a key that is revoked on disk must not
//! live on in memory.

use store::{Directory, DirectoryDecision, Intent, Trouble, Work};

use crate::{Engine, STORE_WAIT_MAX};

impl Engine {
    /// Lets the store decide, and answers the directory as it is afterwards. Once this returns it is in force.
    pub(crate) async fn change_directory(&self, decide: DirectoryDecision) -> Result<Directory, Trouble> {
        let (store, access, now) = (self.store.clone(), self.access.clone(), self.clock.wall());
        let changing = tokio::spawn(async move {
            let outcome = store.apply(Intent { now, work: Work::Directory { decide } }).await;
            let directory = access.refresh(&*store).await?;
            outcome.map(|_| directory)
        });
        match tokio::time::timeout(STORE_WAIT_MAX, changing).await {
            Ok(Ok(changed)) => changed,
            Ok(Err(_)) => Err(Trouble::Broken("the change was broken off".to_owned())),
            Err(_) => Err(Trouble::Unavailable("the store has not answered in time".to_owned())),
        }
    }
}
