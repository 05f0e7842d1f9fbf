//! Writing what a workspace holds: one statement a table, for all payments together, and the commit in the same breath.

mod arrays;
mod receipts;
mod told;

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
};

use arrays::{Answers, Parameters, Payments};
use deadpool_postgres::Client;
use domain::{text::Msn, wallet::Payer};
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
    // Each is sent when it is polled first, which is in this order.
    let mut writes = pin!(async {
        tokio::try_join!(
            biased;
            send(client, &statements.keep, &kept, answers.is_empty()),
            send(client, &statements.insert_payments, &inserted, payments.inserted.is_empty()),
            send(client, &statements.update_payments, &updated, payments.updated.is_empty()),
            send(client, &statements.insert_events, &events, payments.events.is_empty()),
            send(client, &statements.insert_short_links, &links, payments.links.is_empty()),
            send(client, &statements.put_requests, &requests, payments.requests.is_empty()),
            send(client, &statements.put_payer, &wallet, payer.is_nothing()),
            send(client, &statements.insert_receipts, &shown, receipts.is_empty()),
            send(client, &statements.insert_announcements, &announced, announcements.is_empty()),
            send(client, &statements.insert_deliveries, &told, announcements.is_empty()),
        )
    });
    let sent = poll_fn(|context| Poll::Ready(writes.as_mut().poll(context))).await;
    match sent {
        Poll::Ready(Err(error)) => return Err(error.into()),
        Poll::Ready(Ok(_nothing_to_write)) => client.batch_execute(COMMIT).await?,
        Poll::Pending => {
            let (written, committed) = tokio::join!(biased; writes, client.batch_execute(COMMIT));
            written?;
            committed?;
        }
    }
    Ok(())
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
