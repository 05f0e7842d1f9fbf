//! What a node knows of the database: whether it takes writes, and whether it still serves this program.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{
    fault::Fault,
    read, rows,
    session::{Pools, WRITE_TIME_MAX, ask},
    statements::WRITE_NOTHING_NEW,
};
use crate::Trouble;

pub(super) struct State {
    /// The last migration this program knows.
    known: i64,
    is_writable: AtomicBool,
    is_probing: AtomicBool,
    /// Why the database does not serve this program any more.
    unserved: Mutex<Option<String>>,
}

impl State {
    pub(super) const fn new(known: i64) -> Self {
        Self {
            known,
            is_writable: AtomicBool::new(true),
            is_probing: AtomicBool::new(false),
            unserved: Mutex::new(None),
        }
    }

    pub(super) fn is_writable(&self) -> bool {
        self.is_writable.load(Ordering::Acquire) && self.is_served().is_ok()
    }

    /// Something was written.
    pub(super) fn works(&self) {
        if !self.is_writable.swap(true, Ordering::AcqRel) {
            tracing::info!("the database takes writes again");
        }
    }

    /// Something could not be written.
    pub(super) fn refuses(&self, reason: &str) {
        if self.is_writable.swap(false, Ordering::AcqRel) {
            tracing::error!(reason, "nothing can be written now");
        }
    }

    /// Nothing is begun on a database that does not serve this program any more.
    pub(super) fn is_served(&self) -> Result<(), Trouble> {
        let unserved = self.unserved.lock().unwrap_or_else(PoisonError::into_inner);
        unserved.clone().map_or(Ok(()), |reason| Err(Trouble::Unavailable(reason)))
    }

    /// Looks at the database: whether it serves this program, and how often who may call was changed.
    pub(super) async fn look(&self, pools: &Pools) -> Result<u64, Trouble> {
        let looked = read::answer(pools, |client| async move {
            let statement = client
                .prepare_cached("select directory_version, (select max(serves) from migrations) from instance")
                .await?;
            let row = client.query_one(&statement, &[]).await?;
            Ok((rows::get::<i64>(&row, 0)?, rows::get::<i64>(&row, 1)?))
        });
        // What cannot be read cannot be written either, and nobody who is refused for it comes to try.
        let (version, serves) = looked.await.map_err(|fault| self.trouble(fault))?;
        self.note_what_it_serves(serves);
        self.is_served()?;
        Ok(version.unsigned_abs())
    }

    /// What a caller is told, once it is noted what it says of the database. A row that somebody holds says nothing of it.
    pub(super) fn trouble(&self, fault: Fault) -> Trouble {
        if let Fault::Lost(reason) | Fault::Refused(reason) = &fault {
            self.refuses(reason);
        }
        fault.into_trouble()
    }

    fn note_what_it_serves(&self, serves: i64) {
        let known = self.known;
        let unserved = (serves > known).then(|| {
            format!(
                "the database was upgraded and serves programs that know schema {serves} or later; this one knows {known}: \
                 install the version the other nodes run"
            )
        });
        let mut before = self.unserved.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(reason), None) = (&unserved, &*before) {
            tracing::error!(reason, "this node serves nobody any more");
        }
        *before = unserved;
    }

    /// Writes what is there already; whether that works is whether anything would. One at a time is enough.
    pub(super) async fn probe(&self, pools: &Pools) {
        if self.is_probing.swap(true, Ordering::AcqRel) {
            return;
        }
        let probed = async {
            ask(pools.for_writing().await?, WRITE_TIME_MAX, |client| async move {
                client.execute(WRITE_NOTHING_NEW, &[]).await?;
                Ok(())
            })
            .await
        };
        match probed.await {
            Ok(()) => self.works(),
            Err(fault) => self.refuses(&fault.reason()),
        }
        self.is_probing.store(false, Ordering::Release);
    }
}
