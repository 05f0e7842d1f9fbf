//! The one thread that writes.
//!
//! It takes whatever is waiting, up to [`BATCH_MAX`], carries each intent out in a savepoint of its own (the only one of a batch has the
//! transaction to itself), commits once and only then answers. It never waits for a batch to fill: a single caller gets a commit of its own
//! at once, many share one.
//!
//! When the disk is full the batch is rolled back and refused, and the next is tried. When writing or syncing fails, what is on disk is
//! unknown: nothing is answered, nothing more is taken on, and the process is expected to end and recover from the log.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    claims::Claims,
    open::DataLock,
    readers::Readers,
    write::{self, Failure},
};
use crate::{
    Announced, DeliveriesChange, Intent, Lane, Outcome, Trouble, Work,
    decision::{self, Defect},
};

/// The most intents that share a commit.
pub(super) const BATCH_MAX: usize = 256;
/// The most jobs that may wait.
pub(super) const QUEUE_MAX: usize = 4096;

pub(super) enum Job {
    Apply {
        intent: Intent,
        reply: oneshot::Sender<Result<Outcome, Trouble>>,
    },
    /// Find out whether writing works again.
    Probe,
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// How the writer ended. A writer that is gone without having said how has died.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    Closed,
    Failed(String),
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) readers: Arc<Readers>,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) writable: Arc<AtomicBool>,
    pub(super) ending: watch::Sender<Option<Ending>>,
    /// Told of what is to be sent, once it is there to be sent.
    pub(super) announced: Announced,
    /// Given back once the attempt is recorded.
    pub(super) claims: Claims,
    /// Held until the connection is closed.
    pub(super) lock: DataLock,
}

type Waiting = (Intent, oneshot::Sender<Result<Outcome, Trouble>>);

/// Why a whole batch came to nothing.
enum BatchFailure {
    /// It may work later.
    Refused(String),
    /// What is on disk is unknown.
    Fatal(String),
}

