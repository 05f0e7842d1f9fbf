//! A change that shares its transaction with no other: begun, made and committed on its own.
//!
//! What it is made of says how things shall be, so that one whose commit was lost may simply be made again.

use std::future::Future;

use deadpool_postgres::Client;
use tokio::time::timeout;

use super::{
    fault::Fault,
    rows,
    session::{NO_ANSWER, Pools, discard},
    statements::BACKEND,
    transaction::{COMMIT_TIME_MAX, Failed, LOAD_TIME_MAX, LockWait, roll_back},
    write::COMMIT,
};

/// A transaction that has begun.
pub(super) struct Begun {
    client: Client,
    backend: i32,
}

pub(super) async fn begin(pools: &Pools) -> Result<Begun, Failed> {
    let client = pools.for_writing().await?;
    match in_time(begin_on(&client)).await {
        Some(Ok(backend)) => Ok(Begun { client, backend }),
        Some(Err(fault)) => Err(roll_back(client, fault).await.into()),
        None => {
            discard(client);
            Err(Fault::Refused(NO_ANSWER.to_owned()).into())
        }
    }
}

async fn begin_on(client: &Client) -> Result<i32, Fault> {
    client.batch_execute(LockWait::Patient.begin()).await?;
    rows::get(&client.query_one(BACKEND, &[]).await?, 0)
}

/// What came of a change that may take so long, if anything did.
pub(super) async fn in_time<T>(changing: impl Future<Output = Result<T, Fault>>) -> Option<Result<T, Fault>> {
    timeout(LOAD_TIME_MAX, changing).await.ok()
}

impl Begun {
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Commits, where the change came about and there was anything to change.
    pub(super) async fn end(self, changed: Option<Result<bool, Fault>>) -> Result<(), Failed> {
        let Self { client, backend } = self;
        match changed {
            Some(Ok(true)) => {}
            Some(Ok(false)) => {
                let _nothing_was_written = roll_back(client, Fault::Lost(String::new())).await;
                return Ok(());
            }
            Some(Err(fault)) => return Err(roll_back(client, fault).await.into()),
            None => {
                discard(client);
                return Err(Fault::Refused(NO_ANSWER.to_owned()).into());
            }
        }
        let committed = timeout(COMMIT_TIME_MAX, client.batch_execute(COMMIT)).await;
        let reason = match committed.map(|committed| committed.map_err(Fault::from)) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(Fault::Lost(reason))) => reason,
            Ok(Err(fault)) => return Err(roll_back(client, fault).await.into()),
            Err(_) => NO_ANSWER.to_owned(),
        };
        discard(client);
        Err(Failed::Unknown { backend, decided: Vec::new(), reason })
    }
}
