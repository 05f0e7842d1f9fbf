//! One transaction for any number of intents on payments of one sales unit: two trips to the database and one commit.
//!
//! The first trip begins, locks and loads; then every decision is asked, on what was loaded and on what the ones before it made of that;
//! the second trip writes and commits. What only creations name may be presumed new instead of being looked for: if it is not, the keys of
//! its rows refuse the transaction, and nothing of it is done. Whatever happens to the connection, the answer says which of three it was:
//! done, nothing of it done, or not known.

use std::{collections::BTreeSet, time::Duration};

use deadpool_postgres::Client;
use domain::text::{Msn, Reference};
use tokio::time::timeout;
use tokio_postgres::{Error, Row, Statement};

use super::{
    fault::Fault,
    requests, rows,
    session::{NO_ANSWER, Pools, WRITE_TIME_MAX, ask, discard},
    statements::{KEPT_ANSWERS, LOCK_PAYMENTS, LOCKED_BY, QUARANTINE},
    webhooks::{self, SELECT_TOLD},
    workspace::{Decided, KeyName, Stored, Workspace, key_name},
    write::{self, Statements},
};
use crate::{Idempotency, Intent, Lane, Operation, Work, decision, record::odd};

/// How long loading may take, the wait for locks included.
pub(super) const LOAD_TIME_MAX: Duration = Duration::from_secs(6);
/// How long writing and committing may take before it is asked what became of it.
pub(super) const COMMIT_TIME_MAX: Duration = Duration::from_secs(3);

/// How long a transaction waits for a row that somebody else has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LockWait {
    /// A moment, as the session is set to: others are in the same transaction and shall not wait for it.
    Brief,
    /// As long as whoever asked.
    Patient,
}

impl LockWait {
    /// How a transaction begins.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Brief => "begin",
            Self::Patient => "begin; set local lock_timeout = '5s'",
        }
    }
}

/// What is done about the payments and keys that only creations name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Creations {
    /// They are taken to be new.
    Presumed,
    /// They are looked for.
    LookedFor,
}

impl Creations {
    /// Whether nothing has to be known for this one.
    fn presume(self, work: &Work) -> bool {
        self == Self::Presumed && is_creation(work)
    }
}

pub(super) const fn is_creation(work: &Work) -> bool {
    matches!(work, Work::Payment { idempotency: Some(Idempotency { operation: Operation::Create, .. }), .. })
}

/// Why a transaction was not carried through.
pub(super) enum Failed {
    /// Nothing of it is there, for certain.
    Undone(Fault),
    /// The commit was under way when the connection broke.
    Unknown {
        /// Who was committing.
        backend: i32,
        /// What will have been done if it was.
        decided: Vec<Decided>,
        reason: String,
    },
}

impl<F: Into<Fault>> From<F> for Failed {
    fn from(fault: F) -> Self {
        Self::Undone(fault.into())
    }
}

/// Carries the intents out, all or none. All of them are about payments of this sales unit. Answers also where something is to be sent.
/// What was presumed and is not so is a [`Fault::Duplicate`].
pub(super) async fn carry_out<'a>(
    pools: &Pools,
    msn: &Msn,
    intents: impl Iterator<Item = &'a Intent> + Clone,
    (wait, creations): (LockWait, Creations),
) -> Result<(Vec<Decided>, Vec<Lane>), Failed> {
    let client = pools.for_writing().await?;
    let loaded = match timeout(LOAD_TIME_MAX, Loaded::load(&client, msn, intents.clone(), (wait, creations))).await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(fault)) => return Err(roll_back(client, fault).await.into()),
        Err(_) => {
            discard(client);
            return Err(Fault::Refused(NO_ANSWER.to_owned()).into());
        }
    };
    let Loaded { statements, backend, mut workspace } = loaded;
    let decided: Vec<Decided> = intents.clone().map(|intent| workspace.carry_out(intent)).collect();
    let is_new =
        |(intent, decided): (&Intent, &Decided)| !creations.presume(&intent.work) || decided.stands_by_its_key();
    if !intents.clone().zip(&decided).all(is_new) {
        // Of one that is refused no row would tell that it was there.
        return Err(roll_back(client, Fault::Duplicate("a creation was not new".to_owned())).await.into());
    }
    if workspace.is_unchanged() {
        let _nothing_was_written = roll_back(client, Fault::Lost(String::new())).await;
        return Ok((decided, Vec::new()));
    }
    match timeout(COMMIT_TIME_MAX, write::set_unreadable_aside(&client, msn, &workspace)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(roll_back(client, error.into()).await.into()),
        Err(_) => {
            discard(client);
            return Err(Fault::Refused(NO_ANSWER.to_owned()).into());
        }
    }
    let written = timeout(COMMIT_TIME_MAX, write::write_and_commit(&client, &statements, msn, &workspace)).await;
    let is_undone = matches!(&written, Ok(Err(fault)) if !matches!(fault, Fault::Lost(_)));
    if !is_undone {
        report(intents, &decided);
    }
    let unknown = |client, decided, reason| {
        discard(client);
        Failed::Unknown { backend, decided, reason }
    };
    match written {
        Ok(Ok(())) => Ok((decided, workspace.telling.lanes)),
        Ok(Err(Fault::Lost(reason))) => Err(unknown(client, decided, reason)),
        Ok(Err(fault)) => Err(roll_back(client, fault).await.into()),
        Err(_) => Err(unknown(client, decided, NO_ANSWER.to_owned())),
    }
}

