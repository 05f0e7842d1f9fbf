//! Who is connected: the running connection tasks, how to stop each of them, and how many each client has.
//!
//! Only the accept loop owns it, so it needs no locks, and a connection never looks at it. An entry leaves with its
//! task, however the task ended, and a client with no connections has no entry: memory is bounded by the number of
//! open connections. Dropping the roster aborts every task in it.

use std::collections::HashMap;
use std::net::IpAddr;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};

pub(super) struct Roster {
    tasks: JoinSet<()>,
    entries: HashMap<Id, Entry>,
    per_client: HashMap<IpAddr, usize>,
}

struct Entry {
    /// Never sent: dropping it is the stop signal.
    _stop: oneshot::Sender<()>,
    /// The client this connection is charged to; none if its address is exempt.
    client: Option<IpAddr>,
}

impl Roster {
    pub(super) fn new() -> Self {
        Self { tasks: JoinSet::new(), entries: HashMap::new(), per_client: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn of_client(&self, client: IpAddr) -> usize {
        self.per_client.get(&client).copied().unwrap_or(0)
    }

    /// Starts a connection's task. What is made from the receiver should finish soon after it resolves.
    pub(super) fn enter<F>(&mut self, client: Option<IpAddr>, connection: impl FnOnce(oneshot::Receiver<()>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let task = self.tasks.spawn(connection(stopped));
        self.entries.insert(task.id(), Entry { _stop: stop, client });
        if let Some(client) = client {
            *self.per_client.entry(client).or_insert(0) += 1;
        }
    }

    /// Waits for some task to end and strikes it off. `None` at once if there is no task. Safe to cancel.
    pub(super) async fn leave(&mut self) -> Option<()> {
        let ended = self.tasks.join_next_with_id().await?;
        self.strike_off(ended);
        Some(())
    }

    fn strike_off(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "a connection task panicked");
                }
                error.id()
            }
        };
        let Some(Entry { client: Some(client), .. }) = self.entries.remove(&id) else { return };
        if let Some(count) = self.per_client.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_client.remove(&client);
            }
        }
    }

    /// Tells every connection to finish its running request and close.
    pub(super) fn stop_all(&mut self) {
        self.entries.clear();
        self.per_client.clear();
    }

    /// Ends whatever still runs, without waiting for it, and returns how many tasks that were.
    pub(super) fn cut_off(mut self) -> usize {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.abort_all();
        self.tasks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn nothing_is_left_of_a_client_that_left() {
        let client = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        let mut roster = Roster::new();
        roster.enter(Some(client), |_| async {});
        roster.enter(Some(client), |_| async { panic!("on purpose") });
        roster.enter(None, |_| async {});
        assert_eq!((roster.of_client(client), roster.len()), (2, 3));
        while roster.leave().await.is_some() {}
        assert!(roster.entries.is_empty() && roster.per_client.is_empty());
    }

    #[tokio::test]
    async fn a_stop_reaches_every_task() {
        let mut roster = Roster::new();
        for _ in 0..3 {
            roster.enter(None, |stopped| async {
                let _ = stopped.await;
            });
        }
        roster.stop_all();
        while roster.leave().await.is_some() {}
        assert_eq!(roster.cut_off(), 0);
    }
}