impl Writer {
    /// Until everybody has gone or something fails for good.
    pub(super) fn run(mut self) {
        let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH_MAX);
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = self.jobs.blocking_recv() else { break };
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Apply { intent, reply } => batch.push((intent, reply)),
                    Job::Probe => self.probe(),
                    Job::Close { reply } => closing = Some(reply),
                }
                next = if batch.len() < BATCH_MAX && closing.is_none() { self.jobs.try_recv().ok() } else { None };
            }
            if let Err(reason) = self.commit(&mut batch) {
                return self.give_up(reason);
            }
        }
        let ending = self.ending.clone();
        self.close();
        ending.send_replace(Some(Ending::Closed));
        if let Some(reply) = closing {
            let _caller_went_away = reply.send(());
        }
    }

    /// Nothing is touched any more: what is on disk is for the next start to read.
    fn give_up(self, reason: String) {
        self.writable.store(false, Ordering::Release);
        let _closing_checkpoints_then = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        self.ending.send_replace(Some(Ending::Failed(reason)));
    }

    /// Writes what is there already; whether that works is whether anything would.
    fn probe(&self) {
        let works = self.connection.execute("update instance set mode = mode", []).is_ok();
        self.writable.store(works, Ordering::Release);
    }

    /// Commits the batch and answers each; `Err` when the writer cannot go on.
    fn commit(&self, batch: &mut Vec<Waiting>) -> Result<(), String> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut lanes = Vec::new();
        match self.transaction(batch, &mut lanes) {
            Ok(outcomes) => {
                self.readers.committed();
                self.give_back(batch, &outcomes);
                self.announced.tell(lanes);
                self.writable.store(true, Ordering::Release);
                for ((_, reply), outcome) in batch.drain(..).zip(outcomes) {
                    let _caller_went_away = reply.send(outcome);
                }
                self.readers.let_go();
                Ok(())
            }
            Err(BatchFailure::Refused(reason)) => {
                tracing::error!(reason, intents = batch.len(), "nothing can be written now");
                self.writable.store(false, Ordering::Release);
                for (_, reply) in batch.drain(..) {
                    let _caller_went_away = reply.send(Err(Trouble::Unavailable(reason.clone())));
                }
                Ok(())
            }
            Err(BatchFailure::Fatal(reason)) => Err(reason),
        }
    }

    /// What was recorded is nobody's any more. What cannot be recorded stays claimed: it would be sent again and again.
    fn give_back(&self, batch: &[Waiting], outcomes: &[Result<Outcome, Trouble>]) {
        for ((intent, _), outcome) in batch.iter().zip(outcomes) {
            if let (Work::Deliveries(DeliveriesChange::Record(attempts)), Ok(_)) = (&intent.work, outcome) {
                let ended = attempts.iter().map(|one| (&one.recipient.lane.msn, one.delivery, one.fence));
                self.claims.give_back(ended);
            }
        }
    }

    fn transaction(
        &self,
        batch: &[Waiting],
        lanes: &mut Vec<Lane>,
    ) -> Result<Vec<Result<Outcome, Trouble>>, BatchFailure> {
        self.execute("begin immediate")?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for (intent, _) in batch {
            let carried_out =
                if batch.len() == 1 { self.alone(intent, lanes) } else { self.in_savepoint(intent, lanes) };
            match carried_out {
                Ok(outcome) => outcomes.push(outcome),
                Err(failure) => {
                    // Some errors have rolled everything back already; then this says so and changes nothing.
                    let _rolled_back_already = self.connection.execute_batch("rollback");
                    return Err(failure);
                }
            }
        }
        match self.execute("commit") {
            Ok(()) => Ok(outcomes),
            Err(failure) => {
                let _rolled_back_already = self.connection.execute_batch("rollback");
                Err(failure)
            }
        }
    }

    /// One intent that cannot hurt its neighbours: what it wrote is gone if it fails.
    fn in_savepoint(&self, intent: &Intent, lanes: &mut Vec<Lane>) -> Result<Result<Outcome, Trouble>, BatchFailure> {
        self.execute("savepoint intent")?;
        let outcome = self.carry_out(intent, lanes, &["rollback to intent"])?;
        self.execute("release intent")?;
        Ok(outcome)
    }

    /// One intent that has no neighbours. A savepoint would cost a copy of every page it writes to.
    fn alone(&self, intent: &Intent, lanes: &mut Vec<Lane>) -> Result<Result<Outcome, Trouble>, BatchFailure> {
        self.carry_out(intent, lanes, &["rollback", "begin immediate"])
    }

    /// Of one that breaks what it wrote is undone by these statements, and what it is about is set aside.
    fn carry_out(
        &self,
        intent: &Intent,
        lanes: &mut Vec<Lane>,
        undo: &[&str],
    ) -> Result<Result<Outcome, Trouble>, BatchFailure> {
        match write::carry_out(&self.connection, intent, &self.claims, lanes) {
            Ok(outcome) => Ok(Ok(outcome)),
            Err(Failure::Sql(error)) => Err(judge(&error)),
            Err(Failure::Defect(defect)) => {
                if let Defect::Broken(reason) = &defect {
                    undo.iter().try_for_each(|sql| self.execute(sql))?;
                    self.quarantine(intent, reason)?;
                }
                Ok(Err(defect.into()))
            }
        }
    }

    fn quarantine(&self, intent: &Intent, reason: &str) -> Result<(), BatchFailure> {
        decision::report(intent, reason);
        match &intent.work {
            Work::Payment { msn, reference, .. } | Work::Request { msn, reference, .. } => {
                write::quarantine(&self.connection, msn, reference).map_err(|error| judge(&error))
            }
            Work::Directory { .. }
            | Work::Webhooks { .. }
            | Work::Deliveries(_)
            | Work::Payer { .. }
            | Work::Order { .. } => Ok(()),
        }
    }

    fn execute(&self, sql: &str) -> Result<(), BatchFailure> {
        let statement = self.connection.prepare_cached(sql);
        statement.and_then(|mut statement| statement.execute([])).map(drop).map_err(|error| judge(&error))
    }

    /// Everything into the database file, so that the next start has nothing to recover.
    fn close(self) {
        self.readers.close();
        if let Err(error) = self.connection.execute_batch("pragma wal_checkpoint(truncate)") {
            tracing::warn!(%error, "the log was not checkpointed; the next start will read it");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
        drop(self.lock);
    }
}

/// Out of room is a matter of time; everything else unforeseen leaves the state of the disk unknown.
fn judge(error: &rusqlite::Error) -> BatchFailure {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::DatabaseBusy | ErrorCode::OutOfMemory) => {
            BatchFailure::Refused(error.to_string())
        }
        _ => BatchFailure::Fatal(error.to_string()),
    }
}
