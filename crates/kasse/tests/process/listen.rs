//! `kasse listen`: deliveries carried to where the server cannot reach, and how long their registration lasts.

use std::{net::SocketAddr, path::Path, process::Command};

use domain::{merchant::Market, time::Span};
use engine::WebhookId;
use serde_json::Value;
use testkit::{
    Http, Kasse, Shop,
    receivers::{Received, Receiver, Reply},
};
use wire::webhooks::verify::{Headers, Verified, verify};

use crate::{
    child::{Child, PATIENCE, Server, Signal, kasse, run},
    tail::{interrupt, start_at},
};

const EVENT: &str = "epayments.payment.created.v1";

fn listen(home: &Path, server: SocketAddr, receiver: &str) -> Command {
    let mut command = kasse(home);
    command.args(["listen", "--server", &format!("http://{server}"), "--forward-to", receiver]);
    command
}

/// The value of a line that can be pasted.
fn printed(child: &Child, name: &str) -> String {
    let named =
        |line: &str| line.split_once('=').filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned());
    child.stdout.until(name, |text| text.contains("\n\n").then(|| text.lines().find_map(named)).flatten())
}

fn is_genuine(received: &Received, url: &str, secret: &str) -> bool {
    let headers = received.headers();
    let headers = Headers::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let now = headers.date.and_then(wire::webhooks::date::parse);
    let received = wire::webhooks::verify::Received { url, secrets: &[secret], headers, body: &received.body, now };
    verify(&received) == Ok(Verified { secret: 0 })
}

/// Whether the registration is in the list of a shop that asks.
async fn is_registered(shop: &Shop, id: &str) -> bool {
    shop.webhooks().await.iter().any(|webhook| webhook["id"] == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_arrives_as_if_it_had_been_sent_and_the_registration_ends_with_the_command() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    let [sent, fetched] = [Receiver::start().await, Receiver::start().await];
    shop.register(&sent.url("/hook?a=%2f"), &[EVENT]).await;
    let url = fetched.url("/hook?a=%2f");
    let listener = Child::spawn(&mut listen(home.path(), server.address, &url));
    let [id, secret] = ["KASSE_WEBHOOK_ID", "KASSE_WEBHOOK_SECRET"].map(|name| printed(&listener, name));
    assert!(is_registered(&shop, &id).await);
    shop.authorized("listen-order-1", 1000).await;
    let [sent, received] = [sent.wait_for(1).await, fetched.wait_for(2).await];
    assert_eq!(received[0].body, sent[0].body, "byte for byte");
    assert_eq!(received[0].request_line(), sent[0].request_line());
    let names = |received: &Received| received.headers().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&received[0]), names(&sent[0]), "the same headers, in their order, with their letters");
    for received in &received {
        assert!(is_genuine(received, &url, &secret), "{received:?}");
        assert_eq!(received.header("host"), Some(fetched.address().to_string()));
    }
    assert!(!is_genuine(&received[0], &url, "another secret"));
    let lines =
        listener.stdout.until("two lines", |text| (text.matches("delivered\n").count() == 2).then(|| text.to_owned()));
    let lines: Vec<&str> = lines.lines().filter(|line| line.ends_with("delivered")).collect();
    for (line, event) in lines.iter().zip(["CREATED   ", "AUTHORIZED"]) {
        let expected = format!("  {event}  listen-order-1  {url}  attempt 1  200  ");
        assert!(line.contains(&expected), "{expected:?}: {line}");
    }
    let finished = interrupt(listener);
    assert!(finished.stderr.contains("kasse: the registration is ended\n"), "{}", finished.stderr);
    assert!(!is_registered(&shop, &id).await);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_logged_as_it_failed_and_comes_again_also_across_a_restart_of_the_server() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let address = server.address;
    let answer = |number, _: &Received| match number {
        0 => Reply::status(500).body("not yet"),
        _ => Reply::status(202),
    };
    let receiver = Receiver::start_with(answer).await;
    let url = receiver.url("/");
    let listener = Child::spawn(listen(home.path(), address, &url).arg("--print-secret-only"));
    let secret = listener.stdout.until("the secret", |text| text.strip_suffix('\n').map(str::to_owned));
    let shop = Shop::example(Http::new(address)).await;
    shop.create("again-order-1", 1000).await;
    let received = receiver.wait_for(2).await;
    let attempt = |count: usize| received[count].header("kasse-attempt");
    assert_eq!((attempt(0).as_deref(), attempt(1).as_deref()), (Some("1"), Some("2")));
    assert!(received.iter().all(|received| is_genuine(received, &url, &secret)), "each is signed anew");
    listener.stderr.until("two lines", |text| {
        (text.contains("  attempt 1  500  ") && text.contains("comes again\n") && text.contains("  attempt 2  202  "))
            .then_some(())
    });
    let log = shop.call("GET", "/_kasse/webhooks/deliveries?reference=again-order-1", &[], "").await.json();
    let path = format!("/_kasse/webhooks/deliveries/{}", log["deliveries"][0]["id"].as_str().unwrap());
    let recorded = async {
        loop {
            let detail = shop.call("GET", &path, &[], "").await.json();
            if detail["attempts"] == 2 {
                return detail;
            }
        }
    };
    let detail = tokio::time::timeout(PATIENCE, recorded).await.expect("it is recorded");
    let attempts: Vec<(&Value, &Value)> =
        detail["attemptLog"].as_array().unwrap().iter().map(|one| (&one["status"], &one["answer"])).collect();
    assert_eq!(attempts, [(&500.into(), &"not yet".into()), (&202.into(), &"".into())]);

    server.stop();
    let server = start_at(home.path(), address);
    listener.stderr.until("its return", |text| text.contains("connected again").then_some(()));
    let shop = Shop::example(Http::new(address)).await;
    shop.create("again-order-2", 1000).await;
    let received = receiver.wait_for(3).await;
    assert!(is_genuine(&received[2], &url, &secret), "it is the same registration");
    let finished = interrupt(listener);
    assert_eq!(finished.stdout.lines().count(), 1, "nothing but the secret");
    assert_eq!(finished.stderr.matches("broke off").count(), 1, "{}", finished.stderr);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_cannot_be_reached_is_told_to_the_server_by_its_class() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listener = Child::spawn(&mut listen(home.path(), server.address, &format!("http://{free}/")));
    printed(&listener, "KASSE_WEBHOOK_ID");
    let shop = Shop::example(Http::new(server.address)).await;
    shop.create("refused-order-1", 1000).await;
    listener.stdout.until("a line", |text| text.contains("  attempt 1  refused  ").then_some(()));
    listener.stdout.until("another", |text| text.contains("  attempt 2  refused  ").then_some(()));
    let log = shop.call("GET", "/_kasse/webhooks/deliveries?reference=refused-order-1", &[], "").await.json();
    assert_eq!(log["deliveries"][0]["lastError"], "refused", "{log}");
    interrupt(listener);
    server.stop();
}

