//! An installation in PostgreSQL, as its operators meet it: nodes that need nothing but the address, the same commands with the same words,
//! and starts that are refused in one line that says what to do. The servers are real ones of the tests' own.

#[path = "database/outages.rs"]
mod outages;
#[path = "database/refusals.rs"]
mod refusals;

use std::{path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Http, Postgres, Shop};

use crate::child::{Finished, Server, kasse, run};

/// A home whose installation is in a database.
struct Node {
    home: TempDir,
    url: String,
}

impl Node {
    /// Of an empty database in the server that all tests share.
    fn new() -> Self {
        Self::of(Postgres::shared().database())
    }

    fn of(url: String) -> Self {
        Self { home: tempfile::tempdir().unwrap(), url }
    }

    fn kasse(&self) -> Command {
        let mut command = kasse(self.home.path());
        command.env("KASSE_DATABASE_URL", &self.url).args(["--log", "warn,kasse=info"]);
        command
    }

    fn serve(&self) -> Server {
        Server::start(self.kasse().args(["--rate-limits", "off"]))
    }

    /// Runs a command that must succeed.
    fn done(&self, arguments: &[&str]) -> Finished {
        let finished = run(self.kasse().args(arguments));
        assert_eq!(finished.status.code(), Some(0), "{arguments:?}: {}", finished.stderr);
        finished
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments).stdout).unwrap()
    }
}

/// Whether anything was left in a directory.
fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).unwrap().next().is_none()
}

async fn shop_of(server: &Server, keys: &Value) -> Shop {
    let text = |name: &str| keys[name].as_str().unwrap_or_else(|| panic!("{name} in {keys}")).to_owned();
    let http = Http::new(server.address);
    let names = ["merchantSerialNumber", "clientId", "clientSecret", "subscriptionKey"];
    let [msn, id, secret, key] = names.map(text);
    Shop::with_keys(http, &msn, &id, &secret, &key).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_need_nothing_but_the_address_and_any_answers_any_request() {
    let (one, other) = (Node::new(), Node::new());
    let other = Node { url: one.url.clone(), ..other };
    let (first, second) = (one.serve(), other.serve());
    assert!(first.welcome.contains("postgres://postgres@"), "it says where the data is: {}", first.welcome);
    let mut shop = Shop::example(Http::new(first.address)).await;
    let created = shop.create("on-two-nodes-1", 1000).await;
    assert_eq!(created.status, 201);
    // The other node: the same token, the same payment, the same answer under the same key.
    shop.http = Http::new(second.address);
    assert_eq!(shop.approve("on-two-nodes-1").await.status, 200);
    assert_eq!(shop.create("on-two-nodes-1", 1000).await.bytes, created.bytes);
    shop.http = Http::new(first.address);
    assert_eq!(shop.capture("on-two-nodes-1", "c", 400).await.status, 200);
    assert_eq!(shop.standing("on-two-nodes-1").await, "AUTHORIZED a=1000 c=400 r=0 x=0");
    first.stop();
    shop.http = Http::new(second.address);
    assert_eq!(shop.log("on-two-nodes-1").await, "CREATED AUTHORIZED CAPTURED");
    second.stop();
    let verified = one.done(&["verify"]);
    assert!(verified.stdout.ends_with("every invariant holds\n"), "{}", verified.stdout);
    assert!(is_empty(one.home.path()) && is_empty(other.home.path()), "nothing is kept beside the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_changes_is_in_force_at_every_node_when_it_ends() {
    let node = Node::new();
    let (first, second) = (node.serve(), node.serve());
    let keys = node.json(&["sales-unit", "create", "--name", "Acme", "--market", "NO", "--json"]);
    let mut shop = shop_of(&first, &keys).await;
    for server in [&first, &second] {
        shop.http = Http::new(server.address);
        assert_eq!(shop.create(&format!("shop-{}", server.address.port()), 1000).await.status, 201);
    }
    let listed = node.done(&["sales-unit", "list"]).stdout;
    assert!(listed.contains(&shop.msn) && listed.contains("Acme"), "{listed}");
    node.done(&["sales-unit", "set", &shop.msn, "active=off"]);
    for server in [&first, &second] {
        shop.http = Http::new(server.address);
        assert_eq!(shop.create("while-it-is-off", 1000).await.status, 403);
    }
    node.done(&["sales-unit", "set", &shop.msn, "active=on"]);
    shop.token = shop.new_token().await;
    node.done(&["keys", "revoke", &shop.msn, "client-secret"]);
    for server in [&first, &second] {
        shop.http = Http::new(server.address);
        assert_eq!(shop.create("with-a-dead-token", 1000).await.status, 401);
    }
    let partner = node.json(&["partner", "create", "--name", "Acme Partner", "--json"]);
    let partner = partner["partnerId"].as_str().unwrap_or_else(|| panic!("{partner}"));
    node.done(&["partner", "connect", partner, &shop.msn]);
    assert!(node.done(&["partner", "list"]).stdout.contains(&shop.msn));
    node.done(&["partner", "disconnect", &shop.msn]);
    for server in [first, second] {
        server.stop();
    }
    node.done(&["verify"]);
}

#[test]
fn migrating_is_a_command_of_its_own_and_a_start_does_the_same() {
    let node = Node::new();
    let database = node.url.rsplit_once('/').unwrap().1;
    let first = node.done(&["migrate"]).stdout;
    assert!(first.contains("migrations applied: "), "{first}");
    assert!(node.done(&["migrate"]).stdout.contains("nothing to do"), "{database}");
    node.serve().stop();
    node.done(&["verify"]);
}

#[test]
fn the_address_is_shown_without_its_password() {
    let node = Node::of(Postgres::shared().database().replacen("postgres@", "postgres:s3cr3t-w0rd@", 1));
    node.done(&["migrate"]);
    let server = node.serve();
    let (welcome, log) = (server.welcome.clone(), server.stop().stderr);
    let config = node.done(&["config"]).stdout;
    assert!(config.contains("database_url") && config.contains("variable KASSE_DATABASE_URL"), "{config}");
    assert!(config.contains("not used with database_url"), "{config}");
    let verified = node.done(&["verify"]).stdout;
    let doctor = run(node.kasse().arg("doctor")).stdout;
    for said in [welcome, log, config, verified, doctor] {
        assert!(!said.contains("s3cr3t"), "{said}");
    }
}

#[test]
fn the_doctor_names_what_is_unsafe() {
    let not_durable = Node::new();
    let found = run(not_durable.kasse().arg("doctor"));
    assert_eq!(found.status.code(), Some(1), "{}", found.stderr);
    for word in ["unsafe: fsync is off", "unsafe: full_page_writes is off", "warning: the user is a superuser"] {
        assert!(found.stdout.contains(word), "{word} in {}", found.stdout);
    }
    let server = Postgres::durable();
    server.run("postgres", "create role kasse login");
    server.run("postgres", "create database kasse owner kasse");
    let safe = Node::of(server.url("kasse").replacen("postgres@", "kasse@", 1));
    safe.done(&["migrate"]);
    safe.serve().stop();
    assert!(safe.done(&["doctor"]).stdout.ends_with("nothing unsafe was found\n"));
}
