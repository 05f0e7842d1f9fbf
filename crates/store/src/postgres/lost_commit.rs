//! What became of a commit whose answer was lost. Never guessed: it is first made sure that nobody is at it any more, and then looked.
//!
//! Whoever was committing is the server's process for the broken connection. As long as that lives it may still commit, or still not have.
//! Unless it is in the middle of committing it is ended, and once it is gone what it did is final. One that is committing is left alone: it
//! may wait for a standby, and ended there it would leave behind what everybody sees and the standby has not got. For the same reason
//! something is committed before anything is believed that was found. Then an intent with an idempotency key is simply carried out again:
//! the record under its key answers if it was done. An intent without one, or one whose failed attempt is in the log and nothing under its
//! key, is recognised by the event it wrote.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::types::ToSql;

use super::{
    fault::Fault,
    read,
    session::{Pools, ask},
    statements::{EVENT_IS_THERE, WRITE_NOTHING_NEW},
    workspace::Decided,
    write::COMMIT,
};
use crate::{Intent, Outcome, Work};

/// How long it is tried to find out.
const WAIT_MAX: Duration = Duration::from_secs(2);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// As many rows as there are processes of this number that are ours. Ends them, unless they are committing.
const END: &str = "select case when state = 'active' and query = $2 then false else pg_terminate_backend(pid) end
     from pg_stat_activity where pid = $1 and usename = current_user";

/// Waits until the process that was committing is gone. Where that cannot be found out in time: why, in words.
pub(super) async fn wait_until_gone(pools: &Pools, backend: i32, reason: &str) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let problem = match is_gone(pools, backend).await {
            Ok(true) => match commit_something(pools).await {
                Ok(()) => return Ok(()),
                Err(fault) => format!("{reason}; whether that is durable cannot be seen: {}", fault.reason()),
            },
            Ok(false) => format!("{reason}; whether it was committed cannot be seen yet"),
            Err(fault) => format!("{reason}; whether it was committed cannot be seen: {}", fault.reason()),
        };
        if began.elapsed() > WAIT_MAX {
            return Err(problem);
        }
        sleep(LOOK_INTERVAL).await;
    }
}

async fn is_gone(pools: &Pools, backend: i32) -> Result<bool, Fault> {
    let ended = read::answer(pools, |client| async move {
        let statement = client.prepare_cached(END).await?;
        Ok(client.query(&statement, &[&backend, &COMMIT]).await?)
    });
    Ok(ended.await?.is_empty())
}

/// Once this is durable, everything that was committed before it is.
async fn commit_something(pools: &Pools) -> Result<(), Fault> {
    ask(pools.for_writing().await?, WAIT_MAX, |client| async move {
        client.execute(WRITE_NOTHING_NEW, &[]).await?;
        Ok(())
    })
    .await
}

/// Whether it can be seen that the change was made. Where an answer is kept under a key this is not asked: carried out again it will show.
pub(super) async fn is_done(pools: &Pools, intent: &Intent, decided: &Decided) -> Result<bool, Fault> {
    let (msn, has_key) = match &intent.work {
        Work::Payment { msn, idempotency, .. } => (msn, idempotency.is_some()),
        Work::Request { msn, .. } => (msn, false),
        _ => return Ok(false),
    };
    // Of an attempt that failed only the log tells.
    let is_kept = has_key && matches!(decided.outcome, Ok(Outcome::Done(_)));
    let Some(mark) = decided.mark.as_ref().filter(|_| !is_kept) else { return Ok(false) };
    let (msn, sequence) = (msn.as_str(), i64::from(mark.sequence));
    let found = read::answer(pools, |client| async move {
        let statement = client.prepare_cached(EVENT_IS_THERE).await?;
        let parameters: [&(dyn ToSql + Sync); 4] =
            [&msn, &mark.reference.as_str(), &sequence, &&mark.psp_reference[..]];
        Ok(client.query_opt(&statement, &parameters).await?)
    });
    Ok(found.await?.is_some())
}
