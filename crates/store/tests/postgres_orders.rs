//! What is PostgreSQL's own of what is shown with orders: nodes that come at the same moment, files kept once, the schema's checks, damage
//! found by `verify`, and receipts of payments that were created before there was a place for them.

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

use std::sync::Arc;

use domain::{order::Obstacle, text::OrderId, time::Timestamp};
use shown::{
    adding_image, adding_receipt, ask, category, ecom, image, obstacle, putting_category, receipt, with_receipt,
};
use store::{
    Instance, Mode, OrderChange, Store,
    postgres::{NewInstallation, PostgresStore, Schema},
};
use testkit::Postgres;
use work::{creation_of, done, make_sales_unit, msn};

const UNIT: &str = "123456";

async fn open(url: &str) -> Arc<PostgresStore> {
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let opened = PostgresStore::open(&Postgres::address(url), &Schema::current(), None, new).await;
    Arc::new(opened.unwrap().0)
}

/// What a statement beside the store answers.
fn run(url: &str, sql: &str) -> String {
    Postgres::shared().run(Postgres::address(url).database(), &format!("set search_path = kasse; {sql}"))
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

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_never_write_twice_what_is_written_once() {
    let url = Postgres::shared().database();
    let nodes = [open(&url).await, open(&url).await];
    make_sales_unit(&*nodes[0], UNIT, 1).await;
    for round in 0..20 {
        let name = ecom(&format!("contested-{round}"));
        let mut asking = Vec::new();
        for number in 1..=8_u8 {
            let (store, name) = (nodes[usize::from(number % 2)].clone(), name.clone());
            asking.push(tokio::spawn(async move {
                let of_receipt = store.apply(adding_receipt(UNIT, receipt(name.clone(), number, 1000)));
                let of_image = store.apply(adding_image(UNIT, image(name.id.as_str(), number, number.into())));
                let set = putting_category(UNIT, category(name, round * 8 + number, None), OrderChange::SetCategory);
                let of_category = store.apply(set);
                let (of_receipt, of_image, of_category) = tokio::join!(of_receipt, of_image, of_category);
                (obstacle(of_receipt), obstacle(of_image), obstacle(of_category))
            }));
        }
        let mut came_of = Vec::new();
        for one in asking {
            came_of.push(one.await.unwrap());
        }
        let written = |one: &Option<Obstacle>| one.is_none();
        assert_eq!(came_of.iter().filter(|(of_receipt, ..)| written(of_receipt)).count(), 1, "{came_of:?}");
        assert_eq!(came_of.iter().filter(|(_, of_image, _)| written(of_image)).count(), 1, "{came_of:?}");
        assert!(came_of.iter().all(|(.., of_category)| written(of_category)), "{came_of:?}");
        let id = OrderId::parse(name.id.as_str()).unwrap();
        let left = nodes[0].categories(&msn(UNIT), &id).await.unwrap();
        assert_eq!(left.len(), 1, "of categories that are set one is left");
        assert_eq!(nodes[1].order(&msn(UNIT), &name).await.unwrap().category, left.first().cloned());
    }
    assert!(nodes[0].verify().await.unwrap().is_empty());
    for node in nodes {
        node.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_file_are_kept_once_for_a_sales_unit() {
    let url = Postgres::shared().database();
    let store = open(&url).await;
    fill(&*store).await;
    make_sales_unit(&*store, "654321", 2).await;
    assert_eq!(ask(&*store, adding_image("654321", image("one", 7, 1))).await, Ok(()));
    let count = "select count(*) || ' ' || count(distinct msn) || ' ' || (select count(*) from order_images) from order_pictures";
    assert_eq!(run(&url, count), "2 2 3", "files, sales units, images");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_repeats_the_rules_of_orders() {
    let url = Postgres::shared().database();
    let store = open(&url).await;
    fill(&*store).await;
    let database = Postgres::address(&url).database().to_owned();
    for bad in [
        "update order_pictures set msn = '999999'",
        "update order_pictures set media_type = 'image/svg+xml'",
        "update order_pictures set width = 4097",
        "update order_pictures set height = 0",
        "update order_pictures set bytes = ''",
        "update order_pictures set bytes = decode(repeat('00', 2097153), 'hex')",
        "delete from order_pictures",
        "delete from order_images where image_id = 'one'",
        "update order_images set image_id = ''",
        "update order_images set digest = decode(repeat('00', 32), 'hex')",
        "update order_categories set msn = '999999'",
        "update order_categories set kind = 'RECIEPT'",
        "update order_categories set payment_type = 'ecom'",
        "update order_categories set position = 0",
        "update order_categories set id = decode(repeat('00', 16), 'hex')",
        "update order_categories set url = ''",
        "update order_categories set image_id = 'nowhere'",
        "update order_receipts set msn = '999999'",
        "update order_receipts set payment_type = 'CARD'",
        "update order_receipts set order_id = 'order-1'",
        "update order_receipts set receipt = null",
    ] {
        let refused = Postgres::shared().try_run(&database, &format!("set search_path = kasse; {bad}"));
        assert!(refused.is_err(), "{bad}");
    }
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_behind_the_stores_back_is_found() {
    const WITHOUT_CONSTRAINTS: &str = "do $$ declare found record; begin
         for found in select conrelid::regclass as place, conname from pg_constraint
           where connamespace = 'kasse'::regnamespace and contype in ('c', 'f') loop
             execute format('alter table %s drop constraint %I', found.place, found.conname);
         end loop; end $$";
    const TABLES: [&str; 4] = ["order_pictures", "order_images", "order_categories", "order_receipts"];
    let url = Postgres::shared().database();
    let store = open(&url).await;
    fill(&*store).await;
    store.close().await.unwrap();
    run(&url, WITHOUT_CONSTRAINTS);
    let address = Postgres::address(&url);
    let each = |sql: fn(&str) -> String| TABLES.map(sql).join(";");
    run(
        &url,
        &format!("create schema before; {}", each(|table| format!("create table before.{table} as table {table}"))),
    );
    for damage in [
        "update order_images set digest = decode(repeat('00', 32), 'hex') where image_id = 'one'",
        "delete from order_images",
        "delete from order_pictures",
        "update order_pictures set media_type = 'image/jpeg'",
        "update order_pictures set media_type = 'image/gif'",
        "update order_pictures set width = width + 1",
        "update order_pictures set bytes = substring(bytes from 1 for length(bytes) - 1)",
        "update order_pictures set bytes = bytes || decode('00', 'hex')",
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
        assert_ne!(
            run(&url, &format!("with changed as ({damage} returning 1) select count(*) from changed")),
            "0",
            "{damage}"
        );
        let findings = PostgresStore::examine(&address).await.unwrap();
        assert!(!findings.is_empty(), "not found: {damage}");
        run(&url, &each(|table| format!("truncate {table}; insert into {table} table before.{table}")));
    }
    assert!(PostgresStore::examine(&address).await.unwrap().is_empty(), "mended");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_of_payments_from_before_become_those_of_their_orders() {
    let url = Postgres::shared().database();
    let store = open(&url).await;
    fill(&*store).await;
    store.close().await.unwrap();
    run(
        &url,
        "drop table order_receipts, order_categories, order_images, order_pictures; delete from migrations where number = 4",
    );
    let store = open(&url).await;
    let taken_over = store.order(&msn(UNIT), &ecom("payment-1")).await.unwrap().receipt.unwrap();
    assert_eq!((&*taken_over.receipt.lines[0].name, &*taken_over.receipt.lines[0].id), ("Socks", "7"));
    assert_eq!(store.order(&msn(UNIT), &ecom("payment-2")).await.unwrap().receipt, None);
    assert!(store.verify().await.unwrap().is_empty());
    store.close().await.unwrap();
}
