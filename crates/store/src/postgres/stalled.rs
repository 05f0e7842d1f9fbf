//! Sessions that stopped in the middle of what they were being told, or of telling what they had found.
//!
//! A session that is idle in a transaction is ended by the server before whoever waits for its locks gives up. The server counts from when
//! it said that it is ready for more, and no longer once anything comes: where a client falls silent between two messages that belong
//! together, nothing limits how long it is waited for, and the session would keep its locks for as long as its connection seems to live,
//! which may be hours. So would one whose client takes nothing any more of a long answer. So whoever has waited for a lock in vain ends all
//! of that kind, and so does whoever forgets old deliveries now and then: those who claim pass over what is locked, and wait for nobody.
//! What such a session had not begun to commit is not there, as with any that is ended.

use super::{read, session::Pools};

/// Ours alone, as an operator's are named otherwise, and of those only such as may hold rows and have waited for their client for as long
/// as one that is idle in a transaction may. Whether they are called active depends on what came last: a statement that is closed leaves
/// them idle. One that commits waits for no client.
const END_STALLED: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
     where datname = current_database() and usename = current_user and application_name = current_setting('application_name')
       and pid <> pg_backend_pid() and backend_xid is not null
       and wait_event_type = 'Client' and wait_event in ('ClientRead', 'ClientWrite')
       and state_change < clock_timestamp() - current_setting('idle_in_transaction_session_timeout')::interval";

/// Ends them, if the database can be asked; otherwise whoever is next to see to it does.
pub(super) async fn end(pools: &Pools) {
    let ended = read::answer(pools, |client| async move {
        let statement = client.prepare_cached(END_STALLED).await?;
        client.query(&statement, &[]).await?;
        Ok(())
    });
    if let Err(fault) = ended.await {
        tracing::debug!(reason = fault.reason(), "sessions that have stalled could not be ended; trying again");
    }
}
