//! Images, categories and receipts: read for whoever shows them, changed one subject at a time.
//!
//! What is written once is kept apart by its key: of two that come at the same moment the database takes one, and the other is asked again
//! and finds it. Categories have no such key, so the sales unit's row is held while they are changed; whoever only refers to the sales unit
//! does not wait for that.

use deadpool_postgres::Client;
use domain::{
    order::{Category, CategoryId, OrderName, ReceiptId, image::UploadId},
    text::{ImageId, Msn, OrderId},
};
use tokio_postgres::{Row, types::ToSql};

use super::{alone, fault::Fault, rows, session::Pools, transaction::Failed};
use crate::{
    Answer, Image, Order, OrderChange, OrderDecision, OrderReceipt, OrderStanding, OrderSubject, Outcome, decision,
    record::{CategoryColumns, FileColumns, ImageColumns, ReceiptColumns, digest_of, write_receipt},
};

/// The receipt of an order, unless it has one already.
pub(super) const INSERT_RECEIPTS: &str =
    "insert into order_receipts (msn, order_id, payment_type, id, receipt, added_at)
     select $1, * from unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bigint[])
     on conflict (msn, order_id, payment_type) do nothing";

/// What [`category_of`] reads, in its order.
macro_rules! categories {
    ($where:literal) => {
        concat!("select id, payment_type, order_id, kind, url, image_id, added_at from order_categories where ", $where)
    };
}

const SELECT_NEWEST: &str =
    categories!("msn = $1 and order_id = $2 and payment_type = $3 order by position desc limit 1");
const SELECT_RECEIPT: &str = "select payment_type, order_id, id, receipt, added_at from order_receipts
     where msn = $1 and order_id = $2 and payment_type = $3";

pub(super) fn category_of(row: &Row) -> Result<Category, Fault> {
    let columns = CategoryColumns {
        id: rows::bytes(row, 0)?,
        payment_type: rows::get(row, 1)?,
        order_id: rows::get(row, 2)?,
        kind: rows::get(row, 3)?,
        url: rows::get(row, 4)?,
        image_id: rows::get(row, 5)?,
        added_at: rows::get(row, 6)?,
    };
    Ok(columns.read()?)
}

pub(super) fn receipt_of(row: &Row) -> Result<OrderReceipt, Fault> {
    let columns = ReceiptColumns {
        payment_type: rows::get(row, 0)?,
        order_id: rows::get(row, 1)?,
        id: rows::bytes(row, 2)?,
        receipt: rows::get(row, 3)?,
        added_at: rows::get(row, 4)?,
    };
    Ok(columns.read()?)
}

/// The file of a row whose columns begin at `first`.
pub(super) fn file_of(row: &Row, first: usize) -> Result<FileColumns<'_>, Fault> {
    Ok(FileColumns {
        media_type: rows::get(row, first)?,
        width: rows::get::<i32>(row, first + 1)?.into(),
        height: rows::get::<i32>(row, first + 2)?.into(),
        bytes: rows::get(row, first + 3)?,
    })
}

/// Both of one moment: in a transaction that sees one.
pub(super) async fn order(client: &Client, begin: &str, msn: &Msn, order: &OrderName) -> Result<Order, Fault> {
    let (newest, receipt) =
        tokio::try_join!(client.prepare_cached(SELECT_NEWEST), client.prepare_cached(SELECT_RECEIPT))?;
    let (msn, id, payment_type) = (msn.as_str(), order.id.as_str(), order.payment_type.name());
    let ((), category, receipt, ()) = tokio::try_join!(
        biased;
        client.batch_execute(begin),
        async { client.query_opt(&newest, &[&msn, &id, &payment_type]).await },
        async { client.query_opt(&receipt, &[&msn, &id, &payment_type]).await },
        client.batch_execute("commit"),
    )?;
    Ok(Order {
        category: category.as_ref().map(category_of).transpose()?,
        receipt: receipt.as_ref().map(receipt_of).transpose()?,
    })
}