/// Tells whoever reads the log what was found, now that it stands or may: what is undone is found again, and then told.
fn report<'a>(intents: impl Iterator<Item = &'a Intent>, decided: &[Decided]) {
    for (intent, decided) in intents.zip(decided) {
        if let Some(reason) = &decided.found {
            decision::report(intent, reason);
        }
    }
}

/// From now on the payment can be read but not changed.
pub(super) async fn set_aside(pools: &Pools, msn: &Msn, reference: &Reference) -> Result<(), Fault> {
    let setting = ask(pools.for_writing().await?, WRITE_TIME_MAX, |client| async move {
        let statement = client.prepare_cached(QUARANTINE).await?;
        client.execute(&statement, &[&msn.as_str(), &reference.as_str()]).await?;
        Ok(())
    });
    setting.await
}

/// Ends a transaction that has come to nothing, and the connection with it where that is in doubt.
pub(super) async fn roll_back(client: Client, fault: Fault) -> Fault {
    if matches!(timeout(COMMIT_TIME_MAX, client.batch_execute("rollback")).await, Ok(Ok(()))) {
        return fault;
    }
    discard(client);
    fault
}

/// What the first trip brings.
struct Loaded {
    statements: Statements,
    backend: i32,
    workspace: Workspace,
}

impl Loaded {
    async fn load<'a>(
        client: &Client,
        msn: &Msn,
        intents: impl Iterator<Item = &'a Intent> + Clone,
        (wait, creations): (LockWait, Creations),
    ) -> Result<Self, Fault> {
        let statements = Statements::of(client).await?;
        let (lock, kept, told) = tokio::try_join!(
            client.prepare_cached(LOCK_PAYMENTS),
            client.prepare_cached(KEPT_ANSWERS),
            client.prepare_cached(SELECT_TOLD),
        )?;
        let asked_aside = intents.clone().next().map(|intent| &intent.work);
        let (names, keys) = named(intents.filter(|intent| !creations.presume(&intent.work)));
        let (msn, names): (_, Vec<&str>) = (msn.as_str(), names.iter().map(|reference| reference.as_str()).collect());
        let keyed = Keyed::of(&keys);
        // In this order: what was kept before a lock was let go is seen by whoever waited for the lock.
        let ((), payments, answers, told) = tokio::try_join!(
            biased;
            client.batch_execute(wait.begin()),
            async { client.query(&lock, &[&msn, &names]).await },
            async { keyed.query(client, &kept, msn).await },
            async { client.query(&told, &[&msn]).await },
        )?;
        let backend = payments.first().ok_or_else(|| odd("the answer to a lock"))?;
        let backend = rows::get(backend, LOCKED_BY)?;
        let told = told.iter().map(webhooks::told).collect::<Result<_, _>>()?;
        let aside = requests::aside(client, asked_aside).await?;
        let mut workspace = Workspace { told, aside, ..Workspace::default() };
        for row in &payments {
            let Some(reference) = rows::get::<Option<&str>>(row, 0)? else { continue };
            let reference = Reference::parse(reference).map_err(|_| odd("the name of a payment"))?;
            let slot = workspace.payments.entry(reference).or_default();
            slot.stored = match rows::payment(row) {
                Ok(stored) => Stored::Payment(Box::new(stored)),
                Err(fault) => Stored::Unreadable(fault.reason()),
            };
        }
        for row in &answers {
            let operation: &str = rows::get(row, 0)?;
            let operation = Operation::ALL.into_iter().find(|one| one.name() == operation);
            let operation = operation.ok_or_else(|| odd("the name of an answer"))?;
            let key = (operation.name(), rows::get(row, 1)?, rows::get(row, 2)?);
            workspace.stored_answers.insert(key, rows::kept(row, 3)?);
        }
        Ok(Self { statements, backend, workspace })
    }
}

/// What the intents concern, in the order of keys.
fn named<'a>(intents: impl Iterator<Item = &'a Intent>) -> (BTreeSet<&'a Reference>, BTreeSet<KeyName>) {
    let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for intent in intents {
        match &intent.work {
            Work::Payment { reference, idempotency, .. } => {
                names.insert(reference);
                keys.extend(idempotency.as_ref().map(key_name));
            }
            Work::Request { reference, .. } => drop(names.insert(reference)),
            _ => {}
        }
    }
    (names, keys)
}

/// The names of answers, an array a column.
#[derive(Default)]
struct Keyed<'a> {
    operation: Vec<&'a str>,
    reference: Vec<&'a str>,
    idempotency_key: Vec<&'a str>,
}

impl<'a> Keyed<'a> {
    fn of(keys: &'a BTreeSet<KeyName>) -> Self {
        let mut keyed = Self::default();
        for (operation, reference, key) in keys {
            keyed.operation.push(operation);
            keyed.reference.push(reference);
            keyed.idempotency_key.push(key);
        }
        keyed
    }

    async fn query(&self, client: &Client, statement: &Statement, msn: &str) -> Result<Vec<Row>, Error> {
        if self.operation.is_empty() {
            return Ok(Vec::new());
        }
        let Self { operation, reference, idempotency_key } = self;
        client.query(statement, &[&msn, operation, reference, idempotency_key]).await
    }
}
