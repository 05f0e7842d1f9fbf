//! Writing what a workspace holds: one statement a table, for all payments together, and the commit in the same breath.

mod arrays;
mod receipts;
mod told;

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use arrays::{Answers, Parameters, Payments};
use deadpool_postgres::Client;
use domain::{text::Msn, wallet::Payer};
use futures_util::future::{MaybeDone, join_all, maybe_done};
use receipts::Receipts;
use tokio_postgres::{Error, Statement};
use told::{Announcements, Deliveries};

use super::{
    fault::Fault,
    orders::INSERT_RECEIPTS,
    statements::{
        INSERT_ANNOUNCEMENTS, INSERT_DELIVERIES, INSERT_EVENTS, INSERT_PAYMENTS, INSERT_SHORT_LINKS, KEEP, PUT_PAYER,
        PUT_REQUESTS, QUARANTINE, UPDATE_PAYMENTS,
    },
    workspace::{Stored, Workspace},
};
use crate::record::{Unreadable, write_payer};

/// Ends a transaction. Nothing limits how long that takes: a commit that is cut short while it waits for a standby counts as done though
/// the standby has not got it. In a transaction that has failed the first half is refused, and the second is then not carried out.
pub(super) const COMMIT: &str = "set local statement_timeout = 0; commit";

/// The statements that write.
pub(super) struct Statements {
    keep: Statement,
    insert_payments: Statement,
    update_payments: Statement,
    insert_events: Statement,
    insert_short_links: Statement,
    put_requests: Statement,
    put_payer: Statement,
    insert_receipts: Statement,
    insert_announcements: Statement,
    insert_deliveries: Statement,
}

impl Statements {
    pub(super) async fn of(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            keep: client.prepare_cached(KEEP).await?,
            insert_payments: client.prepare_cached(INSERT_PAYMENTS).await?,
            update_payments: client.prepare_cached(UPDATE_PAYMENTS).await?,
            insert_events: client.prepare_cached(INSERT_EVENTS).await?,
            insert_short_links: client.prepare_cached(INSERT_SHORT_LINKS).await?,
            put_requests: client.prepare_cached(PUT_REQUESTS).await?,
            put_payer: client.prepare_cached(PUT_PAYER).await?,
            insert_receipts: client.prepare_cached(INSERT_RECEIPTS).await?,
            insert_announcements: client.prepare_cached(INSERT_ANNOUNCEMENTS).await?,
            insert_deliveries: client.prepare_cached(INSERT_DELIVERIES).await?,
        })
    }
}

/// Sends everything that is to be written and then the commit, and waits for all of it. What cannot even be sent is found before the commit
/// is sent, and what the database refuses fails the transaction, so that all of it is committed or nothing.
pub(super) async fn write_and_commit(
    client: &Client,
    statements: &Statements,
    msn: &Msn,
    workspace: &Workspace,
) -> Result<(), Fault> {
    let msn = msn.as_str();
    let (answers, payments) = (Answers::of(workspace), Payments::of(workspace)?);
    let (kept, inserted, updated) =
        (answers.parameters(&msn), payments.inserted.parameters(&msn), payments.updated.parameters(&msn));
    let (events, links) = (payments.events.parameters(&msn), payments.links.parameters(&msn));
    let payer = PayerRow::of(workspace.aside.new_payer.as_ref())?;
    let (requests, wallet) = (payments.requests.parameters(&msn), payer.parameters());
    let receipts = Receipts::of(workspace)?;
    let shown = receipts.parameters(&msn);
    let (announcements, deliveries) = (Announcements::of(&workspace.telling), Deliveries::of(&workspace.telling));
    let (announced, told) = (announcements.parameters(&msn), deliveries.parameters(&msn));
    let mut writes = [
        (&statements.keep, &kept, answers.is_empty()),
        (&statements.insert_payments, &inserted, payments.inserted.is_empty()),
        (&statements.update_payments, &updated, payments.updated.is_empty()),
        (&statements.insert_events, &events, payments.events.is_empty()),
        (&statements.insert_short_links, &links, payments.links.is_empty()),
        (&statements.put_requests, &requests, payments.requests.is_empty()),
        (&statements.put_payer, &wallet, payer.is_nothing()),
        (&statements.insert_receipts, &shown, receipts.is_empty()),
        (&statements.insert_announcements, &announced, announcements.is_empty()),
        (&statements.insert_deliveries, &told, announcements.is_empty()),
    ]
    .map(|(statement, parameters, is_nothing)| Box::pin(maybe_done(send(client, statement, parameters, is_nothing))));
    // Each is sent when it is polled first, which is in this order.
    poll_fn(|context| {
        for write in &mut writes {
            let _sent_or_done = write.as_mut().poll(context);
        }
        Poll::Ready(())
    })
    .await;
    // What the database refuses is told by the first that it refuses, which may not have been heard of yet.
    if let Some(error) = first_failure(&mut writes, |error| error.as_db_error().is_none()) {
        return Err(error.into());
    }
    let writing = join_all(writes.iter_mut().map(Pin::as_mut));
    let (_, committed) = tokio::join!(biased; writing, client.batch_execute(COMMIT));
    match first_failure(&mut writes, |_| true) {
        Some(error) => Err(error.into()),
        None => Ok(committed?),
    }
}

/// The first of these failures: after a statement that fails the database refuses those that follow, and that says nothing.
fn first_failure<F: Future<Output = Result<(), Error>>>(
    writes: &mut [Pin<Box<MaybeDone<F>>>],
    is_meant: fn(&Error) -> bool,
) -> Option<Error> {
    writes.iter_mut().find_map(|write| match write.as_mut().output_mut() {
        Some(Err(error)) if is_meant(error) => write.as_mut().take_output()?.err(),
        _ => None,
    })
}

/// The row of a payer, if one has changed.
#[derive(Default)]
struct PayerRow<'a> {
    number: &'a str,
    version: i64,
    detail: String,
}

impl<'a> PayerRow<'a> {
    fn of(payer: Option<&'a Payer>) -> Result<Self, Unreadable> {
        let Some(payer) = payer else { return Ok(Self::default()) };
        Ok(Self { number: payer.number.as_str(), version: payer.version.into(), detail: write_payer(payer)? })
    }

    const fn is_nothing(&self) -> bool {
        self.number.is_empty()
    }

    fn parameters(&self) -> Parameters<'_> {
        vec![&self.number, &self.version, &self.detail]
    }
}

async fn send(
    client: &Client,
    statement: &Statement,
    parameters: &Parameters<'_>,
    is_nothing: bool,
) -> Result<(), Error> {
    if is_nothing {
        return Ok(());
    }
    client.execute(statement, parameters).await.map(drop)
}

/// Sets rows aside that make no sense: there is nothing else of them that could be written. Seldom, so one by one.
pub(super) async fn set_unreadable_aside(client: &Client, msn: &Msn, workspace: &Workspace) -> Result<(), Error> {
    for (reference, slot) in &workspace.payments {
        if slot.is_set_aside && matches!(slot.stored, Stored::Unreadable(_)) {
            let statement = client.prepare_cached(QUARANTINE).await?;
            client.execute(&statement, &[&msn.as_str(), &reference.as_str()]).await?;
        }
    }
    Ok(())
}
