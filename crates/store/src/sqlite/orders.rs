//! What readers see of images, categories and receipts.

use domain::{
    order::{Category, CategoryId, OrderName},
    text::{ImageId, Msn, OrderId},
};
use rusqlite::{Connection, Row, params};

use super::rows::{self, RowError};
use crate::{
    Finding, Image, Order, OrderReceipt,
    findings::shown::CONTRADICTIONS,
    record::{CategoryColumns, FileColumns, ImageColumns, ReceiptColumns},
};

/// What [`category_of`] reads, in its order.
macro_rules! categories {
    ($where:literal) => {
        concat!("select id, payment_type, order_id, kind, url, image_id, added_at from order_categories where ", $where)
    };
}

fn category_of(row: &Row<'_>) -> Result<Category, RowError> {
    let columns = CategoryColumns {
        id: row.get(0)?,
        payment_type: rows::text(row, 1)?,
        order_id: rows::text(row, 2)?,
        kind: rows::text(row, 3)?,
        url: rows::text(row, 4)?,
        image_id: rows::optional_text(row, 5)?,
        added_at: row.get(6)?,
    };
    Ok(columns.read()?)
}

fn receipt_of(row: &Row<'_>) -> Result<OrderReceipt, RowError> {
    let columns = ReceiptColumns {
        payment_type: rows::text(row, 0)?,
        order_id: rows::text(row, 1)?,
        id: row.get(2)?,
        receipt: rows::text(row, 3)?,
        added_at: row.get(4)?,
    };
    Ok(columns.read()?)
}

/// The file of a row whose columns begin at `first`.
fn file_of<'a>(row: &'a Row<'_>, first: usize) -> Result<FileColumns<'a>, RowError> {
    Ok(FileColumns {
        media_type: rows::text(row, first)?,
        width: row.get(first + 1)?,
        height: row.get(first + 2)?,
        bytes: rows::blob(row, first + 3)?,
    })
}

pub(super) fn order(connection: &Connection, msn: &Msn, order: &OrderName) -> Result<Order, RowError> {
    let name = params![msn.as_str(), order.id.as_str(), order.payment_type.name()];
    let sql = categories!("msn = ?1 and order_id = ?2 and payment_type = ?3 order by position desc limit 1");
    let mut statement = connection.prepare_cached(sql)?;
    let category = statement.query(name)?.next()?.map(category_of).transpose()?;
    let sql = "select payment_type, order_id, id, receipt, added_at from order_receipts
               where msn = ?1 and order_id = ?2 and payment_type = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let receipt = statement.query(name)?.next()?.map(receipt_of).transpose()?;
    Ok(Order { category, receipt })
}

pub(super) fn categories(connection: &Connection, msn: &Msn, order: &OrderId) -> Result<Vec<Category>, RowError> {
    let mut statement = connection.prepare_cached(categories!("msn = ?1 and order_id = ?2 order by position"))?;
    let mut found = statement.query(params![msn.as_str(), order.as_str()])?;
    let mut categories = Vec::new();
    while let Some(row) = found.next()? {
        categories.push(category_of(row)?);
    }
    Ok(categories)
}

pub(super) fn category(connection: &Connection, msn: &Msn, id: CategoryId) -> Result<Option<Category>, RowError> {
    let mut statement = connection.prepare_cached(categories!("msn = ?1 and id = ?2"))?;
    let mut found = statement.query(params![msn.as_str(), id.0])?;
    found.next()?.map(category_of).transpose()
}

pub(super) fn image(connection: &Connection, msn: &Msn, id: &ImageId) -> Result<Option<Image>, RowError> {
    let sql = "select i.image_id, i.upload, i.added_at, p.media_type, p.width, p.height, p.bytes from order_images as i
               join order_pictures as p on p.msn = i.msn and p.digest = i.digest where i.msn = ?1 and i.image_id = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params![msn.as_str(), id.as_str()])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let columns = ImageColumns {
        image_id: rows::text(row, 0)?,
        upload: row.get(1)?,
        added_at: row.get(2)?,
        file: file_of(row, 3)?,
    };
    Ok(Some(columns.read()?))
}

/// Everything that can be wrong with them.
pub(super) fn findings(connection: &Connection) -> Result<Vec<Finding>, RowError> {
    const RECEIPT_MISSING: &str = "select msn, reference, 'receipt' from payments as p where json_extract(terms, '$.receipt') is not null
         and not exists (select 1 from order_receipts as r where r.msn = p.msn and r.order_id = p.reference and r.payment_type = 'ECOM')";
    let mut findings = Vec::new();
    for (sql, problem) in CONTRADICTIONS.iter().copied().chain([(RECEIPT_MISSING, "is not shown with its order")]) {
        let mut statement = connection.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let subject = format!("{} of {}", rows::text(row, 1)?, rows::text(row, 0)?);
            findings.push(Finding { subject, problem: format!("its {} {problem}", rows::text(row, 2)?) });
        }
    }
    let every_receipt = "select payment_type, order_id, id, receipt, added_at, msn from order_receipts";
    unreadable(connection, every_receipt, "the receipt", (1, 5), |row| receipt_of(row).map(drop), &mut findings)?;
    let every_category = "select id, payment_type, order_id, kind, url, image_id, added_at, msn from order_categories";
    unreadable(connection, every_category, "a category", (2, 7), |row| category_of(row).map(drop), &mut findings)?;
    let every_file = "select media_type, width, height, bytes, digest, msn from order_pictures";
    let examine = |row: &Row<'_>| Ok(file_of(row, 0)?.examine(rows::blob(row, 4)?)?);
    unreadable(connection, every_file, "a file", (0, 5), examine, &mut findings)?;
    Ok(findings)
}

/// A finding for each row that makes no sense, named by two of its columns.
fn unreadable(
    connection: &Connection,
    select: &str,
    what: &str,
    (name, msn): (usize, usize),
    read: impl Fn(&Row<'_>) -> Result<(), RowError>,
    findings: &mut Vec<Finding>,
) -> Result<(), RowError> {
    let mut statement = connection.prepare(select)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        match read(row) {
            Ok(()) => {}
            Err(RowError::Unreadable(problem)) => {
                let subject = format!("{what} {} of {}", rows::text(row, name)?, rows::text(row, msn)?);
                findings.push(Finding { subject, problem });
            }
            Err(error @ RowError::Sql(_)) => return Err(error),
        }
    }
    Ok(())
}