pub(super) async fn categories(client: &Client, msn: &Msn, order: &OrderId) -> Result<Vec<Category>, Fault> {
    let statement = client.prepare_cached(categories!("msn = $1 and order_id = $2 order by position")).await?;
    client.query(&statement, &[&msn.as_str(), &order.as_str()]).await?.iter().map(category_of).collect()
}

pub(super) async fn category(client: &Client, msn: &Msn, id: CategoryId) -> Result<Option<Category>, Fault> {
    let statement = client.prepare_cached(categories!("msn = $1 and id = $2")).await?;
    client.query_opt(&statement, &[&msn.as_str(), &&id.0[..]]).await?.as_ref().map(category_of).transpose()
}

pub(super) async fn image(client: &Client, msn: &Msn, id: &ImageId) -> Result<Option<Image>, Fault> {
    let sql = "select i.image_id, i.upload, i.added_at, p.media_type, p.width, p.height, p.bytes from order_images as i
               join order_pictures as p on p.msn = i.msn and p.digest = i.digest where i.msn = $1 and i.image_id = $2";
    let statement = client.prepare_cached(sql).await?;
    let Some(row) = client.query_opt(&statement, &[&msn.as_str(), &id.as_str()]).await? else { return Ok(None) };
    let columns = ImageColumns {
        image_id: rows::get(&row, 0)?,
        upload: rows::bytes(&row, 1)?,
        added_at: rows::get(&row, 2)?,
        file: file_of(&row, 3)?,
    };
    Ok(Some(columns.read()?))
}

/// Lets the decision change what is shown.
pub(super) async fn carry_out(
    pools: &Pools,
    msn: &Msn,
    subject: &OrderSubject,
    decide: &OrderDecision,
) -> Result<Outcome, Failed> {
    let begun = alone::begin(pools).await?;
    let mut outcome = Outcome::Done(Answer::none());
    let changing = async {
        let standing = standing(begun.client(), msn, subject).await?;
        let asked = decision::ask_order(&standing, decide).map_err(|defect| Fault::Defect(format!("{defect:?}")))?;
        match asked {
            Ok(Some(change)) => write(begun.client(), msn, &change).await.map(|()| true),
            Ok(None) => Ok(false),
            Err(obstacle) => {
                outcome = Outcome::Obstructed(obstacle);
                Ok(false)
            }
        }
    };
    let changed = alone::in_time(changing).await;
    begun.end(changed).await?;
    Ok(outcome)
}

async fn standing(client: &Client, msn: &Msn, subject: &OrderSubject) -> Result<OrderStanding, Fault> {
    let msn = msn.as_str();
    if matches!(subject, OrderSubject::Categories(..) | OrderSubject::Category(_)) {
        client.query("select 1 from sales_units where msn = $1 for no key update", &[&msn]).await?;
    }
    let mut standing = OrderStanding::default();
    let image = match subject {
        OrderSubject::Image(image) | OrderSubject::Categories(_, Some(image)) => Some(image),
        _ => None,
    };
    if let Some(image) = image {
        let sql = "select upload from order_images where msn = $1 and image_id = $2";
        standing.image = ids(client, sql, &[&msn, &image.as_str()]).await?.first().copied().map(UploadId);
    }
    match subject {
        OrderSubject::Image(_) => {}
        OrderSubject::Receipt(order) => {
            let sql = "select id from order_receipts where msn = $1 and order_id = $2 and payment_type = $3";
            let found = ids(client, sql, &[&msn, &order.id.as_str(), &order.payment_type.name()]).await?;
            standing.receipt = found.first().copied().map(ReceiptId);
        }
        OrderSubject::Categories(order, _) => {
            let sql = "select id from order_categories where msn = $1 and order_id = $2 and payment_type = $3
                       order by position";
            let found = ids(client, sql, &[&msn, &order.id.as_str(), &order.payment_type.name()]).await?;
            standing.categories = found.into_iter().map(CategoryId).collect();
        }
        OrderSubject::Category(category) => {
            let sql = "select id from order_categories where msn = $1 and id = $2";
            let found = ids(client, sql, &[&msn, &&category.0[..]]).await?;
            standing.categories = found.into_iter().map(CategoryId).collect();
        }
    }
    Ok(standing)
}

