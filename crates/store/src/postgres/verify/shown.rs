//! Contradictions in what is shown with orders. Rows are looked at as they come: files are large, and there may be many.

use std::pin::pin;

use deadpool_postgres::Client;
use futures_util::TryStreamExt as _;
use tokio_postgres::Row;

use super::asked_for;
use crate::{
    Finding,
    findings::shown::CONTRADICTIONS,
    postgres::{fault::Fault, orders, rows},
};

/// A payment whose receipt was said when it was created, and is not its order's.
const RECEIPT_MISSING: &str =
    "select p.msn, p.reference, 'receipt' from payments as p where p.terms::json ->> 'receipt' is not null
     and not exists (select 1 from order_receipts as r where r.msn = p.msn and r.order_id = p.reference and r.payment_type = 'ECOM')";

const RECEIPTS: &str = "select payment_type, order_id, id, receipt, added_at, msn from order_receipts";
const CATEGORIES: &str = "select id, payment_type, order_id, kind, url, image_id, added_at, msn from order_categories";
const FILES: &str = "select media_type, width, height, bytes, digest, msn from order_pictures";

pub(super) async fn findings(client: &Client) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for (sql, problem) in CONTRADICTIONS.iter().copied().chain([(RECEIPT_MISSING, "is not shown with its order")]) {
        findings.extend(asked_for(client, sql, problem).await?);
    }
    let receipt = |row: &Row| orders::receipt_of(row).map(drop);
    unreadable(client, RECEIPTS, "the receipt", (1, 5), receipt, &mut findings).await?;
    let category = |row: &Row| orders::category_of(row).map(drop);
    unreadable(client, CATEGORIES, "a category", (2, 7), category, &mut findings).await?;
    let file = |row: &Row| Ok(orders::file_of(row, 0)?.examine(rows::get(row, 4)?)?);
    unreadable(client, FILES, "a file", (0, 5), file, &mut findings).await?;
    Ok(findings)
}

/// A finding for each row that makes no sense, named by two of its columns.
async fn unreadable(
    client: &Client,
    select: &str,
    what: &str,
    (name, msn): (usize, usize),
    read: impl Fn(&Row) -> Result<(), Fault>,
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let nothing: [&str; 0] = [];
    let mut found = pin!(client.query_raw(select, nothing).await?);
    while let Some(row) = found.try_next().await? {
        match read(&row) {
            Ok(()) => {}
            Err(Fault::Defect(problem)) => {
                let subject = format!("{what} {} of {}", rows::get::<&str>(&row, name)?, rows::get::<&str>(&row, msn)?);
                findings.push(Finding { subject, problem });
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}