#[test]
fn an_address_that_is_none_is_refused_in_the_servers_words() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let finished = run(&mut listen(home.path(), server.address, "localhost:3000/hook"));
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), ""));
    assert!(
        finished.stderr.starts_with("kasse: the server refused to register the receiver with 400: "),
        "{}",
        finished.stderr
    );
    server.stop();
}

/// Real time would take a minute here, so the server is one whose clock is moved.
#[tokio::test(flavor = "multi_thread")]
async fn killed_it_leaves_a_registration_that_is_gone_a_minute_later() {
    let home = tempfile::tempdir().unwrap();
    let server = Kasse::start().await;
    let shop = server.shop().await;
    let listener = Child::spawn(&mut listen(home.path(), server.address(), "http://127.0.0.1:9/"));
    let id = printed(&listener, "KASSE_WEBHOOK_ID");
    let webhook = WebhookId(u128::from_str_radix(&id.replace('-', ""), 16).unwrap().to_be_bytes());
    let connected = async |is_wanted: bool| {
        let waiting = async {
            while server.engine().is_listening_here(webhook) != is_wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it comes about");
    };
    connected(true).await;
    let stranger = server.new_shop(Market::Norway).await;
    let foreign = stranger.call("GET", &format!("/_kasse/test/listeners/{id}"), &[], "").await;
    assert_eq!(foreign.status, 404, "another scope has no part in it");
    listener.signal(Signal::KILL);
    connected(false).await;
    let pass = async |seconds: i64| {
        server.clock.advance_wall(Span::seconds(seconds));
        server.engine().forget_listeners().await.unwrap();
    };
    pass(59).await;
    assert!(is_registered(&shop, &id).await, "somebody may come back");
    pass(2).await;
    assert!(!is_registered(&shop, &id).await);
    drop(listener);
    server.finish().await;
}