async fn ids(client: &Client, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<[u8; 16]>, Fault> {
    let statement = client.prepare_cached(sql).await?;
    client.query(&statement, parameters).await?.iter().map(|row| rows::bytes(row, 0)).collect()
}

async fn write(client: &Client, msn: &Msn, change: &OrderChange) -> Result<(), Fault> {
    let unit = msn.as_str();
    match change {
        OrderChange::AddImage(image) => insert_image(client, unit, image).await,
        OrderChange::AddReceipt(receipt) => insert_receipt(client, unit, receipt).await,
        OrderChange::AddCategory(category) => insert_category(client, unit, category).await,
        OrderChange::SetCategory(category) => {
            let (id, payment_type) = (category.order.id.as_str(), category.order.payment_type.name());
            let sql = "delete from order_categories where msn = $1 and order_id = $2 and payment_type = $3";
            execute(client, sql, &[&unit, &id, &payment_type]).await?;
            insert_category(client, unit, category).await
        }
        OrderChange::RemoveCategory(id) => {
            let sql = "delete from order_categories where msn = $1 and id = $2";
            execute(client, sql, &[&unit, &&id.0[..]]).await
        }
    }
}

async fn execute(client: &Client, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<(), Fault> {
    let statement = client.prepare_cached(sql).await?;
    client.execute(&statement, parameters).await?;
    Ok(())
}

async fn insert_image(client: &Client, msn: &str, image: &Image) -> Result<(), Fault> {
    let digest = digest_of(&image.bytes);
    let sides = [image.picture.width, image.picture.height].map(|side| i32::try_from(side).unwrap_or(i32::MAX));
    let sql =
        "insert into order_pictures (msn, digest, media_type, width, height, bytes) values ($1, $2, $3, $4, $5, $6)
               on conflict (msn, digest) do nothing";
    let media_type = image.picture.media_type.name();
    let [width, height] = sides;
    execute(client, sql, &[&msn, &&digest[..], &media_type, &width, &height, &image.bytes.as_ref()]).await?;
    let sql = "insert into order_images (msn, image_id, upload, digest, added_at) values ($1, $2, $3, $4, $5)";
    let (id, added_at) = (image.id.as_str(), image.added_at.milliseconds());
    execute(client, sql, &[&msn, &id, &&image.upload.0[..], &&digest[..], &added_at]).await
}

async fn insert_receipt(client: &Client, msn: &str, receipt: &OrderReceipt) -> Result<(), Fault> {
    let sql = "insert into order_receipts (msn, order_id, payment_type, id, receipt, added_at)
               values ($1, $2, $3, $4, $5, $6)";
    let (id, payment_type) = (receipt.order.id.as_str(), receipt.order.payment_type.name());
    let (text, added_at) = (write_receipt(&receipt.receipt)?, receipt.added_at.milliseconds());
    execute(client, sql, &[&msn, &id, &payment_type, &&receipt.id.0[..], &text, &added_at]).await
}

async fn insert_category(client: &Client, msn: &str, category: &Category) -> Result<(), Fault> {
    let sql = "insert into order_categories (msn, order_id, position, payment_type, id, kind, url, image_id, added_at)
               values ($1, $2, (select coalesce(max(position), 0) + 1 from order_categories where msn = $1 and order_id = $2),
                 $3, $4, $5, $6, $7, $8)";
    let image = category.image.as_ref().map(ImageId::as_str);
    let parameters: [&(dyn ToSql + Sync); 8] = [
        &msn,
        &category.order.id.as_str(),
        &category.order.payment_type.name(),
        &&category.id.0[..],
        &category.kind.name(),
        &category.url.as_str(),
        &image,
        &category.added_at.milliseconds(),
    ];
    execute(client, sql, &parameters).await
}
