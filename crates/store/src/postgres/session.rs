//! Connections, each with the settings its promises rest on, in bounded pools.
//!
//! A connection that saw an error is closed and never lent again: whatever it is in the middle of ends with it.

use std::{future::Future, sync::Arc, time::Duration};

use deadpool_postgres::{Client, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio::time::timeout;
use tokio_postgres::NoTls;

use super::{
    OpenError,
    address::{Address, CONNECT_TIME_MAX, Encryption},
    fault::Fault,
    tls,
};

/// The most connections of a node for changes, and the most for reads: 16 together.
const WRITE_CONNECTIONS_MAX: usize = 8;
const READ_CONNECTIONS_MAX: usize = 8;
/// How long one waits for a connection where all are lent.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(4);

/// How long a single statement that writes may take.
pub(super) const WRITE_TIME_MAX: Duration = Duration::from_secs(6);

/// What is said where a database is silent.
pub(super) const NO_ANSWER: &str = "the database has not answered in time";

/// Where tables live, so that another program's in the same database are not taken for ours; and what every session promises.
///
/// `synchronous_commit` is only ever raised: a server that waits for more than its own disk goes on doing so. No plan reads a whole table:
/// what is asked while serving is found by its key, also before the server has learned how large a table is. A session that stops in
/// the middle of a transaction (its node was frozen) is ended before whoever waits for its locks gives up.
const SETTINGS: &str = "set search_path = kasse;
    set default_transaction_isolation = 'read committed';
    set statement_timeout = '10s';
    set lock_timeout = '250ms';
    set idle_in_transaction_session_timeout = '3s';
    set jit = off;
    set plan_cache_mode = force_generic_plan;
    set enable_seqscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off;
    select set_config('synchronous_commit', 'on', false)
      where current_setting('synchronous_commit') in ('off', 'local', 'remote_write')";

/// A node's connections.
#[derive(Clone)]
pub(super) struct Pools {
    writes: Pool,
    reads: Pool,
}

impl Pools {
    /// Opens nothing yet.
    pub(super) fn new(address: &Address) -> Result<Self, OpenError> {
        Ok(Self { writes: pool(address, WRITE_CONNECTIONS_MAX)?, reads: pool(address, READ_CONNECTIONS_MAX)? })
    }

    pub(super) async fn for_writing(&self) -> Result<Client, Fault> {
        Ok(self.writes.get().await?)
    }

    pub(super) async fn for_reading(&self) -> Result<Client, Fault> {
        Ok(self.reads.get().await?)
    }

    pub(super) fn close(&self) {
        self.writes.close();
        self.reads.close();
    }
}

fn pool(address: &Address, most: usize) -> Result<Pool, OpenError> {
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match &address.encryption {
        Encryption::None => Manager::from_config(address.config.clone(), NoTls, settings),
        Encryption::Verified { authorities } => {
            Manager::from_config(address.config.clone(), tls::connector(authorities.as_deref())?, settings)
        }
    };
    let timeouts =
        Timeouts { wait: Some(CONNECTION_WAIT_MAX), create: Some(CONNECT_TIME_MAX), recycle: Some(CONNECT_TIME_MAX) };
    Pool::builder(manager)
        .max_size(most)
        .runtime(Runtime::Tokio1)
        .timeouts(timeouts)
        .post_create(Hook::async_fn(|client, _| {
            Box::pin(async move {
                // The pool limits how long connecting takes, and not this.
                let set = timeout(CONNECT_TIME_MAX, client.batch_execute(SETTINGS)).await;
                set.map_err(|_| HookError::message(NO_ANSWER))?.map_err(HookError::Backend)
            })
        }))
        .build()
        .map_err(|error| OpenError::Tls(error.to_string()))
}

/// Asks on a connection, for so long at most. One that broke or has not answered in time is not lent again: a network that is silent would
/// keep the next one waiting as well, and what was asked may still be under way.
pub(super) async fn ask<T, R>(client: Client, most: Duration, asking: impl FnOnce(Arc<Client>) -> R) -> Result<T, Fault>
where
    R: Future<Output = Result<T, Fault>>,
{
    let client = Arc::new(client);
    let fault = match timeout(most, asking(client.clone())).await {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(fault @ Fault::Defect(_))) => return Err(fault),
        Ok(Err(fault)) => fault,
        Err(_) => Fault::Refused(NO_ANSWER.to_owned()),
    };
    if let Some(client) = Arc::into_inner(client) {
        discard(client);
    }
    Err(fault)
}

/// Ends the connection: it is not lent again.
pub(super) fn discard(client: Client) {
    drop(Client::take(client));
}
