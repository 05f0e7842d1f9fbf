//! What is SQLite's own of what is shown with orders: files kept once, the schema's checks, damage found by `verify`, and receipts of
//! payments that were created before there was a place for them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "conformance/shown.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod shown;
#[path = "conformance/work.rs"]
#[allow(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod work;

use std::path::Path;

use domain::time::Timestamp;
use rusqlite::Connection;
use shown::{adding_image, adding_receipt, ask, category, ecom, image, putting_category, receipt, with_receipt};
use store::{
    Instance, Mode, OrderChange, Store,
    sqlite::{DATABASE_FILE, DataLock, SqliteStore},
};
use work::{creation_of, done, make_sales_unit, msn};

const UNIT: &str = "123456";

fn open(directory: &Path) -> SqliteStore {
    let new = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    SqliteStore::open(directory, DataLock::take(directory).unwrap(), new).unwrap().0
}

fn raw(directory: &Path) -> Connection {
    Connection::open(directory.join(DATABASE_FILE)).unwrap()
}

async fn with_orders() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    fill(&store).await;
    store.close().await.unwrap();
    directory
}

/// Two images of one file, categories and receipts, and a payment with a receipt.
async fn fill(store: &dyn Store) {
    make_sales_unit(store, UNIT, 1).await;
    let written = write_receipt();
    for intent in [
        adding_image(UNIT, image("one", 1, 1)),
        adding_image(UNIT, image("two", 2, 1)),
        putting_category(UNIT, category(ecom("order-1"), 3, Some("one")), OrderChange::AddCategory),
        putting_category(UNIT, category(ecom("order-1"), 4, None), OrderChange::AddCategory),
        adding_receipt(UNIT, receipt(ecom("order-1"), 5, 1000)),
        with_receipt(creation_of(UNIT, "payment-1", "k", 0, Some(written)), receipt(ecom("payment-1"), 6, 1000)),
        creation_of(UNIT, "payment-2", "l", 0, None),
    ] {
        done(store.apply(intent).await);
    }
}

/// The text of a receipt as a merchant might write it in a creation.
fn write_receipt() -> Box<str> {
    r#"{"orderLines":[{"name":"Socks","id":7,"totalAmount":1000,"totalAmountExcludingTax":800,"totalTaxAmount":200,"taxRate":2500,
       "discount":null,"color":"red"}],"bottomLine":{"currency":"NOK"}}"#
        .into()
}

#[tokio::test]
async fn the_bytes_of_a_file_are_kept_once_for_a_sales_unit() {
    let directory = with_orders().await;
    let store = open(directory.path());
    make_sales_unit(&store, "654321", 2).await;
    assert_eq!(ask(&store, adding_image("654321", image("one", 7, 1))).await, Ok(()));
    store.close().await.unwrap();
    let count = "select count(*), count(distinct msn), (select count(*) from order_images) from order_pictures";
    let counts = raw(directory.path()).query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    assert_eq!(counts, Ok((2, 2, 3)), "files, sales units, images");
}

#[tokio::test]
async fn the_schema_repeats_the_rules_of_orders() {
    let directory = with_orders().await;
    let connection = raw(directory.path());
    connection.execute_batch("pragma foreign_keys = on").unwrap();
    for bad in [
        "update order_pictures set msn = '999999'",
        "update order_pictures set digest = x'00'",
        "update order_pictures set media_type = 'image/svg+xml'",
        "update order_pictures set width = 4097",
        "update order_pictures set height = 0",
        "update order_pictures set bytes = x''",
        "update order_pictures set bytes = zeroblob(2097153)",
        "insert into order_pictures (msn, digest, media_type, width, height, bytes)
           select msn, digest, media_type, width, height, bytes from order_pictures",
        "delete from order_pictures",
        "delete from order_images where image_id = 'one'",
        "update order_images set image_id = ''",
        "update order_images set digest = zeroblob(32)",
        "update order_images set upload = x'00'",
        "update order_categories set msn = '999999'",
        "update order_categories set kind = 'RECIEPT'",
        "update order_categories set payment_type = 'ecom'",
        "update order_categories set position = 0",
        "update order_categories set id = zeroblob(16)",
        "update order_categories set url = ''",
        "update order_categories set image_id = 'nowhere'",
        "update order_receipts set msn = '999999'",
        "update order_receipts set payment_type = 'CARD'",
        "update order_receipts set id = x'00'",
        "update order_receipts set order_id = 'order-1'",
        "update order_receipts set receipt = null",
    ] {
        let code = connection.execute(bad, []).expect_err(bad).sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::ConstraintViolation), "{bad}");
    }
    assert!(SqliteStore::examine(directory.path()).unwrap().is_empty());
}

#[tokio::test]
async fn whatever_is_changed_behind_the_stores_back_is_found() {
    for damage in [
        "update order_images set digest = zeroblob(32) where image_id = 'one'",
        "delete from order_images",
        "delete from order_pictures",
        "update order_pictures set media_type = 'image/jpeg'",
        "update order_pictures set media_type = 'image/gif'",
        "update order_pictures set width = width + 1",
        "update order_pictures set bytes = substr(bytes, 1, length(bytes) - 1)",
        "update order_pictures set bytes = cast(bytes || x'00' as blob)",
        "update order_categories set image_id = 'nowhere' where image_id is not null",
        "update order_categories set kind = 'RECIEPT' where position = 1",
        "update order_categories set url = 'javascript://x' where position = 1",
        "update order_categories set payment_type = 'CARD' where position = 1",
        "update order_categories set order_id = 'a b' where position = 1",
        "update order_categories set msn = '999999' where position = 2",
        "update order_receipts set msn = '999999' where order_id = 'order-1'",
        "update order_receipts set receipt = '{}' where order_id = 'order-1'",
        "update order_receipts set receipt = replace(receipt, '\"NOK\"', '\"XYZ\"') where order_id = 'order-1'",
        "update order_receipts set receipt = replace(receipt, 'Amount\":1000', 'Amount\":-1.5') where order_id = 'order-1'",
        "update order_receipts set payment_type = 'CARD' where order_id = 'order-1'",
        "update order_receipts set order_id = '..' where order_id = 'order-1'",
        "delete from order_receipts where order_id = 'payment-1'",
        "update order_receipts set payment_type = 'RECURRING' where order_id = 'payment-1'",
    ] {
        let directory = with_orders().await;
        let connection = raw(directory.path());
        connection.execute_batch("pragma foreign_keys = off; pragma ignore_check_constraints = on").unwrap();
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        drop(connection);
        let findings = SqliteStore::examine(directory.path()).unwrap();
        assert!(!findings.is_empty(), "not found: {damage}");
    }
}

#[tokio::test]
async fn receipts_of_payments_from_before_become_those_of_their_orders() {
    let directory = with_orders().await;
    let connection = raw(directory.path());
    let before =
        "drop table order_receipts; drop table order_categories; drop table order_images; drop table order_pictures;
                  delete from migrations where number = 6";
    connection.execute_batch(before).unwrap();
    drop(connection);
    let store = open(directory.path());
    let taken_over = store.order(&msn(UNIT), &ecom("payment-1")).await.unwrap().receipt.unwrap();
    assert_eq!((&*taken_over.receipt.lines[0].name, &*taken_over.receipt.lines[0].id), ("Socks", "7"));
    assert_eq!(store.order(&msn(UNIT), &ecom("payment-2")).await.unwrap().receipt, None);
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}
