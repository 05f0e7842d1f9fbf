//! What happens while the database is away, full, read-only, or no longer for this program: 503 while it lasts, and service afterwards
//! without a restart.

use std::{
    os::unix::fs::chown,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use testkit::{Http, Postgres, Shop};

use super::Node;
use crate::child::{PATIENCE, Server};

/// Asks until what is asked is so, as whoever depends on the server would.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "never {what}");
        // real time: the database and the node come to themselves in their own time.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn is_ready(server: &Server) -> bool {
    Http::new(server.address).send("GET", "/readyz", &[], "").await.status == 200
}

/// A node with a shop and one payment.
async fn serving(url: String) -> (Node, Server, Shop) {
    let node = Node::of(url);
    let server = node.serve();
    let shop = Shop::example(Http::new(server.address)).await;
    shop.authorized("before-it-happened", 1000).await;
    (node, server, shop)
}

/// Nothing is lost, and it goes on where it was.
async fn goes_on(node: &Node, server: Server, shop: &Shop) {
    until("ready", async || is_ready(&server).await).await;
    assert_eq!(shop.capture("before-it-happened", "meanwhile", 400).await.status, 200);
    assert_eq!(shop.standing("before-it-happened").await, "AUTHORIZED a=1000 c=400 r=0 x=0");
    assert_eq!(shop.log("before-it-happened").await, "CREATED AUTHORIZED CAPTURED");
    server.stop();
    node.done(&["verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_everything_is_refused_and_afterwards_it_serves() {
    let database = Postgres::durable();
    let (node, server, shop) = serving(database.database()).await;
    database.stop_immediately();
    for _ in 0..3 {
        let refused = shop.capture("before-it-happened", "meanwhile", 400).await;
        assert_eq!((refused.outcome().as_str(), refused.header("retry-after")), ("503 3010", Some("1")));
        assert_eq!(shop.get("/payments/before-it-happened").await.status, 503);
    }
    assert!(!is_ready(&server).await);
    database.start_again();
    let log = server.child.stderr.clone();
    goes_on(&node, server, &shop).await;
    assert!(log.so_far().contains("nothing can be written now"), "{}", log.so_far());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_nobody_asks_anything_notices_too_that_the_database_is_away() {
    let database = Postgres::durable();
    let (node, server, shop) = serving(database.database()).await;
    database.stop_immediately();
    let began = Instant::now();
    until("unready", async || !is_ready(&server).await).await;
    assert!(began.elapsed() < Duration::from_secs(10), "before it would have come to write anything by itself");
    server.child.stderr.until("told", |text| text.contains("nothing can be written now").then_some(()));
    database.start_again();
    goes_on(&node, server, &shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_is_read_and_not_written() {
    let database = Postgres::durable();
    let (node, server, shop) = serving(database.database()).await;
    let switch = |to: &str| {
        database.run("postgres", &format!("alter system set default_transaction_read_only = {to}"));
        database.run("postgres", "select pg_reload_conf()");
    };
    switch("on");
    until("refused", async || shop.capture("before-it-happened", "meanwhile", 400).await.outcome() == "503 3010").await;
    assert_eq!(shop.standing("before-it-happened").await, "AUTHORIZED a=1000 c=0 r=0 x=0", "reads go on");
    assert!(!is_ready(&server).await);
    let database_is_read_only =
        "set default_transaction_read_only = off; alter system reset default_transaction_read_only";
    for sql in database_is_read_only.split("; ").skip(1) {
        database.run("postgres", sql);
    }
    database.run("postgres", "select pg_reload_conf()");
    goes_on(&node, server, &shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_no_longer_serves_this_program_is_left_alone_until_it_does() {
    let database = Postgres::durable();
    let (node, server, shop) = serving(database.database()).await;
    database.run("test_0", "insert into kasse.migrations values (1000, 'from the future', 0, 0, 1000)");
    until("refused", async || shop.capture("before-it-happened", "meanwhile", 400).await.outcome() == "503 3010").await;
    assert!(!is_ready(&server).await);
    let log = server.child.stderr.clone();
    log.until("what to do", |text| text.contains("install the version the other nodes run").then_some(()));
    database.run("test_0", "delete from kasse.migrations where number = 1000");
    goes_on(&node, server, &shop).await;
}

/// A small disk, as root makes one; gone with the test.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn at(path: &'a Path, megabytes: u32) -> Self {
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).status().unwrap();
        assert!(mounted.success(), "root may mount");
        Self(path)
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _gone_with_the_machine = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_database_refuses_what_would_write_and_takes_it_when_there_is_room() {
    if !rustix::process::geteuid().is_root() {
        println!("not run: only root can make a small disk");
        return;
    }
    let database = Postgres::durable();
    let place = database.directory().join("small");
    std::fs::create_dir(&place).unwrap();
    let disk = SmallDisk::at(&place, 24);
    let owner = std::fs::metadata(database.directory().join("data")).unwrap();
    let owner = (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
    chown(&place, Some(owner.0), Some(owner.1)).unwrap();
    database.run("postgres", &format!("create tablespace small location '{}'", place.display()));
    database.run("postgres", "create database kasse tablespace small");
    let (node, server, shop) = serving(database.url("kasse")).await;
    let ballast = place.join("ballast");
    std::fs::write(&ballast, vec![0; 64 << 20]).expect_err("the disk is full then");
    // What has room in pages that are there is taken; before long one is needed that is not.
    let mut number = 0;
    until("full", async || {
        number += 1;
        shop.create(&format!("filling-up-{number}"), 1000).await.outcome() == "503 3010"
    })
    .await;
    assert_eq!(shop.standing("before-it-happened").await, "AUTHORIZED a=1000 c=0 r=0 x=0", "reads go on");
    std::fs::remove_file(&ballast).unwrap();
    until("room", async || shop.create("room-again", 1000).await.status == 201).await;
    goes_on(&node, server, &shop).await;
    database.stop_immediately();
    drop(disk);
}
