//! The rows of images, categories and receipts.

use domain::{
    order::{Category, CategoryId, ReceiptId, image::UploadId},
    text::Msn,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Failure;
use crate::{
    Answer, Image, OrderChange, OrderDecision, OrderReceipt, OrderStanding, OrderSubject, Outcome, decision,
    record::{digest_of, write_receipt},
};

/// Lets the decision change what is shown.
pub(super) fn change(
    connection: &Connection,
    msn: &Msn,
    subject: &OrderSubject,
    decide: &OrderDecision,
) -> Result<Outcome, Failure> {
    let standing = standing(connection, msn, subject)?;
    let change = match decision::ask_order(&standing, decide)? {
        Ok(change) => change,
        Err(obstacle) => return Ok(Outcome::Obstructed(obstacle)),
    };
    match change {
        Some(OrderChange::AddImage(image)) => insert_image(connection, msn, &image)?,
        Some(OrderChange::AddReceipt(receipt)) => {
            insert_receipt(connection, msn, &receipt)?;
        }
        Some(OrderChange::AddCategory(category)) => insert_category(connection, msn, &category)?,
        Some(OrderChange::SetCategory(category)) => {
            let sql = "delete from order_categories where msn = ?1 and order_id = ?2 and payment_type = ?3";
            let order = &category.order;
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute(params![msn.as_str(), order.id.as_str(), order.payment_type.name()])?;
            insert_category(connection, msn, &category)?;
        }
        Some(OrderChange::RemoveCategory(id)) => {
            let mut statement = connection.prepare_cached("delete from order_categories where msn = ?1 and id = ?2")?;
            statement.execute(params![msn.as_str(), id.0])?;
        }
        None => {}
    }
    Ok(Outcome::Done(Answer::none()))
}

fn standing(connection: &Connection, msn: &Msn, subject: &OrderSubject) -> Result<OrderStanding, Failure> {
    let msn = msn.as_str();
    let mut standing = OrderStanding::default();
    let id = |row: &Row<'_>| row.get::<_, [u8; 16]>(0);
    let image = match subject {
        OrderSubject::Image(image) | OrderSubject::Categories(_, Some(image)) => Some(image),
        _ => None,
    };
    if let Some(image) = image {
        let mut statement =
            connection.prepare_cached("select upload from order_images where msn = ?1 and image_id = ?2")?;
        standing.image = statement.query_row(params![msn, image.as_str()], id).optional()?.map(UploadId);
    }
    match subject {
        OrderSubject::Image(_) => {}
        OrderSubject::Receipt(order) => {
            let sql = "select id from order_receipts where msn = ?1 and order_id = ?2 and payment_type = ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let name = params![msn, order.id.as_str(), order.payment_type.name()];
            standing.receipt = statement.query_row(name, id).optional()?.map(ReceiptId);
        }
        OrderSubject::Categories(order, _) => {
            let sql = "select id from order_categories where msn = ?1 and order_id = ?2 and payment_type = ?3
                       order by position";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map(params![msn, order.id.as_str(), order.payment_type.name()], id)?;
            standing.categories = found.map(|id| id.map(CategoryId)).collect::<Result<_, _>>()?;
        }
        OrderSubject::Category(category) => {
            let mut statement =
                connection.prepare_cached("select id from order_categories where msn = ?1 and id = ?2")?;
            let found = statement.query_row(params![msn, category.0], id).optional()?;
            standing.categories = found.map(CategoryId).into_iter().collect();
        }
    }
    Ok(standing)
}

fn insert_image(connection: &Connection, msn: &Msn, image: &Image) -> Result<(), Failure> {
    let digest = digest_of(&image.bytes);
    let sql =
        "insert into order_pictures (msn, digest, media_type, width, height, bytes) values (?1, ?2, ?3, ?4, ?5, ?6)
               on conflict (msn, digest) do nothing";
    let picture = image.picture;
    connection.prepare_cached(sql)?.execute(params![
        msn.as_str(),
        digest,
        picture.media_type.name(),
        picture.width,
        picture.height,
        image.bytes.as_ref(),
    ])?;
    let sql = "insert into order_images (msn, image_id, upload, digest, added_at) values (?1, ?2, ?3, ?4, ?5)";
    let added_at = image.added_at.milliseconds();
    connection.prepare_cached(sql)?.execute(params![
        msn.as_str(),
        image.id.as_str(),
        image.upload.0,
        digest,
        added_at
    ])?;
    Ok(())
}

fn insert_category(connection: &Connection, msn: &Msn, category: &Category) -> Result<(), Failure> {
    let sql = "insert into order_categories (msn, order_id, position, payment_type, id, kind, url, image_id, added_at)
               values (?1, ?2, (select coalesce(max(position), 0) + 1 from order_categories where msn = ?1 and order_id = ?2),
                 ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        msn.as_str(),
        category.order.id.as_str(),
        category.order.payment_type.name(),
        category.id.0,
        category.kind.name(),
        category.url.as_str(),
        category.image.as_ref().map(|image| image.as_str()),
        category.added_at.milliseconds(),
    ])?;
    Ok(())
}

/// The order has this receipt, unless it has one already.
pub(super) fn insert_receipt(connection: &Connection, msn: &Msn, receipt: &OrderReceipt) -> Result<(), Failure> {
    let sql = "insert into order_receipts (msn, order_id, payment_type, id, receipt, added_at)
               values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (msn, order_id, payment_type) do nothing";
    connection.prepare_cached(sql)?.execute(params![
        msn.as_str(),
        receipt.order.id.as_str(),
        receipt.order.payment_type.name(),
        receipt.id.0,
        write_receipt(&receipt.receipt)?,
        receipt.added_at.milliseconds(),
    ])?;
    Ok(())
}
